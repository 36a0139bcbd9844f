"""Which shapes have the WSDLs that products write? Small ones of ours, each with what is peculiar to a product.

`SHAPES` holds by name the documents of a bundle and the WSDL to begin with (empty: found by the importer).
"""

from collections.abc import Mapping
from typing import Final

URI: Final = "urn:vi-du:hinh-dang"
_ASK: Final = '<xs:element name="Hoi"><xs:complexType><xs:sequence>{}</xs:sequence></xs:complexType></xs:element>'
_SAY: Final = '<xs:element name="Dap"><xs:complexType>{}</xs:complexType></xs:element>'
_NUMBER: Final = '<xs:element name="So" type="xs:string"/>'
_PERSON: Final = """<xs:complexType name="Nguoi"><xs:sequence><xs:element name="Ten" type="xs:string"/>
 <xs:element name="NgaySinh" type="xs:date" minOccurs="0"/></xs:sequence></xs:complexType>"""
_NAMES: Final = f"""xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
 xmlns:soap12="http://schemas.xmlsoap.org/wsdl/soap12/" xmlns:http="http://schemas.xmlsoap.org/wsdl/http/"
 xmlns:mime="http://schemas.xmlsoap.org/wsdl/mime/" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="{URI}"
 targetNamespace="{URI}\""""
_MESSAGES: Final = """<wsdl:message name="HoiIn"><wsdl:part name="parameters" element="t:Hoi"/></wsdl:message>
<wsdl:message name="HoiOut"><wsdl:part name="parameters" element="t:Dap"/></wsdl:message>"""
_PORT_TYPE: Final = """<wsdl:portType name="Cong"><wsdl:operation name="Hoi"><wsdl:input message="t:HoiIn"/>
<wsdl:output message="t:HoiOut"/></wsdl:operation></wsdl:portType>"""


def _schema(content: str, *, namespace: str = URI, form: str = "qualified") -> str:
    target = f'targetNamespace="{namespace}"' if namespace else ""
    return (
        f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="{URI}" {target} '
        f'elementFormDefault="{form}">{content}</xs:schema>'
    )


def _binding(name: str = "CongSoap", soap: str = "soap", style: str = "document", body: str = "") -> str:
    inside = f'<{soap}:body use="literal"{body}/>'
    return f"""<wsdl:binding name="{name}" type="t:Cong"><{soap}:binding style="{style}"
 transport="http://schemas.xmlsoap.org/soap/http"/><wsdl:operation name="Hoi"><{soap}:operation soapAction="urn:hoi"/>
 <wsdl:input>{inside}</wsdl:input><wsdl:output>{inside}</wsdl:output></wsdl:operation></wsdl:binding>"""


def _service(*ports: tuple[str, str, str]) -> str:
    inside = "".join(
        f'<wsdl:port name="{name}" binding="t:{binding}"><{kind}:address location="http://cu.invalid/{name}"/></wsdl:port>'
        for name, binding, kind in ports
    )
    return f'<wsdl:service name="DichVu">{inside}</wsdl:service>'


_ONE: Final = _service(("Mot", "CongSoap", "soap"))


def _definitions(*content: str) -> bytes:
    return f"<wsdl:definitions {_NAMES}>{''.join(content)}</wsdl:definitions>".encode()


def _types(*schemas: str) -> str:
    return f"<wsdl:types>{''.join(schemas)}</wsdl:types>"


def _plain(ask: str = _NUMBER, say: str = f"<xs:sequence>{_NUMBER}</xs:sequence>", **more: str) -> str:
    return _types(_schema(_ASK.format(ask) + _SAY.format(say), **more))


def _wcf() -> dict[str, bytes]:
    """.NET WCF: the service in one WSDL, the rest in another that it imports, each schema in an XSD of its own."""
    names = ("xsd0", "xsd1")
    imports = f'<xs:import schemaLocation="http://may-chu.invalid/Svc.svc?xsd={names[0]}" namespace="{URI}"/>'
    imports += (
        f'<xs:import schemaLocation="http://may-chu.invalid/Svc.svc?xsd={names[1]}" namespace="urn:vi-du:du-lieu"/>'
    )
    top = f'<wsdl:import namespace="{URI}" location="http://may-chu.invalid/Svc0.wsdl"/>'
    inner = _types(f'<xs:schema targetNamespace="{URI}/Imports">{imports}</xs:schema>')
    say = '<xs:sequence><xs:element name="Nguoi" type="d:Nguoi" nillable="true" minOccurs="0"/></xs:sequence>'
    first = _schema('<xs:import namespace="urn:vi-du:du-lieu"/>' + _ASK.format(_NUMBER) + _SAY.format(say)).replace(
        "xmlns:t=", 'xmlns:d="urn:vi-du:du-lieu" xmlns:t='
    )
    return {
        "Svc.wsdl": _definitions(top, _binding(), _ONE),
        "Svc0.wsdl": _definitions(inner, _MESSAGES, _PORT_TYPE),
        "xsd0.xsd": first.encode(),
        "xsd1.xsd": _schema(_PERSON, namespace="urn:vi-du:du-lieu").encode(),
    }


