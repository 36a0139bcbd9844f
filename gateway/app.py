"""What is built, and what is handed to whom?

The only place that builds things: the rest of the code receives them. `Gateway` is the ASGI application that the
server runs: calls of data go straight to their door, everything else to the control application.
"""

import ctypes
import gc
import signal
import sys
from collections.abc import Callable, Sequence

import uvicorn

from gateway.control import control_application
from gateway.doors.arrival import Arrivals
from gateway.doors.asgi import Application, Receive, Scope, Send
from gateway.doors.axis import AxisDoor
from gateway.doors.rest import RestDoor, is_malformed
from gateway.doors.soap.door import SoapDoor
from gateway.doors.soap.faces import Faces
from gateway.doors.xroad.callers import Callers
from gateway.doors.xroad.contracts import XRoadContracts
from gateway.doors.xroad.door import XRoadDoor
from gateway.doors.xroad.rest import RestCalls
from gateway.doors.xroad.restmeta import RestMetaservices
from gateway.doors.xroad.soap import SoapCalls
from gateway.doors.xroad.soapmeta import SoapMetaservices
from gateway.doors.xroad.soapoffers import SoapOffers
from gateway.doors.xroad.uxp import ContractsByAddress
from gateway.lane import laned_protocol
from gateway.node import Node, open_node
from gateway.settings import Settings

_REST_PREFIX = b"/x/"
_BACKLOG = 2048
_KEEP_ALIVE_SECONDS = 75
_GRACE_SECONDS = 30
_M_ARENA_MAX = -8  # malloc.h
_COLLECT_AFTER = 10_000


class Gateway:
    """Decides which door a request takes, by the beginning of its path. A malformed one takes none."""

    def __init__(
        self,
        *,
        rest: RestDoor,
        doors: Sequence[tuple[bytes, Application]],
        control: Application,
        takes_absolute: Callable[[bytes], bool],
    ) -> None:
        """Take the doors: `rest` before the others, `control` for everything that is no exchange.

        `takes_absolute` says of a path whether it may be asked for in absolute form.
        """
        self.rest = rest
        self.takes_absolute = takes_absolute
        self._doors: tuple[tuple[bytes, Application], ...] = ((_REST_PREFIX, rest), *doors)
        self._control = control

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if is_malformed(scope):
            await self.rest.refuse_malformed(scope, send)
            return
        path = scope["raw_path"]
        found = next((door for prefix, door in self._doors if path.startswith(prefix)), self._control)
        await self.rest.sheltered(found, scope, receive, send)


def gateway_application(node: Node) -> Gateway:
    """Return the application of a node."""
    settings = node.settings
    arrivals = Arrivals(deadline_seconds=settings.exchange_deadline_seconds, most_body_bytes=settings.max_request_bytes)
    xroad = xroad_door(node, arrivals, otherwise=control_application(node))
    axis = AxisDoor(node.exchange, arrivals, prover=node.prover, prefix=settings.axis_prefix, otherwise=xroad)
    return Gateway(
        rest=RestDoor(node.exchange, arrivals),
        doors=((b"/soap/", soap_door(node, arrivals)),),
        control=axis,
        takes_absolute=xroad.takes,
    )


def xroad_door(node: Node, arrivals: Arrivals, *, otherwise: Application) -> XRoadDoor:
    """Return the door of X-Road, before what answers where it does not exist."""
    settings = node.settings
    callers, offers = Callers(node.exchange, node.prover), SoapOffers(Faces())
    rest = RestCalls(
        node.exchange, arrivals, callers=callers, metaservices=RestMetaservices(settings.issuer, node.zone)
    )
    described = SoapMetaservices(
        node.exchange, offers, XRoadContracts(public_url=settings.issuer), database_url=settings.database_url
    )
    soap = SoapCalls(
        node.exchange,
        arrivals,
        callers=callers,
        offers=offers,
        metaservices=described,
        max_envelope_bytes=settings.max_envelope_bytes,
    )
    contracts = ContractsByAddress(node.exchange, arrivals, described)
    return XRoadDoor(callers, rest=rest, soap=soap, contracts=contracts, otherwise=otherwise)


def soap_door(node: Node, arrivals: Arrivals) -> SoapDoor:
    """Return the door of SOAP."""
    return SoapDoor(
        node.exchange,
        arrivals,
        prover=node.prover,
        faces=Faces(),
        max_envelope_bytes=node.settings.max_envelope_bytes,
        max_part_bytes=node.settings.max_json_bytes,
    )


async def serve(settings: Settings) -> None:
    """Run a node until it is told to stop (SIGINT, SIGTERM). Raises StartRefused."""
    _prepare_interpreter()
    async with open_node(settings) as node:
        application = gateway_application(node)
        _freeze_what_stays()
        server = uvicorn.Server(
            uvicorn.Config(
                application,
                host=settings.host,
                port=settings.port,
                http=laned_protocol(application.rest, takes_absolute=application.takes_absolute),
                ws="none",
                lifespan="off",
                access_log=False,
                log_config=None,
                server_header=False,
                proxy_headers=False,
                backlog=_BACKLOG,
                timeout_keep_alive=_KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=_GRACE_SECONDS,
            )
        )
        node.log.info("gateway.starting", host=settings.host, port=settings.port, policy=node.policy.current.revision)
        for number in (signal.SIGINT, signal.SIGTERM):
            # uvicorn restores what it finds here and raises the signal again when it has stopped: the usual handler
            # would then end the process before the record is closed.
            signal.signal(number, server.handle_exit)
        await server.serve()
    gc.unfreeze()  # libraries that look for what was not given back find it all, and say nothing


def _prepare_interpreter() -> None:
    # The threads of SQL and file providers and the loop hand the interpreter to each other; the usual 5 ms of patience
    # is longer than what they are asked for takes.
    sys.setswitchinterval(0.0005)
    # glibc gives each thread a heap of its own and returns little of it: with a thread or two per provider that is a
    # third of the process. Another C library has no such call, and no such heaps.
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, 2)


def _freeze_what_stays() -> None:
    # What start-up made lives as long as the process: the collector need not look at it again.
    gc.collect()
    gc.freeze()
    # What reading the policy and loading files took meanwhile goes back to the system.
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
    # The values of an exchange hold no cycles and die with it: looking for some after every 700 finds nothing.
    gc.set_threshold(_COLLECT_AFTER, 20, 20)
