"""Is a database alive: how old is its newest change, against how often it says that it changes? Pure.

A database tells its frequency in words ("hằng ngày", "khi thay đổi"). Up to the period and its margin (a weekend, a
holiday, the days that a monthly figure needs) it is fully alive; after that it fades evenly, and at `FADES_AFTER` times
as long it is dead. One that changes "khi thay đổi" has no period: it cannot be late.
"""

from datetime import datetime, timedelta
from fractions import Fraction

from catalog.folding import fold

FADES_AFTER = 4
_PERIODS: tuple[tuple[tuple[str, ...], int], ...] = (
    (("TUC THOI", "THOI GIAN THUC", "REAL TIME", "REAL-TIME", "HANG GIO", "HOURLY"), 2),
    (("HANG NGAY", "MOI NGAY", "DAILY"), 4),
    (("HANG TUAN", "MOI TUAN", "WEEKLY"), 10),
    (("HANG THANG", "MOI THANG", "MONTHLY"), 45),
    (("HANG QUY", "MOI QUY", "QUARTERLY"), 120),
    (("NUA NAM", "6 THANG", "SAU THANG", "HALF-YEARLY"), 220),
    (("HANG NAM", "MOI NAM", "YEARLY", "ANNUAL"), 420),
)


def days_allowed(update_frequency: str) -> int | None:
    """Return how many days may pass between changes, margin included, or None where no period is told."""
    text = fold(update_frequency)
    return next((days for words, days in _PERIODS if any(word in text for word in words)), None)


def liveliness(newest: datetime, days: int, *, now: datetime) -> Fraction:
    """Return how alive data are whose newest change was at `newest`: 1 within `days`, 0 from four times as long on."""
    age, allowed = max(now - newest, timedelta()), timedelta(days=days)
    if age <= allowed:
        return Fraction(1)
    dead = allowed * FADES_AFTER
    if age >= dead:
        return Fraction(0)
    return Fraction(int((dead - age).total_seconds()), int((dead - allowed).total_seconds()))
