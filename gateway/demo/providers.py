"""Who answers as the provinces' REST and SOAP providers? One process, one port, loopback only."""

import socket
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.demo.contents import RECORDS
from gateway.demo.creation import read_mark
from gateway.demo.databases import DATABASES, SANDBOX, giaothong, tuphap, yte
from gateway.demo.databases.form import Technology
from gateway.demo.identity import MOUNT as IDENTITY_MOUNT
from gateway.demo.identity import IdentitySimulator, people_to_be, secret_file
from gateway.demo.nation import MOUNT as NATIONAL_MOUNT
from gateway.demo.nation import simulators
from gateway.demo.proofs import Doorkeeper, read_secrets
from gateway.demo.province import make_province
from gateway.demo.restprovider import Inbox, RestProvider
from gateway.demo.soapprovider import Select, SoapProvider
from gateway.demo.trials import CUT, Trials
from gateway.demo.web import (
    App,
    Receive,
    Reply,
    Request,
    Scope,
    Send,
    error_reply,
    json_reply,
    read_request,
    send_reply,
)

HOST = "127.0.0.1"
_SELECTS: Mapping[str, Select] = {"giaothong": giaothong.select, "yte": yte.select, "tuphap": tuphap.select}


class DemoMissing(RuntimeError):
    """There is no whole demo in the directory: `create_demo` first."""


class ProviderApp:
    """The ASGI application of all providers below `/{database}`, `/soap/{database}` and `/national/{service}`.

    Below `/dinh-danh` citizens sign in (`gateway/demo/identity.py`).
    """

    def __init__(self, directory: Path, *, port: int) -> None:
        """Read secrets and generate the records; `port` is where it will be asked. Raises `DemoMissing`."""
        mark = read_mark(directory)
        if mark is None:
            raise DemoMissing(f"no demo in {directory}")
        province = make_province(mark.seed)
        self._national: App = simulators(directory, f"http://{HOST}:{port}")(province)
        self._answers: dict[str, Callable[[Request], Reply]] = {}
        identity = IdentitySimulator(
            people_to_be(directory, province),
            issuer=f"http://{HOST}:{port}{IDENTITY_MOUNT}",
            client_secret=secret_file(directory).read_text(encoding="ascii").strip(),
        )
        self._answers[IDENTITY_MOUNT] = identity.answer
        (directory / "state").mkdir(exist_ok=True)
        inbox = Inbox(directory / "state" / "pakn.sqlite")
        self._trials = Trials(directory / "state" / "thunghiem.sqlite")
        for database in (one for one in DATABASES if one.code in RECORDS):
            door = Doorkeeper(database.proof, read_secrets(directory, database))
            records = RECORDS[database.code](province)
            if database.technology is Technology.SOAP:
                self._answers[database.mount] = SoapProvider(
                    database, records, _SELECTS[database.code], door=door
                ).answer
            else:
                rest = RestProvider(database, records, inbox=inbox if database.code == "pakn" else None)
                self._answers[database.mount] = _guarded(rest, door)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or the server's start and stop."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        path = str(scope["path"])
        if path.startswith(f"{NATIONAL_MOUNT}/"):
            await self._national(_below(scope, NATIONAL_MOUNT), receive, send)
            return
        mount = next((one for one in (*self._answers, SANDBOX.mount) if path == one or path.startswith(f"{one}/")), "")
        request = await read_request(scope, receive, below=mount)
        if request is None:
            await send_reply(send, error_reply(413, "QUA_LON", "Yêu cầu quá lớn."))
        elif not mount:
            await send_reply(send, error_reply(404, "KHONG_CO", "Không có dịch vụ này."))
        elif request.method == "GET" and request.path == "/health":
            await send_reply(send, json_reply({"status": "ok"}))
        elif mount == SANDBOX.mount:
            await self._trials.answer(request, scope, receive, send)
        else:
            await send_reply(send, self._answers[mount](request))


def _guarded(provider: RestProvider, door: Doorkeeper) -> Callable[[Request], Reply]:
    """Let in who has a token, or asks for one."""

    def answer(request: Request) -> Reply:
        if request.method == "POST" and request.path == "/token":
            return door.issue_token(request)
        if not door.admits(request):
            return error_reply(401, "XAC_THUC", "Sai thông tin xác thực.")
        return provider.answer(request, now=datetime.now(UTC))

    return answer


def _below(scope: Scope, mount: str) -> Scope:
    """The scope of an application that is mounted at `mount`."""
    raw = scope.get("raw_path")
    inner: Scope = {**scope, "path": str(scope["path"]).removeprefix(mount)}
    if isinstance(raw, bytes):
        inner["raw_path"] = raw.removeprefix(mount.encode())
    return inner


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


class CuttingProtocol(HttpToolsProtocol):
    """Lets an application cut the connection without a byte of an answer: no server does that by itself."""

    def on_headers_complete(self) -> None:
        """Give the application the transport's own way out."""
        self.scope["extensions"] = {CUT: {CUT: self.transport.abort}}
        super().on_headers_complete()


def provider_server(app: App) -> uvicorn.Server:
    """The server for the providers' application, not yet started; give it a socket or let it bind."""
    return uvicorn.Server(
        uvicorn.Config(app, host=HOST, http=CuttingProtocol, log_level="warning", access_log=False, ws="none")
    )


def run_providers(directory: Path, port: int) -> None:
    """Serve all providers of the demo in `directory` until SIGINT or SIGTERM. Raises `DemoMissing`, `OSError`."""
    with socket.create_server((HOST, port)) as listening:
        provider_server(ProviderApp(directory, port=port)).run(sockets=[listening])
