"""Is the record searched by codes, and not by what names somebody?

Conditions are kept as they were asked: in the record itself, which is never changed, in orders of exports, in searches
that somebody keeps. A person's number typed among them would stand there in the clear for ever, which the record seals
everywhere else: whoever has one looks for it where it is sealed (`gateway/console/record/person.py`).
"""

import re
from collections.abc import Mapping
from typing import Final

from catalog.changes import refuse_faults
from catalog.codes import is_somebodys_number
from catalog.errors import Fault
from security.audit.search import Search

CODES: Final = ("agency", "system", "agreement", "database", "service", "reason")
"""The conditions that are codes; others are moments, or words of a short list."""
_PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+/-]{0,99}", re.ASCII)


def must_be_by_codes(asked: Search) -> None:
    """Return when a search is by codes alone. Raises ContentInvalid."""
    refuse_faults(*condition_faults({name: getattr(asked, name) for name in CODES}))


def condition_faults(told: Mapping[str, str]) -> list[Fault]:
    """Return what is wrong with conditions as they were written; an empty one asks nothing."""
    return [
        Fault(
            name,
            "ghi mã; số định danh và mã hồ sơ tìm ở trang “tìm theo người”",
            "takes a code; the number of a person or of a case file is looked for on a page of its own",
        )
        for name, text in told.items()
        if text and (not _PLAIN.fullmatch(text) or is_somebodys_number(text))
    ]
