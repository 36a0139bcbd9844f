"""Which constructs of XML Schema are tried one by one, and which are refused by name and place?"""

NS = "urn:x"
ROOT = '<xs:element name="M"><xs:complexType>{}</xs:complexType></xs:element>'
SEQ = ROOT.format("<xs:sequence>{}</xs:sequence>")

SIMPLE_TYPES = (
    *("string", "normalizedString", "token", "boolean", "decimal", "integer", "long", "int"),
    *(
        "short",
        "byte",
        "unsignedByte",
        "unsignedInt",
        "nonPositiveInteger",
        "negativeInteger",
        "positiveInteger",
        "float",
    ),
    *("double", "date", "dateTime", "time", "duration", "gYear", "gYearMonth", "gMonth"),
    *("gDay", "gMonthDay", "anyURI", "language", "Name", "NCName", "NMTOKEN", "NMTOKENS"),
    *("base64Binary", "hexBinary", "unsignedLong", "nonNegativeInteger", "anySimpleType"),
)

CONSTRUCTS = {
    "nothing": ROOT.format(""),
    "simple root": '<xs:element name="M" type="xs:int"/>',
    "every simple type": SEQ.format(
        "".join(f'<xs:element name="e{number}" type="xs:{name}"/>' for number, name in enumerate(SIMPLE_TYPES))
    ),
    "attributes": ROOT.format(
        '<xs:sequence><xs:element name="a" type="xs:string"/></xs:sequence><xs:attribute name="a" type="xs:int"/>'
        '<xs:attribute name="b" use="required"/><xs:attribute name="c" type="xs:date" form="qualified"/>'
        '<xs:attribute ref="xml:lang"/><xs:attribute name="d" fixed="x" use="required"/>'
    ),
    "attribute groups": '<xs:attributeGroup name="G"><xs:attribute name="a"/><xs:attributeGroup ref="t:H"/>'
    '</xs:attributeGroup><xs:attributeGroup name="H"><xs:attribute name="b" type="xs:int"/></xs:attributeGroup>'
    + ROOT.format('<xs:attributeGroup ref="t:G"/>'),
    "simple content": SEQ.format('<xs:element name="p" type="t:Price" maxOccurs="3"/>')
    + '<xs:complexType name="Price"><xs:simpleContent><xs:extension base="xs:decimal">'
    '<xs:attribute name="cur" use="required"/></xs:extension></xs:simpleContent></xs:complexType>',
    "restricted simple content": SEQ.format('<xs:element name="p" type="t:Small"/>')
    + '<xs:complexType name="Price"><xs:simpleContent><xs:extension base="xs:int"><xs:attribute name="cur"/>'
    "</xs:extension></xs:simpleContent></xs:complexType>"
    '<xs:complexType name="Small"><xs:simpleContent><xs:restriction base="t:Price"><xs:maxInclusive value="9"/>'
    "</xs:restriction></xs:simpleContent></xs:complexType>",
    "a choice": SEQ.format(
        '<xs:choice><xs:element name="a" type="xs:int"/><xs:sequence><xs:element name="b" type="xs:int"/>'
        '<xs:element name="c" type="xs:int" minOccurs="0"/></xs:sequence><xs:element name="d" type="xs:int"/>'
        "</xs:choice>"
        '<xs:element name="e" type="xs:int"/>'
    ),
    "a choice of the same element": SEQ.format(
        '<xs:choice><xs:sequence><xs:element name="a" type="xs:int"/><xs:element name="b" type="xs:int" minOccurs="0"/>'
        '</xs:sequence><xs:element name="b" type="xs:int"/></xs:choice>'
    ),
    "a repeated choice": SEQ.format(
        '<xs:choice minOccurs="0" maxOccurs="unbounded"><xs:element name="a" type="xs:int"/>'
        '<xs:element name="b" type="xs:string"/></xs:choice>'
    ),
    "a repeated sequence": SEQ.format(
        '<xs:sequence maxOccurs="unbounded"><xs:element name="k" type="xs:int"/>'
        '<xs:element name="v" type="xs:int" minOccurs="0" maxOccurs="2"/></xs:sequence>'
    ),
    "repetition in repetition": SEQ.format(
        '<xs:sequence maxOccurs="3"><xs:element name="k" type="xs:int"/><xs:choice maxOccurs="unbounded">'
        '<xs:element name="a" type="xs:int"/><xs:element name="b" type="xs:int"/></xs:choice></xs:sequence>'
    ),
    "an optional sequence": SEQ.format(
        '<xs:sequence minOccurs="0"><xs:element name="a" type="xs:int"/><xs:element name="b" type="xs:int"/>'
        '</xs:sequence><xs:element name="c" type="xs:int"/>'
    ),
    "the same element twice": SEQ.format(
        '<xs:element name="a" type="xs:int"/><xs:element name="b" type="xs:int"/><xs:element name="a" type="xs:int"/>'
    ),
    "all": ROOT.format(
        '<xs:all><xs:element name="a" type="xs:int"/><xs:element name="b" type="xs:int" minOccurs="0"/></xs:all>'
    ),
    "groups": '<xs:group name="G"><xs:sequence><xs:element name="a" type="xs:int"/><xs:group ref="t:H" minOccurs="0"/>'
    '</xs:sequence></xs:group><xs:group name="H"><xs:choice><xs:element name="b" type="xs:int"/>'
    '<xs:element name="c" type="xs:int"/></xs:choice></xs:group>' + ROOT.format('<xs:group ref="t:G"/>'),
    "a repeated group": '<xs:group name="G"><xs:sequence><xs:element name="a" type="xs:int"/>'
    '<xs:element name="b" type="xs:int"/></xs:sequence></xs:group>'
    + SEQ.format('<xs:group ref="t:G" maxOccurs="unbounded"/>'),
    "recursion": SEQ.format('<xs:element name="n" type="t:Node"/>')
    + '<xs:complexType name="Node"><xs:sequence><xs:element name="v" type="xs:int"/>'
    '<xs:element name="n" type="t:Node" minOccurs="0" maxOccurs="unbounded"/></xs:sequence></xs:complexType>',
    "extension and xsi:type": SEQ.format('<xs:element name="s" type="t:Shape" maxOccurs="2"/>')
    + '<xs:complexType name="Shape" abstract="true"><xs:sequence><xs:element name="id" type="xs:int"/></xs:sequence>'
    '<xs:attribute name="x"/></xs:complexType>'
    '<xs:complexType name="Circle"><xs:complexContent><xs:extension base="t:Shape"><xs:sequence>'
    '<xs:element name="r" type="xs:float"/></xs:sequence></xs:extension></xs:complexContent></xs:complexType>'
    '<xs:complexType name="Ring"><xs:complexContent><xs:extension base="t:Circle"><xs:sequence>'
    '<xs:element name="inner" type="xs:float"/></xs:sequence></xs:extension></xs:complexContent></xs:complexType>',
    "restriction of a complex type": SEQ.format('<xs:element name="s" type="t:Less"/>')
    + '<xs:complexType name="More"><xs:sequence><xs:element name="a" type="xs:int" minOccurs="0"/>'
    '<xs:element name="b" type="xs:int" minOccurs="0"/></xs:sequence><xs:attribute name="x"/></xs:complexType>'
    '<xs:complexType name="Less"><xs:complexContent><xs:restriction base="t:More"><xs:sequence>'
    '<xs:element name="a" type="xs:int"/></xs:sequence><xs:attribute name="x" use="prohibited"/></xs:restriction>'
    "</xs:complexContent></xs:complexType>",
    "a substitution group": SEQ.format('<xs:element ref="t:animal"/>')
    + '<xs:element name="animal" type="xs:string" abstract="true"/>'
    '<xs:element name="cat" type="xs:string" substitutionGroup="t:animal"/>'
    '<xs:element name="dog" substitutionGroup="t:animal"/>',
    "a repeated substitution group": SEQ.format('<xs:element ref="t:animal" maxOccurs="unbounded"/>')
    + '<xs:element name="animal" type="xs:string"/>'
    '<xs:element name="cat" type="xs:string" substitutionGroup="t:animal"/>',
    "facets": SEQ.format(
        "".join(
            f'<xs:element name="f{number}"><xs:simpleType><xs:restriction base="xs:{base}">{facets}</xs:restriction>'
            "</xs:simpleType></xs:element>"
            for number, (base, facets) in enumerate(
                [
                    ("string", '<xs:enumeration value="Nam"/><xs:enumeration value="Nữ"/>'),
                    ("string", '<xs:length value="4"/>'),
                    ("int", '<xs:minExclusive value="3"/><xs:maxInclusive value="5"/>'),
                    ("decimal", '<xs:totalDigits value="3"/><xs:fractionDigits value="2"/>'),
                    ("int", '<xs:enumeration value="5"/><xs:enumeration value="9"/>'),
                ]
            )
        )
    ),
    "lists and unions": SEQ.format('<xs:element name="l" type="t:Numbers"/><xs:element name="u" type="t:Either"/>')
    + '<xs:simpleType name="Numbers"><xs:list itemType="xs:int"/></xs:simpleType>'
    '<xs:simpleType name="Either"><xs:union memberTypes="xs:int t:Word"/></xs:simpleType>'
    '<xs:simpleType name="Word"><xs:restriction base="xs:string"><xs:enumeration value="nhiều"/></xs:restriction>'
    "</xs:simpleType>",
    "nil": SEQ.format(
        '<xs:element name="a" type="xs:int" nillable="true"/>'
        '<xs:element name="b" type="xs:int" nillable="true" minOccurs="0" maxOccurs="unbounded"/>'
    ),
    "fixed and default": SEQ.format(
        '<xs:element name="a" type="xs:string" fixed="luôn"/><xs:element name="b" type="xs:int" default="4"/>'
    ),
    "unqualified": SEQ.format('<xs:element name="a" type="xs:int" form="unqualified"/>'),
    "an element reference": SEQ.format('<xs:element ref="t:other" minOccurs="2" maxOccurs="4"/>')
    + '<xs:element name="other" type="xs:string"/>',
    "names that are no identifiers": SEQ.format(
        '<xs:element name="so.thua-đất" type="xs:int"/><xs:element name="_x" type="xs:int"/>'
        '<xs:element name="class" type="xs:int"/>'
    ),
    "an optional extension point": SEQ.format(
        '<xs:element name="a" type="xs:int"/><xs:any minOccurs="0" maxOccurs="unbounded" processContents="lax"/>'
    ),
    "an optional element of any type": SEQ.format(
        '<xs:element name="a" type="xs:int"/><xs:element name="b" minOccurs="0"/>'
    ),
    "ArrayOf": SEQ.format('<xs:element name="ds" type="t:ArrayOfInt" minOccurs="0"/>')
    + '<xs:complexType name="ArrayOfInt"><xs:sequence><xs:element name="int" type="xs:int" minOccurs="0" '
    'maxOccurs="unbounded" nillable="true"/></xs:sequence></xs:complexType>',
}


