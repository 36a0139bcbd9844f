"""Which calls to the nineteen databases are answered, with what in them and what not? And which rows are not there?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from catalog.descriptions import OperationDescription, Place
from catalog.terms import RowCondition
from gateway.demo.agreements import Grant, Wish, released_fields
from gateway.demo.catalogue import Catalogue
from gateway.demo.draw import Record
from gateway.demo.sampling.form import SampleCall, values_at
from gateway.demo.sampling.held import Held, holds, leaf_paths
from gateway.demo.wishes import PROVINCE_WISHES

CASE_FILE = "H32.58-260128-00001"
OFFICER = "KH000001"
# By which parameter a list is asked for, where asking for all would be refused or too much.
_NARROW: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("dmdc", "dvhc"): ("Cap",),
    ("dmdc", "co-quan"): ("MaDVHC",),
    ("giaothong", "tuyen"): ("MaDVHC",),
    ("yte", "co-so-kham-chua-benh"): ("MaDVHC",),
    ("ktxh", "so-lieu"): ("MaChiTieu", "KyBaoCao"),
    ("pakn", "phan-anh"): ("MaDVHC",),
    ("tthc", "ho-so"): ("MaDVHC",),
    ("tthc", "ket-qua"): ("MaHoSo",),
    ("tnmt", "quan-trac"): ("MaTram",),
    ("tuphap", "van-ban"): ("LoaiVanBan",),
    ("dulich", "co-so-luu-tru"): ("HangSao",),
    ("ansinh", "tro-cap"): ("MaDoiTuong",),
}
# What a SOAP question asks by.
_LOOK_UP: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("giaothong", "giay-phep-lai-xe"): ("SoGPLX",),
    ("giaothong", "phuong-tien"): ("BienSo",),
    ("yte", "chung-chi-hanh-nghe"): ("SoCCHN",),
    ("tuphap", "ho-tich"): ("SoHoTich",),
}


@dataclass(frozen=True, slots=True)
class Question:
    """A grant, its operation, and the rows that the provider holds."""

    wish: Wish
    grant: Grant
    operation: OperationDescription
    rows: Sequence[Record]
    key: str

    @property
    def prefix(self) -> str:
        """What stands before a row's field in the answer."""
        return f"{self.operation.rows}." if self.operation.rows else ""

    @property
    def conditions(self) -> Sequence[RowCondition]:
        """The row filter."""
        return () if self.grant.rows == "all" else self.grant.rows


def answered_calls(catalogue: Catalogue, held: Held) -> list[SampleCall]:
    """Return a call for each grant to read of the province's agreements, and one for a row outside each row filter."""
    calls: list[SampleCall] = []
    for wish in PROVINCE_WISHES:
        for grant in wish.grants:
            operation = catalogue.operation(wish.database, grant.service, grant.operation)
            if not operation.safe:
                continue
            question = Question(
                wish,
                grant,
                operation,
                held.rows(wish.database, grant.service),
                held.object(wish.database, grant.service).key,
            )
            calls.append(_answered(question))
            calls.extend(_outside(question))
    return calls


def _is_list(question: Question) -> bool:
    return question.operation.rows.endswith("[]")


def _asked(question: Question) -> tuple[str, ...]:
    """The parameters by which the question is asked."""
    place = (question.wish.database, question.grant.service)
    declared = {one.name for one in question.operation.parameters}
    if place in _LOOK_UP:
        return _LOOK_UP[place]
    if not _is_list(question):
        required = [one.name for one in question.operation.parameters if one.required]
        return tuple(required) or (question.key,)
    if question.conditions:
        return tuple(one.field for one in question.conditions if one.field in declared)
    return tuple(name for name in _NARROW.get(place, ()) if name in declared)


def _value(row: Record, name: str) -> str:
    if name == "DanhMuc":
        return str(row["DanhMuc"])
    found = next(path for path in leaf_paths(dict(row)) if path.split(".")[-1] == name)
    value = values_at(dict(row), found)[0]
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _has_all(row: Record, names: Sequence[str]) -> bool:
    ends = {path.split(".")[-1] for path in leaf_paths(dict(row))}
    return all(name in ends or name in row for name in names)


