"""Do the programs that the catalogue prints run as they are printed, against a running gateway?

Each runs in its own language with nothing but that and what its header names from the environment. There is no .NET
here: of the C# program only its shape is looked at.
"""

import asyncio
import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from conftest import in_a_thread, migrate
from gateways import READER, SECRET, SYSTEM, GatewayProcess, RestProvider, parcel_service, settle_province
from joserfc.jwk import ECKey

from catalog.descriptions import OperationDescription
from catalog.systems import add_key
from gateway.db import Database
from gateway.snippets import Asked, Language, Proof, Snippet, headers_of, rest_address, write_snippets

pytestmark = pytest.mark.xdist_group("snippets")

SERVICE = parcel_service()
OPERATIONS = {one.code: one for one in SERVICE.operations}
RUN = {
    Language.CURL: ("bash", "call.sh"),
    Language.SOAP: ("bash", "call.sh"),
    Language.PYTHON: ("python3", "call.py"),
    Language.JAVA: ("java", "Call.java"),
    Language.JAVASCRIPT: ("node", "call.mjs"),
}
STRANGE = "a\"b\\c${d}`e'f\u2028Đ"


@dataclass(frozen=True)
class Place:
    """A gateway, and the caller's key beside it."""

    gateway: GatewayProcess
    key: Path


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    directory, provider, key = tmp_path_factory.mktemp("snippets"), RestProvider(), ECKey.generate_key("P-256")
    url, pem = f"sqlite:///{directory / 'lienthong.db'}", directory / "client.pem"
    pem.write_bytes(key.as_pem(private=True))
    migrate(url)

    async def settle() -> None:
        await settle_province(url, provider.url)
        database = Database.open(url)
        async with database.transaction() as session:
            public = msgspec.json.encode(key.as_dict(private=False))
            await add_key(session, SYSTEM, key_id=key.thumbprint(), jwk=public, by=READER)
        await database.close()

    in_a_thread(lambda: asyncio.run(settle()))
    process = GatewayProcess(directory, url)
    process.start()
    yield Place(process, pem)
    process.stop()
    provider.close()


def snippet(language: Language, operation: str, proof: Proof, *, public_url: str = "http://lgsp") -> Snippet:
    written = write_snippets(SERVICE, OPERATIONS[operation], public_url=public_url, proof=proof, asked=Asked())
    return next(one for one in written if one.language is language)


def run(written: Snippet, place: Place, directory: Path) -> str:
    """Run a program as it is printed; return what it says."""
    program, file = RUN[written.language]
    (directory / file).write_text(written.text, encoding="utf-8")
    proofs = {"CLIENT_ID": SYSTEM, "CLIENT_SECRET": SECRET, "CLIENT_KEY": str(place.key)}
    done = subprocess.run(
        [program, file], cwd=directory, env={"PATH": os.environ["PATH"], **proofs}, capture_output=True, timeout=120,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


@pytest.mark.parametrize("proof", [Proof.KEY, Proof.SECRET])
@pytest.mark.parametrize("language", list(RUN))
def test_a_program_runs_as_it_is_printed(language: Language, proof: Proof, place: Place, tmp_path: Path) -> None:
    operation, found = ("list", "Nguyễn Văn Thử") if proof is Proof.KEY else ("create", "CD-MOI")

    said = run(snippet(language, operation, proof, public_url=place.gateway.url), place, tmp_path)

    assert re.search(r"\b200\b", said.splitlines()[0]), said
    assert re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-", said)
    assert found in said


@pytest.mark.parametrize("language", [Language.PYTHON, Language.JAVASCRIPT])
def test_a_program_shows_a_refusal_and_what_to_do(language: Language, place: Place, tmp_path: Path) -> None:
    said = run(snippet(language, "get", Proof.SECRET, public_url=place.gateway.url), place, tmp_path)

    assert said.startswith("400 ")
    assert json.loads(said.split("\n", 1)[1])["type"].endswith("/problems/request-invalid")


@pytest.mark.parametrize("proof", list(Proof))
@pytest.mark.parametrize("operation", list(OPERATIONS))
def test_the_c_sharp_program_is_whole(operation: str, proof: Proof) -> None:
    text = snippet(Language.CSHARP, operation, proof).text
    bare = re.sub(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)\'|//[^\n]*', "", text)

    assert [bare.count(one) for one in "({["] == [bare.count(one) for one in ")}]"]
    assert not re.search(r"\{[{%]|[}%]\}", bare)
    assert ("CLIENT_KEY" in text, "CLIENT_SECRET" in text) == (proof is Proof.KEY, proof is Proof.SECRET)


CHECKS = {
    Language.CURL: ("bash", "-n", "call.sh"),
    Language.PYTHON: ("python3", "-m", "py_compile", "call.py"),
    Language.JAVASCRIPT: ("node", "--check", "call.mjs"),
}


@pytest.mark.parametrize("language", list(CHECKS))
def test_no_value_breaks_out_of_its_place(language: Language, tmp_path: Path) -> None:
    strange = Asked(purposes=(STRANGE,))
    written = write_snippets(SERVICE, OPERATIONS["list"], public_url="http://lgsp", proof=Proof.SECRET, asked=strange)
    text = next(one.text for one in written if one.language is language)
    (tmp_path / RUN[language][1]).write_text(text, encoding="utf-8")

    done = subprocess.run(CHECKS[language], cwd=tmp_path, capture_output=True, timeout=60, check=False)

    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize("language", [Language.JAVA, Language.CSHARP])
def test_java_and_c_sharp_get_a_strange_value_as_one_literal(language: Language) -> None:
    strange = Asked(purposes=(STRANGE,))
    written = write_snippets(SERVICE, OPERATIONS["list"], public_url="http://lgsp", proof=Proof.SECRET, asked=strange)
    text = next(one.text for one in written if one.language is language)

    literal = re.search(r'"Purpose", ("(?:[^"\\\n\u2028]|\\.)*")\)', text)

    assert literal is not None
    assert json.loads(literal[1]) == STRANGE


@pytest.mark.parametrize(
    ("operation", "asked", "names"),
    [
        (OPERATIONS["get"], Asked(), []),
        (OPERATIONS["create"], Asked(), ["Idempotency-Key"]),
        (OPERATIONS["get"], Asked(agreement="TT-1", purposes=("a", "b")), ["Agreement", "Purpose"]),
        (OPERATIONS["get"], Asked(case_file=True, officer=True), ["Case-File", "Officer"]),
        (msgspec.structs.replace(OPERATIONS["get"], officer_needed=True), Asked(), ["Officer"]),
    ],
)
def test_a_call_brings_what_it_must(operation: OperationDescription, asked: Asked, names: list[str]) -> None:
    assert [one.name for one in headers_of(operation, asked)] == names


def test_an_example_stands_in_the_address_as_a_value() -> None:
    number = msgspec.structs.replace(OPERATIONS["get"].parameters[0], example="Số 1/2", pattern="")
    operation = msgspec.structs.replace(OPERATIONS["get"], parameters=(number,))

    address = rest_address(SERVICE, operation, public_url="http://lgsp")

    assert address == "http://lgsp/x/datdai/thua-dat/v1/thua-dat/S%E1%BB%91%201%2F2"
