"""How does a test get a whole gateway: a real process, a small province, one agreement, a real provider, a caller?"""

import hashlib
import json
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx2
import msgspec
from nursery import Child, nursery, plain_environment
from servers import accepts, free_port

from catalog import agencies, agreements, databases, providers, purposes, services, systems
from catalog.changes import Actor
from catalog.descriptions import (
    AgencyDescription,
    DatabaseDescription,
    FieldDescription,
    OperationDescription,
    ParameterDescription,
    ProviderDescription,
    PurposeDescription,
    ServiceDescription,
    SystemDescription,
)
from catalog.states import Side
from catalog.terms import AgreementTerms, GrantTerms, LegalBasis, Rate
from gateway.db import Database

PROVIDER_AGENCY, CONSUMER_AGENCY = "000.00.02.H32", "000.00.01.H32"
AGREEMENT, SYSTEM, SECRET = "TT-1", "motcua", "s" * 43
PARCEL = "/x/datdai/thua-dat/v1/thua-dat/{}"
PARCELS = "/x/datdai/thua-dat/v1/thua-dat"
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For clients of HTTP: each would else read every certificate authority anew, forty milliseconds a call."""
START_PATIENCE_SECONDS = 120.0
"""How long a gateway may take to start where everything else runs too; a start that fails is seen at once."""
READER, WRITER = (
    Actor("nguoi-xin", datetime(2026, 1, 1, tzinfo=UTC)),
    Actor("nguoi-duyet", datetime(2026, 1, 1, tzinfo=UTC)),
)


def parcel(key: str) -> dict[str, object]:
    """What the provider sends of one parcel: more than the agreement releases, and more than anybody declared."""
    return {
        "SoGCN": key,
        "ChuSoHuu": {"HoVaTen": "Nguyễn Văn Thử", "SoDinhDanh": "056099000001", "DienThoai": "0900000000"},
        "DienTich": 120.5,
        "TaiSan": [{"Ma": "A1", "GiaTri": 100}, {"Ma": "A2", "GiaTri": 200}],
        "NoiBo": {"GhiChu": "không ai khai báo"},
    }


class RestProvider:
    """A real HTTP provider of parcels. `before_answer` runs in it for each call, with the call's Exchange-Id."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.before_answer: Callable[[str], None] = lambda _: None
        provider = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                key = self.path.split("?")[0].rsplit("/", 1)[-1]
                rows = [parcel(f"CD{number}") | {"MaDVHC": str(22000 + number)} for number in range(3)]
                self._answer({"items": rows, "next": None, "tong": 3} if key == "thua-dat" else parcel(key))

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self._answer({"SoGCN": "CD-MOI"})

            def _answer(self, document: dict[str, object]) -> None:
                provider.calls.append(f"{self.command} {self.path}")
                provider.before_answer(self.headers.get("Exchange-Id", ""))
                body = json.dumps(document, ensure_ascii=False).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, request: object, client_address: object) -> None:
                """A gateway that was killed leaves connections behind: that is what some tests are about."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()


def declared(
    path: str, kind: str = "string", *, structural: bool = False, sensitivity: str = "internal"
) -> FieldDescription:
    """Describe a field of an answer."""
    return msgspec.convert(
        {"path": path, "type": kind, "class": sensitivity, "title_vi": path, "structural": structural}, FieldDescription
    )


def parcel_service() -> ServiceDescription:
    """Describe the service: one parcel by its number, all of them, and a new one."""
    number = msgspec.convert(
        {"name": "SoGCN", "place": "path", "type": "string", "required": True, "pattern": "[A-Z]{2}[0-9A-Z-]{1,12}"},
        ParameterDescription,
    )
    owner = msgspec.convert(
        {"name": "SoDinhDanh", "place": "query", "type": "string", "format": "so-dinh-danh"}, ParameterDescription
    )
    one = (
        declared("SoGCN"),
        declared("ChuSoHuu.HoVaTen", sensitivity="personal"),
        declared("ChuSoHuu.SoDinhDanh", sensitivity="personal"),
        declared("ChuSoHuu.DienThoai", sensitivity="personal"),
        declared("DienTich", "number"),
        declared("TaiSan[].Ma"),
        declared("TaiSan[].GiaTri", "integer"),
        declared("MaDVHC"),
    )
    many = tuple(msgspec.structs.replace(leaf, path=f"items[].{leaf.path}") for leaf in one)
    operations = (
        OperationDescription(
            code="get", method="GET", path="/thua-dat/{SoGCN}", title_vi="Một thửa đất", parameters=(number,),
            fields=one,
            subjects=("answer:ChuSoHuu.SoDinhDanh",),
            binding=msgspec.Raw(b'{"method":"GET","path":"/thua-dat/{SoGCN}"}'),
        ),
        OperationDescription(
            code="list", method="GET", path="/thua-dat", title_vi="Các thửa đất", parameters=(owner,), rows="items[]",
            fields=(*many, declared("next", structural=True)), subjects=("parameter:SoDinhDanh",),
            binding=msgspec.Raw(b'{"method":"GET","path":"/thua-dat","query":{"chu":"{SoDinhDanh}"}}'),
        ),
        OperationDescription(
            code="create", method="POST", path="/thua-dat", title_vi="Thêm một thửa đất", safe=False,
            fields=(declared("SoGCN"),),
            body_schema=msgspec.Raw(
                b'{"type":"object","properties":{"DienTich":{"type":"number"}},"required":["DienTich"],'
                b'"additionalProperties":false}'
            ),
            binding=msgspec.Raw(b'{"method":"POST","path":"/thua-dat","send_body":true}'),
        ),
    )  # fmt: skip
    return ServiceDescription(
        database="datdai", code="thua-dat", version=1, title_vi="Thửa đất", provider="so-nnmt", operations=operations
    )


def grant(operation: str, fields: tuple[str, ...]) -> GrantTerms:
    """Grant an operation without any narrower limit."""
    return GrantTerms(
        service="thua-dat", version=1, operation=operation, fields=fields, rows="all",
        rate=Rate(requests=1_000_000, per_seconds=1, burst=1_000_000), daily_quota=1_000_000_000,
        hours="always", networks="any",
    )  # fmt: skip


TERMS = AgreementTerms(
    code=AGREEMENT,
    database="datdai",
    provider_agency=PROVIDER_AGENCY,
    consumer_agency=CONSUMER_AGENCY,
    systems=(SYSTEM,),
    purposes=("giai-quyet-tthc",),
    legal_basis=(LegalBasis(document="NĐ 278/2025/NĐ-CP"),),
    valid_from=date(2026, 1, 1),
    valid_until=date(2099, 12, 31),
    review_on=date(2099, 1, 1),
    grants=(
        grant("get", ("SoGCN", "ChuSoHuu.HoVaTen", "DienTich", "TaiSan[].Ma")),
        grant("list", ("items[].SoGCN", "items[].ChuSoHuu.HoVaTen")),
        grant("create", ("SoGCN",)),
    ),
)


def with_grants(**changes: object) -> AgreementTerms:
    """Return TERMS with every grant changed."""
    return msgspec.structs.replace(TERMS, grants=tuple(msgspec.structs.replace(one, **changes) for one in TERMS.grants))


async def settle_province(database_url: str, provider_url: str, *terms: AgreementTerms) -> None:
    """Fill a migrated database: two agencies, a legacy system, a database, a service, and the agreements in force."""
    database = Database.open(database_url)
    async with database.transaction() as session:
        for code in (PROVIDER_AGENCY, CONSUMER_AGENCY):
            await agencies.add_agency(session, AgencyDescription(code=code, name_vi=f"Sở {code}"), by=READER)
        await systems.add_system(
            session,
            SystemDescription(code=SYSTEM, agency=CONSUMER_AGENCY, name_vi="Một cửa", legacy=True),
            by=READER,
        )
        await systems.replace_secret(session, SYSTEM, key_id="k1", secret_hash=systems_hash(SECRET), by=READER)
        await purposes.add_purpose(session, PurposeDescription(code="giai-quyet-tthc", title_vi="Giải quyết TTHC"))
        await databases.add_database(
            session,
            DatabaseDescription(
                code="datdai", title_vi="Đất đai", title_en="Land", owner=PROVIDER_AGENCY, domain_vi="Đất đai"
            ),
            by=READER,
        )
        await providers.add_provider(
            session,
            ProviderDescription(
                code="so-nnmt", agency=PROVIDER_AGENCY, adapter="rest", endpoint=provider_url,
                options=msgspec.Raw(b'{"auth":"none"}'), timeout_seconds=5.0,
            ),
            by=READER,
        )  # fmt: skip
        await services.publish_service(session, parcel_service(), by=READER)
        for one in terms or (TERMS,):
            await agreements.create_draft(session, one, by=READER)
            await agreements.submit(session, one.code, version=1, by=READER)
            await agreements.approve(session, one.code, version=1, by=WRITER)
            await agreements.activate(session, one.code, version=1, by=WRITER)
    await database.close()


def systems_hash(secret: str) -> str:
    """Return how the catalogue keeps a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


