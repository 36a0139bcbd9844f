"""Does an export hold just what was asked for, and can it be checked without us?"""

import ast
import hashlib
import json
import shutil
import sys
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import msgspec
import pytest
import sqlalchemy as sa
from conftest import in_a_thread
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from exported import alone, export_maker, made, make_bundle, pinned, record_exchanges
from logged import sequencing
from recorded import entry, writing
from typer.testing import CliRunner

from gateway.commands.audit import audit
from gateway.exchangeids import new_exchange_id
from gateway.exports.forms import write_parquet, written
from gateway.exports.orders import LEASE, About, Form, Order, State, WhyNot, find_order, place_order, take_next
from gateway.exports.package import Manifest
from gateway.exports.reading import verify_export
from gateway.indexing import index_exchanges
from security.audit import verify_bundle
from security.audit.exporting import Extract, signed_heads
from security.audit.log import begin_anew, heads
from security.audit.notes import KeyKind, cosign, key_of, read_note, with_signatures
from security.audit.record import Kind
from security.audit.search import Search
from security.audit.verify_bundle import INCOMPLETE, OK, SIGNATURE_TYPE, TAMPERED, USAGE, Trusted, verify
from security.keys import ensure_keys
from security.signatures import Signer

VERIFIER = Path(verify_bundle.__file__)


def unpacked(bundle: Path, directory: Path) -> Path:
    with zipfile.ZipFile(bundle) as archive:
        archive.extractall(directory)
    return directory


@pytest.mark.parametrize("form", [Form.BUNDLE, Form.JSONL, Form.CSV])
def test_an_export_is_whole_for_whoever_has_the_keys(migrated_url: str, tmp_path: Path, form: Form) -> None:
    bundle = make_bundle(migrated_url, tmp_path, form=form)

    report = verify(bundle, pinned(tmp_path))

    assert (report.verdict, report.records, report.exchanges, report.told) == (OK, 8, 4, []), report.describe()
    assert report.proven == (8 if form is Form.BUNDLE else 0)


def test_the_file_in_the_bundle_checks_it_where_nothing_else_is_installed(
    migrated_sqlite_url: str, tmp_path: Path
) -> None:
    bundle = make_bundle(migrated_sqlite_url, tmp_path)
    directory = unpacked(bundle, tmp_path / "taken")
    (tmp_path / "jwks.json").write_text(pinned(tmp_path).platform_keys)

    keys = ["--log-key", pinned(tmp_path).log_keys[0], "--platform-keys", str(tmp_path / "jwks.json")]
    answer = alone(directory / "verify_bundle.py", str(bundle), *keys)
    kept_inside = alone(directory / "verify_bundle.py", ".")

    assert (answer.returncode, answer.stdout.splitlines()[-1]) == (OK, "whole"), answer.stderr
    assert "ATTENTION" not in answer.stdout
    assert (kept_inside.returncode, kept_inside.stdout.count("ATTENTION")) == (OK, 2)


def test_the_empty_environment_is_empty(tmp_path: Path) -> None:
    script = tmp_path / "look.py"
    script.write_text(
        "import cryptography\ntry:\n    import security, msgspec\nexcept ImportError as error:\n    print(error)\n"
    )

    assert "security" in alone(script).stdout


def test_the_verifier_in_the_bundle_is_the_module_of_the_command(migrated_sqlite_url: str, tmp_path: Path) -> None:
    bundle = make_bundle(migrated_sqlite_url, tmp_path)

    with zipfile.ZipFile(bundle) as archive:
        assert archive.read("verify_bundle.py") == VERIFIER.read_bytes()


def test_the_verifier_is_written_in_the_language_of_python_3_9() -> None:
    tree = ast.parse(VERIFIER.read_text(encoding="utf-8"), feature_version=(3, 9))

    imported = {
        node.module.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module
    }
    imported |= {
        one.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for one in node.names
    }
    assert imported - set(sys.stdlib_module_names) == {"cryptography"}


@pytest.mark.parametrize("form", list(Form))
def test_the_command_checks_every_form(migrated_sqlite_url: str, tmp_path: Path, form: Form) -> None:
    bundle = make_bundle(migrated_sqlite_url, tmp_path, form=form)

    answer = CliRunner().invoke(audit, ["verify", str(bundle), "--log-key", pinned(tmp_path).log_keys[0]])

    assert (answer.exit_code, answer.output.splitlines()[-1]) == (OK, "whole"), answer.output
    assert "records 8," in answer.output


@pytest.mark.parametrize(
    ("arguments", "code"),
    [([], USAGE), (["none.zip"], USAGE), (["x", "--database", "sqlite:///x"], USAGE), (["x", "--log-key", "y"], USAGE)],
)
def test_wrong_usage_has_an_exit_code_of_its_own(arguments: list[str], code: int) -> None:
    assert CliRunner().invoke(audit, ["verify", *arguments]).exit_code == code


