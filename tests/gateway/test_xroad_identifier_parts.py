"""Are identifiers read as they are written, whatever stands in their parts, and is each refusal a type of X-Road?"""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.xroad import part_fault
from gateway.doors.xroad.answers import wants_xml
from gateway.doors.xroad.errors import error_type, error_xml
from gateway.doors.xroad.identifiers import read_address, read_client, write_id
from gateway.problems import PROBLEMS, Fault, problem
from gateway.xroaddirectory import XRoadId

PARTS = st.text(min_size=1, max_size=20).filter(lambda text: part_fault("", text) is None)


@given(parts=st.tuples(PARTS, PARTS, PARTS, PARTS))
def test_a_client_is_read_as_it_is_written(parts: tuple[str, str, str, str]) -> None:
    named = XRoadId(*parts)

    assert read_client(write_id(named)) == named
    assert read_client(write_id(named.member)) == named.member


@given(parts=st.tuples(PARTS, PARTS, PARTS, PARTS), service=PARTS, rest=st.sampled_from(["", "/", "/v1/a%2Fb", "//"]))
def test_an_address_is_read_as_it_is_written(parts: tuple[str, str, str, str], service: str, rest: str) -> None:
    named = XRoadId(*parts)

    read = read_address(f"/r1/{write_id(named, service)}{rest}")

    assert (read.provider, read.service, read.rest) == (named, service, rest)


@pytest.mark.parametrize("slug", sorted(PROBLEMS))
def test_every_problem_has_a_type_of_x_road(slug: str) -> None:
    kind = error_type(problem(slug))

    assert re.fullmatch(r"(Client|Server\.(ClientProxy|ServerProxy))(\.[A-Z][A-Za-z]+){1,2}", kind)


def test_what_xml_cannot_say_is_not_said() -> None:
    document = error_xml(problem("request-invalid", Fault("\x00<&\ufffe", "vi", "en")), "id")

    assert b"[?&lt;&amp;?: vi / en]" in document


@pytest.mark.parametrize(
    ("accept", "xml"),
    [
        ("", False), ("*/*", False), ("application/json", False), ("application/xml", True), ("text/xml", True),
        ("text/xml, application/json", True), ("application/json, text/xml", False), ("TEXT/XML;q=0.9", True),
        ("image/png", False),
    ],
)  # fmt: skip
def test_a_refusal_is_xml_when_that_is_asked_for_first(accept: str, xml: bool) -> None:
    assert wants_xml(accept) is xml
