"""What is built, and what is handed to whom?

The only place that builds things: the rest of the code receives them. `Gateway` is the ASGI application that the
server runs: calls of data go straight to their door, everything else to the control application.
"""

import ctypes
import gc
import signal
import sys

import uvicorn

from gateway.control import control_application
from gateway.doors.asgi import Application, Receive, Scope, Send
from gateway.doors.rest import RestDoor, is_malformed
from gateway.lane import laned_protocol
from gateway.node import Node, open_node
from gateway.settings import Settings

_REST_PREFIX = b"/x/"
_BACKLOG = 2048
_KEEP_ALIVE_SECONDS = 75
_GRACE_SECONDS = 30
_M_ARENA_MAX = -8  # malloc.h


class Gateway:
    """Decides which door a request takes. A malformed one takes none."""

    def __init__(self, *, rest: RestDoor, control: Application) -> None:
        """Take the doors."""
        self.rest = rest
        self._control = control

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if is_malformed(scope):
            await self.rest.refuse_malformed(scope, send)
        elif scope["raw_path"].startswith(_REST_PREFIX):
            await self.rest(scope, receive, send)
        else:
            await self._control(scope, receive, send)


def gateway_application(node: Node) -> Gateway:
    """Return the application of a node."""
    settings = node.settings
    rest = RestDoor(
        node.exchange,
        deadline_seconds=settings.exchange_deadline_seconds,
        most_body_bytes=settings.max_request_bytes,
    )
    return Gateway(rest=rest, control=control_application(node))


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
                http=laned_protocol(application.rest),
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


def _prepare_interpreter() -> None:
    # The record's writer thread and the loop hand the interpreter to each other for every commit; the usual 5 ms of
    # patience is longer than a commit takes.
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
