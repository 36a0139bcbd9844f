"""Does hostile XML make us open a file or call a host, at a door or at an import? (06-security, 9 and 10)"""

import socket
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from gateways import NO_TLS, SECRET, SYSTEM, GatewayProcess
from soap_province import GENERATED
from watched import Bait, laid_out
from xroad_messages import ID_BLOCK, VERSION_BLOCK, client, message, post, service

from adapters.soap.offer import WsdlRefused, offer_wsdl
from catalog.importers.draft import ImportRefused, Wanted
from catalog.importers.wsdl import draft_wsdl

pytestmark = pytest.mark.xdist_group("soap")

DECLARED = '<?xml version="1.0"?>'
ENVELOPE = (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:t="urn:lienthong:datdai:thua-dat:v1"'
    ' xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns:n="http://www.w3.org/2001/XInclude"'
    ' xmlns:o="http://www.w3.org/2004/08/xop/include"><s:Body><t:get><t:SoGCN>CD1</t:SoGCN></t:get></s:Body></s:Envelope>'
)
# BAIT stands for the address of a file, then of a port.
DOCUMENT_TYPES = {
    "an external entity": '<!DOCTYPE x [<!ENTITY e SYSTEM "BAIT">]>',
    "an external entity with a public name": '<!DOCTYPE x [<!ENTITY e PUBLIC "a" "BAIT">]>',
    "a parameter entity": '<!DOCTYPE x [<!ENTITY % e SYSTEM "BAIT"> %e;]>',
    "an external subset": '<!DOCTYPE x SYSTEM "BAIT">',
    "a public external subset": '<!DOCTYPE x PUBLIC "a" "BAIT">',
    "a notation": '<!DOCTYPE x [<!NOTATION n SYSTEM "BAIT"><!ENTITY e SYSTEM "BAIT" NDATA n>]>',
    "a style sheet": '<?xml-stylesheet type="text/xsl" href="BAIT"?>',
    "a catalogue": '<?oasis-xml-catalog catalog="BAIT"?>',
}
IN_BODY = {
    "XInclude": '<n:include href="BAIT" parse="text"/>',
    "XOP": '<o:Include href="BAIT"/>',
    "a schema's place": '<t:SoGCN i:schemaLocation="urn:x BAIT">CD1</t:SoGCN>',
    "a schema's place without a namespace": '<t:SoGCN i:noNamespaceSchemaLocation="BAIT">CD1</t:SoGCN>',
    "a base": '<t:SoGCN xml:base="BAIT">CD1</t:SoGCN>',
}
MESSAGES = {
    **{name: f"{DECLARED}{before}{ENVELOPE.replace('CD1', '&e;')}" for name, before in DOCUMENT_TYPES.items()},
    **{name: ENVELOPE.replace("<t:SoGCN>CD1</t:SoGCN>", inside) for name, inside in IN_BODY.items()},
}  # fmt: skip
WSDL = (
    '<w:definitions xmlns:w="http://schemas.xmlsoap.org/wsdl/" xmlns:xs="http://www.w3.org/2001/XMLSchema"'
    ' xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/" targetNamespace="urn:t" xmlns:t="urn:t">INSIDE</w:definitions>'
)
REFERENCES = {
    "an import of WSDL": '<w:import namespace="urn:x" location="BAIT"/>',
    "an import of a schema":
        '<w:types><xs:schema><xs:import namespace="urn:x" schemaLocation="BAIT"/></xs:schema></w:types>',
    "an include of a schema": '<w:types><xs:schema><xs:include schemaLocation="BAIT"/></xs:schema></w:types>',
    "a redefine of a schema": '<w:types><xs:schema><xs:redefine schemaLocation="BAIT"/></xs:schema></w:types>',
    "an override of a schema": '<w:types><xs:schema><xs:override schemaLocation="BAIT"/></xs:schema></w:types>',
}  # fmt: skip
WSDLS = {
    **{name: f"{DECLARED}{before}{WSDL}" for name, before in DOCUMENT_TYPES.items()},
    **{name: WSDL.replace("INSIDE", inside) for name, inside in REFERENCES.items()},
}


@pytest.fixture
def bait(tmp_path: Path) -> Iterator[Bait]:
    """A file and a port that nobody may touch."""
    with laid_out(tmp_path) as found:
        yield found


def both(document: str, bait: Bait) -> list[bytes]:
    """Return the document leading to the file, by its path and its address, and to the port."""
    return [document.replace("BAIT", place).encode() for place in (str(bait.file), bait.file.as_uri(), bait.address)]


def test_the_bait_says_when_it_is_taken(bait: Bait) -> None:
    bait.file.read_bytes()
    socket.create_connection(bait.listener.getsockname()).close()

    assert (bait.taken(), bait.taken()) == (["file", "port"], [])


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_touches_nothing(soap_gateway: GatewayProcess, bait: Bait, name: str) -> None:
    for content in both(MESSAGES[name], bait):
        answer = httpx2.post(
            f"{soap_gateway.url}{GENERATED}", content=content, headers={"Content-Type": "text/xml"},
            auth=(SYSTEM, SECRET), timeout=20, verify=NO_TLS,
        )  # fmt: skip
        assert b"bi-mat" not in answer.content

    assert bait.taken() == []


@pytest.mark.parametrize("name", DOCUMENT_TYPES)
def test_a_message_of_x_road_touches_nothing(xroad_gateway: GatewayProcess, bait: Bait, name: str) -> None:
    whole = message(client(), service(), ID_BLOCK, VERSION_BLOCK, body="<x>&e;</x>").decode().partition("?>")[2]
    for content in both(DOCUMENT_TYPES[name] + whole, bait):
        assert b"Fault" in post(xroad_gateway, content).content

    assert bait.taken() == []


@pytest.mark.parametrize("name", WSDLS)
def test_a_wsdl_touches_nothing(bait: Bait, name: str) -> None:
    wanted = Wanted(database="d", service="s", title_vi="T", agency="a", provider="p")
    for content in both(WSDLS[name], bait):
        with pytest.raises((ImportRefused, WsdlRefused)):
            draft_wsdl(offer_wsdl({"a.wsdl": content}), wanted)

    assert bait.taken() == []
