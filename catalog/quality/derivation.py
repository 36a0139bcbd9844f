"""Which rules follow from what a service says of itself? Pure.

From each field's type, name, class and place among the parameters: identity numbers and codes keep their format, keys
are there once, what callers ask by is filled in, days of the past are not of the future, names are written as names.
An owner changes what does not fit his data (`catalog/quality/rulebook.py`).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from catalog.descriptions import DatabaseDescription, FieldClass, FieldDescription, FieldType, ServiceDescription
from catalog.folding import fold
from catalog.importers.classes import Proposal, propose
from catalog.importers.naming import words_of
from catalog.quality.criteria import Check
from catalog.quality.freshness import days_allowed
from catalog.quality.rules import Reference, Rule, write_reference
from catalog.quality.sources import Source, fields_of_rows

KEY_WEIGHT = 3
_IDENTIFYING = frozenset({"so-dinh-danh", "cmnd", "so-dinh-danh-hoac-cmnd", "bhxh"})
_AHEAD = frozenset({"den", "han", "hen", "hieu", "kien", "ket", "dung", "until", "due", "expiry", "expires", "valid"})
_CHANGED = (("cap", "nhat"), ("thay", "doi"), ("thoi", "diem"), ("updated",), ("modified",), ("changed",))
_NAMES = frozenset({"HO VA TEN", "HO TEN", "HO VA CHU DEM", "FULL NAME"})
_TEXTS = frozenset({FieldType.STRING})


@dataclass(frozen=True, slots=True)
class SharedList:
    """A list of the catalogue that holds all right values of a field: that of the service whose key it is.

    `name` is the last part of the key's path: fields of other services that are called so hold its codes.
    """

    name: str
    place: Reference

    @property
    def argument(self) -> str:
        """Return the list as the argument of a `LISTED` rule."""
        return write_reference(self.place)


def key_of(source: Source) -> str:
    """Return the field that tells a row from all others, empty where that cannot be told.

    It is the field by which another operation of the service gets one row; else the first, where callers may ask by it.
    """
    fields = {path.rpartition(".")[2]: path for path in reversed(fields_of_rows(source)) if "[]" not in path}
    for operation in source.service.operations:
        required = [parameter.name for parameter in operation.parameters if parameter.required]
        if operation is not source.operation and len(required) == 1 and required[0] in fields:
            return fields[required[0]]
    first = next(iter(fields_of_rows(source)), "")
    asked = {parameter.name for parameter in source.operation.parameters}
    return first if first.rpartition(".")[2] in asked else ""


def shared_lists(sources: Iterable[Source]) -> dict[str, SharedList]:
    """Return the shared lists by their names. Of a name that is the key of two services, none is the list.

    A key that identifies people is no list: their numbers are not copied about to check others by them.
    """
    found: dict[str, SharedList] = {}
    doubled: set[str] = set()
    for source in sources:
        key = key_of(source)
        if not key or source.by or _class_of(source, key) not in (FieldClass.OPEN, FieldClass.INTERNAL):
            continue
        name = key.rpartition(".")[2]
        if name in found:
            doubled.add(name)
        service = source.service
        place = Reference(service.database, service.code, service.version, source.operation.code, key)
        found[name] = SharedList(name, place)
    return {name: one for name, one in found.items() if name not in doubled}


def derive_rules(database: DatabaseDescription, source: Source, lists: Mapping[str, SharedList]) -> tuple[Rule, ...]:
    """Return the rules of one service. `lists` are those of the whole catalogue (`shared_lists`)."""
    key = key_of(source)
    described = {field.path: field for field in source.operation.fields}
    found: list[Rule] = []
    for path, whole in fields_of_rows(source).items():
        found += _of_field(source, path, described[whole], key=key, lists=lists)
    if not key and not source.by:  # asked by code after code, a row may well come twice
        found.append(Rule(source.service.code, "", Check.UNIQUE))
    days = days_allowed(database.update_frequency)
    changed = next(
        (path for path, whole in fields_of_rows(source).items() if _tells_change(path, described[whole])), ""
    )
    if days is not None and changed:
        found.append(Rule(source.service.code, changed, Check.FRESH, str(days)))
    return tuple(found)


def _of_field(
    source: Source, path: str, field: FieldDescription, *, key: str, lists: Mapping[str, SharedList]
) -> Iterator[Rule]:
    service = source.service.code
    is_key = path == key
    identifier = is_key or _format_of(source, path, field) in _IDENTIFYING
    weight = KEY_WEIGHT if identifier else 1

    def rule(check: Check, argument: str = "", *, heavy: bool = False) -> Rule:
        return Rule(service, path, check, argument, weight=weight if heavy else 1, identifier=identifier)

    name = _format_of(source, path, field)
    if name:
        yield rule(Check.FORMAT, name, heavy=True)
    shared = lists.get(path.rpartition(".")[2])
    if shared is not None and not is_key and (shared.place.database, shared.place.service) != _name_of(source.service):
        yield rule(Check.LISTED, shared.argument)
    if field.type in (FieldType.DATE, FieldType.DATETIME) and not _AHEAD & set(_words(path)):
        yield rule(Check.NOT_FUTURE)
    if is_key or _is_mandatory(source, path, field):
        yield rule(Check.FILLED, heavy=True)
    if is_key and not source.by:
        yield rule(Check.UNIQUE, heavy=True)
    if field.type in _TEXTS:
        yield rule(Check.NO_JUNK)
        yield rule(Check.TRIMMED)
        yield rule(Check.COMPOSED)
        if _is_name(path, field):
            yield rule(Check.CASED)


def _name_of(service: ServiceDescription) -> tuple[str, str]:
    return service.database, service.code


def _format_of(source: Source, path: str, field: FieldDescription) -> str:
    if field.type is FieldType.DATE:
        return "date"
    if field.type is FieldType.DATETIME:
        return "datetime"
    if field.type is not FieldType.STRING:
        return ""
    name = path.rpartition(".")[2].removesuffix("[]")
    for operation in source.service.operations:
        for parameter in operation.parameters:
            if parameter.name == name and parameter.format:
                return parameter.format
    proposed = _proposed(path)
    if proposed.format:
        return proposed.format
    if _words(path)[:1] == ("ma",) and "dvhc" in _words(path):
        return "ma-dvhc"
    named = f"answer:{field.path}" in source.operation.subjects
    return "so-dinh-danh" if named and proposed.subject else ""


@lru_cache(maxsize=16_384)
def _proposed(path: str) -> Proposal:
    # The names of a province's fields are few, and recognizing one takes milliseconds.
    return propose(path)


def _is_mandatory(source: Source, path: str, field: FieldDescription) -> bool:
    """Tell whether a field is to be filled in every row: a person's number, a name, or what callers ask by."""
    if "[]" in path or (field.type in (FieldType.DATE, FieldType.DATETIME) and _AHEAD & set(_words(path))):
        return False
    asked = {parameter.name for parameter in source.operation.parameters}
    return (
        path.rpartition(".")[2] in asked
        or f"answer:{field.path}" in source.operation.subjects
        or _is_name(path, field)
    )  # fmt: skip


def _is_name(path: str, field: FieldDescription) -> bool:
    if field.class_ not in (FieldClass.PERSONAL, FieldClass.SENSITIVE):
        return False
    return " ".join(_words(path)).upper() in _NAMES or fold(field.title_vi) in _NAMES


def _tells_change(path: str, field: FieldDescription) -> bool:
    if field.type not in (FieldType.DATE, FieldType.DATETIME) or "[]" in path:
        return False
    words = _words(path)
    return any(tuple(words[place : place + len(one)]) == one for one in _CHANGED for place in range(len(words)))


def _class_of(source: Source, path: str) -> FieldClass:
    whole = fields_of_rows(source)[path]
    return next(field.class_ for field in source.operation.fields if field.path == whole)


def _words(path: str) -> tuple[str, ...]:
    return tuple(words_of(path.rpartition(".")[2].removesuffix("[]")))


def newest_versions(services: Iterable[ServiceDescription]) -> list[ServiceDescription]:
    """Return of each service the version with the greatest number: that is the one whose data are judged."""
    found: dict[tuple[str, str], ServiceDescription] = {}
    for service in services:
        held = found.get((service.database, service.code))
        if held is None or service.version > held.version:
            found[service.database, service.code] = service
    return list(found.values())
