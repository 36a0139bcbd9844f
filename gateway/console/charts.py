"""How does a row of numbers become a picture that is read on a page, on paper and by a screen reader?

Drawn here, as SVG without a script or a style of its own: the colours are classes of `static/charts.css`, so that the
content security policy stays the strictest there is. A picture has a title and a description, and MUST stand beside a
table of the same numbers: `Chart` holds both, and `charts.html` puts them on a page.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from markupsafe import Markup

Say: TypeAlias = Callable[[float], str]
"""How a number is written: the page's own language does it."""

_WIDTH, _HEIGHT = 720.0, 260.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 56.0, 16.0, 14.0, 34.0
_BAR, _BAR_GAP, _VALUES = 20.0, 8.0, 84.0
_SHORTEST_NAMES, _LONGEST_NAMES, _CHARACTER = 60.0, 240.0, 7.4
_MOST_LABELS = 8
_MOST_SERIES = 6  # as many classes as `charts.css` has
_TICKS = 4
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_NAME_CHARACTERS = 34


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a chart: what it is called, and a value for each label; None where nothing is known."""

    title: str
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar. `tone` is a class of its colour: `good`, `waiting`, `bad`, `quiet`, or empty for the usual one."""

    title: str
    value: float | None
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture and the table that says the same. `rows` are written out, `head` names their columns."""

    title: str
    svg: Markup
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def line_chart(
    title: str, labels: Sequence[str], series: Sequence[Series], *, say: Say, name: str, first: str, top: float = 0.0,
    bottom: float = 0.0,
) -> Chart:  # fmt: skip
    """Return lines over `labels`, from the oldest to the newest.

    `name` is unique on the page (an id of the SVG), `first` heads the table's first column, `top` is the least that the
    upper end of the scale may be, `bottom` its lower end. At most six series are drawn; the table has all.
    """
    highest = max([top, *(value for one in series for value in one.values if value is not None)], default=0.0)
    scale = [bottom + tick for tick in _ticks(highest - bottom)]
    parts = [_grid(scale, say), _labels(labels)]
    drawn = series[:_MOST_SERIES]
    for number, one in enumerate(drawn, start=1):
        points = [
            None if value is None else (_x(place, len(labels)), _y(value, scale))
            for place, value in enumerate(one.values)
        ]
        parts.append(_line(points, number))
    if len(drawn) > 1:
        parts.append(_legend([one.title for one in drawn]))
    height = _HEIGHT + (_legend_height(len(drawn)) if len(drawn) > 1 else 0.0)
    rows = tuple((label, *(_said(one.values[place], say) for one in series)) for place, label in enumerate(labels))
    summary = "; ".join(f"{one.title}: {_summary(labels, one.values, say)}" for one in series)
    return Chart(title, _svg(name, title, summary, parts, height=height), (first, *(one.title for one in series)), rows)


def bar_chart(
    title: str, bars: Sequence[Bar], *, say: Say, name: str, head: tuple[str, str], top: float = 0.0
) -> Chart:
    """Return one horizontal bar below the other, each with its name and number; the order is the caller's.

    `top` is the least that the scale reaches. A value below zero is drawn as none, and told as it is.
    """
    highest = max([top, *(bar.value for bar in bars if bar.value is not None)], default=0.0) or 1.0
    longest = max((len(_short(bar.title)) for bar in bars), default=0)
    names = min(max(longest * _CHARACTER + 16, _SHORTEST_NAMES), _LONGEST_NAMES)
    room = _WIDTH - names - _VALUES
    parts = []
    for place, bar in enumerate(bars):
        y = _TOP + place * (_BAR + _BAR_GAP)
        length = 0.0 if bar.value is None else max(0.0, bar.value) / highest * room
        parts.append(
            Markup(
                '<text class="chart-name" x="{}" y="{}" text-anchor="end">{}</text>'
                '<rect class="chart-bar {}" x="{}" y="{}" width="{}" height="{}"/>'
                '<text class="chart-value" x="{}" y="{}">{}</text>'
            ).format(
                _n(names - 8), _n(y + 15), _short(bar.title), bar.tone or "series-1",
                _n(names), _n(y), _n(length), _n(_BAR), _n(names + length + 6), _n(y + 15), _said(bar.value, say),
            )
        )  # fmt: skip
    height = _TOP + len(bars) * (_BAR + _BAR_GAP) + _BAR_GAP
    summary = "; ".join(f"{bar.title}: {_said(bar.value, say)}" for bar in bars)
    rows = tuple((bar.title, _said(bar.value, say)) for bar in bars)
    return Chart(title, _svg(name, title, summary, parts, height=height), head, rows)


def sparkline(title: str, values: Sequence[float | None], *, top: float = 0.0) -> Markup:
    """Return a small line without axes for a cell of a table, whose other cells tell its newest value.

    `title` says what it shows, for who cannot see it. Fewer than two values make no line: the markup is empty.
    """
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return Markup()
    highest, lowest = max([top, *known]), min(known)
    least = min(lowest, highest - 1.0)
    points = [
        None if value is None else (2 + place * 76 / (len(values) - 1), 18 - (value - least) / (highest - least) * 16)
        for place, value in enumerate(values)
    ]
    return Markup(
        '<svg class="sparkline" viewBox="0 0 80 20" width="80" height="20" role="img" aria-label="{}">{}</svg>'
    ).format(title, _line(points, 1, radius=1.5))


def _svg(name: str, title: str, summary: str, parts: Sequence[Markup], *, height: float) -> Markup:
    return Markup(
        '<svg class="chart" viewBox="0 0 {0} {1}" role="img" aria-labelledby="{2}-title {2}-desc">'
        '<title id="{2}-title">{3}</title><desc id="{2}-desc">{4}</desc>{5}</svg>'
    ).format(_n(_WIDTH), _n(height), name, title, summary, Markup().join(parts))


def _grid(scale: Sequence[float], say: Say) -> Markup:
    return Markup().join(
        Markup(
            '<line class="chart-grid" x1="{}" x2="{}" y1="{}" y2="{}"/>'
            '<text class="chart-tick" x="{}" y="{}" text-anchor="end">{}</text>'
        ).format(_n(_LEFT), _n(_WIDTH - _RIGHT), _n(y := _y(tick, scale)), _n(y), _n(_LEFT - 6), _n(y + 4), say(tick))
        for tick in scale
    )


def _labels(labels: Sequence[str]) -> Markup:
    every = max(1, math.ceil(len(labels) / _MOST_LABELS))
    shown = [place for place in range(len(labels)) if (len(labels) - 1 - place) % every == 0]
    return Markup().join(
        Markup('<text class="chart-tick" x="{}" y="{}" text-anchor="{}">{}</text>').format(
            _n(_x(place, len(labels))), _n(_HEIGHT - _BOTTOM + 20), _anchor(place, len(labels)), labels[place]
        )
        for place in shown
    )


def _anchor(place: int, count: int) -> str:
    # The outermost labels would reach over the picture's edge.
    return "end" if place == count - 1 and count > 1 else "middle"


def _line(points: Sequence[tuple[float, float] | None], number: int, *, radius: float = 3.0) -> Markup:
    """Return the segments between known neighbours, and a dot at each: a lonely value is seen too."""
    segments = Markup().join(
        Markup('<line class="chart-line series-{}" x1="{}" y1="{}" x2="{}" y2="{}"/>').format(
            number, _n(one[0]), _n(one[1]), _n(other[0]), _n(other[1])
        )
        for one, other in pairwise(points)
        if one is not None and other is not None
    )
    dots = Markup().join(
        Markup('<circle class="chart-dot series-{}" cx="{}" cy="{}" r="{}"/>').format(
            number, _n(point[0]), _n(point[1]), _n(radius)
        )
        for point in points
        if point is not None
    )
    return segments + dots


def _legend(titles: Sequence[str]) -> Markup:
    return Markup().join(
        Markup(
            '<rect class="chart-bar series-{}" x="{}" y="{}" width="12" height="12"/>'
            '<text class="chart-name" x="{}" y="{}">{}</text>'
        ).format(
            number + 1,
            _n(x := _LEFT + (number % 3) * 220.0),
            _n(y := _HEIGHT + (number // 3) * 22.0),
            _n(x + 18),
            _n(y + 11),
            _short(title),
        )
        for number, title in enumerate(titles)
    )


def _legend_height(count: int) -> float:
    return math.ceil(count / 3) * 22.0


def _ticks(highest: float) -> list[float]:
    """Return the marks of a scale from 0 to at least `highest`, at round distances."""
    if highest <= 0:
        return [0.0, 1.0]
    rough = highest / _TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(one * power for one in _STEPS if one * power >= rough * (1 - 1e-9))
    count = math.ceil(highest / step - 1e-9)
    return [step * place for place in range(count + 1)]


def _x(place: int, count: int) -> float:
    room = _WIDTH - _LEFT - _RIGHT
    return _LEFT + room / 2 if count < 2 else _LEFT + room * place / (count - 1)


def _y(value: float, scale: Sequence[float]) -> float:
    room, lowest, highest = _HEIGHT - _TOP - _BOTTOM, scale[0], scale[-1]
    return _TOP + room * (1 - (min(max(value, lowest), highest) - lowest) / (highest - lowest))


def _summary(labels: Sequence[str], values: Sequence[float | None], say: Say) -> str:
    known = [(label, value) for label, value in zip(labels, values, strict=True) if value is not None]
    if not known:
        return "–"
    (since, first), (until, last) = known[0], known[-1]
    return f"{since}: {say(first)}" if len(known) == 1 else f"{since}: {say(first)} → {until}: {say(last)}"


def _said(value: float | None, say: Say) -> str:
    return "–" if value is None else say(value)


def _short(text: str) -> str:
    return text if len(text) <= _NAME_CHARACTERS else f"{text[: _NAME_CHARACTERS - 1]}…"


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
