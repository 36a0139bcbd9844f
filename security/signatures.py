"""Who signed which content, and can anybody check it without asking us?

A signature is a JWS (RFC 7515, compact, ES256) by a key of this platform that is published for as long as anything
signed with it counts (`/.well-known/jwks.json`). `typ` keeps it apart from access tokens, which another key signs.
"""

from collections.abc import Sequence

import msgspec
from joserfc import jws
from joserfc.errors import JoseError

from security.errors import KeysUnusable, SignatureInvalid
from security.keys import TokenKey

SIGNATURE_TYPE = "agreement-signature+jwt"
_ALGORITHM = "ES256"
_HEADER_MEMBERS = frozenset({"alg", "typ", "kid"})


class Signer:
    """Signs with the key in force, and checks with every key that was ever in force."""

    def __init__(self, keys: Sequence[TokenKey], *, issuer: str, typ: str = SIGNATURE_TYPE) -> None:
        """Take the platform's agreement keys, the one in force first, and the platform's address (`iss`).

        `typ` says what is signed: a signature of one thing is none of another. Raises KeysUnusable when
        there is no key.
        """
        if not keys:
            raise KeysUnusable("there is no key to sign agreements with")
        self.issuer = issuer
        self._typ = typ
        self._signing = keys[0]
        self._known = {entry.kid: entry.key for entry in keys}

    def sign(self, statement: msgspec.Struct) -> str:
        """Return the compact JWS over the statement as JSON."""
        header = {"alg": _ALGORITHM, "typ": self._typ, "kid": self._signing.kid}
        return jws.serialize_compact(header, msgspec.json.encode(statement), self._signing.key, [_ALGORITHM])

    def verify(self, signature: str) -> bytes:
        """Return the payload of a signature by this platform. Raises SignatureInvalid for anything else."""
        try:
            found = jws.extract_compact(signature.encode())
            header = found.headers()
            if set(header) != _HEADER_MEMBERS or header["typ"] != self._typ or header["alg"] != _ALGORITHM:
                raise SignatureInvalid("not a signature of an agreement")
            key = self._known.get(str(header["kid"]))
            if key is None:
                raise SignatureInvalid("signed with a key that is not ours")
            return jws.deserialize_compact(signature, key, [_ALGORITHM]).payload
        except (JoseError, ValueError, TypeError) as error:
            raise SignatureInvalid("the signature does not verify") from error
