"""Is each construct of XML Schema carried both ways, and is what we write valid in the eyes of libxml2?"""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from soap_constructs import CONSTRUCTS, NS, REFUSED, SEQ, XML_XSD, wsdl
from soap_documents import VARIANTS, Examples, judged, xml_schema

from adapters.contract import Json
from adapters.errors import BindingInvalid
from adapters.soap.plan import compile_operations, compile_wsdl
from adapters.soap.reading import MessageMisshapen, MessageReader
from adapters.soap.shapes import Plan
from adapters.soap.writing import MessageWriter, ValueUnfit
from adapters.soap.xml import make_parser, parse_document


def plan_of(types: str) -> Plan:
    return compile_operations(wsdl(types), {"xml.xsd": XML_XSD})["O"]


def judge(types: str) -> etree.XMLSchema:
    return xml_schema({"a.wsdl": wsdl(types), "xml.xsd": XML_XSD}, "a.wsdl")


def read(plan: Plan, xml: str) -> Json:
    content = parse_document(xml.encode(), make_parser())
    value: Json = json.loads(
        msgspec.json.encode(MessageReader(plan.request, plan.shapes, strict=True).read(content)), parse_float=str
    )
    return value


def write(types: str, value: Json) -> str:
    plan = plan_of(types)
    return MessageWriter(plan.request, plan.shapes).write(value)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("construct", CONSTRUCTS)
def test_a_construct_is_written_valid_and_read_back(construct: str, variant: int) -> None:
    plan = plan_of(CONSTRUCTS[construct])
    xml = MessageWriter(plan.request, plan.shapes).write(Examples(plan.shapes, variant).message(plan.request))

    assert judged(judge(CONSTRUCTS[construct]), etree.fromstring(xml)) == "valid"
    assert write(CONSTRUCTS[construct], read(plan, xml)) == xml


PERSON = SEQ.format(
    '<xs:element name="n" type="xs:int"/><xs:element name="t" type="xs:string" nillable="true" minOccurs="0"/>'
    '<xs:choice minOccurs="0"><xs:element name="a" type="xs:date"/><xs:element name="b" type="t:Sex"/></xs:choice>'
    '<xs:element name="k" type="xs:decimal" minOccurs="0" maxOccurs="3"/>'
) + (
    '<xs:simpleType name="Sex"><xs:restriction base="xs:string"><xs:enumeration value="Nam"/>'
    '<xs:enumeration value="Nữ"/></xs:restriction></xs:simpleType>'
)
PERSON_PLAN, PERSON_JUDGE = plan_of(PERSON), judge(PERSON)
texts = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=12)
optional = {
    "t": st.none() | texts,
    "a": st.dates().map(str),
    "b": st.sampled_from(["Nam", "Nữ", "Khác"]),
    "k": st.lists(st.decimals(allow_nan=False, allow_infinity=False).map(float) | st.integers(), max_size=5),
}


@given(st.fixed_dictionaries({"n": st.integers(-(2**33), 2**33) | texts}, optional=optional))
def test_what_is_written_at_all_is_valid(person: dict[str, Json]) -> None:
    try:
        xml = MessageWriter(PERSON_PLAN.request, PERSON_PLAN.shapes).write(person)
    except ValueUnfit:
        return

    assert PERSON_JUDGE.validate(etree.fromstring(xml))


@pytest.mark.parametrize(
    ("construct", "value", "where"),
    [
        ("a choice", {"a": 1, "d": 2, "e": 3}, "d"),
        ("a choice", {"e": 3}, ""),
        ("a choice", {"b": 1, "e": 3, "a": 2}, "b"),
        ("an optional sequence", {"a": 1, "c": 2}, "b"),
        ("a repeated sequence", {"_sequence": [{"k": 1, "v": [1, 2, 3]}]}, "_sequence.v"),
        ("a repeated sequence", {"_sequence": []}, "_sequence"),
        ("extension and xsi:type", {"s": [{"id": 1}]}, "s._type"),
        ("extension and xsi:type", {"s": [{"_type": "Square", "id": 1}]}, "s._type"),
        ("an element reference", {"other": ["a"]}, "other"),
        ("an element reference", {"other": list("abcde")}, "other"),
        ("fixed and default", {"a": "khác", "b": 1}, "a"),
        ("facets", {"f0": "Khác"}, "f0"),
        ("lists and unions", {"l": [1, "hai"], "u": 1}, "l"),
        ("lists and unions", {"l": [1], "u": "ba"}, "u"),
        ("simple content", {"p": [{"_text": "x", "cur": "VND"}]}, "p._text"),
        ("simple content", {"p": [{"_text": 1}]}, "p.cur"),
        ("every simple type", {"e0": "a\x00b"}, "e0"),
        ("the same element twice", {"a": [1], "b": 2}, "a"),
        ("the same element twice", {"a": [1, 2, 3], "b": 2}, "a"),
        ("recursion", {"n": {"v": 1, "x": 2}}, "n.x"),
    ],
)
def test_what_the_schema_does_not_allow_is_not_written(construct: str, value: Json, where: str) -> None:
    with pytest.raises(ValueUnfit) as refused:
        write(CONSTRUCTS[construct], value)

    assert refused.value.where == where


