"""Which WSDL does `GET /wsdl?xRoadInstance=…&serviceCode=…` name, as UXP's clients ask?

Public while the door is open, as the catalogue and the SOAP door's contracts are.
"""

from gateway.doors.arrival import Arrivals
from gateway.doors.asgi import Headers, Scope, Send, write
from gateway.doors.xroad.answers import XML, Echo, RestRendition, head_of
from gateway.doors.xroad.soapmeta import SoapMetaservices
from gateway.errors import FaultFound, GatewayError, PathUnknown, RequestInvalid
from gateway.exchange import Exchange, clock
from gateway.parameters import read_query
from gateway.states import Door
from gateway.xroaddirectory import XRoadId

_NEEDED = ("xRoadInstance", "memberClass", "memberCode", "serviceCode")
_KNOWN = frozenset((*_NEEDED, "subsystemCode", "version", "serviceVersion"))


class ContractsByAddress:
    """Answers `/wsdl`."""

    def __init__(self, exchange: Exchange, arrivals: Arrivals, metaservices: SoapMetaservices) -> None:
        """Hand refusals to `exchange`, which records them."""
        self._exchange = exchange
        self._arrivals = arrivals
        self._metaservices = metaservices

    async def __call__(self, scope: Scope, send: Send) -> None:
        """Answer one GET."""
        rendition = RestRendition(xml=False)
        arrived = self._arrivals.arrive_by(scope, door=Door.XROAD, rendition=rendition)
        try:
            document = self._document(arrived.raw_query)
        except GatewayError as error:
            end = await self._exchange.refuse(arrived, error)
            status, headers = head_of(end, Echo(), refused_type=rendition.media_type)
            await write(send, status, headers, end.body)
            return
        described: Headers = [(b"content-type", XML), (b"cache-control", b"no-store")]
        await write(send, 200, described, document)

    def _document(self, raw_query: str) -> bytes:
        """Return the WSDL. Raises RequestInvalid and PathUnknown."""
        query = read_query(raw_query)
        missing = [name for name in _NEEDED if not query.get(name)]
        faults = [FaultFound(name, "thiếu tham số", "the parameter is missing") for name in missing]
        if unknown := query.keys() - _KNOWN:
            names = ", ".join(sorted(unknown))[:200]
            faults.append(FaultFound("query", f"tham số lạ: {names}", f"unknown parameters: {names}"))
        if faults:
            raise RequestInvalid(faults)
        snapshot = self._exchange.policy.current
        parts = (query.get(name, "") for name in ("xRoadInstance", "memberClass", "memberCode", "subsystemCode"))
        database = snapshot.xroad.databases.get(XRoadId(*parts))
        if database is None:
            raise PathUnknown
        version = query.get("version", query.get("serviceVersion", ""))
        return self._metaservices.wsdl(snapshot, database, code=query["serviceCode"], version=version, now=clock())
