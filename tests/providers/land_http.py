"""What do a REST and a SOAP provider of land parcels send? More than anybody agreed to, and more than they declared.

Certain keys bring about failures whose texts are full of personal data.
"""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from providers.land_tables import BI_MAT, COLUMNS, ROWS, parcel

NS = "urn:dat"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
TALK = f"Công dân Nguyễn Thị Mật, số {BI_MAT}"
"""What the provider says when it fails."""
PARTS = [{"Ma": "A1", "GiaTri": 100, "Them": BI_MAT}, {"Ma": "A2", "GiaTri": 200}]
WSDL = b"""<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
 xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:dat" targetNamespace="urn:dat" name="dat">
<wsdl:types><xsd:schema targetNamespace="urn:dat" elementFormDefault="qualified">
 <xsd:element name="Lay"><xsd:complexType><xsd:sequence><xsd:element name="SoGCN" type="xsd:string"/></xsd:sequence></xsd:complexType></xsd:element>
 <xsd:element name="Tim"><xsd:complexType><xsd:sequence><xsd:element name="MaXa" type="xsd:string" minOccurs="0"/></xsd:sequence></xsd:complexType></xsd:element>
 <xsd:element name="LayResponse"><xsd:complexType><xsd:sequence><xsd:element name="Thua" type="t:Thua" minOccurs="0"/></xsd:sequence></xsd:complexType></xsd:element>
 <xsd:element name="TimResponse"><xsd:complexType><xsd:sequence><xsd:element name="items" type="t:Thua" minOccurs="0" maxOccurs="unbounded"/></xsd:sequence></xsd:complexType></xsd:element>
 <xsd:complexType name="Thua"><xsd:sequence>
  <xsd:element name="SoGCN" type="xsd:string"/>
  <xsd:element name="ChuSoHuu" minOccurs="0"><xsd:complexType><xsd:sequence><xsd:element name="HoVaTen" type="xsd:string" minOccurs="0"/>
   <xsd:element name="SoDinhDanh" type="xsd:string" minOccurs="0"/><xsd:element name="KhongKhai" type="xsd:string" minOccurs="0"/></xsd:sequence></xsd:complexType></xsd:element>
  <xsd:element name="DienTich" type="xsd:decimal" minOccurs="0"/><xsd:element name="SoTang" type="xsd:integer" minOccurs="0"/>
  <xsd:element name="CoNha" type="xsd:boolean" minOccurs="0"/><xsd:element name="NgayCap" type="xsd:date" minOccurs="0"/>
  <xsd:element name="MaXa" type="xsd:string" minOccurs="0"/>
  <xsd:element name="TaiSan" minOccurs="0" maxOccurs="unbounded"><xsd:complexType><xsd:sequence><xsd:element name="Ma" type="xsd:string"/>
   <xsd:element name="GiaTri" type="xsd:integer"/><xsd:element name="Them" type="xsd:string" minOccurs="0"/></xsd:sequence></xsd:complexType></xsd:element>
 </xsd:sequence></xsd:complexType>
</xsd:schema></wsdl:types>
<wsdl:message name="LayIn"><wsdl:part name="p" element="t:Lay"/></wsdl:message><wsdl:message name="LayOut"><wsdl:part name="p" element="t:LayResponse"/></wsdl:message>
<wsdl:message name="TimIn"><wsdl:part name="p" element="t:Tim"/></wsdl:message><wsdl:message name="TimOut"><wsdl:part name="p" element="t:TimResponse"/></wsdl:message>
<wsdl:portType name="P"><wsdl:operation name="Lay"><wsdl:input message="t:LayIn"/><wsdl:output message="t:LayOut"/></wsdl:operation>
<wsdl:operation name="Tim"><wsdl:input message="t:TimIn"/><wsdl:output message="t:TimOut"/></wsdl:operation></wsdl:portType>
<wsdl:binding name="B" type="t:P"><soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
<wsdl:operation name="Lay"><soap:operation soapAction="urn:dat:Lay"/><wsdl:input><soap:body use="literal"/></wsdl:input><wsdl:output><soap:body use="literal"/></wsdl:output></wsdl:operation>
<wsdl:operation name="Tim"><soap:operation soapAction="urn:dat:Tim"/><wsdl:input><soap:body use="literal"/></wsdl:input><wsdl:output><soap:body use="literal"/></wsdl:output></wsdl:operation></wsdl:binding>
<wsdl:service name="S"><wsdl:port name="B" binding="t:B"><soap:address location="http://provider.invalid/"/></wsdl:port></wsdl:service>
</wsdl:definitions>"""  # noqa: E501 (an interface document, as a tool writes it)


