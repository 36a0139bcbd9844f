"""Which pictures do reports draw of their numbers?"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from gateway.console.charts import Bar, Chart, Series, bar_chart, line_chart
from gateway.console.frame import Speech
from gateway.console.reports.contents import door_of, reason_of
from gateway.console.reports.tables import Table
from gateway.console.reports.views import View
from gateway.console.reports.wording import DOORS
from gateway.console.words import Language, Words
from gateway.figures.period import Period
from gateway.figures.sums import Sums, folded
from gateway.figures.tables import Span

_TOP = 10


def bars_of(table: Table, picture: tuple[str, str], language: Language) -> Chart | None:
    """Return bars of the rows with the greatest numbers: `picture` are the columns that name them and that count.

    None where there are not two rows to compare.
    """
    if len(table.rows) < 2:
        return None
    keys = [column.key for column in table.columns]
    name, value = (keys.index(one) for one in picture)
    titles = table.columns[name].title.in_language(language), table.columns[value].title.in_language(language)
    longest = sorted(table.rows, key=lambda row: -_number(row[value]))[:_TOP]
    bars = [Bar(str(row[name]), _number(row[value])) for row in longest]
    drawn = bar_chart(titles[1], bars, say=Speech(language).number, name="bars", head=titles)
    return replace(drawn, rows=())  # the report itself is the table of these numbers


def _number(cell: object) -> float:
    return float(cell) if isinstance(cell, int | float) else 0.0


def overview_charts(
    steps: Sequence[tuple[int, Sums]],
    doors: Mapping[str, Sums],
    reasons: Mapping[str, Sums],
    *,
    view: View,
    language: Language,
) -> list[Chart]:
    """Return the pictures of a period at a glance; one of nothing is left out."""
    speech = Speech(language)
    when = Words("Thời gian", "When").in_language(language)
    labels = [_label(start, view.period) for start, _ in steps]
    sums = [one for _, one in steps]
    results = (
        Series(speech.say("Thành công", "Answered"), [one.answered for one in sums]),
        Series(speech.say("Bị từ chối", "Refused"), [one.refused for one in sums]),
        Series(speech.say("Lỗi hoặc không rõ", "Failed or unknown"), [one.failed + one.unknown for one in sums]),
    )
    latencies = (
        Series(speech.say("Trung vị", "Median"), [one.percentile_ms(0.5) for one in sums]),
        Series("p95", [one.percentile_ms(0.95) for one in sums]),
    )
    by_reason = folded(reasons, lambda key: key.partition("/")[0])
    why = sorted(by_reason.items(), key=lambda item: -item[1].exchanges)[:_TOP]
    charts = [
        line_chart(
            speech.say("Lượt trao đổi", "Exchanges"), labels, results, say=speech.number, name="exchanges", first=when
        ),
        line_chart(
            speech.say("Thời gian trả lời (ms)", "Latency (ms)"),
            labels,
            latencies,
            say=lambda value: speech.number(round(value)),
            name="latency",
            first=when,
        ),
        bar_chart(
            speech.say("Lý do từ chối, lỗi", "Refusals and failures"),
            [Bar(reason_of(slug, language)[0], one.exchanges) for slug, one in why],
            say=speech.number,
            name="reasons",
            head=(speech.say("Lý do", "Reason"), speech.say("Số lượt", "Exchanges")),
        ),
        bar_chart(
            speech.say("Theo giao thức", "By protocol"),
            [Bar(door_of(door, language), doors[door].exchanges) for door in DOORS if door in doors],
            say=speech.number,
            name="doors",
            head=(speech.say("Giao thức", "Protocol"), speech.say("Số lượt", "Exchanges")),
        ),
    ]
    return [one for one in charts if one.rows]


def _label(start: int, period: Period) -> str:
    text = str(start)
    match period.steps:
        case Span.HOUR:
            hour = f"{text[8:10]}h"
            return hour if period.first == period.last else f"{hour} {text[6:8]}/{text[4:6]}"
        case Span.DAY:
            return f"{text[6:8]}/{text[4:6]}"
        case Span.MONTH:
            return f"{text[4:6]}/{text[:4]}"
