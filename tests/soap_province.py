"""What is the land of the SOAP door's tests? A province with a generated and an imported service behind it.

The imported one is a WSDL of ours in two documents, with what schemas make hard: mandatory elements that an agreement
withholds, with and without nillable, a mandatory attribute, a choice, base64, and an operation that is not published.
"""

import threading
from base64 import b64encode
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec
from gateways import (
    CONSUMER_AGENCY,
    PROVIDER_AGENCY,
    READER,
    SECRET,
    SYSTEM,
    TERMS,
    WRITER,
    settle_province,
    systems_hash,
)

from adapters.soap.offer import offer_wsdl
from catalog import agreements, providers, services, systems
from catalog.descriptions import ServiceDescription, SystemDescription
from catalog.importers.draft import Draft, Wanted
from catalog.importers.wsdl import draft_wsdl
from catalog.terms import AgreementTerms, GrantTerms, Rate
from gateway.db import Database
from security.keys import ensure_keys
from security.sealing import SecretSealer

HOUSEHOLDS = "urn:vi-du:ho-gia-dinh"
IMPORTED = "/soap/datdai/ho/v1"
GENERATED = "/soap/datdai/thua-dat/v1"
WHOLE, NARROW = "TT-HO", "TT-HO-HEP"
NARROW_SYSTEM, DIGEST_SECRET = "hep", "bi-mat-cua-digest"

WSDL = f"""<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:t="{HOUSEHOLDS}"
  xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:soap12="http://schemas.xmlsoap.org/wsdl/soap12/"
  xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="{HOUSEHOLDS}" name="HoGiaDinh">
 <wsdl:types><xs:schema><xs:import namespace="{HOUSEHOLDS}" schemaLocation="types/ho.xsd"/></xs:schema></wsdl:types>
 <wsdl:message name="TraCuuHoIn"><wsdl:part name="parameters" element="t:TraCuuHo"/></wsdl:message>
 <wsdl:message name="TraCuuHoOut"><wsdl:part name="parameters" element="t:TraCuuHoResponse"/></wsdl:message>
 <wsdl:message name="XoaHoIn"><wsdl:part name="parameters" element="t:XoaHo"/></wsdl:message>
 <wsdl:message name="XoaHoOut"><wsdl:part name="parameters" element="t:XoaHoResponse"/></wsdl:message>
 <wsdl:portType name="Ho">
  <wsdl:operation name="TraCuuHo">
   <wsdl:input message="t:TraCuuHoIn"/><wsdl:output message="t:TraCuuHoOut"/></wsdl:operation>
  <wsdl:operation name="XoaHo"><wsdl:input message="t:XoaHoIn"/><wsdl:output message="t:XoaHoOut"/></wsdl:operation>
 </wsdl:portType>
 <wsdl:binding name="HoSoap" type="t:Ho"><soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
  <wsdl:operation name="TraCuuHo"><soap:operation soapAction="{HOUSEHOLDS}/TraCuuHo"/>
   <wsdl:input><soap:body use="literal"/></wsdl:input><wsdl:output><soap:body use="literal"/></wsdl:output>
  </wsdl:operation>
  <wsdl:operation name="XoaHo"><soap:operation soapAction="{HOUSEHOLDS}/XoaHo"/>
   <wsdl:input><soap:body use="literal"/></wsdl:input><wsdl:output><soap:body use="literal"/></wsdl:output>
  </wsdl:operation>
 </wsdl:binding>
 <wsdl:binding name="HoSoap12" type="t:Ho">
  <soap12:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
  <wsdl:operation name="TraCuuHo"><soap12:operation soapAction="{HOUSEHOLDS}/TraCuuHo"/>
   <wsdl:input><soap12:body use="literal"/></wsdl:input><wsdl:output><soap12:body use="literal"/></wsdl:output>
  </wsdl:operation>
  <wsdl:operation name="XoaHo"><soap12:operation soapAction="{HOUSEHOLDS}/XoaHo"/>
   <wsdl:input><soap12:body use="literal"/></wsdl:input><wsdl:output><soap12:body use="literal"/></wsdl:output>
  </wsdl:operation>
 </wsdl:binding>
 <wsdl:service name="HoService">
  <wsdl:port name="HoPort" binding="t:HoSoap"><soap:address location="http://cu.invalid/ho.asmx"/></wsdl:port>
  <wsdl:port name="HoPort12" binding="t:HoSoap12"><soap12:address location="http://cu.invalid/ho.asmx"/></wsdl:port>
 </wsdl:service>
</wsdl:definitions>"""