def test_another_key_than_the_one_that_was_given_is_not_believed(migrated_sqlite_url: str, tmp_path: Path) -> None:
    bundle, other = make_bundle(migrated_sqlite_url, tmp_path), tmp_path / "other"
    other.mkdir()
    stranger = pinned(other)

    for trusted in (Trusted(log_keys=stranger.log_keys), Trusted(platform_keys=stranger.platform_keys)):
        assert verify(bundle, trusted).verdict == TAMPERED


async def test_an_agency_gets_its_own_records_only(migrated_url: str, tmp_path: Path) -> None:
    own = await record_exchanges(migrated_url, tmp_path, 2, agency="so-noi-vu")
    others = await record_exchanges(migrated_url, tmp_path, 3, agency="so-y-te")
    async with export_maker(migrated_url, tmp_path) as maker:
        mixed = await made(maker, About(exchanges=[*own, *others]), agency="so-noi-vu")
        none = await made(maker, About(exchanges=others), agency="so-noi-vu")

    assert (mixed.state, mixed.records) == (State.READY, 4)
    assert (none.state, none.why_not) == (State.FAILED, WhyNot.NOTHING)


async def test_what_the_list_finds_is_exported(migrated_url: str, tmp_path: Path) -> None:
    await record_exchanges(migrated_url, tmp_path, 3)
    now = datetime.now(UTC)
    search = Search(since=now - timedelta(hours=1), until=now + timedelta(minutes=1), agency="so-noi-vu")
    async with export_maker(migrated_url, tmp_path) as maker:
        await index_exchanges(maker.database)
        order = await made(maker, About(search=search))

    assert (order.state, order.records) == (State.READY, 6)


async def test_what_the_log_has_not_yet_signed_is_called_incomplete(migrated_url: str, tmp_path: Path) -> None:
    signed = await record_exchanges(migrated_url, tmp_path, 1)
    late = new_exchange_id()
    async with writing(migrated_url, tmp_path, node="late") as writer:
        await writer.append(entry(Kind.INTENT, late))
        await writer.append(entry(Kind.OUTCOME, late))
    async with export_maker(migrated_url, tmp_path) as maker:
        order = await made(maker, About(exchanges=[*signed, late]))

    report = in_a_thread(lambda: verify(maker.directory / order.file_name, pinned(tmp_path)))
    assert (order.records, order.pending) == (4, 2)
    assert (report.verdict, report.proven, report.pending) == (INCOMPLETE, 2, 2)


async def test_half_an_exchange_is_called_incomplete(migrated_url: str, tmp_path: Path) -> None:
    alone_id = new_exchange_id()
    async with writing(migrated_url, tmp_path, node="half") as writer:
        await writer.append(entry(Kind.INTENT, alone_id))
        await record_exchanges(migrated_url, tmp_path, 1)
        async with export_maker(migrated_url, tmp_path) as maker:
            order = await made(maker, About(exchanges=[alone_id]))

    report = in_a_thread(lambda: verify(maker.directory / order.file_name, pinned(tmp_path)))
    assert (report.verdict, report.unpaired) == (INCOMPLETE, 1)


async def test_too_many_records_are_refused_with_a_reason(migrated_sqlite_url: str, tmp_path: Path) -> None:
    ids = await record_exchanges(migrated_sqlite_url, tmp_path, 3)
    async with export_maker(migrated_sqlite_url, tmp_path, most_records=5) as maker:
        order = await made(maker, About(exchanges=ids))

    assert (order.state, order.why_not) == (State.FAILED, WhyNot.TOO_MANY)
    assert list((tmp_path / "exports").iterdir()) == []


async def test_the_manifest_says_what_was_asked_and_what_came_of_it(migrated_sqlite_url: str, tmp_path: Path) -> None:
    ids = await record_exchanges(migrated_sqlite_url, tmp_path, 2)
    async with export_maker(migrated_sqlite_url, tmp_path) as maker:
        order = await made(maker, About(exchanges=ids))

    with zipfile.ZipFile(maker.directory / order.file_name) as bundle:
        manifest = json.loads(bundle.read("manifest.json"))
        texts = bundle.read("DOC-TRUOC.txt").decode() + bundle.read("README.txt").decode()
    (log,) = manifest["logs"].values()
    assert (manifest["count"], manifest["exchanges"], manifest["asked_by"]) == (4, ids, "thanh-tra")
    assert log["last_index"] - log["first_index"] == 3
    assert "không cần mạng" in texts
    assert "without a network" in texts


