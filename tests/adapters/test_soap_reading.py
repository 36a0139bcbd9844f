"""Does whatever the schema allows come out as the JSON that it means?"""

import json
from decimal import Decimal
from xml.sax.saxutils import escape, quoteattr

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.contract import Json
from adapters.errors import CallUnacceptable
from adapters.soap.envelope import EnvelopeWriter, body_of
from adapters.soap.reading import MessageMisshapen, MessageReader
from adapters.soap.shapes import Attribute, Element, Kind, Plan, Shape, SoapVersion
from adapters.soap.xml import make_parser, parse_document

NS = "{urn:x}"
PERSON = Shape(
    attributes=(Attribute(name="ma", tag="ma", kind=Kind.INTEGER),),
    elements=(
        Element(name="Ten", tag=f"{NS}Ten", kind=Kind.TEXT),
        Element(name="Luong", tag=f"{NS}Luong", kind=Kind.DECIMAL, nillable=True),
        Element(name="Sinh", tag=f"{NS}Sinh", kind=Kind.DATE),
        Element(name="DaCuoi", tag=f"{NS}DaCuoi", kind=Kind.BOOLEAN),
        Element(name="Con", tag=f"{NS}Con", kind=Kind.COMPLEX, many=True, shape=0),
    ),
)
ROOT = Element(name="Nguoi", tag=f"{NS}Nguoi", kind=Kind.COMPLEX, required=True, shape=0)
PLAN = Plan(operation="o", soap_version=SoapVersion.SOAP_11, action="", request=ROOT, response=ROOT, shapes=(PERSON,))

texts = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=12)
leaves = {
    "ma": st.integers(-(10**12), 10**12),
    "Ten": texts,
    "Luong": st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**9), max_value=10**9),
    "Sinh": st.dates().map(str),
    "DaCuoi": st.booleans(),
}
people = st.recursive(
    st.fixed_dictionaries({"Con": st.just([])}, optional=leaves),
    lambda inner: st.fixed_dictionaries({"Con": st.lists(inner, max_size=3)}, optional=leaves),
    max_leaves=8,
)


def as_xml(name: str, person: dict[str, object]) -> str:
    inner = "".join(as_xml("Con", one) for one in person["Con"])  # type: ignore[attr-defined]  # a list of people
    told = "".join(
        f"<{key}>{escape(str(person[key]).lower() if key == 'DaCuoi' else str(person[key]))}</{key}>"
        for key in ("Ten", "Luong", "Sinh", "DaCuoi")
        if key in person
    )
    attribute = f" ma={quoteattr(str(person['ma']))}" if "ma" in person else ""
    return f"<{name}{attribute}>{told}{inner}</{name}>"


def extracted(xml: str) -> Json:
    root = parse_document(xml.encode(), make_parser())
    value: Json = json.loads(msgspec.json.encode(MessageReader(ROOT, (PERSON,)).read(root)), parse_float=Decimal)
    return value


def as_decimals(person: dict[str, object]) -> dict[str, object]:
    return {
        key: [as_decimals(one) for one in value] if isinstance(value, list) else value for key, value in person.items()
    }


@given(people)
def test_what_is_written_by_the_schema_is_extracted_equal(person: dict[str, object]) -> None:
    xml = as_xml("Nguoi", person).replace("<Nguoi", '<Nguoi xmlns="urn:x"', 1)

    assert extracted(xml) == as_decimals(person)


@given(people)
def test_what_the_writer_writes_the_extractor_reads(person: dict[str, object]) -> None:
    given_values = json.loads(json.dumps(person, default=str))
    envelope = EnvelopeWriter(PLAN, SoapVersion.SOAP_12).write(given_values)

    content = body_of(parse_document(envelope, make_parser()))

    assert content is not None
    read = json.loads(msgspec.json.encode(MessageReader(ROOT, (PERSON,)).read(content)), parse_float=str)
    assert read == given_values


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ("<Luong>1.10</Luong>", {"Luong": Decimal("1.10")}),
        ("<Luong>+007.</Luong>", {"Luong": 7}),
        ("<Luong>.5</Luong>", {"Luong": Decimal("0.5")}),
        ('<Luong xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true"/>', {"Luong": None}),
        ("<Luong/>", {"Luong": None}),
        ("<DaCuoi>1</DaCuoi>", {"DaCuoi": True}),
        ("<Sinh>2001-02-03+07:00</Sinh>", {"Sinh": "2001-02-03"}),
        ("<Ten><![CDATA[<b>&]]></Ten>", {"Ten": "<b>&"}),
        ("<Khac>bí mật</Khac>", {}),
        ('<Ten xmlns="">An</Ten>', {"Ten": "An"}),
    ],
)
def test_each_lexical_form_means_one_value(inner: str, expected: dict[str, object]) -> None:
    assert extracted(f'<Nguoi xmlns="urn:x">{inner}</Nguoi>') == {"Con": [], **expected}


@pytest.mark.parametrize(
    "inner",
    [
        "<Luong>nhiều</Luong>",
        "<Luong>1e5</Luong>",
        f"<Luong>{'9' * 500}</Luong>",
        "<Sinh>2001-02-30</Sinh>",
        "<DaCuoi>yes</DaCuoi>",
        "<Luong>١</Luong>",
    ],
)
def test_what_the_schema_does_not_allow_is_no_answer(inner: str) -> None:
    with pytest.raises(MessageMisshapen):
        extracted(f'<Nguoi xmlns="urn:x">{inner}</Nguoi>')


@pytest.mark.parametrize(
    ("values", "where"),
    [
        ({"Ten": "a\x00b"}, "Ten"),
        ({"Ten": "a\ufffe"}, "Ten"),
        ({"Luong": "nhiều"}, "Luong"),
        ({"Sinh": "03/02/2001"}, "Sinh"),
        ({"DaCuoi": "có"}, "DaCuoi"),
        ({"Khac": "x"}, "Khac"),
        ({"Ten": ["a"]}, "Ten"),
        ({"Con": [{"Khac": 1}]}, "Con.Khac"),
    ],
)
def test_what_the_request_cannot_hold_is_unacceptable(values: dict[str, Json], where: str) -> None:
    with pytest.raises(CallUnacceptable) as refused:
        EnvelopeWriter(PLAN, SoapVersion.SOAP_11).write(values)

    assert refused.value.where == where


def test_markup_in_a_value_stays_a_value() -> None:
    envelope = EnvelopeWriter(PLAN, SoapVersion.SOAP_11).write({"Ten": "</Ten><Luong>1</Luong>]]>&amp;"})

    content = body_of(parse_document(envelope, make_parser()))

    assert content is not None
    assert [child.text for child in content] == ["</Ten><Luong>1</Luong>]]>&amp;"]


@pytest.mark.parametrize(
    ("text", "value"),
    [("999999999999999", 999999999999999), ("9999999999999999", "9999999999999999"), ("0.10", Decimal("0.10"))],
)
def test_a_number_of_a_request_that_readers_of_json_may_change_is_a_string(text: str, value: object) -> None:
    root = parse_document(f'<Nguoi xmlns="urn:x"><Luong>{text}</Luong></Nguoi>'.encode(), make_parser())

    read = json.loads(msgspec.json.encode(MessageReader(ROOT, (PERSON,), strict=True).read(root)), parse_float=Decimal)

    assert read["Luong"] == value