@pytest.mark.parametrize(
    ("construct", "inner", "where"),
    [
        ("recursion", "<n><v>056099000001</v><w/></n>", "n.w"),
        ("recursion", "<n><v>bí mật</v></n>", "n.v"),
        ("recursion", "<n><v>1</v><v>2</v></n>", "n.v"),
        ("extension and xsi:type", "<s><id>1</id></s>", "s"),
        ("a repeated choice", "<a>bí mật</a>", "_choice.a"),
        ("simple content", '<p cur="VND">bí mật</p>', "p._text"),
        ("simple content", '<p cur="VND" bi="mat">1</p>', "p.@bi"),
    ],
)
def test_a_request_that_breaks_the_schema_is_told_where(construct: str, inner: str, where: str) -> None:
    with pytest.raises(MessageMisshapen) as refused:
        read(plan_of(CONSTRUCTS[construct]), f'<M xmlns="{NS}">{inner}</M>')

    assert refused.value.where == where
    assert "mật" not in str(refused.value)


@pytest.mark.parametrize(
    ("construct", "inner", "value"),
    [
        ("a repeated choice", "<a>1</a><b>x</b><a>2</a>", {"_choice": [{"a": 1}, {"b": "x"}, {"a": 2}]}),
        ("a repeated sequence", "<k>1</k><k>2</k><v>3</v>", {"_sequence": [{"k": 1, "v": []}, {"k": 2, "v": [3]}]}),
        ("a substitution group", "<cat>Mun</cat>", {"cat": "Mun"}),
        (
            "a repeated substitution group",
            "<cat>Mun</cat><animal>x</animal>",
            {"animal": [{"cat": "Mun"}, {"animal": "x"}]},
        ),
        (
            "extension and xsi:type",
            '<s xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:type="Ring" x="y"><id>1</id><r>2</r>'
            "<inner>1</inner></s>",
            {"s": [{"_type": "Ring", "x": "y", "id": 1, "r": 2, "inner": 1}]},
        ),
        ("lists and unions", "<l>1 2</l><u>nhiều</u>", {"l": [1, 2], "u": "nhiều"}),
        ("fixed and default", "<a>luôn</a><b/>", {"a": "luôn", "b": 4}),
        ("names that are no identifiers", "<so.thua-đất>1</so.thua-đất>", {"so_thua-đất": 1}),
        ("ArrayOf", "<ds><int>1</int></ds>", {"ds": {"int": [1]}}),
        ("attributes", "<a>x</a>", {"a": "x", "d": "x"}),
    ],
)
def test_a_message_is_read_as_its_schema_means(construct: str, inner: str, value: Json) -> None:
    read_value = read(plan_of(CONSTRUCTS[construct]), f'<M xmlns="{NS}">{inner}</M>')

    assert read_value == value


@pytest.mark.parametrize("construct", REFUSED)
def test_what_json_cannot_carry_is_refused_by_name_and_place(construct: str) -> None:
    types, said = REFUSED[construct]

    with pytest.raises(BindingInvalid, match=rf"WSDL:\d.*{said}"):
        plan_of(types)


@pytest.mark.parametrize("construct", ["an optional extension point", "an optional element of any type"])
def test_what_may_be_left_out_is_left_out_with_a_remark(construct: str) -> None:
    compiled = compile_wsdl({"a.wsdl": wsdl(CONSTRUCTS[construct]), "xml.xsd": XML_XSD}, "a.wsdl").operations[0]

    assert [(remark.left_out, remark.where.startswith("a.wsdl:")) for remark in compiled.remarks] == [(True, True)]
