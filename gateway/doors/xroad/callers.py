"""Who calls by this door, and what proves it?

`X-Road-Client` only names; between an information system and its security server that was enough, because the network
between them was the proof. Here it takes a bearer token, HTTP Basic for a legacy system, or an address in the networks
that were registered for this very subsystem. Whoever proves himself MUST be the system that the identifier names.
"""

from msgspec.structs import replace

from gateway.exchange import Exchange
from gateway.proofs import Prover
from gateway.stages.authenticate import authenticate
from gateway.states import Identified, Proven, Received
from gateway.xroaddirectory import XRoadDirectory, XRoadId
from security.errors import ClientRefused
from security.usernametoken import UsernameToken

METHOD_NETWORK = "xroad-network"


class Callers:
    """Tells callers by their identifiers and proofs."""

    def __init__(self, exchange: Exchange, prover: Prover) -> None:
        """Look identifiers up in the policy of `exchange`, and let `prover` judge secrets."""
        self._exchange = exchange
        self._prover = prover

    @property
    def directory(self) -> XRoadDirectory:
        """The identifiers in force."""
        return self._exchange.policy.current.xroad

    async def claim(self, received: Received, named: XRoadId, token: UsernameToken | None = None) -> Received:
        """Return the call as that of the system which `named` means, with its proof where the door has seen one.

        Raises ClientRefused, RequestInvalid (two proofs), StoreUnavailable.
        """
        client = self.directory.clients.get(named)
        if client is None:
            raise ClientRefused("xroad-client-unknown")
        proven = await self._prover.prove(received.headers, token, now=received.at)
        if proven is None and "authorization" not in received.headers and client.is_trusted_at(received.source):
            proven = Proven(client_id=client.system, key_thumbprint=client.proof, method=METHOD_NETWORK)
        return replace(received, claimed=client.system, proven=proven)

    def identify(self, received: Received) -> Identified:
        """Return who calls, for what is no exchange of data. Raises what `authenticate` raises."""
        exchange = self._exchange
        return authenticate(received, snapshot=exchange.policy.current, verifier=exchange.verifier, now=received.at)