def wsdl(types: str, *, more: str = "") -> bytes:
    return f"""<w:definitions xmlns:w="http://schemas.xmlsoap.org/wsdl/" xmlns:t="{NS}" targetNamespace="{NS}"
      xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:xs="http://www.w3.org/2001/XMLSchema">
      <w:types>{more}<xs:schema targetNamespace="{NS}" elementFormDefault="qualified">
        <xs:import namespace="http://www.w3.org/XML/1998/namespace" schemaLocation="xml.xsd"/>{types}</xs:schema>
      </w:types><w:message name="M"><w:part name="p" element="t:M"/></w:message>
      <w:portType name="T"><w:operation name="O"><w:input message="t:M"/><w:output message="t:M"/></w:operation>
      </w:portType>
      <w:binding name="B" type="t:T"><s:binding transport="http://schemas.xmlsoap.org/soap/http"/>
        <w:operation name="O"><s:operation soapAction=""/><w:input><s:body use="literal"/></w:input>
          <w:output><s:body use="literal"/></w:output></w:operation></w:binding>
      <w:service name="S"><w:port name="P" binding="t:B"><s:address location="http://example.invalid/"/></w:port>
      </w:service>
    </w:definitions>""".encode()


XML_XSD = (
    b'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="http://www.w3.org/XML/1998/namespace">'
    b'<xs:attribute name="lang" type="xs:language"/></xs:schema>'
)


