"""Can an outsider prove, with nothing but public addresses and a key, that an exchange is in the log?

A gateway, its worker and a witness, each a process of its own.
"""

import asyncio
import base64
import hashlib
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from conftest import in_a_thread, migrate
from gateways import NO_TLS, PARCEL, PROVIDER_AGENCY, GatewayProcess, RestProvider, ask, settle_province
from logged import soon
from nursery import Child, nursery, plain_environment, run_command
from servers import accepts, free_port
from visitors import Office

from security.audit.encode import leaf_hash
from security.audit.merkle import verify_consistency, verify_inclusion
from security.audit.notes import NoteKey, cosigned_at, read_checkpoint, read_key, read_note, signers
from security.staff import Role

ORIGIN = "thu.example"
WITNESS = "giamsat.example/w1"


@dataclass
class LoggedProvince:
    """The processes, and who the witness is."""

    gateway: GatewayProcess
    worker: Child
    witness: Child
    witness_key: NoteKey
    log_key: NoteKey

    def get(self, path: str, **headers: str) -> httpx2.Response:
        """Ask as anybody: without an account."""
        return httpx2.get(f"{self.gateway.url}{path}", headers=headers, timeout=20, verify=NO_TLS)

    def exchange(self) -> httpx2.Response:
        answer = ask(self.gateway, PARCEL.format("CD1"))
        assert answer.status_code == 200
        return answer

    def paste(self, receipt: str) -> dict[str, object]:
        """Return what is said of a receipt that somebody pastes."""
        answer = httpx2.post(f"{self.gateway.url}/log/v1/receipts", content=receipt, timeout=20, verify=NO_TLS)
        return dict(answer.json())

    def receipts(self, exchange_id: str) -> list[dict[str, object]]:
        """Return what is said of an exchange's receipt, once every record of it is included."""
        return soon(
            lambda: self.get(f"/log/v1/receipts/{exchange_id}").json(),
            lambda found: all(one["state"] == "included" for one in found),
        )


def start(words: list[str], directory: Path, *, port: int = 0, **settings: str) -> Child:
    output = directory / f"{words[0]}.log"
    child = nursery().start(words, environment=plain_environment(settings), directory=directory, output=output)
    if port:
        soon(lambda: accepts(port), lambda up: up or child.poll() is not None)
        assert child.poll() is None, output.read_text()
    return child


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoggedProvince]:
    directory = tmp_path_factory.mktemp("logged")
    url, port, provider = f"sqlite:///{directory / 'lienthong.db'}", free_port(), RestProvider()
    migrate(url)
    in_a_thread(lambda: asyncio.run(settle_province(url, provider.url)))
    common = {
        "LIENTHONG_DATABASE_URL": url,
        "LIENTHONG_LOG_ORIGIN": ORIGIN,
        "LIENTHONG_KEYS_DIR": str(directory / "keys"),
        "LIENTHONG_EGRESS_NETWORKS": "127.0.0.0/8",
    }
    _, log_key = run_command(["log", "key"], settings=common, directory=directory)
    witness = start(["witness", "--name", WITNESS, "--log", log_key.strip(), "--port", str(port)], directory, port=port)
    witness_key = httpx2.get(f"http://127.0.0.1:{port}/key", verify=NO_TLS).text.strip()
    common["LIENTHONG_WITNESSES"] = f"{witness_key} http://127.0.0.1:{port}"
    gateway = GatewayProcess(directory, url, environment=common)
    gateway.start()
    worker = start(["worker"], directory, **common)
    yield LoggedProvince(gateway, worker, witness, read_key(witness_key), read_key(log_key))
    for process in (worker, witness):
        process.terminate()
        process.wait(timeout=30)
    gateway.stop()
    provider.close()


def test_an_exchange_is_proven_by_a_checkpoint_that_log_and_witness_signed(logged: LoggedProvince) -> None:
    answer = logged.exchange()

    kept = logged.receipts(answer.headers["exchange-id"])

    assert [one["kind"] for one in kept] == ["INTENT", "OUTCOME"]
    for one in kept:
        proof = one["proof"]
        assert isinstance(proof, dict)
        note = read_note(str(proof["checkpoint"]))
        checkpoint = read_checkpoint(note.text)
        assert signers(note, [logged.log_key, logged.witness_key]) == [logged.log_key, logged.witness_key]
        hashes = [base64.b64decode(part) for part in proof["hashes"]]
        at = {"index": int(proof["index"]), "size": checkpoint.size}
        verify_inclusion(bytes.fromhex(str(one["leaf"])), **at, proof=hashes, root=checkpoint.root)