async def test_a_file_is_removed_when_it_is_old(migrated_sqlite_url: str, tmp_path: Path) -> None:
    ids = await record_exchanges(migrated_sqlite_url, tmp_path, 1)
    async with export_maker(migrated_sqlite_url, tmp_path) as maker:
        order = await made(maker, About(exchanges=ids))
        kept = await maker.forget_old(datetime.now(UTC) + timedelta(days=6))
        forgotten = await maker.forget_old(datetime.now(UTC) + timedelta(days=8))

    assert (kept, forgotten) == (0, 1)
    assert not (maker.directory / order.file_name).exists()


async def test_what_was_asked_for_and_is_not_there_is_told(migrated_url: str, tmp_path: Path) -> None:
    ids = await record_exchanges(migrated_url, tmp_path, 1)
    async with export_maker(migrated_url, tmp_path) as maker:
        order = await made(maker, About(exchanges=[*ids, new_exchange_id(), new_exchange_id()]))

    report = in_a_thread(lambda: verify(maker.directory / order.file_name, pinned(tmp_path)))
    assert (order.absent, report.verdict) == (2, OK)
    assert report.told == ["2 exchanges were asked for of which no record is here"]


async def test_an_export_leaves_the_record_its_room(migrated_sqlite_url: str, tmp_path: Path) -> None:
    ids = await record_exchanges(migrated_sqlite_url, tmp_path, 1)
    async with export_maker(migrated_sqlite_url, tmp_path, spare_bytes=2**62) as maker:
        order = await made(maker, About(exchanges=ids))

    assert (order.state, order.why_not) == (State.FAILED, WhyNot.NO_ROOM)
    assert list((tmp_path / "exports").iterdir()) == []


async def test_one_that_a_worker_left_behind_is_begun_again_and_in_the_end_given_up(
    migrated_url: str, tmp_path: Path
) -> None:
    ids = await record_exchanges(migrated_url, tmp_path, 1)
    now = datetime.now(UTC)
    states = []
    async with export_maker(migrated_url, tmp_path) as maker:
        order = Order(id="x", asked_at=now, member="m", agency="", form=Form.CSV, about=About(exchanges=ids))
        async with maker.database.transaction() as session:
            connection = await session.connection()
            await place_order(connection, order)
            for turn in range(1, 5):
                later = now + turn * 2 * LEASE
                taken = await take_next(connection, signed_at_us=0, now=later)
                too_early = await take_next(connection, signed_at_us=0, now=later)
                states.append((taken is not None, too_early is not None))
            found = await find_order(connection, "x", member="m")

    assert states == [(True, False)] * 3 + [(False, False)]
    assert found is not None
    assert (found.state, found.why_not) == (State.FAILED, WhyNot.BROKEN)


async def cosigned_bundle(url: str, directory: Path, witness: Ed25519PrivateKey, *, name: str = "giamsat/w1") -> Path:
    """Return a bundle whose checkpoint a witness has signed too."""
    ids = await record_exchanges(url, directory, 1)
    key = key_of(witness, name, kind=KeyKind.COSIGNATURE)
    async with export_maker(url, directory) as maker:
        async with maker.database.transaction() as session:
            connection = await session.connection()
            (head,) = (await signed_heads(connection)).values()
            note = read_note(head.checkpoint)
            written = with_signatures(note, [cosign(note.text, key, witness, at_seconds=1_790_000_000)]).written()
            await connection.execute(sa.update(heads).values(checkpoint=written))
        order = await made(maker, About(exchanges=ids))
    return maker.directory / order.file_name


async def test_a_witness_whose_key_was_named_must_have_signed(migrated_sqlite_url: str, tmp_path: Path) -> None:
    witness, stranger = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    bundle = await cosigned_bundle(migrated_sqlite_url, tmp_path, witness)

    def verdict(private: Ed25519PrivateKey, name: str) -> tuple[int, str]:
        key = key_of(private, name, kind=KeyKind.COSIGNATURE).written()
        report = in_a_thread(lambda: verify(bundle, replace(pinned(tmp_path), witness_keys=(key,))))
        return report.verdict, report.describe()

    assert verdict(witness, "giamsat/w1")[0] == OK
    assert "is witnessed by giamsat/w1, whose key you named" in verdict(witness, "giamsat/w1")[1]
    assert "is not signed by the witness" in verdict(stranger, "giamsat/w1")[1]
    assert verdict(witness, "ai-khac/w1")[0] == TAMPERED