async def suspend(database_url: str, code: str = AGREEMENT) -> None:
    """Suspend an agreement, as another process would: straight in the database, with no signal to any gateway."""
    database = Database.open(database_url)
    async with database.transaction() as session:
        await agreements.suspend(session, code, side=Side.PLATFORM, reason="thử", by=WRITER)
    await database.close()


@dataclass
class GatewayProcess:
    """`lienthong run` as a process of its own, which can be killed.

    It is forked from one that has imported everything, which spares seconds; `interpreter` starts it as an operator
    does.
    """

    directory: Path
    database_url: str
    redis_url: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    interpreter: bool = False
    process: subprocess.Popen[bytes] | Child | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def settings(self) -> dict[str, str]:
        """Its own, which are also those of a worker and of commands beside it."""
        return {
            "LIENTHONG_DATABASE_URL": self.database_url,
            "LIENTHONG_REDIS_URL": self.redis_url,
            "LIENTHONG_PORT": str(self.port),
            "LIENTHONG_NODE": f"node-{self.port}",
            "LIENTHONG_VAR_DIR": str(self.directory / f"var-{self.port}"),
            "LIENTHONG_KEYS_DIR": str(self.directory / "keys"),
            "LIENTHONG_EGRESS_NETWORKS": "127.0.0.0/8",
            "LIENTHONG_PROVIDER_DIRS": str(self.directory / "nguon"),
            "LIENTHONG_SECRET_DIRS": str(self.directory / "bi-mat"),
            "LIENTHONG_DISK_RESERVE_BYTES": "1048576",
            **self.environment,
        }

    def start(self) -> None:
        """Start it and return when it takes calls. Raises AssertionError with its log when it does not."""
        self.process = self._begin(plain_environment(self.settings), self.directory / f"gateway-{self.port}.log")
        deadline = time.monotonic() + START_PATIENCE_SECONDS
        while not self._ready():
            assert self.process.poll() is None, self.log()
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.05)

    def log(self) -> str:
        """What it has written."""
        return (self.directory / f"gateway-{self.port}.log").read_text(errors="replace")

    def kill(self) -> None:
        """Kill it at once (SIGKILL)."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """End it in order (SIGTERM); safe when it has ended already."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=40)

    def _begin(self, environment: Mapping[str, str], log: Path) -> subprocess.Popen[bytes] | Child:
        if not self.interpreter:
            return nursery().start(["run"], environment=environment, directory=Path(), output=log)
        with log.open("ab") as output:
            return subprocess.Popen(
                [sys.executable, "-m", "gateway", "run"], env=environment, stdout=output, stderr=output
            )

    def _ready(self) -> bool:
        if not accepts(self.port):  # a client of HTTP costs more than a start can spare twenty times a second
            return False
        try:
            return httpx2.get(f"{self.url}/readyz", timeout=2, verify=NO_TLS).status_code == 200
        except httpx2.HTTPError:
            return False