def test_a_refusal_is_in_the_log_too(logged: LoggedProvince) -> None:
    refused = logged.get(PARCEL.format("CD1"))

    kept = logged.receipts(refused.headers["exchange-id"])

    assert [one["kind"] for one in kept] == ["DENY"]


@pytest.mark.parametrize("token", ["", "known"])
def test_a_receipt_is_found_kept_by_whoever_pastes_it(logged: LoggedProvince, token: str) -> None:
    answer = logged.exchange() if token else logged.get(PARCEL.format("CD1"))
    receipt = answer.headers["exchange-receipt"]

    found = soon(lambda: logged.paste(receipt), lambda one: one["promise"] != "pending")

    assert (found["promise"], found["exchange"]) == ("included", answer.headers["exchange-id"])
    assert found["response"] == hashlib.sha256(answer.content).hexdigest()
    assert found["leaf"] in [one["leaf"] for one in logged.receipts(answer.headers["exchange-id"])]
    page = logged.get(f"/log/receipt?receipt={receipt}", Accept="text/html").text
    assert "Lời hứa đã được giữ" in page
    assert str(found["leaf"]) in page


def test_a_changed_receipt_is_told_from_one_of_ours(logged: LoggedProvince) -> None:
    jws, statement, path = logged.exchange().headers["exchange-receipt"].split("~")
    other = logged.exchange().headers["exchange-receipt"].split("~")[1]

    assert logged.paste("~".join([jws, other, path]))["promise"] == "forged"
    assert logged.paste(statement)["status"] == 400
    assert "Không phải biên nhận" in logged.get(f"/log/receipt?receipt={statement}", Accept="text/html").text


def test_a_receipt_is_checked_offline_with_the_published_keys(logged: LoggedProvince, tmp_path: Path) -> None:
    answer = logged.exchange()
    (tmp_path / "receipt").write_text(answer.headers["exchange-receipt"])
    (tmp_path / "keys.json").write_bytes(logged.get("/.well-known/jwks.json").content)
    (tmp_path / "body").write_bytes(answer.content)
    (tmp_path / "other").write_bytes(answer.content + b" ")
    words = ["audit", "receipt", "receipt", "--platform-keys", "keys.json"]

    good = run_command([*words, "--body", "body"], settings={}, directory=tmp_path)
    other = run_command([*words, "--body", "other"], settings={}, directory=tmp_path)
    (tmp_path / "receipt").write_text("khong~phai~bien-nhan")
    none = run_command(words, settings={}, directory=tmp_path)

    assert (good[0], answer.headers["exchange-id"] in good[1]) == (0, True), good
    assert (other[0], none[0]) == (1, 3)


def test_the_log_is_proven_to_have_only_grown(logged: LoggedProvince) -> None:
    logged.receipts(logged.exchange().headers["exchange-id"])
    old = read_checkpoint(read_note(logged.get("/log/v1/checkpoint").text).text)
    logged.receipts(logged.exchange().headers["exchange-id"])
    new = read_checkpoint(read_note(logged.get("/log/v1/checkpoint").text).text)
    name = new.origin.rpartition("/")[2]

    shown = logged.get(f"/log/v1/proof/consistency?log={name}&old={old.size}&new={new.size}").json()

    assert new.size > old.size
    hashes = [base64.b64decode(part) for part in shown["hashes"]]
    verify_consistency(old.size, new.size, proof=hashes, old_root=old.root, new_root=new.root)


