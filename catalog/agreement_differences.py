"""What does one version of an agreement allow that another does not, said so that an official can read it?

Pure. Each difference is told in both languages and is wider, narrower, or just another: the same judgement by which a
new version is in force at once or must be approved (`catalog/widening.py`).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, Literal, TypeVar

import msgspec

from catalog.terms import AgreementTerms, Comparison, GrantTerms, Hours, Rate, RowCondition
from catalog.widening import disclosure_within, hours_within, networks_within, rate_within, rows_within

Value = TypeVar("Value")


class Direction(StrEnum):
    """Whether the new version allows more, less, or something else."""

    WIDER = "wider"
    NARROWER = "narrower"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference. `about` names the grant it stands in (empty: the agreement), `was` and `now` the values."""

    about: str
    direction: Direction
    what_vi: str
    what_en: str
    was_vi: str
    was_en: str
    now_vi: str
    now_en: str


@dataclass(frozen=True, slots=True)
class Both:
    """A value as it is said in both languages."""

    vi: str
    en: str


_NONE: Final = Both("không có", "none")
_YES, _NO = Both("có", "yes"), Both("không", "no")
_DAYS_VI: Final = ("thứ hai", "thứ ba", "thứ tư", "thứ năm", "thứ sáu", "thứ bảy", "chủ nhật")
_DAYS_EN: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_COMPARED: Final[Mapping[Comparison, Both]] = {
    Comparison.EQ: Both("bằng", "is"),
    Comparison.NE: Both("khác", "is not"),
    Comparison.IN: Both("là một trong", "is one of"),
    Comparison.PREFIX: Both("bắt đầu bằng", "begins with"),
    Comparison.GTE: Both("từ", "is at least"),
    Comparison.LTE: Both("đến", "is at most"),
}
_SWITCHES: Final = (
    ("case_file_required", Both("Phải nêu mã hồ sơ", "A case file must be named"), True),
    ("officer_required", Both("Phải nêu cán bộ", "An officer must be named"), True),
    ("cache_allowed", Both("Được lưu tạm kết quả", "Answers may be cached"), False),
)


def differences(old: AgreementTerms, new: AgreementTerms) -> tuple[Difference, ...]:
    """Return what `new` says otherwise than `old`; the parties and the database never change."""
    found = [
        *_of_set("", Both("Hệ thống được gọi", "Systems that may call"), old.systems, new.systems),
        *_of_set("", Both("Mục đích", "Purposes"), old.purposes, new.purposes),
        *_of_days(old, new),
        *_of_disclosure(old, new),
        *_other(
            Both("Căn cứ pháp lý", "Legal basis"),
            "; ".join(f"{one.document} {one.article}".strip() for one in old.legal_basis),
            "; ".join(f"{one.document} {one.article}".strip() for one in new.legal_basis),
        ),
        *_other(
            Both("Tệp đính kèm", "Attachments"),
            ", ".join(f"{one.name} ({one.digest[:12]})" for one in old.attachments),
            ", ".join(f"{one.name} ({one.digest[:12]})" for one in new.attachments),
        ),
    ]
    before = {grant_name(grant): grant for grant in old.grants}
    after = {grant_name(grant): grant for grant in new.grants}
    for name, grant in after.items():
        if name not in before:
            found.append(_one(name, Direction.WIDER, Both("Thêm thao tác", "Operation added"), _NONE, fields_of(grant)))
        else:
            found.extend(_of_grant(name, before[name], grant))
    found.extend(
        _one(name, Direction.NARROWER, Both("Bỏ thao tác", "Operation removed"), fields_of(grant), _NONE)
        for name, grant in before.items()
        if name not in after
    )
    return tuple(found)


def grant_name(grant: GrantTerms) -> str:
    """Return by what a grant is known within its agreement: `thua-dat/v1/tra-cuu`."""
    return f"{grant.service}/v{grant.version}/{grant.operation}"


def fields_of(grant: GrantTerms) -> Both:
    """Return the fields of a grant in words."""
    return Both(*[", ".join(grant.fields)] * 2)


def said_rows(rows: Literal["all"] | tuple[RowCondition, ...]) -> Both:
    """Return a row filter in words."""
    if rows == "all":
        return Both("mọi dòng", "all rows")
    said = [
        (f"{one.field} {_COMPARED[one.operator].vi} {values}", f"{one.field} {_COMPARED[one.operator].en} {values}")
        for one in rows
        for values in [", ".join(_said_value(value) for value in one.values)]
    ]
    return Both(" và ".join(vi for vi, _ in said), " and ".join(en for _, en in said))


def said_rate(rate: Rate) -> Both:
    """Return a rate in words."""
    return Both(
        f"{rate.requests} lần trong {rate.per_seconds} giây, liền một lúc nhiều nhất {rate.burst}",
        f"{rate.requests} per {rate.per_seconds} s, at most {rate.burst} at once",
    )


def said_hours(hours: Literal["always"] | tuple[Hours, ...]) -> Both:
    """Return the hours in words."""
    if hours == "always":
        return Both("mọi lúc", "always")
    vi = [f"{_days(one.days, _DAYS_VI)} {one.from_}–{one.until}" for one in hours]
    en = [f"{_days(one.days, _DAYS_EN)} {one.from_}–{one.until}" for one in hours]
    return Both("; ".join(vi), "; ".join(en))


