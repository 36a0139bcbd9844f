"""What do the metaservices of the message protocol for SOAP answer (PR-META, PR-OPMON)?"""

import gzip
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import orjson
from lxml import etree

from gateway.doors.soap.envelope import Envelope, invalid
from gateway.doors.xroad.contracts import XRoadContracts
from gateway.doors.xroad.monitoring import monitoring_records, own_grant_keys
from gateway.doors.xroad.names import MONITORING_NS, XROAD_NS, identifier_xml
from gateway.doors.xroad.soapanswers import around
from gateway.doors.xroad.soapheaders import SoapHeader
from gateway.doors.xroad.soapoffers import SoapOffers
from gateway.errors import FaultFound, PathUnknown, RequestInvalid
from gateway.exchange import Exchange
from gateway.snapshot import Snapshot
from gateway.states import Identified
from gateway.xroaddirectory import XRoadDirectory
from security.audit.calls import admitted_calls
from security.audit.record import Decision, Entry, Kind, Who
from security.audit.streams import StoreFailed
from security.errors import RecordUnavailable

MONITORING: Final = "getSecurityServerOperationalData"
SOAP_METASERVICES: Final = frozenset({"listMethods", "allowedMethods", "getWsdl", MONITORING})
_XROAD: Final = f"{{{XROAD_NS}}}"
_MONITORING: Final = f"{{{MONITORING_NS}}}"
_MOST_RECORDS: Final = 1000
_ATTACHMENT: Final = "operational-monitoring-data.json.gz"


@dataclass(frozen=True, slots=True)
class Message:
    """The answer of a metaservice."""

    body: bytes
    media_type: bytes = b"text/xml;charset=utf-8"


