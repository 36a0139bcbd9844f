"""Which fields, parameters and operations do the columns of a table become, be it a database's or a file's?

What was seen arrives as plain values: whoever looked (an adapter, a test) need not know the catalogue.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

import msgspec

from catalog.descriptions import (
    FieldClass,
    FieldDescription,
    FieldType,
    OperationDescription,
    ParameterDescription,
    Place,
)
from catalog.folding import fold
from catalog.importers.draft import ImportRefused, Note

LIST, GET = "danh-sach", "chi-tiet"
PAGE_ROWS: Final = 50
MOST_PAGE_ROWS: Final = 200
_MOST_KEY_COLUMNS: Final = 4
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,79}", re.ASCII)
_TAKEN: Final = frozenset({"fields", "after", "limit"})
"""Parameters of the gateway's and of paging, in any case of letters."""
_RANGED: Final = frozenset({FieldType.DATE, FieldType.DATETIME, FieldType.INTEGER, FieldType.NUMBER})
_IN_PATH: Final = frozenset({FieldType.STRING, FieldType.INTEGER, FieldType.DATE})

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]


class RemarkSeen(Protocol):
    """Something that a person should know of what was seen. `where` names a column, a sheet, a cell."""

    @property
    def where(self) -> str:
        """The column, sheet or cell."""
        ...

    @property
    def vi(self) -> str:
        """In Vietnamese."""
        ...

    @property
    def en(self) -> str:
        """In English."""
        ...

    @property
    def left_out(self) -> bool:
        """Whether it will not be served."""
        ...


class ColumnSeen(Protocol):
    """One column. `type` is a `FieldType`'s value, None where the column cannot be served (a remark says why)."""

    @property
    def name(self) -> str:
        """As the database or the heading spells it."""
        ...

    @property
    def type(self) -> str | None:
        """How it would be served."""
        ...

    @property
    def nullable(self) -> bool:
        """Whether a row may be without it."""
        ...

    @property
    def comment(self) -> str:
        """What the owner wrote beside it; empty when nothing."""
        ...

    @property
    def filterable(self) -> bool:
        """Whether rows are found by it quickly: an index begins with it, or the whole table is in memory."""
        ...

    @property
    def max_length(self) -> int | None:
        """Characters at most, None when unbounded."""
        ...

    @property
    def choices(self) -> tuple[str, ...]:
        """The only values there can be (an enumeration); empty for any."""
        ...

    @property
    def settings(self) -> Mapping[str, str]:
        """What else the adapter must know of the column, beside its name and type."""
        ...


def field_names(columns: Sequence[ColumnSeen]) -> dict[str, str]:
    """Return the field that each served column becomes, by the column's name.

    A name that can stand in an address is kept; others are folded: `Ngày cấp` becomes `NgayCap`. No two are alike.
    """
    found: dict[str, str] = {}
    used: set[str] = set()
    for column in columns:
        if column.type is None:
            continue
        name = column.name if _NAME.fullmatch(column.name) else _folded(column.name)
        if name.casefold() in _TAKEN:
            name += "_"
        chosen, number = name, 2
        while chosen.casefold() in used:
            chosen, number = f"{name}_{number}", number + 1
        used.add(chosen.casefold())
        found[column.name] = chosen
    return found


def field_samples(
    columns: Sequence[ColumnSeen], samples: Sequence[Sequence[str | None]]
) -> dict[str, tuple[str, ...]]:  # fmt: skip
    """Return the values seen in each field, by the field's name: what classes are proposed from, and nobody keeps."""
    places = {column.name: at for at, column in enumerate(columns)}
    return {
        field: tuple(row[places[name]] or "" for row in samples if row[places[name]] is not None)
        for name, field in field_names(columns).items()
    }


def column_settings(columns: Sequence[ColumnSeen]) -> dict[str, Json]:
    """Return the served columns as the SQL and file adapters want them: field to column, type and what else."""
    by_name = {column.name: column for column in columns}
    return {
        field: {"column": name, "type": by_name[name].type, **by_name[name].settings}
        for name, field in field_names(columns).items()
    }


