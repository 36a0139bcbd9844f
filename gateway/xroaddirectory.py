"""Which X-Road identifiers name which of our systems and databases?

Compiled with the policy. Pure. An identifier that is not here names nothing.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import NamedTuple

from catalog.policy import Policy


class XRoadId(NamedTuple):
    """A member of X-Road, or with `subsystem` one of its subsystems (PR-MESS, 1.3)."""

    instance: str
    member_class: str
    member_code: str
    subsystem: str = ""

    @property
    def member(self) -> "XRoadId":
        """The member to which the subsystem belongs."""
        return self._replace(subsystem="")


@dataclass(frozen=True, slots=True)
class XRoadClient:
    """A subsystem by which a system calls. From `networks` its calls need no other proof than `proof` names."""

    system: str
    networks: tuple[IPv4Network | IPv6Network, ...]
    proof: str

    def is_trusted_at(self, source: str) -> bool:
        """Tell whether an address lies in one of the networks: not when there is none."""
        try:
            address = ip_address(source)
        except ValueError:
            return False
        return any(address in network for network in self.networks)


@dataclass(frozen=True, slots=True)
class Listed:
    """What anybody may know of a member or subsystem: who it is."""

    id: XRoadId
    name: str
    subsystem_name: str = ""


@dataclass(frozen=True, slots=True)
class XRoadDirectory:
    """All identifiers: those that may call, those by which a database is offered, and all in their order."""

    clients: Mapping[XRoadId, XRoadClient] = field(default_factory=dict)
    databases: Mapping[XRoadId, str] = field(default_factory=dict)
    listed: tuple[Listed, ...] = ()

    @property
    def is_open(self) -> bool:
        """Tell whether anybody has an identifier: else the door does not exist."""
        return bool(self.listed)

    def proofs_of(self, system: str) -> tuple[str, ...]:
        """Return the names of the networks' lists that may stand in for a proof of this system."""
        return tuple(client.proof for client in self.clients.values() if client.system == system and client.networks)


NO_XROAD = XRoadDirectory()


def compile_directory(policy: Policy) -> XRoadDirectory:
    """Return the directory of a policy."""
    clients: dict[XRoadId, XRoadClient] = {}
    databases: dict[XRoadId, str] = {}
    listed: list[Listed] = []
    members = {
        one.agency: XRoadId(one.instance, one.member_class, one.member_code)
        for one in policy.xroad_members
        if one.agency in policy.agencies
    }
    for agency, member in members.items():
        listed.append(Listed(member, policy.agencies[agency].name_vi))
    for one in policy.xroad_subsystems:
        if one.agency not in members:
            continue
        named = members[one.agency]._replace(subsystem=one.code)
        if one.code:
            listed.append(
                Listed(named, policy.agencies[one.agency].name_vi, _name_of(policy, one.system, one.database))
            )
        if one.system in policy.systems:
            networks = tuple(ip_network(text) for text in one.networks)
            clients[named] = XRoadClient(one.system, networks, _proof(named, one.networks))
        if one.database in policy.databases:
            databases[named] = one.database
    return XRoadDirectory(clients, databases, tuple(sorted(listed, key=lambda one: one.id)))


def _name_of(policy: Policy, system: str, database: str) -> str:
    if database in policy.databases:
        return policy.databases[database].title_vi
    return policy.systems[system].name_vi if system in policy.systems else ""


def _proof(named: XRoadId, networks: tuple[str, ...]) -> str:
    """Name a list of networks as keys are named, by what it holds: another list is another proof."""
    whole = "\n".join((*named, "", *networks))
    return f"xroad-network:{hashlib.sha256(whole.encode()).hexdigest()[:32]}"
