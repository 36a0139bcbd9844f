"""Where does the next page begin, told to the caller so that he can neither read nor change nor misuse it?"""

import base64
import binascii
import hashlib
import os
from collections.abc import Mapping, Sequence
from typing import Final

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from adapters.contract import Json
from adapters.errors import CallUnacceptable

NONCE_BYTES: Final = 12
LONGEST_CURSOR: Final = 4096


class Cursors:
    """Seals and opens cursors with AES-256-GCM: a key of a row may itself be a person's number."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, position: Sequence[str | int | float | bool], *, context: bytes) -> str:
        """Return the cursor of the row with these key values; it opens with the same `context` only."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = nonce + self._cipher.encrypt(nonce, orjson.dumps(list(position)), context)
        return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode("ascii")

    def open(self, cursor: str, *, context: bytes) -> list[str | int | float | bool]:
        """Return the key values. Raises `CallUnacceptable("after")` for a cursor of another question."""
        try:
            if len(cursor) > LONGEST_CURSOR or not cursor.isascii():
                raise ValueError
            sealed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            opened = self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context)
        except (ValueError, binascii.Error, InvalidTag) as error:
            raise CallUnacceptable(
                "after", vi="không phải con trỏ trang của câu hỏi này", en="is not a page cursor of this question"
            ) from error
        position: list[str | int | float | bool] = orjson.loads(opened)
        return position


def context_of(provider: str, operation: str, filters: Mapping[str, Json]) -> bytes:
    """Return what a cursor is bound to: the provider, the operation and the values that it was filtered by."""
    canonical = orjson.dumps([provider, operation, dict(filters)], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(canonical).digest()
