"""Which service is made of a table or a view of a database?

What the database says of it comes as plain values (`adapters/inspection/tables.py` reads them); nothing is asked here.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from catalog.descriptions import ProviderDescription, ServiceDescription, no_configuration
from catalog.importers.columns import (
    ColumnSeen,
    RemarkSeen,
    choose_key,
    column_settings,
    describe_operations,
    notes_of,
)
from catalog.importers.draft import Draft, Note, Wanted


class TableSeen(Protocol):
    """A table or a view as its database describes it."""

    @property
    def schema(self) -> str:
        """The schema it lies in; empty where the endpoint's database has but one."""
        ...

    @property
    def name(self) -> str:
        """As the database spells it."""
        ...

    @property
    def comment(self) -> str:
        """What its owner wrote beside it; empty when nothing."""
        ...

    @property
    def columns(self) -> Sequence[ColumnSeen]:
        """In their own order, those that cannot be served among them."""
        ...

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that identify a row and are never null; empty when the database knows of none."""
        ...

    @property
    def key_faults(self) -> Sequence[RemarkSeen]:
        """Why the key is none after all."""
        ...

    @property
    def samples(self) -> Sequence[Sequence[str | None]]:
        """A few rows as text, in the order of the columns."""
        ...

    @property
    def remarks(self) -> Sequence[RemarkSeen]:
        """What a person should know."""
        ...


def draft_table(
    seen: TableSeen,
    wanted: Wanted,
    *,
    key: Sequence[str] = (),
    options: msgspec.Raw | None = None,
    secrets: Mapping[str, str] | None = None,
) -> Draft:
    """Return the service of a table: a page of rows, and a row by its key.

    `key` is the person's choice where the database names no key (a view) or another is wanted; `options` and
    `secrets` (`password` to a reference) are the provider's, as docs/adapters.md describes them; `wanted.endpoint` is
    the database. The fields are proposed as `internal`: `catalog/importers/classes.py` proposes better.
    Raises ImportRefused when no column can be served or there is no key.
    """
    place = ".".join(part for part in (seen.schema, seen.name) if part)
    chosen = choose_key(seen, key, of=place)
    notes = list(notes_of(seen.remarks))
    if key and tuple(key) != tuple(seen.key):
        notes.append(
            Note(
                where=", ".join(key),
                vi="khóa do người công bố chọn: mỗi dòng phải có giá trị riêng, không để trống",
                en="the key was chosen by the publisher: it must be different in each row, and never empty",
            )
        )
    positions = [column.name for column in seen.columns]
    examples = {name: [row[positions.index(name)] or "" for row in seen.samples] for name in chosen}
    operations = describe_operations(
        seen.columns,
        key=chosen,
        title=wanted.title_vi,
        key_examples=examples,
        place={"schema": seen.schema, "table": seen.name, "columns": column_settings(seen.columns)},
    )
    return Draft(
        provider=ProviderDescription(
            code=wanted.provider,
            agency=wanted.agency,
            adapter="sql",
            endpoint=wanted.endpoint,
            options=options if options is not None else no_configuration(),
            secrets=dict(secrets or {}),
        ),
        service=ServiceDescription(
            database=wanted.database,
            code=wanted.service,
            version=wanted.version,
            title_vi=wanted.title_vi,
            title_en=wanted.title_en,
            summary_vi=" ".join(seen.comment.split())[:1000],
            provider=wanted.provider,
            operations=operations,
        ),
        notes=tuple(notes),
    )
