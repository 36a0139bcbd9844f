"""How can the rows of a service be read, page by page, and where they cannot: why not? Pure.

Read is what any caller could read: the service's own list. Nothing is asked that changes something, that needs an
officer, or that asks about one person at a time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from catalog.descriptions import FieldType, OperationDescription, ServiceDescription
from catalog.paths import below

# How callers page, by the names that providers use: place parameter, size parameter, and the first place.
_CURSORS = (("after", "next"), ("cursor", "next"), ("cursor", "nextCursor"), ("pageToken", "nextPageToken"))
_SIZES = frozenset({"limit", "kichThuoc", "SoLuong", "size", "pageSize", "per_page", "count", "take", "top"})
_OFFSETS = frozenset({"offset", "TuThu", "skip", "start"})
_PAGES = frozenset({"trang", "page", "pageNumber"})
_TOTALS = frozenset({"total", "tongSo", "TongSo", "totalCount", "total_count", "count"})
MOST_PER_PAGE = 200


class Reason(StrEnum):
    """Why a service, or a rule, was not measured."""

    NO_SPECIFICATION = "no-specification"
    NO_LIST = "no-list"
    ONE_BY_ONE = "one-by-one"
    NEEDS_OFFICER = "needs-officer"
    NO_FIELDS = "no-fields"
    NO_ROWS = "no-rows"
    NO_RIGHT = "no-right"
    NO_REFERENCE = "no-reference"
    REFERENCE_TOO_LONG = "reference-too-long"
    PROVIDER_SILENT = "provider-silent"
    PROVIDER_REFUSED = "provider-refused"
    PROVIDER_UNUSABLE = "provider-unusable"
    NONSENSE = "nonsense"


class Paging(StrEnum):
    """How the next page is asked for."""

    CURSOR = "cursor"
    OFFSET = "offset"
    PAGE = "page"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class Source:
    """How a service's rows are read. `place` and `size` are parameters, `following` and `total` paths of the answer.

    `by` is a parameter that must be given: the rows are asked for one known value of it after the other.
    """

    service: ServiceDescription
    operation: OperationDescription
    paging: Paging
    place: str = ""
    size: str = ""
    page_rows: int = MOST_PER_PAGE
    following: str = ""
    total: str = ""
    by: str = ""


def source_of(service: ServiceDescription, *, known: Sequence[str] = ()) -> Source | Reason:
    """Return how to read a service, or why that cannot be done.

    `known` are the names of parameters of which some right values are known (codes of a shared list).
    """
    if not service.specified or not service.operations:
        return Reason.NO_SPECIFICATION
    found: list[Source] = []
    why = Reason.NO_LIST
    for operation in service.operations:
        judged = _source(service, operation, known)
        if isinstance(judged, Source):
            found.append(judged)
        elif _SERIOUSNESS.index(judged) > _SERIOUSNESS.index(why):
            why = judged
    # A list that is asked for as it is comes before one that is asked for by code after code.
    return min(found, key=lambda one: (bool(one.by), one.paging is Paging.WHOLE)) if found else why


def fields_of_rows(source: Source) -> dict[str, str]:
    """Return the fields of a row by their paths relative to it, each with its path in the answer."""
    rows = source.operation.rows
    return {
        relative: field.path
        for field in source.operation.fields
        if not field.structural and (relative := below(field.path, rows))
    }


_SERIOUSNESS = (Reason.NO_LIST, Reason.ONE_BY_ONE, Reason.NEEDS_OFFICER, Reason.NO_FIELDS)


def _source(service: ServiceDescription, operation: OperationDescription, known: Sequence[str]) -> Source | Reason:
    if not operation.safe or operation.takes_body:
        return Reason.NO_LIST
    if operation.officer_needed:
        return Reason.NEEDS_OFFICER
    if not operation.rows.endswith("[]"):
        return Reason.ONE_BY_ONE
    required = [parameter.name for parameter in operation.parameters if parameter.required]
    by = required[0] if len(required) == 1 and required[0] in known else ""
    if required and not by:
        return Reason.ONE_BY_ONE
    source = _paged(service, operation, by)
    if source.paging is Paging.WHOLE and _asks_of_people(operation):
        return Reason.ONE_BY_ONE  # a search for a person that was left unpaged is not meant to give all
    return source if fields_of_rows(source) else Reason.NO_FIELDS


def _paged(service: ServiceDescription, operation: OperationDescription, by: str) -> Source:
    names = {parameter.name: parameter for parameter in operation.parameters}
    envelope = {field.path: field.type for field in operation.fields if field.structural}
    size = next((name for name in names if name in _SIZES), "")
    most = names[size].maximum if size else None
    rows = min(MOST_PER_PAGE, most) if most is not None and most > 0 else MOST_PER_PAGE
    total = next((path for path, kind in envelope.items() if path in _TOTALS and kind is FieldType.INTEGER), "")
    for place, following in _CURSORS:
        if place in names and following in envelope:
            return Source(service, operation, Paging.CURSOR, place, size, rows, following=following, by=by)
    for paging, places in ((Paging.OFFSET, _OFFSETS), (Paging.PAGE, _PAGES)):
        place = next((name for name in names if name in places), "")
        if place:
            return Source(service, operation, paging, place, size, rows, total=total, by=by)
    return Source(service, operation, Paging.WHOLE, by=by)


def _asks_of_people(operation: OperationDescription) -> bool:
    return any(place.startswith("parameter:") for place in operation.subjects)
