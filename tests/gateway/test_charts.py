"""Does a chart say the numbers that it was given, in the picture and beside it?"""

from xml.etree import ElementTree

import pytest

from gateway.console.charts import Bar, Chart, Series, bar_chart, line_chart, sparkline


def say(value: float) -> str:
    return f"{value:g}"


def drawn(chart: Chart) -> ElementTree.Element:
    return ElementTree.fromstring(str(chart.svg))


def lines(values: list[float | None], *, top: float = 0.0) -> Chart:
    labels = [f"ngày {place}" for place in range(len(values))]
    return line_chart("Điểm", labels, [Series("Đúng", values)], say=say, name="diem", first="Ngày", top=top)


def test_a_line_chart_has_a_title_a_description_and_a_table_of_the_same() -> None:
    chart = lines([80.0, None, 95.5])

    assert drawn(chart).findtext("title") == "Điểm"
    assert drawn(chart).findtext("desc") == "Đúng: ngày 0: 80 → ngày 2: 95.5"
    assert chart.rows == (("ngày 0", "80"), ("ngày 1", "–"), ("ngày 2", "95.5"))


@pytest.mark.parametrize(
    ("values", "segments", "dots"),
    [([], 0, 0), ([5.0], 0, 1), ([None, None], 0, 0), ([1.0, 2.0, 3.0], 2, 3), ([1.0, None, 3.0], 0, 2)],
)
def test_a_line_joins_what_is_known_and_nothing_else(values: list[float | None], segments: int, dots: int) -> None:
    found = drawn(lines(values))

    assert len(found.findall("line[@class='chart-line series-1']")) == segments
    assert len(found.findall("circle")) == dots


@pytest.mark.parametrize(
    ("highest", "marks"),
    [
        (0.0, ["0", "1"]),
        (100.0, ["0", "25", "50", "75", "100"]),
        (7.0, ["0", "2", "4", "6", "8"]),
        (0.03, ["0", "0.01", "0.02", "0.03"]),
        (21_270_000.0, ["0", "1e+07", "2e+07", "3e+07"]),
    ],
)
def test_a_scale_ends_at_or_above_the_highest_value_in_round_steps(highest: float, marks: list[str]) -> None:
    ticks = [text.text for text in drawn(lines([highest])).findall("text[@class='chart-tick']")]

    assert ticks[: len(marks)] == marks
    assert ticks[len(marks)] == "ngày 0"


def test_a_scale_may_begin_above_zero_and_says_so() -> None:
    chart = line_chart(
        "Điểm", ["a", "b"], [Series("Đúng", [93.0, 99.0])], say=say, name="d", first="Ngày", top=100.0, bottom=80.0
    )
    ticks = [text.text for text in drawn(chart).findall("text[@class='chart-tick']")]
    low, high = (float(dot.get("cy", "")) for dot in drawn(chart).findall("circle"))

    assert ticks[:5] == ["80", "85", "90", "95", "100"]
    assert low > high


def test_many_labels_are_thinned_and_the_newest_one_stays() -> None:
    labels = [text.text for text in drawn(lines([1.0] * 60)).findall("text") if str(text.text).startswith("ngày")]

    assert len(labels) <= 8
    assert labels[-1] == "ngày 59"


def test_bars_say_their_numbers_and_a_missing_one_has_no_length() -> None:
    chart = bar_chart(
        "Từ chối", [Bar("Hết hạn", 3, "bad"), Bar("Chưa rõ", None)], say=say, name="b", head=("Lý do", "Số")
    )

    bars = drawn(chart).findall("rect")
    assert [bar.get("class") for bar in bars] == ["chart-bar bad", "chart-bar series-1"]
    assert float(bars[0].get("width", "")) > 0
    assert bars[1].get("width") == "0"
    assert chart.rows == (("Hết hạn", "3"), ("Chưa rõ", "–"))


def test_a_title_cannot_become_markup() -> None:
    chart = bar_chart("<b>", [Bar("<script>", 1)], say=say, name="b", head=("a", "b"))

    assert "<script>" not in chart.svg
    assert drawn(chart).findtext("title") == "<b>"


@pytest.mark.parametrize("values", [[], [5.0], [None, 5.0]])
def test_a_sparkline_needs_two_values(values: list[float | None]) -> None:
    assert sparkline("Điểm", values) == ""


def test_a_sparkline_of_equal_values_is_drawn() -> None:
    found = ElementTree.fromstring(str(sparkline("Điểm", [90.0, 90.0], top=100.0)))

    assert len(found.findall("line")) == 1
    assert found.get("aria-label") == "Điểm"


def test_a_chart_has_no_style_and_no_script_of_its_own() -> None:
    text = str(lines([1.0, 2.0]).svg)

    assert "style" not in text
    assert "on" not in {name[:2] for element in drawn(lines([1.0])).iter() for name in element.attrib}