REFUSED = {
    "an extension point that must stand": (SEQ.format("<xs:any/>"), "xs:any"),
    "anyType": (SEQ.format('<xs:element name="a" type="xs:anyType"/>'), "xs:anyType"),
    "no type": (SEQ.format('<xs:element name="a"/>'), "element a: declares no type"),
    "mixed content": ('<xs:element name="M"><xs:complexType mixed="true"/></xs:element>', "mixed"),
    "QName": (SEQ.format('<xs:element name="a" type="xs:QName"/>'), "xs:QName"),
    "a SOAP-encoded array": (
        SEQ.format('<xs:element name="a" type="e:Array" xmlns:e="http://schemas.xmlsoap.org/soap/encoding/"/>'),
        "SOAP-encoded",
    ),
    "a type that is nowhere": (SEQ.format('<xs:element name="a" type="t:Nowhere"/>'), "Nowhere"),
    "an undeclared prefix": (SEQ.format('<xs:element name="a" type="zz:A"/>'), "prefix zz"),
    "a group in itself": (
        '<xs:group name="G"><xs:sequence><xs:group ref="t:G"/></xs:sequence></xs:group>'
        + ROOT.format('<xs:group ref="t:G"/>'),
        "contains itself",
    ),
    "an abstract type alone": (
        SEQ.format('<xs:element name="a" type="t:A"/>') + '<xs:complexType name="A" abstract="true"/>',
        "abstract type",
    ),
    "an element in a repeated group and beside it": (
        SEQ.format(
            '<xs:element name="a" type="xs:int"/><xs:sequence maxOccurs="2"><xs:element name="b" type="xs:int"/>'
            '<xs:element name="a" type="xs:int"/></xs:sequence>'
        ),
        "repeated group",
    ),
    "redefinition": ('<xs:redefine schemaLocation="xml.xsd"/>' + ROOT.format(""), "xs:redefine"),
    "an import that is missing": ('<xs:include schemaLocation="thieu.xsd"/>' + ROOT.format(""), "thieu.xsd"),
}
