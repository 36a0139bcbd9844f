"""Which addresses may this platform reach?

An allow-list of networks and host names; empty means none. A name is resolved once, each address that is not allowed
is left out, and the caller connects to what is returned and to nothing else: a name that changes its mind afterwards
(DNS rebinding) changes nothing. Spellings of addresses that only some libraries read as addresses are refused.
"""

import asyncio
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from security.errors import EgressRefused

# Instance metadata of hosting platforms: never a provider, whatever an allow-list says.
_NEVER = (ip_network("169.254.0.0/16"), ip_network("fe80::/10"), ip_network("fd00:ec2::254/128"))


@dataclass(frozen=True, slots=True)
class AllowList:
    """What may be reached. A name allows itself only, not its subdomains; its addresses must lie in a network too."""

    networks: tuple[IPv4Network | IPv6Network, ...]
    names: frozenset[str]


def compile_allow_list(networks: Sequence[str], names: Sequence[str]) -> AllowList:
    """Return an allow-list. Raises `ValueError` for what is not a network (`10.0.0.0/8`, `::1/128`)."""
    compiled = tuple(ip_network(network) for network in networks)
    return AllowList(compiled, frozenset(_folded(name) for name in names))


class Egress:
    """Answers with the addresses that may be connected to."""

    def __init__(self, allowed: AllowList) -> None:
        self._allowed = allowed

    async def resolve(self, host: str, port: int) -> Sequence[tuple[str, int]]:
        """Return the allowed addresses of `host`, in the resolver's order.

        A literal address must lie in an allowed network. A name must be on the list, and only those of its
        addresses count that lie in an allowed network. Raises `EgressRefused` when none is left.
        """
        if not 0 < port < 65_536:
            raise EgressRefused("the port is not a port")
        literal = _literal(host)
        if literal is not None:
            found = [literal]
        elif _folded(host) in self._allowed.names:
            found = await _look_up(_folded(host), port)
        else:
            raise EgressRefused("the host is not on the allow-list")
        kept = [(str(address), port) for address in dict.fromkeys(found) if self._may(address)]
        if not kept:
            raise EgressRefused("the host has no address that may be reached")
        return kept

    def _may(self, address: IPv4Address | IPv6Address) -> bool:
        if any(address in network for network in _NEVER):
            return False
        return any(address in network for network in self._allowed.networks)


def _folded(name: str) -> str:
    return name.rstrip(".").lower()


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    """Return the address that `host` spells; None for a name.

    An IPv6 address that carries an IPv4 one is judged as the latter: the kernel connects there. Digits that are no
    dotted quad (`2130706433`, `0x7f000001`, `127.1`, `0177.0.0.1`) are refused: resolvers read them as addresses.
    """
    try:
        address = ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        last = _folded(host).rpartition(".")[2]
        if not last or last.isdigit() or last.startswith("0x"):
            raise EgressRefused("the host is a number that is not an address") from None
        return None
    return _judged(address)


def _judged(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(address, IPv6Address):
        if address.scope_id:
            raise EgressRefused("an address with a scope cannot be reached")
        return address.ipv4_mapped or address
    return address


async def _look_up(name: str, port: int) -> list[IPv4Address | IPv6Address]:
    try:
        answers = await asyncio.get_running_loop().getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise EgressRefused("the host has no address") from error
    return [_judged(ip_address(answer[4][0])) for answer in answers]
