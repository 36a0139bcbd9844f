"""Is a WSDL that means harm refused, or taken in at a small cost, and is nothing of it written into messages raw?"""

import pytest
from soap_constructs import ROOT, SEQ, wsdl

from adapters.soap.offer import offer_wsdl
from catalog.importers.draft import Draft, ImportRefused, Wanted
from catalog.importers.wsdl import draft_wsdl

WANTED = Wanted(database="d", service="s", title_vi="T", agency="a", provider="p")
EIGHT = '<xs:group name="G{0}"><xs:sequence>' + '<xs:group ref="t:G{1}"/>' * 8 + "</xs:sequence></xs:group>"
UNION = '<xs:simpleType name="U{0}"><xs:union memberTypes="' + "t:U{1} " * 8 + '"/></xs:simpleType>'
ATTRIBUTES = '<xs:attributeGroup name="A{0}">' + '<xs:attributeGroup ref="t:A{1}"/>' * 8 + "</xs:attributeGroup>"
FOUR = (
    '<xs:complexType name="T{0}"><xs:sequence>'
    + "".join(f'<xs:element name="e{number}" type="t:T{{1}}"/>' for number in range(4))
    + "</xs:sequence></xs:complexType>"
)
INHERITED = (
    '<xs:complexType name="T{0}"><xs:complexContent><xs:extension base="t:T{1}"/></xs:complexContent></xs:complexType>'
)


def chained(step: str, count: int) -> str:
    return "".join(step.format(number, number + 1) for number in range(count))


def one(attributes: str = 'type="xs:int"', facets: str = "") -> str:
    inner = f"<xs:simpleType>{facets}</xs:simpleType>" if facets else ""
    return SEQ.format(f"<xs:element {attributes}>{inner}</xs:element>")


def drafted(types: str) -> Draft:
    return draft_wsdl(offer_wsdl({"a.wsdl": wsdl(types)}), WANTED)


FACET = '<xs:restriction base="xs:int"><xs:{}/></xs:restriction>'
HOSTILE = {
    "groups that unfold": chained(EIGHT, 12) + '<xs:group name="G12"/>' + ROOT.format('<xs:group ref="t:G0"/>'),
    "unions that unfold": chained(UNION, 20) + one('name="a" type="t:U0"'),
    "attributes that unfold": chained(ATTRIBUTES, 20) + ROOT.format('<xs:attributeGroup ref="t:A0"/>'),
    "a chain of types": chained(INHERITED, 500) + '<xs:complexType name="T500"/>' + one('name="a" type="t:T0"'),
    "a type of itself": INHERITED.format(0, 0) + one('name="a" type="t:T0"'),
    "a simple type of itself": one('name="a" type="t:S"')
    + '<xs:simpleType name="S"><xs:restriction base="t:S"/></xs:simpleType>',
    "elements for each other": '<xs:element name="A" substitutionGroup="t:B"/>'
    '<xs:element name="B" substitutionGroup="t:A"/>' + SEQ.format('<xs:element ref="t:A"/>'),
    "markup in a name": one('name="a&gt;&lt;b" type="xs:int"'),
    "no name": one(),
    "a number of thousands of digits": one(f'name="a" type="xs:int" maxOccurs="{"9" * 5000}"'),
    "less than nothing": one('name="a" type="xs:int" minOccurs="-1"'),
    "a bound that is none": one('name="a"', FACET.format('minInclusive value="NaN"')),
    "a choice that is none": one('name="a"', FACET.format('enumeration value="x"')),
    "a reserved name": one('name="_type" type="xs:int"'),
}


@pytest.mark.parametrize("types", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_schema_is_refused_with_its_place(types: str) -> None:
    with pytest.raises(ImportRefused, match=r"O: a\.wsdl:\d+ "):
        drafted(types)


def test_an_answer_of_countless_leaves_has_the_first_ones_and_a_note() -> None:
    last = '<xs:complexType name="T20"><xs:sequence><xs:element name="x" type="xs:int"/></xs:sequence></xs:complexType>'
    draft = drafted(chained(FOUR, 20) + last + one('name="a" type="t:T0"'))

    assert len(draft.service.operations[0].fields) == 5000
    assert [note.left_out for note in draft.notes] == [True]


def test_documents_that_import_themselves_are_read_once() -> None:
    importing = wsdl(one('name="a" type="xs:int"') + '<xs:include schemaLocation="b.xsd"/>').replace(
        b"<w:types>", b'<w:import namespace="urn:x" location="a.wsdl"/><w:types>'
    )
    schema = b'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:x">'
    schema += b'<xs:include schemaLocation="b.xsd"/></xs:schema>'

    assert [one.name for one in offer_wsdl({"a.wsdl": importing, "b.xsd": schema}).operations] == ["O"]
