"""How is a real ASGI provider run on loopback for one test, with a count of what reached it?"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import uvicorn

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
    """Run `app` with uvicorn on `port` and yield its address."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", lifespan="off"))
    task = asyncio.create_task(server.serve())
    try:
        while not server.started:
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task
