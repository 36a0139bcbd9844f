"""Is a number, a date or a name written as the national services want it? (03-domain, section 4)

Pure functions: no provider is asked, and a value that fails is never quoted.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from adapters.contract import Json
from adapters.errors import CallUnacceptable, OutcomeUnknown, ProviderTalkedNonsense

_IDENTITY: Final = re.compile(r"\d{12}", re.ASCII)
_OLD_CARD: Final = re.compile(r"\d{9}", re.ASCII)
_BUSINESS: Final = re.compile(r"(\d{10})(-\d{3})?", re.ASCII)
_INSURANCE: Final = re.compile(r"\d{10}", re.ASCII)
_CATEGORY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII)
_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,63}", re.ASCII)
_ISO_PARTS: Final = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", re.ASCII)
_WEIGHTS: Final = (31, 29, 23, 19, 17, 13, 7, 5, 3)


class Precision(StrEnum):
    """How much of a birth date is known."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class BirthDate:
    """A birth date, of which month and day may be unknown (`month` and `day` are then 1)."""

    value: date
    precision: Precision

    @property
    def compact(self) -> str:
        """`yyyyMMdd`, `yyyyMM` or `yyyy`."""
        length = {Precision.DAY: 8, Precision.MONTH: 6, Precision.YEAR: 4}[self.precision]
        return self.value.isoformat().replace("-", "")[:length]

    @property
    def iso(self) -> str:
        """`yyyy-MM-dd`, `yyyy-MM` or `yyyy` (ISO 8601)."""
        length = {Precision.DAY: 10, Precision.MONTH: 7, Precision.YEAR: 4}[self.precision]
        return self.value.isoformat()[:length]


def is_identity_number(text: str) -> bool:
    """Số định danh cá nhân / CCCD: 12 digits. A birth date or sex that does not fit is never a reason to refuse."""
    return _IDENTITY.fullmatch(text) is not None


def is_old_card_number(text: str) -> bool:
    """Chứng minh nhân dân: 9 digits."""
    return _OLD_CARD.fullmatch(text) is not None


def is_business_number(text: str) -> bool:
    """MSDN / MST: 10 digits with check digit, with `-` and 3 digits for a branch, or an individual's identity number.

    N10 = 10 − (Σ Nᵢ·Wᵢ mod 11). With a remainder of 0 there is no check digit, so no such number exists.
    """
    found = _BUSINESS.fullmatch(text)
    if found is None:
        return is_identity_number(text)
    digits = [int(digit) for digit in found[1]]
    total = sum(digit * weight for digit, weight in zip(digits[:9], _WEIGHTS, strict=True))
    return digits[9] == 10 - total % 11


def is_insurance_number(text: str) -> bool:
    """Mã số BHXH: 10 digits."""
    return _INSURANCE.fullmatch(text) is not None


def is_category_code(text: str) -> bool:
    """A common category's code, as it stands in the address: letters, digits, `_` and `-`."""
    return _CATEGORY.fullmatch(text) is not None


def is_plain_code(text: str) -> bool:
    """A case-file number, an agency's or a procedure's code: letters, digits and `. _ / -`, at most 64."""
    return _CODE.fullmatch(text) is not None


def parse_birth_date(text: str) -> BirthDate | None:
    """Return the birth date written `yyyy-MM-dd`, `yyyy-MM` or `yyyy`, `None` when it is none of these."""
    found = _ISO_PARTS.fullmatch(text)
    if found is None:
        return None
    precision = Precision.DAY if found[3] else Precision.MONTH if found[2] else Precision.YEAR
    try:
        return BirthDate(date(int(found[1]), int(found[2] or 1), int(found[3] or 1)), precision)
    except ValueError:
        return None


def parse_compact_date(text: str) -> BirthDate | None:
    """Return the date written `yyyyMMdd`, `yyyyMM` or `yyyy`; `00` stands for an unknown month or day."""
    if not re.fullmatch(r"\d{4}|\d{6}|\d{8}", text, re.ASCII):
        return None
    parts = [part for part in (text[:4], text[4:6], text[6:8]) if part and part != "00"]
    return parse_birth_date("-".join(parts))


def parse_slashed_date(text: str) -> date | None:
    """Return the date written `dd/MM/yyyy`, `None` when it is not."""
    found = re.fullmatch(r"(\d\d)/(\d\d)/(\d{4})", text, re.ASCII)
    if found is None:
        return None
    try:
        return date(int(found[3]), int(found[2]), int(found[1]))
    except ValueError:
        return None


def fold_name(name: str) -> str:
    """Return the form in which two spellings of one name are equal: no marks, Đ as D, capitals, no blanks.

    Callers often write names in capitals without marks and blanks.
    """
    plain = unicodedata.normalize("NFD", name).replace("đ", "d").replace("Đ", "D")
    kept = (character for character in plain if not unicodedata.combining(character) and not character.isspace())
    return "".join(kept).upper()


# --- taking parameters, and the provider's texts ---------------------------------------------------------------


def text_parameter(parameters: dict[str, Json], name: str) -> str:
    """Return a parameter as text without blanks around it, in NFC, empty when it was not given.

    Raises `CallUnacceptable` when it is no single value.
    """
    value = parameters.get(name)
    if value is None:
        return ""
    if isinstance(value, bool | list | dict | float):
        raise unacceptable(name, vi="phải là một giá trị đơn", en="must be a single value")
    return unicodedata.normalize("NFC", str(value)).strip()


def needed_parameter(parameters: dict[str, Json], name: str) -> str:
    """Return a parameter that must be there. Raises `CallUnacceptable`."""
    text = text_parameter(parameters, name)
    if not text:
        raise unacceptable(name, vi="là bắt buộc", en="is required")
    return text


def unacceptable(name: str, *, vi: str, en: str) -> CallUnacceptable:
    """Return the error for a parameter of the caller's; `vi` and `en` are what follows its name in a sentence."""
    return CallUnacceptable(name, vi=f"{name} {vi}.", en=f"{name} {en}.")


def misshapen(what: str, *, safe: bool, status: str = "200") -> ProviderTalkedNonsense | OutcomeUnknown:
    """Return the error for an answer that is not in the service's shape; `what` names the place, not its value."""
    kind = ProviderTalkedNonsense if safe else OutcomeUnknown
    return kind(f"the national service's answer is not in its shape: {what}", provider_status=status)