def test_a_proof_is_handed_out_as_a_file_of_its_own(logged: LoggedProvince) -> None:
    kept = logged.receipts(logged.exchange().headers["exchange-id"])
    place = f"stream={kept[0]['stream']}&seq={kept[0]['seq']}"

    text = logged.get(f"/log/v1/proof/inclusion?{place}", Accept="text/plain").text

    head, _, note = text.partition("\n\n")
    first, index, *hashes = head.split("\n")
    checkpoint = read_checkpoint(read_note(note).text)
    assert first == "c2sp.org/tlog-proof@v1"
    at = {"index": int(index.removeprefix("index ")), "size": checkpoint.size}
    proof = [base64.b64decode(part) for part in hashes]
    verify_inclusion(bytes.fromhex(str(kept[0]["leaf"])), **at, proof=proof, root=checkpoint.root)


def test_tiles_are_public_and_hold_the_leaves(logged: LoggedProvince) -> None:
    kept = logged.receipts(logged.exchange().headers["exchange-id"])
    proof = kept[0]["proof"]
    assert isinstance(proof, dict)
    size, index = int(proof["size"]), int(proof["index"])
    number, width = index // 256, min(256, size - index // 256 * 256)

    tile = logged.get(f"/log/v1/{proof['log']}/tile/0/{number:03d}{'' if width == 256 else f'.p/{width}'}")

    place = index % 256 * 32
    assert tile.content[place : place + 32].hex() == kept[0]["leaf"]


def test_entries_are_not_public(logged: LoggedProvince) -> None:
    kept = logged.receipts(logged.exchange().headers["exchange-id"])
    proof = kept[0]["proof"]
    assert isinstance(proof, dict)

    assert logged.get(f"/log/v1/{proof['log']}/tile/entries/000.p/1").status_code == 401


def test_the_log_holds_the_very_bytes_that_were_recorded(logged: LoggedProvince) -> None:
    exchange_id = logged.exchange().headers["exchange-id"]
    kept = logged.receipts(exchange_id)

    path = Path(logged.gateway.database_url.removeprefix("sqlite:///"))
    with closing(sqlite3.connect(path)) as connection:
        bodies = connection.execute("SELECT body FROM record WHERE exchange_id = ? ORDER BY seq", (exchange_id,))
        assert [leaf_hash(body).hex() for (body,) in bodies] == [one["leaf"] for one in kept]


def test_the_keys_are_told_to_be_compared(logged: LoggedProvince) -> None:
    logged.receipts(logged.exchange().headers["exchange-id"])

    shown = logged.get("/log/v1/keys").json()

    assert shown == {"logs": [logged.log_key.written()], "witnesses": [logged.witness_key.written()]}


def test_a_witness_says_when_it_signed(logged: LoggedProvince) -> None:
    logged.receipts(logged.exchange().headers["exchange-id"])

    note = read_note(logged.get("/log/v1/checkpoint").text)

    assert abs(cosigned_at(note, logged.witness_key) - time.time()) < 120


def test_who_runs_the_platform_sees_who_signed_too(logged: LoggedProvince) -> None:
    logged.receipts(logged.exchange().headers["exchange-id"])
    office = Office(logged.gateway, {})
    visitor = office.visitor(office.new_clerk(Role.PLATFORM_ADMIN, PROVIDER_AGENCY).code)

    visitor.go("/console/platform")

    assert f"Nhân chứng đồng ký {logged.log_key.name.rpartition('/')[2]} " in visitor.text
    assert f" {WITNESS} " in visitor.text


@pytest.mark.parametrize(
    "path",
    [
        "/log/v1/2026/tile/0/999",
        "/log/v1/2026/tile/../record",
        "/log/v1/1999/checkpoint",
        "/log/v1/proof/inclusion?stream=none&seq=1",
        "/log/v1/proof/inclusion?stream=none&seq=-1",
        "/log/v1/receipts/none",
        "/log/v1/receipts/01a216b0-13bd-791b-a14f-2e41f6e57678",
    ],
)
def test_what_is_not_there_is_not_found(logged: LoggedProvince, path: str) -> None:
    assert logged.get(path).status_code == 404


@pytest.mark.parametrize("span", ["old=0&new=1", "old=2&new=1", "old=1&new=999999999"])
def test_growth_that_cannot_be_proven_is_refused(logged: LoggedProvince, span: str) -> None:
    assert logged.get(f"/log/v1/proof/consistency?log=2026&{span}").status_code in (400, 422)