XSD = f"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="{HOUSEHOLDS}"
  targetNamespace="{HOUSEHOLDS}" elementFormDefault="qualified">
 <xs:element name="TraCuuHo"><xs:complexType><xs:sequence>
   <xs:element name="SoHo" type="xs:string"/>
   <xs:element name="Ngay" type="xs:date" minOccurs="0"/>
   <xs:element name="DinhKem" type="xs:base64Binary" minOccurs="0"/>
  </xs:sequence></xs:complexType></xs:element>
 <xs:element name="TraCuuHoResponse"><xs:complexType><xs:sequence>
   <xs:element name="Ho" type="t:Ho" minOccurs="0"/></xs:sequence></xs:complexType></xs:element>
 <xs:element name="XoaHo"><xs:complexType><xs:sequence>
   <xs:element name="SoHo" type="xs:string"/></xs:sequence></xs:complexType></xs:element>
 <xs:element name="XoaHoResponse"><xs:complexType><xs:sequence>
   <xs:element name="DaXoa" type="xs:boolean"/></xs:sequence></xs:complexType></xs:element>
 <xs:complexType name="Ho"><xs:sequence>
   <xs:element name="SoHo" type="xs:string"/>
   <xs:element name="ChuHo" type="xs:string"/>
   <xs:element name="SoDinhDanh" type="xs:string" nillable="true"/>
   <xs:element name="NgayLap" type="xs:date"/>
   <xs:element name="DienTich" type="xs:decimal" minOccurs="0"/>
   <xs:choice><xs:element name="ThuongTru" type="xs:string"/><xs:element name="TamTru" type="xs:string"/></xs:choice>
   <xs:element name="ThanhVien" type="t:ThanhVien" maxOccurs="unbounded"/>
   <xs:element name="Anh" type="xs:base64Binary" minOccurs="0"/>
  </xs:sequence><xs:attribute name="MaXa" type="xs:string" use="required"/></xs:complexType>
 <xs:complexType name="ThanhVien"><xs:sequence>
   <xs:element name="HoTen" type="xs:string"/><xs:element name="NamSinh" type="xs:int"/>
  </xs:sequence></xs:complexType>
