"""Which service is made of a file (CSV, Excel, Parquet) that a department puts on a share?

What stands in the file comes as plain values (`adapters/inspection/files.py` infers them); no file is opened here.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from catalog.descriptions import FieldClass, ProviderDescription, ServiceDescription
from catalog.importers.classes import propose
from catalog.importers.columns import (
    ColumnSeen,
    Json,
    RemarkSeen,
    as_raw,
    choose_key,
    column_settings,
    describe_operations,
    notes_of,
)
from catalog.importers.draft import Draft, Note, Wanted


class FileSeen(Protocol):
    """A file, or several of one shape, as they were read once."""

    @property
    def columns(self) -> Sequence[ColumnSeen]:
        """In the order of the headings."""
        ...

    @property
    def key(self) -> tuple[str, ...]:
        """Columns whose values differ in each row and are never empty; empty when there are none."""
        ...

    @property
    def keys(self) -> Sequence[tuple[str, ...]]:
        """All that could be the key, the best first; none where a person named one."""
        ...

    @property
    def key_faults(self) -> Sequence[RemarkSeen]:
        """Why the key is none after all."""
        ...

    @property
    def samples(self) -> Sequence[Sequence[str | None]]:
        """The first rows as text, in the order of the columns."""
        ...

    @property
    def remarks(self) -> Sequence[RemarkSeen]:
        """What a person should know."""
        ...

    @property
    def reading(self) -> Mapping[str, str | int]:
        """The adapter's options under which it was read: format, delimiter, encoding, sheet, header row."""
        ...

    @property
    def odd_keys(self) -> frozenset[str]:
        """Columns among whose values is one that cannot stand in a path."""
        ...


_MOST_NAMED: Final = 5
_OPENNESS: Final = (FieldClass.OPEN, FieldClass.INTERNAL, FieldClass.PERSONAL, FieldClass.SENSITIVE)


def draft_file(seen: FileSeen, wanted: Wanted, *, key: Sequence[str] = ()) -> Draft:
    """Return the service of a file: a page of rows, and a row by its key.

    `wanted.endpoint` is the path, or the pattern of several files; `key` is the person's choice of headings instead
    of the one found. Raises ImportRefused when no column can be served or there is no key.
    """
    chosen = choose_key(seen, tuple(key) or _least_personal(seen.keys), of=wanted.endpoint.rpartition("/")[2] or "file")
    notes = list(notes_of(seen.remarks))
    if not key and seen.key:
        notes.append(
            Note(
                where=", ".join(chosen),
                vi="được đề nghị làm khóa vì không dòng nào trùng hay để trống; tệp mới có dòng trùng sẽ bị từ chối",
                en="proposed as the key: no row repeats it or leaves it empty; a new file that does is refused",
            )
        )
        others = [", ".join(one) for one in seen.keys if one != chosen]
        if others:
            listed = "; ".join(others[:_MOST_NAMED])
            notes.append(Note(where=", ".join(chosen), vi=f"cũng làm khóa được: {listed}", en=f"or: {listed}"))
    operations = describe_operations(
        seen.columns,
        key=chosen,
        title=wanted.title_vi,
        key_examples={name: ("/",) if name in seen.odd_keys else () for name in chosen},
        place={},
    )
    options: dict[str, Json] = {"columns": column_settings(seen.columns), **seen.reading}
    return Draft(
        provider=ProviderDescription(
            code=wanted.provider,
            agency=wanted.agency,
            adapter="file",
            endpoint=wanted.endpoint,
            options=as_raw(options),
        ),
        service=ServiceDescription(
            database=wanted.database,
            code=wanted.service,
            version=wanted.version,
            title_vi=wanted.title_vi,
            title_en=wanted.title_en,
            provider=wanted.provider,
            operations=operations,
        ),
        notes=tuple(notes),
    )


def _least_personal(keys: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """Return the first key that says least of a person: it stands in addresses, which many write down."""
    return min(keys, key=lambda key: max(_OPENNESS.index(propose(name).class_) for name in key), default=())
