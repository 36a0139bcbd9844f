"""What must be in a catalogue to measure the SOAP path, and what is sent and answered there?

The same person as in `seed`: a SOAP service behind the REST door, and a table behind the SOAP door.
"""

import asyncio

import asyncpg
import msgspec
import orjson
import seed

from adapters.soap.plan import compile_operations
from catalog.descriptions import (
    FieldClass,
    FieldDescription,
    FieldType,
    OperationDescription,
    ParameterDescription,
    Place,
    ProviderDescription,
    ServiceDescription,
)

NAMESPACE = "urn:bench"
ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_SIMPLE = ("SoDinhDanh", "HoVaTen", "NgaySinh", "MaDVHC", "DanToc", "TonGiao", "NoiOHienTai")
_PAPER = ("Loai", "So", "GhiChu")


def _element(name: str, occurs: str = "") -> str:
    return f'<xs:element name="{name}" type="xs:string"{occurs}/>'


WSDL = f"""<?xml version="1.0" encoding="utf-8"?>
<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
  xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="{NAMESPACE}" targetNamespace="{NAMESPACE}" name="People">
 <wsdl:types><xs:schema targetNamespace="{NAMESPACE}" elementFormDefault="qualified">
  <xs:element name="GetPerson"><xs:complexType><xs:sequence>{_element("SoDinhDanh")}</xs:sequence></xs:complexType>
  </xs:element>
  <xs:element name="GetPersonResponse"><xs:complexType><xs:sequence>
   {"".join(_element(name, ' minOccurs="0"') for name in _SIMPLE)}
   <xs:element name="GiayTo" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:sequence>
    {"".join(_element(name, ' minOccurs="0"') for name in _PAPER)}
   </xs:sequence></xs:complexType></xs:element>
  </xs:sequence></xs:complexType></xs:element></xs:schema></wsdl:types>
 <wsdl:message name="In"><wsdl:part name="parameters" element="t:GetPerson"/></wsdl:message>
 <wsdl:message name="Out"><wsdl:part name="parameters" element="t:GetPersonResponse"/></wsdl:message>
 <wsdl:portType name="Port"><wsdl:operation name="GetPerson"><wsdl:input message="t:In"/>
  <wsdl:output message="t:Out"/></wsdl:operation></wsdl:portType>
 <wsdl:binding name="Binding" type="t:Port"><soap:binding transport="http://schemas.xmlsoap.org/soap/http"/>
  <wsdl:operation name="GetPerson"><soap:operation soapAction="{NAMESPACE}/GetPerson"/>
   <wsdl:input><soap:body use="literal"/></wsdl:input><wsdl:output><soap:body use="literal"/></wsdl:output>
  </wsdl:operation></wsdl:binding>
 <wsdl:service name="People"><wsdl:port name="Port" binding="t:Binding">
  <soap:address location="http://127.0.0.1/"/></wsdl:port></wsdl:service>
</wsdl:definitions>"""


def soap_answer() -> bytes:
    """Return the SOAP provider's answer: the JSON provider's, in an envelope."""
    person = orjson.loads(seed.provider_answer())
    papers = "".join(
        f"<GiayTo>{''.join(f'<{name}>{paper[name]}</{name}>' for name in _PAPER)}</GiayTo>"
        for paper in person["GiayTo"]
    )
    simple = "".join(f"<{name}>{person[name]}</{name}>" for name in _SIMPLE)
    return (
        f'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="{ENVELOPE}"><s:Body>'
        f'<GetPersonResponse xmlns="{NAMESPACE}">{simple}{papers}</GetPersonResponse></s:Body></s:Envelope>'
    ).encode()


def soap_service() -> ServiceDescription:
    """Return the service that asks the SOAP provider."""
    plan = compile_operations(WSDL.encode(), {})["GetPerson"]
    return _service("people-soap", "bench-soap", fields=(*seed.AGREED, *seed.WITHHELD), binding={"plan": plan})


def table_service() -> ServiceDescription:
    """Return the service that asks the table."""
    columns = {name: {"column": name.lower(), "type": "string"} for name in _SIMPLE}
    binding = {"kind": "get", "table": "people", "key": ["sodinhdanh"], "columns": columns}
    return _service("people-sql", "bench-sql", fields=_SIMPLE, binding=binding)


def table_grant() -> tuple[str, ...]:
    """Return the fields of the table that are agreed."""
    return tuple(name for name in _SIMPLE if name in seed.AGREED)


def request_to_table() -> bytes:
    """Return the SOAP 1.1 request for one row, in the generated contract of `table_service`."""
    namespace = "urn:lienthong:bench:people-sql:v1"
    return (
        f'<s:Envelope xmlns:s="{ENVELOPE}"><s:Body><get xmlns="{namespace}">'
        f"<SoDinhDanh>{seed.SUBJECT}</SoDinhDanh></get></s:Body></s:Envelope>"
    ).encode()


def fill_table(postgres_url: str) -> None:
    """Make the table that the SQL provider holds, with a thousand people and the one who is asked for."""
    asyncio.run(_fill(postgres_url))


async def _fill(postgres_url: str) -> None:
    person = orjson.loads(seed.provider_answer())
    rows = [
        tuple(f"{int(seed.SUBJECT) + n:012}" if name == "SoDinhDanh" else person[name] for name in _SIMPLE)
        for n in range(1001)
    ]
    connection = await asyncpg.connect(postgres_url)
    try:
        columns = ", ".join(f"{name.lower()} text{' primary key' if name == 'SoDinhDanh' else ''}" for name in _SIMPLE)
        await connection.execute(f"CREATE TABLE people ({columns})")
        await connection.copy_records_to_table("people", records=rows)
    finally:
        await connection.close()


def offers(*, soap_port: int, postgres_url: str) -> tuple[seed.Offer, ...]:
    """Return both services: the SOAP provider on a port of this machine, the table on a PostgreSQL."""
    made = []
    for code, adapter, endpoint, service, agreed in (
        ("bench-soap", "soap", f"http://127.0.0.1:{soap_port}/soap", soap_service(), seed.AGREED),
        ("bench-sql", "sql", postgres_url, table_service(), table_grant()),
    ):
        provider = ProviderDescription(
            code=code, agency=seed.OWNER, adapter=adapter, endpoint=endpoint, max_concurrency=256
        )
        made.append(seed.Offer(provider, service, agreed))
    return tuple(made)


def _service(code: str, provider: str, *, fields: tuple[str, ...], binding: dict[str, object]) -> ServiceDescription:
    number = ParameterDescription(
        name="SoDinhDanh", place=Place.PATH, type=FieldType.STRING, required=True, format="so-dinh-danh"
    )
    operation = OperationDescription(
        code="get",
        method="GET",
        path="/people/{SoDinhDanh}",
        title_vi="Tra một người",
        parameters=(number,),
        fields=tuple(
            FieldDescription(path=path, type=FieldType.STRING, class_=FieldClass.PERSONAL, title_vi=path)
            for path in fields
        ),
        subjects=("parameter:SoDinhDanh",),
        binding=msgspec.Raw(msgspec.json.encode(binding)),
    )
    return ServiceDescription(
        database="bench", code=code, version=1, title_vi="Đo hiệu năng", provider=provider, operations=(operation,)
    )
