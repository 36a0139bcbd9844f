"""Which system has proven itself to a door by something other than a bearer token?

For systems that are marked legacy and cannot get tokens: HTTP Basic and WS-Security UsernameToken. A door asks `Prover`
and hands what it returns to the exchange as `Received.proven`; whether the key is in force is judged again with the
policy at every step (`gateway/stages/authenticate.py`).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from gateway.errors import FaultFound, PolicyUnavailable, RequestInvalid
from gateway.states import Proven
from security.assertions import Proof, verify_secret
from security.basic import is_basic, read_basic
from security.errors import ClientRefused, RecordUnavailable, SecretUnavailable
from security.replay import Replays
from security.sealing import SecretSealer
from security.usernametoken import METHOD_TEXT, DigestClient, DigestVerifier, UsernameToken

METHOD_BASIC = "client_secret_basic"
UNPROVEN = (ClientRefused, RequestInvalid, RecordUnavailable, PolicyUnavailable)
"""What `Prover` raises: a door hands each to `Exchange.refuse`."""


class Clients(Protocol):
    """The systems that may prove themselves, from the policy in force."""

    def find(self, client_id: str) -> DigestClient | None:
        """Return the client, None when there is none."""
        ...


class Prover:
    """Judges the proofs that come with a call. Built by `gateway/node.py`, used by every door that takes them.

    Every failure is the same `ClientRefused` to the caller (problem `client-unknown`, 401); its reason is recorded.
    """

    def __init__(self, clients: Clients, *, sealer: SecretSealer, replays: Replays) -> None:
        self._clients = clients
        self._digests = DigestVerifier(sealer)
        self._replays = replays

    async def prove(
        self, headers: Mapping[str, str], token: UsernameToken | None = None, *, now: datetime
    ) -> Proven | None:
        """Return who has proven himself by a secret, None when the call brings none: then its bearer token decides.

        `headers` have lower-case names; `token` is the message's UsernameToken. Raises ClientRefused,
        RequestInvalid when a call brings two proofs (RFC 6749, 2.3: one method per request), and StoreUnavailable.
        """
        authorization = headers.get("authorization", "")
        if token is not None and authorization:
            vi = "chỉ dùng một cách xác thực: tiêu đề Authorization hoặc UsernameToken, không dùng cả hai"
            en = "use one way to authenticate: the Authorization header or a UsernameToken, not both"
            raise RequestInvalid([FaultFound("authorization", vi, en)])
        if token is not None:
            return await self.username_token(token, now=now)
        return self.basic(authorization) if is_basic(authorization) else None

    def basic(self, authorization: str) -> Proven:
        """Return whom RFC 7617 credentials prove. Raises ClientRefused."""
        client_id, secret = read_basic(authorization)
        return _proven(verify_secret(client_id, secret, find=self._clients.find, method=METHOD_BASIC))

    async def username_token(self, token: UsernameToken, *, now: datetime) -> Proven:
        """Return whom a UsernameToken proves; a digest's nonce is used up then, on all nodes.

        Raises ClientRefused, AssertionReplayed among them, and StoreUnavailable when nobody can say whether it is new.
        """
        if not token.digest:
            return _proven(verify_secret(token.username, token.password, find=self._clients.find, method=METHOD_TEXT))
        if token.password:
            raise ClientRefused("username-token-ambiguous")
        try:
            proof = self._digests.verify(token, self._clients.find(token.username), now=now)
        except SecretUnavailable as error:
            raise ClientRefused("secret-does-not-open") from error
        if proof.expires_at is not None:
            await self._replays.use(proof.client.client_id, proof.jti, expires_at=proof.expires_at)
        return _proven(proof)


def _proven(proof: Proof) -> Proven:
    return Proven(client_id=proof.client.client_id, key_thumbprint=proof.key_thumbprint, method=proof.method)
