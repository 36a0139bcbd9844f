"""How is a real ASGI provider run on loopback for one test, with a count of what reached it?"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

import uvicorn
from uvicorn.server import ServerState

from gateway.demo.national.http import AsgiApp, Receive, Scope, Send


class OpenEgress:
    """Lets every address through, as it is."""

    async def resolve(self, host: str, port: int) -> Sequence[tuple[str, int]]:
        return [(host, port)]


@dataclass(slots=True)
class Counted:
    """An application, and the paths at which it was asked."""

    app: AsgiApp
    asked: list[str] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self.asked.append(scope["path"])
        await self.app(scope, receive, send)


@asynccontextmanager
async def serve(app: AsgiApp, port: int) -> AsyncIterator[str]:
    """Run `app` behind uvicorn's protocol on `port` and yield its address.

    Not as `uvicorn.Server`, which takes a fifth of a second to stop: hundreds of tests start and stop one.
    """
    config = uvicorn.Config(app, log_level="error", lifespan="off")
    config.load()
    state = ServerState()
    protocol = partial(config.http_protocol_class, config=config, server_state=state, app_state={})
    listening = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", port)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        listening.close()
        for connection in list(state.connections):
            connection.shutdown()
        if state.tasks:
            await asyncio.wait(state.tasks)
        await asyncio.sleep(0)  # its connections are closed in the loop's next turn