</xs:schema>"""

ANSWER = f"""<r:TraCuuHoResponse xmlns:r="{HOUSEHOLDS}"><r:Ho MaXa="22001"><r:SoHo>H1</r:SoHo>
<r:ChuHo>Nguyễn Văn Thử</r:ChuHo>
<r:SoDinhDanh>056099000001</r:SoDinhDanh><r:NgayLap>2020-02-29</r:NgayLap><r:DienTich>120.50</r:DienTich>
<r:TamTru>Số 1</r:TamTru><r:ThanhVien><r:HoTen>A &amp; B</r:HoTen><r:NamSinh>1990</r:NamSinh></r:ThanhVien>
<r:ThanhVien><r:HoTen>C</r:HoTen><r:NamSinh>2010</r:NamSinh></r:ThanhVien><r:Anh>/+8AAQ==</r:Anh></r:Ho></r:TraCuuHoResponse>"""
PICTURE = bytes(range(256)) * 40
LARGE = ANSWER.replace("/+8AAQ==", b64encode(PICTURE).decode())
FAULT = "<s:Fault><faultcode>s:Server</faultcode><faultstring>hỏng</faultstring></s:Fault>"


@dataclass
class SoapProvider:
    """A real SOAP 1.1 provider of households. `bodies` are the requests that it got.

    Household H0 is a fault, H2 has a large picture.
    """

    bodies: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                asked = self.rfile.read(int(self.headers["Content-Length"])).decode()
                provider.bodies.append(asked)
                content = FAULT if ">H0<" in asked else LARGE if ">H2<" in asked else ANSWER
                envelope = f'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>{content}</s:Body></s:Envelope>'
                body = envelope.encode()
                self.send_response(500 if content == FAULT else 200)
                self.send_header("Content-Type", "text/xml; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/ho"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()


def household_draft(endpoint: str) -> Draft:
    """Import the WSDL, and leave out the operation that deletes."""
    offered = offer_wsdl({"ho.wsdl": WSDL.encode(), "types/ho.xsd": XSD.encode()})
    wanted = Wanted(
        database="datdai",
        service="ho",
        title_vi="Hộ gia đình",
        agency=PROVIDER_AGENCY,
        provider="ho-soap",
        endpoint=endpoint,
    )
    draft = draft_wsdl(offered, wanted)
    kept = tuple(one for one in draft.service.operations if one.wsdl_operation == "TraCuuHo")
    return msgspec.structs.replace(draft, service=msgspec.structs.replace(draft.service, operations=kept))


def household_terms(
    service: ServiceDescription, code: str, system: str, *, without: tuple[str, ...] = ()
) -> AgreementTerms:
    """Grant the whole answer, but for the fields `without`."""
    fields = tuple(leaf.path for leaf in service.operations[0].fields if leaf.path not in without)
    grant = GrantTerms(
        service="ho", version=1, operation="TraCuuHo", fields=fields, rows="all",
        rate=Rate(requests=1_000_000, per_seconds=1, burst=1_000_000), daily_quota=1_000_000_000,
        hours="always", networks="any",
    )  # fmt: skip
    return msgspec.structs.replace(TERMS, code=code, systems=(system,), grants=(grant,))


WITHHELD = ("Ho.ChuHo", "Ho.SoDinhDanh", "Ho.TamTru", "Ho.ThuongTru", "Ho.MaXa", "Ho.ThanhVien[].NamSinh")


async def settle_soap_province(database_url: str, rest_url: str, soap_url: str, keys_dir: Path) -> None:
    """Fill a migrated database: the small province, the imported service, a whole and a narrow agreement on it."""
    await settle_province(database_url, rest_url)
    sealed = SecretSealer(ensure_keys(keys_dir).sealing).seal(DIGEST_SECRET, system=SYSTEM, key_id="d1").sealed
    draft = household_draft(soap_url)
    database = Database.open(database_url)
    async with database.transaction() as session:
        await systems.replace_digest_secret(session, SYSTEM, key_id="d1", sealed=sealed, by=READER)
        narrow = SystemDescription(code=NARROW_SYSTEM, agency=CONSUMER_AGENCY, name_vi="Hệ thống hẹp", legacy=True)
        await systems.add_system(session, narrow, by=READER)
        await systems.replace_secret(session, NARROW_SYSTEM, key_id="k2", secret_hash=systems_hash(SECRET), by=READER)
        await providers.add_provider(session, draft.provider, by=READER)
        await services.publish_service(session, draft.service, by=READER)
        for terms in (
            household_terms(draft.service, WHOLE, SYSTEM),
            household_terms(draft.service, NARROW, NARROW_SYSTEM, without=WITHHELD),
        ):
            await agreements.create_draft(session, terms, by=READER)
            await agreements.submit(session, terms.code, version=1, by=READER)
            await agreements.approve(session, terms.code, version=1, by=WRITER)
            await agreements.activate(session, terms.code, version=1, by=WRITER)
    await database.close()