def token(gateway: GatewayProcess) -> str:
    """Return an access token of the demo system."""
    answer = httpx2.post(
        f"{gateway.url}/oauth2/token",
        data={"grant_type": "client_credentials"},
        auth=(SYSTEM, SECRET),
        timeout=10,
        verify=NO_TLS,
    )
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


def ask(gateway: GatewayProcess, path: str, **headers: str) -> httpx2.Response:
    """Call as the demo system; header names with underscores for dashes."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    named.setdefault("authorization", f"Bearer {token(gateway)}")
    return httpx2.get(f"{gateway.url}{path}", headers=named, timeout=20, verify=NO_TLS)


def send_raw(gateway: GatewayProcess, data: bytes, *, wait_seconds: float = 10) -> bytes:
    """Send these very bytes and return everything that comes back until the connection is closed."""
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=wait_seconds) as connection:
        connection.sendall(data)
        parts: list[bytes] = []
        while part := _receive(connection):
            parts.append(part)
        return b"".join(parts)


def _receive(connection: socket.socket) -> bytes:
    try:
        return connection.recv(65536)
    except (TimeoutError, ConnectionResetError):
        return b""


def assert_problem(answer: httpx2.Response, slug: str, *, status: int) -> None:
    """Assert that an answer is this problem, complete."""
    assert (answer.status_code, answer.json()["type"].rsplit("/", 1)[-1]) == (status, slug), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["correlation_id"] == answer.headers["exchange-id"]