class LandProvider:
    """Serves `/rest/thua-dat[/{key}]`, POST too, and SOAP at `/soap`. `seen` is what it was asked, one line each."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        provider = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                provider.seen.append(f"GET {self.path}")
                key = self.path.partition("?")[0].removeprefix("/rest/thua-dat").lstrip("/")
                if not key:
                    return self._json(200, {"items": [sent(row) for row in ROWS], "next": None, "tong": BI_MAT})
                return self._one(key)

            def do_POST(self) -> None:
                text = self.rfile.read(int(self.headers["Content-Length"]))
                provider.seen.append(f"POST {self.path}")
                if self.path == "/soap":
                    return self._soap(ElementTree.fromstring(text))
                return self._json(201, {"SoGCN": "CD99", "NguoiNhan": BI_MAT})

            def _one(self, key: str) -> None:
                if key.startswith("LOI"):
                    return self._json(int(key[3:]), {"code": "L1", "message": TALK, "SoDinhDanh": BI_MAT})
                if key == "CHAM":
                    time.sleep(3)
                if key == "NHAM":
                    return self._send(200, f'{{"SoGCN": "{TALK}"'.encode(), "application/json")
                found = [sent(row) for row in ROWS if row[0] == key]
                return self._json(200, found[0]) if found else self._json(404, {"message": TALK})

            def _soap(self, envelope: ElementTree.Element) -> None:
                asked = envelope[-1][0]
                if asked.tag == f"{{{NS}}}Tim":
                    return self._envelope(
                        f"<t:TimResponse>{''.join(xml('items', row) for row in ROWS)}</t:TimResponse>"
                    )
                key = asked.findtext(f"{{{NS}}}SoGCN") or ""
                if key.startswith("LOI"):
                    said = f"<faultcode>s:Server</faultcode><faultstring>{TALK}</faultstring>"
                    return self._envelope(f"<s:Fault>{said}<detail><t:Loi>{TALK}</t:Loi></detail></s:Fault>", 500)
                found = "".join(xml("Thua", row) for row in ROWS if row[0] == key)
                return self._envelope(f"<t:LayResponse>{found}</t:LayResponse>")

            def _envelope(self, content: str, status: int = 200) -> None:
                text = f'<s:Envelope xmlns:s="{SOAP}" xmlns:t="{NS}"><s:Body>{content}</s:Body></s:Envelope>'
                self._send(status, text.encode(), "text/xml; charset=utf-8")

            def _json(self, status: int, document: object) -> None:
                self._send(status, json.dumps(document, ensure_ascii=False).encode(), "application/json")

            def _send(self, status: int, body: bytes, media_type: str) -> None:
                self.send_response(status, BI_MAT)
                self.send_header("Content-Type", media_type)
                self.send_header("X-Cong-Dan", BI_MAT)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: object, client_address: object) -> None:
                """A gateway that does not wait any longer leaves: that is what some tests are about."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()


def sent(row: tuple[object, ...]) -> dict[str, object]:
    """Return a row as the REST provider sends it: four members that nobody declared, at three depths."""
    whole = parcel(row)
    owner = whole["ChuSoHuu"]
    assert isinstance(owner, dict)
    return whole | {
        "ChuSoHuu": owner | {"KhongKhai": BI_MAT},
        "TaiSan": PARTS,
        "BiMat": BI_MAT,
        "Nhom": {"a": [BI_MAT]},
    }


def xml(name: str, row: tuple[object, ...]) -> str:
    """Return a row as the SOAP provider sends it: with elements that nobody declared in the catalogue."""
    elements = dict(zip((field.rpartition(".")[2] for field in COLUMNS), row, strict=True))
    texts = {tag: _element(tag, value) for tag, value in elements.items()}
    parts = f"<t:TaiSan><t:Ma>A1</t:Ma><t:GiaTri>100</t:GiaTri><t:Them>{BI_MAT}</t:Them></t:TaiSan>"
    owner = f"{texts['HoVaTen']}{texts['SoDinhDanh']}<t:KhongKhai>{BI_MAT}</t:KhongKhai>"
    facts = "".join(texts[tag] for tag in ("DienTich", "SoTang", "CoNha", "NgayCap", "MaXa"))
    return f"<t:{name}>{texts['SoGCN']}<t:ChuSoHuu>{owner}</t:ChuSoHuu>{facts}{parts}</t:{name}>"


def _element(tag: str, value: object) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return "" if value is None else f"<t:{tag}>{escape(text)}</t:{tag}>"
