"""How is a wrong value shown, so that its owner finds it and nobody learns about a person? Pure.

What a person's field holds is shown by its ends or its first letters only. Junk tells of nobody and is shown as it is.
"""

import re

from catalog.descriptions import FieldClass
from catalog.quality.checks import is_junk

_SHOWN = 40
_LONG = 8
_NUMBERS = re.compile(r"\d{6,}")
_BLANK = "␣"


def mask_value(value: str, class_: FieldClass) -> str:
    """Return a value as a page may show it: `07********12`, `N***** V** A*`; blanks at the ends are made visible."""
    if is_junk(value):
        return _visible(value[:_SHOWN])
    if class_ is FieldClass.OPEN:
        # An open field may hold a person's number by mistake, and that is just what a rule finds.
        return _visible(_NUMBERS.sub(lambda found: _ends(found.group()), value)[:_SHOWN])
    bare = value.strip()
    if " " not in bare:
        masked = _ends(bare)
    else:
        masked = " ".join(f"{word[0]}{'*' * max(1, len(word) - 1)}" for word in bare.split())
    return _visible(value.replace(bare, masked, 1) if bare else value)[:_SHOWN]


def _ends(value: str) -> str:
    if len(value) < _LONG:
        return f"{value[:1]}{'*' * (len(value) - 1)}"
    return f"{value[:2]}{'*' * (len(value) - 4)}{value[-2:]}"


def _visible(value: str) -> str:
    left, right = len(value) - len(value.lstrip()), len(value) - len(value.rstrip())
    if left == len(value):
        return _BLANK * min(left, 3)
    return f"{_BLANK * min(left, 3)}{value.strip()}{_BLANK * min(right, 3)}"