class KeyedSeen(Protocol):
    """Columns, and what was found out of their key."""

    @property
    def columns(self) -> Sequence[ColumnSeen]:
        """In their own order, those that cannot be served among them."""
        ...

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that identify a row and are never empty: asked for, or found; none when there are none."""
        ...

    @property
    def key_faults(self) -> Sequence[RemarkSeen]:
        """Why the key is none after all."""
        ...


def choose_key(seen: KeyedSeen, asked: Sequence[str], *, of: str) -> tuple[str, ...]:
    """Return the key's columns: what the person asks for now, else what was found.

    Raises ImportRefused when there is none, when one is not served, or when it is no column at all.
    """
    columns = seen.columns
    key = tuple(asked) or seen.key
    if seen.key_faults and key == seen.key:
        raise ImportRefused(notes_of(seen.key_faults))
    if not key:
        raise _refused(
            of,
            "không có khóa chính hay chỉ mục duy nhất bắt buộc có giá trị: hãy nêu (các) cột làm khóa",
            "there is no primary key and no unique index over columns that are never null: name the key's columns",
        )
    served = {column.name: column for column in columns if column.type is not None}
    for name in key:
        if name not in served:
            raise _refused(name, "cột khóa không có hoặc không phục vụ được", "a key column is not there or not served")
    if len(set(key)) != len(key) or len(key) > _MOST_KEY_COLUMNS:
        raise _refused(of, "khóa gồm 1 đến 4 cột khác nhau", "a key has one to four different columns")
    return key


def describe_operations(
    columns: Sequence[ColumnSeen],
    *,
    key: Sequence[str],
    title: str,
    key_examples: Mapping[str, Sequence[str]],
    place: Mapping[str, Json],
) -> tuple[OperationDescription, ...]:
    """Return the operations of a table: a page of its rows, and the row with a key.

    `key_examples` are values seen in the key's columns: one with a slash cannot stand in a path. `place` is what a
    binding says of the table beside kind, key and filters. The classes of the fields are proposed elsewhere.
    """
    names = field_names(columns)
    served = {column.name: column for column in columns if column.name in names}
    filters = _filters(served, names, key)
    binding: dict[str, Json] = {**place, "key": list(key)}
    listing = OperationDescription(
        code=LIST,
        method="GET",
        path=f"/{LIST}",
        title_vi=f"Danh sách: {title}",
        parameters=(*(parameter for parameter, _ in filters), *_paging()),
        fields=(*_fields(served, names, prefix="items[]."), _next()),
        rows="items[]",
        binding=as_raw({
            **binding,
            "kind": "list",
            "filters": {parameter.name: dict(how) for parameter, how in filters},
            "page_size": PAGE_ROWS,
            "max_page_size": MOST_PAGE_ROWS,
        }),
    )  # fmt: skip
    in_path = all(_fits_a_path(served[name], key_examples.get(name, ())) for name in key)
    getting = OperationDescription(
        code=GET,
        method="GET",
        path="/".join(("", GET, *(f"{{{names[name]}}}" for name in key if in_path))),
        title_vi=f"Chi tiết: {title}",
        parameters=tuple(
            _parameter(served[name], names[name], place=Place.PATH if in_path else Place.QUERY, required=True)
            for name in key
        ),
        fields=_fields(served, names, prefix=""),
        binding=as_raw({**binding, "kind": "get"}),
    )
    return listing, getting


def notes_of(remarks: Sequence[RemarkSeen]) -> tuple[Note, ...]:
    """Return what was remarked as notes of a draft."""
    return tuple(Note(where=one.where, vi=one.vi, en=one.en, left_out=one.left_out) for one in remarks)


def as_raw(value: Json) -> msgspec.Raw:
    """Return a JSON value as descriptions hold it."""
    return msgspec.Raw(msgspec.json.encode(value))


def _folded(name: str) -> str:
    words = re.findall(r"[A-Z0-9]+", fold(name))
    joined = "".join(word.capitalize() for word in words)[:60]
    return joined if joined[:1].isalpha() else f"Cot{joined}"


def _fields(
    served: Mapping[str, ColumnSeen], names: Mapping[str, str], *, prefix: str
) -> tuple[FieldDescription, ...]:  # fmt: skip
    return tuple(
        FieldDescription(
            path=f"{prefix}{names[name]}",
            type=FieldType(column.type or ""),
            class_=FieldClass.INTERNAL,
            title_vi=_title(column),
        )
        for name, column in served.items()
    )


def _title(column: ColumnSeen) -> str:
    return " ".join((column.comment or column.name).split())[:300]


def _next() -> FieldDescription:
    return FieldDescription(
        path="next", type=FieldType.STRING, class_=FieldClass.OPEN, title_vi="Con trỏ trang sau", structural=True
    )


def _paging() -> tuple[ParameterDescription, ParameterDescription]:
    return (
        ParameterDescription(
            name="after", place=Place.QUERY, type=FieldType.STRING, title_vi="Con trỏ trang sau", max_length=4096
        ),
        ParameterDescription(
            name="limit",
            place=Place.QUERY,
            type=FieldType.INTEGER,
            title_vi="Số dòng mỗi trang",
            minimum=1,
            maximum=MOST_PAGE_ROWS,
            example=str(PAGE_ROWS),
        ),
    )


def _filters(
    served: Mapping[str, ColumnSeen], names: Mapping[str, str], key: Sequence[str]
) -> list[tuple[ParameterDescription, Mapping[str, str]]]:
    """Equality for each column by which rows are found, and from/to where values have an order that people ask by."""
    found: list[tuple[ParameterDescription, Mapping[str, str]]] = []
    used = {name.casefold() for name in names.values()} | _TAKEN
    for name, column in served.items():
        if name not in key and not column.filterable:
            continue
        field, type_ = names[name], FieldType(column.type or "")
        found.append((_parameter(column, field, place=Place.QUERY), {"column": name, "operator": "eq"}))
        if type_ not in _RANGED or (name in key and type_ is FieldType.INTEGER):
            continue
        for bound, title, operator in (("Tu", "từ", "gte"), ("Den", "đến", "lte")):
            if f"{bound}{field}".casefold() not in used:
                ranged = _parameter(column, f"{bound}{field}", place=Place.QUERY)
                ranged = msgspec.structs.replace(ranged, title_vi=f"{ranged.title_vi} ({title})"[:300])
                found.append((ranged, {"column": name, "operator": operator}))
    return found


def _parameter(column: ColumnSeen, name: str, *, place: Place, required: bool = False) -> ParameterDescription:
    return ParameterDescription(
        name=name,
        place=place,
        type=FieldType(column.type or ""),
        required=required,
        title_vi=_title(column),
        choices=column.choices if len(column.choices) <= 50 else (),
        max_length=min(max(column.max_length or 200, 1), 1000),
    )


def _fits_a_path(column: ColumnSeen, examples: Sequence[str]) -> bool:
    if FieldType(column.type or "") not in _IN_PATH:
        return False
    return not any("/" in text or "\\" in text or text in ("", ".", "..") for text in examples)


def _refused(where: str, vi: str, en: str) -> ImportRefused:
    return ImportRefused([Note(where=where, vi=vi, en=en)])