def said_networks(networks: Literal["any"] | tuple[str, ...]) -> Both:
    """Return the networks in words."""
    return Both("mọi mạng", "any network") if networks == "any" else Both(*[", ".join(networks)] * 2)


def _of_grant(name: str, old: GrantTerms, new: GrantTerms) -> Iterator[Difference]:
    yield from _of_set(name, Both("Trường dữ liệu", "Fields"), old.fields, new.fields)
    reasons_before = {one.field: one.reason for one in old.reasons}
    for one in new.reasons:
        was = reasons_before.get(one.field, "")
        if was != one.reason:
            what = Both(f"Lý do cần {one.field}", f"Why {one.field} is needed")
            yield _one(name, Direction.OTHER, what, _plain(was), _plain(one.reason))
    yield from _of_pair(name, Both("Dòng dữ liệu", "Rows"), old.rows, new.rows, rows_within, said_rows)
    yield from _of_pair(name, Both("Tần suất", "Rate"), old.rate, new.rate, rate_within, said_rate)
    if old.daily_quota != new.daily_quota:
        direction = Direction.WIDER if new.daily_quota > old.daily_quota else Direction.NARROWER
        what = Both("Hạn mức mỗi ngày", "Daily quota")
        yield _one(name, direction, what, _plain(str(old.daily_quota)), _plain(str(new.daily_quota)))
    yield from _of_pair(name, Both("Giờ được gọi", "Hours"), old.hours, new.hours, hours_within, said_hours)
    yield from _of_pair(
        name, Both("Mạng nguồn", "Source networks"), old.networks, new.networks, networks_within, said_networks
    )
    for member, what, narrows in _SWITCHES:
        was_on, is_on = bool(getattr(old, member)), bool(getattr(new, member))
        if was_on != is_on:
            direction = Direction.NARROWER if is_on is narrows else Direction.WIDER
            yield _one(name, direction, what, _YES if was_on else _NO, _YES if is_on else _NO)


def _of_pair(
    about: str,
    what: Both,
    old: Value,
    new: Value,
    within: Callable[[Value, Value], bool],
    said: Callable[[Value], Both],
) -> Iterator[Difference]:
    if old == new:
        return
    narrower, wider = within(new, old), within(old, new)
    direction = Direction.OTHER if narrower == wider else Direction.NARROWER if narrower else Direction.WIDER
    yield _one(about, direction, what, said(old), said(new))


def _of_set(about: str, what: Both, old: Sequence[str], new: Sequence[str]) -> Iterator[Difference]:
    added = [one for one in new if one not in old]
    removed = [one for one in old if one not in new]
    if added:
        more = Both(f"{what.vi}: thêm", f"{what.en}: added")
        yield _one(about, Direction.WIDER, more, _NONE, _plain(", ".join(added)))
    if removed:
        less = Both(f"{what.vi}: bỏ", f"{what.en}: removed")
        yield _one(about, Direction.NARROWER, less, _plain(", ".join(removed)), _NONE)


def _of_days(old: AgreementTerms, new: AgreementTerms) -> Iterator[Difference]:
    rows = (
        (Both("Có hiệu lực từ", "In force from"), old.valid_from, new.valid_from, new.valid_from < old.valid_from),
        (Both("Đến hết ngày", "Last day"), old.valid_until, new.valid_until, new.valid_until > old.valid_until),
        (Both("Rà soát vào", "Review on"), old.review_on, new.review_on, new.review_on > old.review_on),
    )
    for what, was, now, wider in rows:
        if was != now:
            yield _one("", Direction.WIDER if wider else Direction.NARROWER, what, _day(was), _day(now))


def said_disclosure(terms: AgreementTerms) -> Both:
    """Return in words when the people concerned are shown an exchange."""
    told = terms.disclosure
    if told is msgspec.UNSET:
        return Both("ngay", "at once")
    ground = f"{told.legal_basis.document} {told.legal_basis.article}".strip()
    return Both(f"sau {told.after_days} ngày, theo {ground}", f"after {told.after_days} days, by {ground}")


def _of_disclosure(old: AgreementTerms, new: AgreementTerms) -> Iterator[Difference]:
    if old.disclosure != new.disclosure:
        direction = Direction.NARROWER if disclosure_within(new, old) else Direction.WIDER
        what = Both("Người dân được xem", "Shown to the people concerned")
        yield _one("", direction, what, said_disclosure(old), said_disclosure(new))


def _other(what: Both, was: str, now: str) -> Iterator[Difference]:
    if was != now:
        yield _one("", Direction.OTHER, what, _plain(was), _plain(now))


def _one(about: str, direction: Direction, what: Both, was: Both, now: Both) -> Difference:
    return Difference(about, direction, what.vi, what.en, was.vi, was.en, now.vi, now.en)


def _plain(text: str) -> Both:
    return Both(text, text) if text else _NONE


def _day(day: date) -> Both:
    return Both(*[day.strftime("%d/%m/%Y")] * 2)


def _days(days: Sequence[int], names: Sequence[str]) -> str:
    ordered = sorted(days)
    if len(ordered) > 2 and ordered == list(range(ordered[0], ordered[-1] + 1)):
        return f"{names[ordered[0] - 1]}–{names[ordered[-1] - 1]}"
    return ", ".join(names[day - 1] for day in ordered)


def _said_value(value: str | int | bool) -> str:
    return value if isinstance(value, str) else str(value).lower()