def _call(question: Question, row: Record, *, name: str) -> dict[str, object]:
    names = _asked(question)
    in_path = {one.name for one in question.operation.parameters if one.place is Place.PATH}
    path = question.operation.path
    for one in in_path:
        path = path.replace(f"{{{one}}}", quote(_value(row, one), safe=""))
    headers: dict[str, str] = {}
    if question.grant.case_file:
        headers["Case-File"] = CASE_FILE
    if question.grant.officer:
        headers["Officer"] = OFFICER
    if len(question.wish.purposes) > 1:
        headers["Purpose"] = question.wish.purposes[0]
    return {
        "name": name,
        "database": question.wish.database,
        "system": question.wish.system,
        "method": question.operation.method,
        "path": f"/x/{question.wish.database}/{question.grant.service}/v1{path}",
        "query": {one: _value(row, one) for one in names if one not in in_path},
        "headers": headers,
    }


def _matching(question: Question, row: Record) -> list[Record]:
    """The rows that an answer about `row` may hold."""
    if not _is_list(question) and question.key in _asked(question):
        return [row]
    names = _asked(question)
    wanted = {name: _value(row, name) for name in names}
    return [
        one
        for one in question.rows
        if holds(one, question.conditions)
        and _has_all(one, names)
        and all(_value(one, name) == value for name, value in wanted.items())
    ]


def _answered(question: Question) -> SampleCall:
    names = _asked(question)
    fitting = (one for one in question.rows if holds(one, question.conditions) and _has_all(one, names))
    # The richest of the first rows: a nested list that is empty would show nothing.
    row = max(
        (one for _, one in zip(range(60), fitting, strict=False)), key=lambda one: len(set(leaf_paths(dict(one))))
    )
    matching = _matching(question, row)
    released = {path.removeprefix(question.prefix) for path in released_fields(question.grant, question.operation)}
    sent = {path for one in matching for path in leaf_paths(dict(one))}
    always = set.intersection(*({*leaf_paths(dict(one))} for one in matching))
    call = _call(
        question, row, name=f"{question.wish.database}: {question.operation.title_vi} ({question.wish.system})"
    )
    return SampleCall(
        **call,  # type: ignore[arg-type]  # the members of `_call` by name
        expected_status=200,
        must_have=tuple(sorted(f"{question.prefix}{path}" for path in always & released)),
        must_not_have=tuple(sorted(f"{question.prefix}{path}" for path in sent - released)),
    )


def _is_outside(question: Question, row: Record, names: Sequence[str]) -> bool:
    if holds(row, question.conditions):
        return False
    # A provider may look for the value in several places of a row: none that it finds may pass the filter.
    wanted = {name: _value(row, name) for name in names}
    return not _is_list(question) or not any(
        holds(one, question.conditions)
        and all(
            value
            in {
                str(found)
                for path in leaf_paths(dict(one))
                if path.split(".")[-1] == name
                for found in values_at(dict(one), path)
            }
            for name, value in wanted.items()
        )
        for one in question.rows
    )


def _outside(question: Question) -> list[SampleCall]:
    """A question for a row that the row filter does not release; none where every row passes."""
    names = _asked(question)
    row = next((one for one in question.rows if _has_all(one, names) and _is_outside(question, one, names)), None)
    if row is None:
        return []
    call = _call(
        question,
        row,
        name=f"{question.wish.database}: {question.operation.title_vi}, ngoài phạm vi ({question.wish.system})",
    )
    if _is_list(question):
        everything = tuple(sorted({f"{question.prefix}{path}" for path in leaf_paths(dict(row))}))
        return [SampleCall(**call, expected_status=200, must_not_have=everything)]  # type: ignore[arg-type]  # as above
    return [SampleCall(**call, expected_status=404, expected_problem="not-found")]  # type: ignore[arg-type]  # as above