class SoapMetaservices:
    """Answers metaservices to a caller who has proven himself."""

    def __init__(self, exchange: Exchange, offers: SoapOffers, contracts: XRoadContracts, *, database_url: str) -> None:
        """`database_url` is where the record stands, of which a caller may see his own calls."""
        self._exchange = exchange
        self._offers = offers
        self._contracts = contracts
        self._database_url = database_url

    async def answer(self, identified: Identified, envelope: Envelope, header: SoapHeader) -> Message:
        """Return what the metaservice `header.service` answers. Raises a GatewayError or RecordUnavailable."""
        content = envelope.content
        namespace = _MONITORING if header.service == MONITORING else _XROAD
        if content is None or content.tag != f"{namespace}{header.service}":
            raise invalid("phần tử trong Body phải trùng với mã dịch vụ", "must be the metaservice's element", "body")
        if header.service == MONITORING:
            return await self._monitoring(identified, envelope, header, content)
        database = identified.snapshot.xroad.databases.get(header.provider)
        if database is None:
            raise PathUnknown
        if header.service == "getWsdl":
            return self._wsdl(identified, envelope, content, database=database)
        return self._methods(identified, envelope, header, database=database)

    def _methods(self, identified: Identified, envelope: Envelope, header: SoapHeader, *, database: str) -> Message:
        system = identified.caller.system.code if header.service == "allowedMethods" else ""
        offers = self._offers.of(identified.snapshot, database, system=system, now=identified.received.at)
        listed = "".join(
            identifier_xml("xroad:service", "SERVICE", header.provider, service=one.code, version=one.version)
            for one in offers
        )
        name = f"xroad:{header.service}Response"
        return Message(around(envelope, identified.received.body).envelope(f"<{name}>{listed}</{name}>"))

    def _wsdl(self, identified: Identified, envelope: Envelope, content: etree._Element, *, database: str) -> Message:
        code, version = _text(content, f"{_XROAD}serviceCode"), _text(content, f"{_XROAD}serviceVersion")
        if not code:
            raise invalid("thiếu serviceCode", "the serviceCode is missing", "body/serviceCode")
        wsdl = self.wsdl(identified.snapshot, database, code=code, version=version, now=identified.received.at)
        said = "".join(
            etree.tostring(child, encoding="unicode", with_tail=False)
            for child in content
            if child.tag in (f"{_XROAD}serviceCode", f"{_XROAD}serviceVersion")
        )
        body = f"<xroad:getWsdlResponse>{said}</xroad:getWsdlResponse>"
        message = around(envelope, identified.received.body).envelope(body)
        return _multipart(message, wsdl, b"content-type:text/xml\r\n")

    def wsdl(self, snapshot: Snapshot, database: str, *, code: str, version: str, now: datetime) -> bytes:
        """Return the newest WSDL that has the operation. Raises PathUnknown, RequestInvalid for one of several."""
        offers = self._offers.named(snapshot, database, code=code, version=version, now=now)
        if len(codes := sorted({one.names[1] for one in offers})) > 1:
            names = ", ".join(codes)[:300]
            vi, en = f"nhiều dịch vụ có thao tác này: {names}", f"several services have this operation: {names}"
            raise RequestInvalid([FaultFound("serviceCode", vi, en)])
        return self._contracts.of(offers[-1].face)

    async def _monitoring(
        self, identified: Identified, envelope: Envelope, header: SoapHeader, content: etree._Element
    ) -> Message:
        directory: XRoadDirectory = identified.snapshot.xroad
        if header.provider.member not in {one.id for one in directory.listed}:
            raise PathUnknown
        criteria = content.find(f"{_MONITORING}searchCriteria")
        if criteria is None:
            raise invalid("thiếu searchCriteria", "the searchCriteria are missing", "body/searchCriteria")
        since, until = (_moment(criteria, name) for name in ("recordsFrom", "recordsTo"))
        await self._note(identified)
        try:
            calls = await admitted_calls(
                self._database_url,
                own_grant_keys(identified),
                since=since,
                until=until + timedelta(seconds=1),
                limit=_MOST_RECORDS + 1,
            )
        except StoreFailed as error:
            raise RecordUnavailable("the record cannot be read") from error
        wanted = [part.text or "" for part in content.iterfind(f"{_MONITORING}outputSpec/{_MONITORING}outputField")]
        records = monitoring_records(calls[:_MOST_RECORDS], identified, client=header.client, wanted=wanted)
        more = calls[_MOST_RECORDS].at_us // 1_000_000 if len(calls) > _MOST_RECORDS else None
        body = _monitoring_body(len(records), more)
        message = around(envelope, identified.received.body).envelope(body)
        head = f"content-type:application/gzip\r\ncontent-transfer-encoding: binary\r\ncontent-id: <{_ATTACHMENT}>\r\n"
        return _multipart(message, gzip.compress(orjson.dumps({"records": records}), mtime=0), head.encode())

    async def _note(self, identified: Identified) -> None:
        """Write down who reads the record, before anything of it is shown. Raises RecordUnavailable."""
        caller = identified.caller
        await self._exchange.record.append(
            Entry(
                kind=Kind.READ,
                exchange_id=identified.received.exchange_id,
                at=identified.received.at,
                who=Who(
                    client=caller.system.code,
                    system=caller.system.code,
                    agency=caller.system.agency,
                    method=caller.method,
                    source=identified.received.source,
                ),
                decision=Decision(allowed=True),
                notes={"about": MONITORING},
            )
        )


def _monitoring_body(count: int, more: int | None) -> str:
    following = "" if more is None else f"<om:nextRecordsFrom>{more}</om:nextRecordsFrom>"
    name = f"om:{MONITORING}Response"
    return (
        f'<{name} xmlns:om="{MONITORING_NS}"><om:recordsCount>{count}</om:recordsCount>'
        f"<om:records>cid:{_ATTACHMENT}</om:records>{following}</{name}>"
    )


def _multipart(message: bytes, attachment: bytes, head: bytes) -> Message:
    """Return a message with one attachment (PR-MESS, 2.4). The boundary begins as X-Road's clients expect it."""
    boundary = f"xroad{secrets.token_hex(16)}".encode()
    body = b"".join(
        (
            b"--", boundary, b"\r\ncontent-type:text/xml\r\n\r\n", message, b"\r\n",
            b"--", boundary, b"\r\n", head, b"\r\n", attachment, b"\r\n",
            b"--", boundary, b"--\r\n",
        )
    )  # fmt: skip
    return Message(body, b'multipart/related; type="text/xml"; charset=UTF-8; boundary=' + boundary)


def _text(content: etree._Element, tag: str) -> str:
    return (content.findtext(tag) or "").strip()


def _moment(criteria: etree._Element, name: str) -> datetime:
    text = _text(criteria, f"{_MONITORING}{name}")
    if not text.isascii() or not text.isdigit() or len(text) > 11:
        raise invalid("phải là số giây từ năm 1970", "must be seconds since 1970", f"body/searchCriteria/{name}")
    return datetime.fromtimestamp(int(text), UTC)
