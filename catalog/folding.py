"""How does Vietnamese text look to somebody who types it without marks?"""

import unicodedata


def fold(text: str) -> str:
    """Return `text` in capitals without marks, Đ as D, blanks joined: "Đất  đai" is "DAT DAI"."""
    plain = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return " ".join(plain.replace("đ", "d").replace("Đ", "D").upper().split())