def signed_anew(bundle: Path, directory: Path, name: str, content: bytes) -> Path:
    """Return the bundle unpacked, with one file exchanged and a manifest that the platform signed anew."""
    where = unpacked(bundle, directory / "anew")
    (where / name).write_bytes(content)
    manifest = msgspec.json.decode((where / "manifest.json").read_bytes(), type=Manifest)
    digests = {**manifest.files, name: hashlib.sha256(content).hexdigest()}
    manifest = msgspec.structs.replace(manifest, files=digests)
    signer = Signer(ensure_keys(directory / "keys").agreement, issuer=manifest.platform, typ=SIGNATURE_TYPE)
    (where / "manifest.json").write_bytes(msgspec.json.encode(manifest))
    (where / "manifest.jws").write_text(signer.sign(manifest))
    return where


@pytest.fixture(scope="module")
def parquet(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite_template: Path) -> tuple[Path, Path]:
    """An export as Parquet, and the directory with the keys that signed it."""
    directory = tmp_path_factory.mktemp("parquet")
    shutil.copyfile(migrated_sqlite_template, directory / "lienthong.db")
    return directory, make_bundle(f"sqlite:///{directory / 'lienthong.db'}", directory, 1, form=Form.PARQUET)


@pytest.mark.parametrize("column", ["log", "seq", "at", "kind", "exchange", "agency", "leaf", "body"])
def test_a_row_of_a_parquet_file_that_was_changed_is_found_though_it_was_signed_anew(
    parquet: tuple[Path, Path], tmp_path: Path, column: str
) -> None:
    directory, bundle = parquet
    table, other = unpacked(bundle, tmp_path / "taken") / "records.parquet", tmp_path / "other.parquet"
    value = {
        "seq": "seq + 1",
        "at": '"at" + INTERVAL 1 SECOND',
        "leaf": "unhex(repeat('00', 32))",
        "body": "encode(replace(decode(body), 'motcua', 'motkhac'))",
    }.get(column, f"\"{column}\" || 'x'")
    with duckdb.connect(config={"threads": 1}) as database:
        changed = f"SELECT * REPLACE ({value} AS \"{column}\") FROM read_parquet('{table}')"
        database.execute(f"COPY ({changed}) TO '{other}' (FORMAT parquet)")

    anew = signed_anew(bundle, directory, "records.parquet", other.read_bytes())
    report = verify_export(anew, pinned(directory))

    assert report.verdict == TAMPERED
    assert report.finding is not None
    assert report.finding.place.startswith("records.parquet record 1")


def test_a_cell_of_a_csv_file_that_was_changed_is_found_though_it_was_signed_anew(
    migrated_sqlite_url: str, tmp_path: Path
) -> None:
    bundle = make_bundle(migrated_sqlite_url, tmp_path, 1, form=Form.CSV)
    content = (unpacked(bundle, tmp_path / "taken") / "records.csv").read_bytes()
    first, second = content.replace(b",so-noi-vu,", b",so-y-te,", 1), content.replace(b"motcua", b"motkhac", 1)

    places = []
    for changed in (first, second):
        report = verify(signed_anew(bundle, tmp_path, "records.csv", changed), pinned(tmp_path))
        places.append((report.verdict, report.finding and report.finding.place.partition(" (")[0]))

    assert places == [(TAMPERED, "records.csv record 1")] * 2


async def test_an_export_may_reach_over_two_logs(migrated_url: str, tmp_path: Path) -> None:
    first = await record_exchanges(migrated_url, tmp_path, 2)
    async with sequencing(migrated_url, tmp_path) as sequencer, sequencer.database.transaction() as session:
        await begin_anew(await session.connection(), datetime.now(UTC))
    second = await record_exchanges(migrated_url, tmp_path, 2)
    async with export_maker(migrated_url, tmp_path) as maker:
        order = await made(maker, About(exchanges=[*second, *first]))

    report = in_a_thread(lambda: verify(maker.directory / order.file_name, pinned(tmp_path)))
    assert (report.verdict, report.proven) == (OK, 8)
    assert len(report.told) == 1  # the key of the second log came in the bundle only


def test_a_parquet_file_of_many_long_records_fits_into_its_memory(tmp_path: Path) -> None:
    record = Extract("2026", 0, "s", 1, 0, "INTENT", "", "", "", bytes(32), b"")
    bodies = (f"{number:05} ".encode() * 1333 for number in range(30_000))
    with (tmp_path / "lines").open("wb") as lines:
        lines.writelines(written(Form.PARQUET, [msgspec.structs.replace(record, body=one)], ()) for one in bodies)

    write_parquet(tmp_path / "lines", tmp_path / "records.parquet")

    with duckdb.connect() as database:
        found = database.execute("SELECT body FROM read_parquet(?)", [f"{tmp_path}/records.parquet"])
        numbers = [int(body[:5]) for batch in iter(lambda: found.fetchmany(2000), []) for (body,) in batch]
    assert numbers == list(range(30_000))
