"""What does an importer hand over: the description of a service as it could be published, and what it has to say?

An importer reads what a data owner has (a table, a file, an OpenAPI or a WSDL document) and publishes nothing. A person
looks at the draft, corrects it, tries it and publishes it.
"""

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from catalog.descriptions import ProviderDescription, ServiceDescription
from catalog.errors import CatalogError


class Source(StrEnum):
    """From what a service is made."""

    TABLE = "table"
    FILE = "file"
    OPENAPI = "openapi"
    WSDL = "wsdl"


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the data owner says beforehand: whose service it is, and what it will be called.

    `endpoint` overrides the address that a document names; `provider` is the code that the new provider gets.
    """

    database: str
    service: str
    version: int = 1
    title_vi: str
    title_en: str = ""
    agency: str
    provider: str
    endpoint: str = ""


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a person should know of a draft. `where` names the construct: a JSON pointer, an element, a cell.

    With `left_out` the construct is not in the draft; without, it is, as the text says.
    """

    where: str
    vi: str
    en: str
    left_out: bool = False


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A service that could be published, the provider that would serve it, and the notes of the import."""

    provider: ProviderDescription
    service: ServiceDescription
    notes: tuple[Note, ...] = ()


class ImportRefused(CatalogError):
    """Nothing of it can be published. The notes name the constructs and where they stand."""

    def __init__(self, notes: Sequence[Note]) -> None:
        """Raised with at least one note."""
        self.notes = tuple(notes)
        super().__init__("; ".join(f"{note.where}: {note.en}" for note in self.notes))
