"""In which form does a record stand in a store?

Apart from everything that makes one: the process that writes to SQLite needs no more than this.
"""

import msgspec


class Row(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A record as it is stored: the body, its leaf, and the columns to find it by, equal to the body's members."""

    stream: str
    seq: int
    at_us: int
    kind: str
    exchange_id: str
    agency: str
    system: str
    grant_key: str
    body: bytes
    leaf: bytes
