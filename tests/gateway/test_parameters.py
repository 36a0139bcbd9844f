"""Does a value pass exactly when it is what its operation declares, and is every fault named without its value?"""

from contextlib import suppress
from urllib.parse import unquote_to_bytes

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.contract import Json
from catalog.descriptions import ParameterDescription
from gateway.errors import RequestInvalid
from gateway.parameters import MAX_FAULTS, compile_rule, decode_component, printable, read_parameters, read_query


def rule(kind: str = "string", **more: object) -> ParameterDescription:
    """Describe a query parameter `p`."""
    return msgspec.convert({"name": "p", "place": "query", "type": kind, **more}, ParameterDescription)


def read(says: ParameterDescription, text: str) -> Json:
    """Return the value of `p`, or "refused"."""
    try:
        return read_parameters({"p": compile_rule(says)}, {}, {"p": text})["p"]
    except RequestInvalid:
        return "refused"


@pytest.mark.parametrize(
    ("says", "text", "value"),
    [
        (rule(), "Nguyễn", "Nguyễn"),
        (rule(), "", ""),
        (rule(max_length=2), "ab", "ab"),
        (rule(max_length=2), "abc", "refused"),
        (rule(), "a\nb", "refused"),
        (rule(), "a\rb", "refused"),
        (rule(), "a\0", "refused"),
        (rule(), "a\x7f", "refused"),
        (rule("integer"), "0", 0),
        (rule("integer"), "-7", -7),
        (rule("integer"), "9" * 18, int("9" * 18)),
        (rule("integer"), "9" * 19, "refused"),
        (rule("integer"), "01", "refused"),
        (rule("integer"), "+1", "refused"),
        (rule("integer"), "1.0", "refused"),
        (rule("integer"), "1_0", "refused"),
        (rule("integer"), "١", "refused"),
        (rule("integer"), " 1", "refused"),
        (rule("integer"), "1\n", "refused"),
        (rule("integer"), "", "refused"),
        (rule("integer", minimum=1, maximum=3), "1", 1),
        (rule("integer", minimum=1, maximum=3), "0", "refused"),
        (rule("integer", minimum=1, maximum=3), "3", 3),
        (rule("integer", minimum=1, maximum=3), "4", "refused"),
        (rule("number"), "1.5", 1.5),
        (rule("number"), "2", 2),
        (rule("number"), "1e3", "refused"),
        (rule("number"), "NaN", "refused"),
        (rule("number"), "inf", "refused"),
        (rule("number"), ".5", "refused"),
        (rule("number", maximum=2), "2.01", "refused"),
        (rule("boolean"), "true", True),
        (rule("boolean"), "false", False),
        (rule("boolean"), "True", "refused"),
        (rule("boolean"), "1", "refused"),
        (rule("date"), "2026-02-28", "2026-02-28"),
        (rule("date"), "2026-02-29", "refused"),
        (rule("date"), "20260228", "refused"),
        (rule("date"), "2026-W09-6", "refused"),
        (rule("date"), "28/02/2026", "refused"),
        (rule("date"), "٢٠٢٦-٠٢-٢٨", "refused"),
        (rule("datetime"), "2026-02-28T10:00:00+07:00", "2026-02-28T10:00:00+07:00"),
        (rule("datetime"), "2026-02-28T10:00:00Z", "2026-02-28T10:00:00Z"),
        (rule("datetime"), "2026-02-28T10:00:00", "refused"),
        (rule("datetime"), "2026-02-28'10:00:00+07:00", "refused"),
        (rule("datetime"), "2026-W09-6T10:00:00Z", "refused"),
        (rule("datetime"), "2026-02-28T25:00:00Z", "refused"),
        (rule(choices=("a", "b")), "a", "a"),
        (rule(choices=("a", "b")), "A", "refused"),
        (rule(choices=("a",)), "", "refused"),
        (rule(pattern="[A-Z]{2}"), "AB", "AB"),
        (rule(pattern="[A-Z]{2}"), "ABC", "refused"),
        (rule(pattern="[A-Z]{2}"), "xAB", "refused"),
        (rule(pattern="[A-Z]{2}$"), "AB\n", "refused"),
        (rule(pattern="a|b"), "ab", "refused"),
        (rule(format="so-dinh-danh"), "056099000001", "056099000001"),
        (rule(format="so-dinh-danh"), "05609900000", "refused"),
        (rule(format="so-dinh-danh"), "0560990000011", "refused"),
        (rule(format="so-dinh-danh"), "٠٥٦٠٩٩٠٠٠٠٠١", "refused"),
    ],
)
def test_a_value_is_what_is_declared_or_refused(says: ParameterDescription, text: str, value: Json) -> None:
    assert read(says, text) == value


PATH = msgspec.convert({"name": "Ma", "place": "path", "type": "string", "required": True}, ParameterDescription)
NEEDED = msgspec.convert({"name": "Nam", "place": "query", "type": "integer", "required": True}, ParameterDescription)
RULES = {"Ma": compile_rule(PATH), "Nam": compile_rule(NEEDED), "p": compile_rule(rule())}


@pytest.mark.parametrize(
    ("path", "query", "where"),
    [
        ({"Ma": "1"}, {}, ["Nam"]),
        ({}, {"Nam": "1"}, ["Ma"]),
        ({"Ma": "1"}, {"Nam": "x", "p": "a\n"}, ["Nam", "p"]),
        ({"Ma": "1"}, {"Nam": "1", "khac": "1"}, ["query"]),
        ({}, {"Nam": "1", "Ma": "1"}, ["query"]),
        ({"Ma": "1", "p": "1"}, {"Nam": "1"}, ["query"]),
    ],
)
def test_every_fault_is_named(path: dict[str, str], query: dict[str, str], where: list[str]) -> None:
    with pytest.raises(RequestInvalid) as refused:
        read_parameters(RULES, path, query)

    assert [fault.where for fault in refused.value.faults] == where


def test_faults_are_not_told_without_end() -> None:
    with pytest.raises(RequestInvalid) as refused:
        read_parameters(RULES, {"Ma": "1"}, {f"x{number}": "" for number in range(1000)})

    assert len(refused.value.faults) == MAX_FAULTS


@pytest.mark.parametrize(
    ("raw", "members"),
    [
        ("", {}),
        ("a=1", {"a": "1"}),
        ("a", {"a": ""}),
        ("a=b=c", {"a": "b=c"}),
        ("a=1&&b=2", {"a": "1", "b": "2"}),
        ("a=x+y", {"a": "x y"}),
        ("a=x%2By", {"a": "x+y"}),
        ("T%C3%AAn=%26", {"Tên": "&"}),
        ("a=1;b=2", {"a": "1;b=2"}),
    ],
)
def test_a_query_is_read(raw: str, members: dict[str, str]) -> None:
    assert read_query(raw) == members


@pytest.mark.parametrize("raw", ["a=1&a=1", "a=1&%61=2", "a=%ff", "%c0%af=1", "a=%ed%a0%80"])
def test_a_query_that_two_readers_read_differently_is_refused(raw: str) -> None:
    with pytest.raises(RequestInvalid):
        read_query(raw)


@given(st.text())
def test_a_printable_name_is_short_and_has_no_control_character(name: str) -> None:
    assert len(printable(name)) <= 60
    assert not any(ord(character) < 32 for character in printable(name))


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=60))
def test_any_component_is_decoded_or_invalid(text: str) -> None:
    with suppress(RequestInvalid):
        assert decode_component(text).encode() == unquote_to_bytes(text)