def _cxf() -> dict[str, bytes]:
    """CXF: the portType in a WSDL of its own, schemas in folders that refer to each other relatively."""
    say = '<xs:sequence><xs:element name="Nguoi" type="t:Nguoi" maxOccurs="unbounded"/></xs:sequence>'
    include = '<xs:include schemaLocation="../chung/nguoi.xsd"/>'
    return {
        "wsdl/dich-vu.wsdl": _definitions(
            f'<wsdl:import namespace="{URI}" location="../cong/cong.wsdl"/>', _binding(), _ONE
        ),
        "cong/cong.wsdl": _definitions(
            _types(_schema('<xs:include schemaLocation="luoc-do/hoi.xsd"/>')), _MESSAGES, _PORT_TYPE
        ),
        "cong/luoc-do/hoi.xsd": _schema(include + _ASK.format(_NUMBER) + _SAY.format(say)).encode(),
        "cong/chung/nguoi.xsd": _schema(_PERSON).encode(),
    }


_RPC: Final = _definitions(
    _types(_schema(_PERSON)),
    """<wsdl:message name="HoiIn"><wsdl:part name="so" type="xs:string"/><wsdl:part name="nguoi" type="t:Nguoi"/>
    </wsdl:message><wsdl:message name="HoiOut"><wsdl:part name="dem" type="xs:int"/>
    <wsdl:part name="nguoi" type="t:Nguoi"/></wsdl:message>""",
    _PORT_TYPE,
    _binding(style="rpc", body=f' namespace="{URI}"'),
    _ONE,
)
_GET_BINDING: Final = """<wsdl:binding name="CongGet" type="t:Cong"><http:binding verb="GET"/>
<wsdl:operation name="Hoi"><http:operation location="/Hoi"/><wsdl:input><http:urlEncoded/></wsdl:input>
<wsdl:output><mime:mimeXml part="Body"/></wsdl:output></wsdl:operation></wsdl:binding>"""
_MANY: Final = "".join(f'<xs:enumeration value="MA{number:04}"/>' for number in range(3000))
_LIST: Final = f'<xs:simpleType name="Ma"><xs:restriction base="xs:string">{_MANY}</xs:restriction></xs:simpleType>'
_BARE: Final = _definitions(_plain(), _MESSAGES, _PORT_TYPE, _binding(), _ONE)

SHAPES: Final[dict[str, Mapping[str, bytes]]] = {
    "wcf": _wcf(),
    "cxf": _cxf(),
    "axis2-two-ports": {
        "a.wsdl": _definitions(
            _plain(), _MESSAGES, _PORT_TYPE, _binding(),
            _service(("Http", "CongSoap", "soap"), ("Https", "CongSoap", "soap")),
        )
    },
    "jax-ws-unqualified": {"a.wsdl": _definitions(_plain(form="unqualified"), _MESSAGES, _PORT_TYPE, _binding(), _ONE)},
    "rpc-literal-parts": {"a.wsdl": _RPC},
    "php-all-nillable": {
        "a.wsdl": _definitions(
            _plain(say='<xs:all><xs:element name="B" type="xs:int" nillable="true"/>'
                       '<xs:element name="A" type="xs:string" nillable="true" minOccurs="0"/></xs:all>'),
            _MESSAGES, _PORT_TYPE, _binding(), _ONE,
        )
    },
    "no-namespace-import": {
        "a.wsdl": _definitions(
            _types(_schema('<xs:import schemaLocation="khong-ten.xsd"/>' + _ASK.format('<xs:element ref="Ma"/>')
                           + _SAY.format('<xs:sequence><xs:element ref="Ma" maxOccurs="unbounded"/></xs:sequence>'))),
            _MESSAGES, _PORT_TYPE, _binding(), _ONE,
        ),
        "khong-ten.xsd": _schema('<xs:element name="Ma" type="xs:string"/>', namespace="").encode(),
    },
    "utf-16": {"a.wsdl": ('<?xml version="1.0" encoding="UTF-16"?>' + _BARE.decode()).encode("utf-16")},
    "huge-enumeration": {
        "a.wsdl": _definitions(
            _types(_schema(_LIST + _ASK.format('<xs:element name="Ma" type="t:Ma"/>')
                           + _SAY.format('<xs:sequence><xs:element name="Ma" type="t:Ma"/></xs:sequence>'))),
            _MESSAGES, _PORT_TYPE, _binding(), _ONE,
        )
    },
    "http-get-and-soap": {
        "a.wsdl": _definitions(
            _plain(), _MESSAGES, _PORT_TYPE, _binding(), _binding("CongSoap12", "soap12"), _GET_BINDING,
            _service(("Get", "CongGet", "http"), ("Mot", "CongSoap", "soap"), ("Hai", "CongSoap12", "soap12")),
        )
    },
    "long-and-recursive": {
        "a.wsdl": _definitions(
            _types(_schema(_ASK.format('<xs:element name="So" type="xs:unsignedLong"/>') + _SAY.format(
                '<xs:sequence><xs:element name="Cay" type="t:Cay"/></xs:sequence>')
                + '<xs:complexType name="Cay"><xs:sequence><xs:element name="Ten" type="xs:string"/>'
                '<xs:element name="Con" type="t:Cay" minOccurs="0" maxOccurs="2"/></xs:sequence></xs:complexType>')),
            _MESSAGES, _PORT_TYPE, _binding(), _ONE,
        )
    },
}  # fmt: skip
