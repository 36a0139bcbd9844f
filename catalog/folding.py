"""How does Vietnamese text look to somebody who types it without marks?"""

import re
import unicodedata
from collections.abc import Sequence


def fold(text: str) -> str:
    """Return `text` in capitals without marks, Đ as D, blanks joined: "Đất  đai" is "DAT DAI"."""
    plain = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return " ".join(plain.replace("đ", "d").replace("Đ", "D").upper().split())


def find_words(text: str, words: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """Return where folded words stand in a text, as they were written: from and until, in order, none within another.

    "dat dai" finds "Đất đai" at 0 to 3 and 4 to 7.
    """
    if not any(words):
        return ()
    folded: list[str] = []
    origins: list[int] = []
    for place, letter in enumerate(text):
        # A letter may fold to nothing (a combining mark) or to several ("ß").
        plain = fold(letter) if not letter.isspace() else " "
        folded.append(plain)
        origins += [place] * len(plain)
    whole = "".join(folded)
    hits = sorted(
        (found.start(), found.end()) for word in words if word for found in re.finditer(re.escape(word), whole)
    )
    spans: list[tuple[int, int]] = []
    for start, end in hits:
        if spans and start < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    return tuple((origins[start], _end(text, origins[end - 1])) for start, end in spans)


def _end(text: str, last: int) -> int:
    end = last + 1
    while end < len(text) and unicodedata.combining(text[end]):
        end += 1
    return end
