"""What does a demo database say of itself: where it lies, which objects it holds, which columns they have?

The seed of the catalogue reads these values, the writers and the providers obey them, and the tests compare
the two. Nothing here does I/O.
"""

from dataclasses import dataclass
from enum import StrEnum

from catalog.descriptions import FieldClass, FieldType


class Technology(StrEnum):
    """What the provider of a database speaks."""

    SQL = "sql"
    CSV = "csv"
    PARQUET = "parquet"
    XLSX = "xlsx"
    REST = "rest"
    SOAP = "soap"


class Proof(StrEnum):
    """How the gateway proves itself to a provider. The secrets lie in `secrets/{database}.{name}`, one file each."""

    NONE = "none"
    API_KEY = "api-key"  # header `ApiKey`; secret: api_key
    BASIC = "basic"  # secrets: user, password
    OAUTH2 = "oauth2"  # POST {endpoint}/token, client_credentials; secrets: client_id, client_secret
    USERNAME_TOKEN = "username-token"  # WS-Security UsernameToken, text or digest; secrets: user, password


@dataclass(frozen=True, slots=True)
class Column:
    """One leaf of an object.

    `field` is the name under which it is published (dotted, `[]` for a list's elements, relative to the row),
    `column` its name at the provider (SQL column, heading of a file; the same as `field` for REST and SOAP).
    """

    field: str
    column: str
    type: FieldType
    class_: FieldClass
    title_vi: str
    key: bool = False
    filterable: bool = False


@dataclass(frozen=True, slots=True)
class ProviderOperation:
    """One thing that a REST or SOAP provider does.

    `path` is the path below the provider's endpoint, with `{Parameter}`s (REST), or the name of the operation (SOAP).
    `rows` is the path of a row in the answer: `duLieu[]`, `GiayPhep` (below SOAP's response element), or empty when
    the whole answer is one row. `envelope` are the leaves beside the rows, `name: type`,
    which tell nothing of a record.
    `parameters` are the query parameters (REST) or the request's elements in order (SOAP),
    path parameters not included.
    `body` are the members of a REST request body, `required` the ones among `parameters` and `body` that must be there.
    """

    code: str
    title_vi: str
    method: str
    path: str
    rows: str
    parameters: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    envelope: tuple[tuple[str, FieldType], ...] = ()
    body: tuple[tuple[str, FieldType], ...] = ()
    safe: bool = True


@dataclass(frozen=True, slots=True)
class DataObject:
    """One kind of record of a database.

    `source` is the SQL table, or the files' pattern below the database's folder, or empty for REST and SOAP, where
    the `operations` say how the provider is asked. `subjects` are the fields that hold identity numbers of people.
    """

    code: str
    title_vi: str
    technology: Technology
    source: str
    columns: tuple[Column, ...]
    operations: tuple[ProviderOperation, ...] = ()
    subjects: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The published field that tells one row from all others."""
        return next(column.field for column in self.columns if column.key)

    @property
    def filters(self) -> tuple[str, ...]:
        """The published fields by which a caller may filter, the key first."""
        return (self.key, *(column.field for column in self.columns if column.filterable and not column.key))

    def position(self, field: str) -> int:
        """Where `field` stands in a row. Raises `ValueError` when there is no such column."""
        return [column.field for column in self.columns].index(field)


@dataclass(frozen=True, slots=True)
class Database:
    """One shared database of the province. `source` is its SQLite file or folder below the demo directory.

    `mount` is the provider's path below the provider process' address (REST `/{code}`, SOAP `/soap/{code}`).
    """

    code: str
    title_vi: str
    technology: Technology
    source: str
    mount: str
    proof: Proof
    objects: tuple[DataObject, ...]
    namespace: str = ""

    def object(self, code: str) -> DataObject:
        """The object called `code`. Raises `KeyError` when there is none."""
        for one in self.objects:
            if one.code == code:
                return one
        raise KeyError(code)


def columns(table: str) -> tuple[Column, ...]:
    """Read a table of columns, one a line: `field | column | type | class | flags | title`.

    `column` is `=` when it is called as the field; flags are `k` (key) and `f` (filterable), or `-`.
    Raises `ValueError` when a line is not of that shape: a slip in a table is found at import.
    """
    found = []
    for line in filter(None, (line.strip() for line in table.splitlines())):
        field, column, type_, class_, flags, title = (cell.strip() for cell in line.split("|"))
        if flags.strip("kf-"):
            raise ValueError(f"unknown flags in: {line}")
        found.append(
            Column(
                field=field,
                column=field if column == "=" else column,
                type=FieldType(type_),
                class_=FieldClass(class_),
                title_vi=title,
                key="k" in flags,
                filterable="f" in flags or "k" in flags,
            )
        )
    if [column.key for column in found].count(True) != 1:
        raise ValueError("an object has exactly one key column")
    return tuple(found)
