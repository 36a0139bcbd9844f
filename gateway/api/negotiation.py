"""Which of the forms that we have does a client like best?

RFC 9110, 12.5.1, as far as it is used: ranges with their weights, the more exact range before the wider one.
"""

from collections.abc import Sequence


def preferred(accept: str, offered: Sequence[str]) -> str:
    """Return the media type of `offered` that an Accept header likes best; of equals, and without one, the first.

    A client that accepts none of them gets the first too (RFC 9110, 15.5.7, leaves that to us): it sees what there is.
    """
    ranges = [_range_of(part) for part in accept.split(",") if part.strip()]
    if not ranges:
        return offered[0]
    weights = [_weight(one, ranges) for one in offered]
    return offered[weights.index(max(weights))]


def _range_of(part: str) -> tuple[str, float]:
    name, *parameters = (piece.strip() for piece in part.split(";"))
    weight = 1.0
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip().lower() == "q":
            try:
                weight = float(value)
            except ValueError:
                weight = 0.0
    return name.lower(), weight


def _weight(offered: str, ranges: Sequence[tuple[str, float]]) -> float:
    for wanted in (offered, f"{offered.partition('/')[0]}/*", "*/*"):
        for name, weight in ranges:
            if name == wanted:
                return weight
    return 0.0
