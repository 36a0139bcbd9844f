"""What does an adapter know of an operation that a catalogue entry needs?

Each national module exports `OPERATIONS`, and `AXIS_OPERATIONS` where it can answer as the axis itself does. So whoever
publishes the service (the demo province's seed, later the console) proposes fields, classes and parameters from it and
keeps no second list.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from adapters.contract import Json


class ProposedClass(StrEnum):
    """How much a field tells about a person; a proposal, the data owner decides (NĐ 356/2025; 03-domain, R14)."""

    OPEN = "open"
    INTERNAL = "internal"
    PERSONAL = "personal"
    SENSITIVE = "sensitive"


@dataclass(frozen=True, slots=True)
class NationalField:
    """A leaf of the answer. `type` is a JSON type name or `date`; a `structural` one belongs to the envelope."""

    path: str
    type: str
    class_: ProposedClass
    title_vi: str
    structural: bool = False


@dataclass(frozen=True, slots=True)
class NationalParameter:
    """A value that the caller gives. `format` is the catalogue's name of a rule, empty when there is none."""

    name: str
    type: str
    title_vi: str
    required: bool = False
    format: str = ""
    choices: tuple[str, ...] = ()
    in_path: bool = False


@dataclass(frozen=True, slots=True)
class NationalOperation:
    """One operation of a national service, as the gateway offers it.

    `config` is the binding's configuration, `path` our own path below the service, `rows` the path of a row in the
    answer, `subjects` where identity numbers of people stand. `body` are the members of a JSON body; with `body_list`
    the body is `{"items": [ … ]}`, rows of no fixed shape.
    """

    code: str
    method: str
    path: str
    title_vi: str
    title_en: str
    config: Mapping[str, Json]
    parameters: tuple[NationalParameter, ...]
    fields: tuple[NationalField, ...]
    rows: str
    safe: bool = True
    subjects: tuple[str, ...] = ()
    officer_needed: bool = False
    body: tuple[NationalParameter, ...] = field(default=())
    body_list: bool = False


def read_fields(table: str) -> tuple[NationalField, ...]:
    """Read fields from lines of `path | type | class | title`. Raises `ValueError` for a line of another shape."""
    fields = []
    for line in table.strip().splitlines():
        path, type_, class_, title = (cell.strip() for cell in line.split("|"))
        fields.append(NationalField(path=path, type=type_, class_=ProposedClass(class_), title_vi=title))
    return tuple(fields)


def envelope(table: str) -> tuple[NationalField, ...]:
    """Read fields that tell nothing of a record, from lines of `path | type | title`."""
    cells = ([cell.strip() for cell in line.split("|")] for line in table.strip().splitlines())
    return tuple(NationalField(path, kind, ProposedClass.OPEN, title, structural=True) for path, kind, title in cells)


def below(parent: str, fields: tuple[NationalField, ...], title_vi: str) -> tuple[NationalField, ...]:
    """Return `fields` as members of `parent`, with its title before theirs."""
    return tuple(
        NationalField(
            path=f"{parent}.{one.path}", type=one.type, class_=one.class_, title_vi=f"{title_vi}: {one.title_vi}"
        )
        for one in fields
    )
