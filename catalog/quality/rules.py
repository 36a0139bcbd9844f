"""What is a rule of quality, and is one that somebody wrote usable?"""

import re
from dataclasses import dataclass, replace

from catalog.errors import Fault
from catalog.formats import FORMATS
from catalog.quality.criteria import Check, Criterion, criterion_of

MOST_WEIGHT = 10
MOST_DAYS = 3_660
_MOST_ARGUMENT = 500
_REFERENCE = re.compile(
    r"(?P<database>[\w.-]+)/(?P<service>[\w.-]+)/v(?P<version>[1-9]\d{0,3})/(?P<operation>[\w.-]+)#(?P<field>[^#\s]+)",
    re.ASCII,
)
_WITHOUT_ARGUMENT = frozenset(
    {Check.NOT_FUTURE, Check.FILLED, Check.NO_JUNK, Check.TRIMMED, Check.COMPOSED, Check.CASED, Check.UNIQUE}
)
_OF_A_WHOLE_ROW = frozenset({Check.UNIQUE})


@dataclass(frozen=True, slots=True)
class Reference:
    """A field of another service's answer: where the right values are."""

    database: str
    service: str
    version: int
    operation: str
    field: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that is looked at. `field` is relative to the row, empty for the whole row.

    `identifier`: the field tells one thing from all others, so it must be right everywhere. `derived`: it follows from
    the service's description, and nobody has changed it.
    """

    service: str
    field: str
    check: Check
    argument: str = ""
    weight: int = 1
    enabled: bool = True
    identifier: bool = False
    derived: bool = True

    @property
    def code(self) -> str:
        """Return the rule's name, unique within a database."""
        return f"{self.service}:{self.field}:{self.check}"

    @property
    def criterion(self) -> Criterion:
        """Return the word under which it counts."""
        return criterion_of(self.check)

    def changed(self, *, argument: str, weight: int, enabled: bool) -> "Rule":
        """Return the rule as somebody wants it; it is no longer as it was derived."""
        return replace(self, argument=argument, weight=weight, enabled=enabled, derived=False)


def read_reference(argument: str) -> Reference | None:
    """Return what `database/service/v1/operation#field` names, or None where it is not written so."""
    found = _REFERENCE.fullmatch(argument)
    if found is None:
        return None
    return Reference(
        found["database"], found["service"], int(found["version"]), found["operation"], found["field"]
    )  # fmt: skip


def write_reference(place: Reference) -> str:
    """Return a reference as the argument of a rule; `read_reference` reads it back."""
    return f"{place.database}/{place.service}/v{place.version}/{place.operation}#{place.field}"


def rule_faults(rule: Rule) -> tuple[Fault, ...]:
    """Return all that is wrong with a rule that somebody wrote, each fault at the member that it is about."""
    found = (
        None
        if 1 <= rule.weight <= MOST_WEIGHT
        else Fault("weight", f"trọng số từ 1 đến {MOST_WEIGHT}", f"a weight is 1 to {MOST_WEIGHT}"),
        Fault("field", "phải chọn một trường", "a field must be chosen")
        if not rule.field and rule.check not in _OF_A_WHOLE_ROW
        else None,
        _argument_fault(rule),
    )
    return tuple(fault for fault in found if fault is not None)


def _argument_fault(rule: Rule) -> Fault | None:
    argument = rule.argument
    if len(argument) > _MOST_ARGUMENT:
        return Fault("argument", f"không quá {_MOST_ARGUMENT} ký tự", f"at most {_MOST_ARGUMENT} characters")
    match rule.check:
        case Check.FORMAT if argument not in FORMATS:
            return Fault("argument", "không có định dạng này", "there is no such format")
        case Check.ALLOWED if not all(part.strip() for part in argument.split("|")):
            return Fault("argument", "nêu các giá trị, cách nhau bằng |", "name the values, joined by |")
        case Check.LISTED if read_reference(argument) is None:
            return Fault(
                "argument",
                "viết theo dạng cơ-sở-dữ-liệu/dịch-vụ/v1/thao-tác#Trường",
                "write it as database/service/v1/operation#Field",
            )
        case Check.FRESH if not (argument.isascii() and argument.isdigit() and 1 <= int(argument) <= MOST_DAYS):
            return Fault("argument", f"số ngày từ 1 đến {MOST_DAYS}", f"a number of days, 1 to {MOST_DAYS}")
        case check if check in _WITHOUT_ARGUMENT and argument:
            return Fault("argument", "quy tắc này không có tham số", "this rule takes no argument")
        case _:
            return None
