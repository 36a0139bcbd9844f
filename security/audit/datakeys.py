"""Which key is destroyed to erase what the record has sealed of one database in one month?

A data key: random, one for each month (UTC) and database, made when the first identifier of both is recorded. What is
sealed to the recovery key is covered once more under it (`security.audit.privacy`), so that nobody opens a sealed value
without both. Records of no database have a key of the month's own. Erasing a month erases all of them: then none is
made any more, whatever the database.
"""

import re
from typing import Final

from security.audit.keyfiles import KeyFiles, KeyUnusable

NO_DATABASE: Final = ""
"""Under the month's own key: no database has an empty code."""
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)


def keyed_database(database: str) -> str:
    """Return the database whose data key covers what a record of this one seals.

    That is itself for every code that a database can have. Anything else would be no name of a file, and is shortened
    in a record that is too long: it has no key of its own, and what it is shortened to has none either.
    """
    return database if _NAME.fullmatch(database) else NO_DATABASE


class DataKeys:
    """The data keys among the key files of an installation; those of the last two months in use stay in memory."""

    def __init__(self, files: KeyFiles) -> None:
        self._files = files
        self._in_use: dict[str, dict[str, bytes]] = {}

    def __repr__(self) -> str:
        return "DataKeys()"

    def in_use(self, month: str, database: str) -> bytes:
        """Return the key of a month and a database, made when there is none: for what records, and nothing else.

        Raises KeyErased, KeyUnusable.
        """
        if month not in self._in_use:
            self._in_use = {**dict(list(self._in_use.items())[-1:]), month: {}}
        keys = self._in_use[month]
        if database not in keys:
            keys[database] = self._files.make(_name(month, database), within=month_name(month))
        return keys[database]

    def read(self, month: str, database: str) -> bytes:
        """Return the key as it lies there now; makes none and remembers none.

        Raises KeyErased where two people have destroyed it, KeyUnusable where it is missing or is no key.
        """
        return self._files.read(_name(month, database), within=month_name(month))

    def has(self, month: str, database: str) -> bool:
        """Tell whether there is such a key. Raises KeyUnusable for what is no code of a database."""
        return self._files.has(_name(month, database))

    def is_erased(self, month: str, database: str) -> bool:
        """Tell whether the key was destroyed, by itself or with its month. Raises KeyUnusable as `has` does."""
        return self._files.is_erased(_name(month, database), within=month_name(month))

    def has_any(self, month: str) -> bool:
        """Tell whether there is any key of a month."""
        return bool(self._of_month(month))

    def erase(self, month: str, database: str) -> bool:
        """Destroy one database's key of a month for ever; return whether there was one. Raises KeyUnusable."""
        self._in_use.get(month, {}).pop(database, None)
        return self._files.erase(_name(month, database))

    def erase_month(self, month: str) -> None:
        """Destroy every data key of a month whose own key was erased before. Raises KeyUnusable."""
        self._in_use.pop(month, None)
        for name in self._of_month(month):
            self._files.erase(name)

    def _of_month(self, month: str) -> list[str]:
        return self._files.names(f"{_name(month, NO_DATABASE)}*")


def month_name(month: str) -> str:
    """Return the name of the key whose erasure is the erasure of the month: that of its pseudonyms."""
    return f"pseudonym-{month}"


def _name(month: str, database: str) -> str:
    if database == NO_DATABASE:
        return f"data-{month}"
    if keyed_database(database) != database:
        raise KeyUnusable("this is no code of a database: it has no data key")
    return f"data-{month}-{database}"
