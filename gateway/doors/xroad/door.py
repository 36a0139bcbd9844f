"""Which requests are X-Road's, and which of its protocols takes each?

The door exists while an agency has an X-Road identifier. Until then its addresses are like any other that nobody knows.
"""

from gateway.doors.asgi import Application, Headers, Receive, Scope, Send, write
from gateway.doors.xroad.answers import JSON, XML
from gateway.doors.xroad.callers import Callers
from gateway.doors.xroad.rest import RestCalls
from gateway.doors.xroad.restmeta import clients_json, clients_xml
from gateway.doors.xroad.soap import SoapCalls
from gateway.doors.xroad.uxp import ContractsByAddress
from gateway.errors import GatewayError
from gateway.parameters import read_query

_REST = b"/r1/"
_CLIENTS = b"/listClients"
_WSDL = b"/wsdl"
_ENDPOINT = b"/xroad-endpoint"
_ROOT = b"/"
_EXACTLY = frozenset({_CLIENTS, _WSDL, _ENDPOINT, _ROOT})


class XRoadDoor:
    """The ASGI application of X-Road's addresses; every other request goes to `otherwise`."""

    def __init__(
        self,
        callers: Callers,
        *,
        rest: RestCalls,
        soap: SoapCalls,
        contracts: ContractsByAddress,
        otherwise: Application,
    ) -> None:
        """Take the protocols, and what answers the rest."""
        self._callers = callers
        self._rest = rest
        self._soap = soap
        self._contracts = contracts
        self._otherwise = otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        path, method = scope["raw_path"], scope["method"]
        if not self.takes(path):
            await self._otherwise(scope, receive, send)
        elif path.startswith(_REST):
            await self._rest(scope, receive, send)
        elif path == _ENDPOINT or (path == _ROOT and method == "POST"):
            await self._soap(scope, receive, send)
        elif path == _CLIENTS and method == "GET":
            await self._list_clients(scope, send)
        elif path == _WSDL and method == "GET":
            await self._contracts(scope, send)
        else:
            await self._otherwise(scope, receive, send)

    def takes(self, path: bytes) -> bool:
        """Tell whether a path is X-Road's, now."""
        return (path.startswith(_REST) or path in _EXACTLY) and self._callers.directory.is_open

    async def _list_clients(self, scope: Scope, send: Send) -> None:
        """Answer PR-META, 2: who the members are is known to all of them."""
        try:
            instance = read_query(scope["query_string"].decode("latin-1")).get("xRoadInstance", "")
        except GatewayError:
            instance = "\x00"  # no instance is called so
        accept = b",".join(value for name, value in scope["headers"] if name == b"accept")
        directory = self._callers.directory
        json = b"application/json" in accept.lower()
        body = clients_json(directory, instance) if json else clients_xml(directory, instance)
        headers: Headers = [(b"content-type", JSON if json else XML), (b"cache-control", b"no-store")]
        await write(send, 200, headers, body)
