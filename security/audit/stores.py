"""Which engine keeps the record?"""

from security.audit.postgres_store import PostgresStore
from security.audit.read import sqlite_path
from security.audit.sqlite_store import SqliteStore
from security.audit.streams import RecordStore


def record_store(database_url: str, *, reserve_bytes: int, blocking: bool = False) -> RecordStore:
    """Return the store of the engine that the database address names.

    On SQLite, `reserve_bytes` of the file system are kept free of new work, and `blocking` says that the process has
    nothing else to do while a transaction becomes durable.
    """
    path = sqlite_path(database_url)
    if path is not None:
        return SqliteStore(path, reserve_bytes=reserve_bytes, blocking=blocking)
    return PostgresStore(database_url)
