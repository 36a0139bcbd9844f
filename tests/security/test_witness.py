"""Does the witness answer as C2SP tlog-witness says, sentence by sentence?"""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.witnesses import request_body
from gateway.witnessing import WitnessDesk, witness_application
from security.audit.merkle import consistency_proof, root_of
from security.audit.notes import (
    Checkpoint,
    KeyKind,
    Note,
    cosigned_at,
    key_of,
    read_checkpoint,
    read_signatures,
    sign_note,
    signers,
    with_signatures,
)
from security.audit.witness import read_request
from security.audit.witness_book import WitnessBook

LOG, STRANGER, WITNESS = (Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in (1, 2, 3))
ORIGIN = "thu.example/log/2026"
LOG_KEY = key_of(LOG, ORIGIN, kind=KeyKind.NOTE)
AT = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)
LEAVES = [hashlib.sha256(b"\x00" + bytes([number])).digest() for number in range(16)]
# The specification's examples of a request and of an answer.
ASKED = """\
old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa \
Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— example.com/behind-the-sofa \
opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=
"""
ANSWERED = """\
— witness.example/w1 \
CMp+6LWBU0anHGH5aNDTJkH/gj79sG+T6+iP2ThYN5krrDJbR1HDnucjL39QsZTSvVjyQLrdk3DXDqI5G2HgLatVs0pWh6Up69HVOw==
— witness.example/w1 \
I7rEps0pvK2UqkS2gSpVUDhrhVtQV9lgF6pRrWAvjJHjyWpW7VcE3SiOlVlbQNt64vWhO+DlkL0+UfzuOBMh9ChdMkP1vi/lCAsmlw==
— witness.example/w2 \
AWui8Sk55XjYLOijihBjhqEH6nS1ndDymE0a+6idX7pLcnoB+dhnz0854aLZgrrKbYKA7nC3HNJhm/kWl7oJlqU3rXXvpysAdyP3wQ==
"""


def hash_at(level: int, number: int) -> bytes:
    """Return the hash of a whole node of the tree over the leaves above."""
    if level == 0:
        return LEAVES[number]
    below = hash_at(level - 1, 2 * number) + hash_at(level - 1, 2 * number + 1)
    return hashlib.sha256(b"\x01" + below).digest()


def checkpoint(size: int, *, by: Ed25519PrivateKey = LOG, origin: str = ORIGIN, root: bytes = b"") -> Note:
    text = Checkpoint(origin, size, root or root_of(size, hash_at)).text()
    return sign_note(text, key_of(by, origin, kind=KeyKind.NOTE), by)


def growth(old: int, new: int) -> Sequence[bytes]:
    return consistency_proof(old, new, hash_at) if 0 < old < new else []


@pytest.fixture
async def witness(tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    desk = WitnessDesk("w.example", WITNESS, {ORIGIN: [LOG_KEY]}, WitnessBook(tmp_path / "book.db"), lambda: AT)
    transport = httpx2.ASGITransport(witness_application(desk))
    async with httpx2.AsyncClient(transport=transport, base_url="http://w.example") as client:
        yield client


async def add(
    witness: httpx2.AsyncClient, note: Note, *, old: int = 0, proof: Sequence[bytes] | None = None
) -> httpx2.Response:
    size = read_checkpoint(note.text).size
    body = request_body(old, growth(old, size) if proof is None else proof, note)
    return await witness.post("/add-checkpoint", content=body)


def test_the_request_of_the_specification_is_read() -> None:
    asked = read_request(ASKED.encode())

    assert (asked.old, len(asked.proof)) == (20852014, 4)
    assert asked.proof[3] == base64.b64decode("/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=")
    assert read_checkpoint(asked.note.text).size == 20852163
    assert len(asked.note.signatures) == 2
    assert request_body(asked.old, asked.proof, asked.note).decode() == ASKED


def test_the_answer_of_the_specification_is_read() -> None:
    assert [name for name, _ in read_signatures(ANSWERED)] == ["witness.example/w1"] * 2 + ["witness.example/w2"]


async def test_a_log_that_grows_is_signed_each_time(witness: httpx2.AsyncClient) -> None:
    key = key_of(WITNESS, "w.example", kind=KeyKind.COSIGNATURE)
    for old, new in ((0, 3), (3, 3), (3, 8), (8, 16)):
        answer = await add(witness, checkpoint(new), old=old)

        signed = with_signatures(checkpoint(new), read_signatures(answer.text))
        assert (answer.status_code, signers(signed, [key])) == (200, [key])
        assert cosigned_at(signed, key) == AT.timestamp()


async def test_signatures_of_unknown_keys_are_passed_over(witness: httpx2.AsyncClient) -> None:
    others = checkpoint(3, by=STRANGER).signatures

    assert (await add(witness, with_signatures(checkpoint(3), others))).status_code == 200


@pytest.mark.parametrize(
    ("status", "old", "note", "proof"),
    [
        pytest.param(404, 5, checkpoint(8, origin="khac.example/log/2026"), None, id="origin-unknown"),
        pytest.param(403, 5, checkpoint(8, by=STRANGER), None, id="not-signed-by-the-log"),
        pytest.param(400, 9, checkpoint(8), [], id="old-size-larger"),
        pytest.param(422, 5, checkpoint(8), [], id="no-proof"),
        pytest.param(422, 5, checkpoint(8), growth(6, 8), id="proof-from-elsewhere"),
        pytest.param(422, 5, checkpoint(8, root=bytes(32)), None, id="another-history"),
        pytest.param(422, 5, checkpoint(5), [bytes(32)], id="proof-of-nothing"),
        pytest.param(409, 4, checkpoint(8), None, id="old-size-is-another"),
        pytest.param(409, 0, checkpoint(8), None, id="begun-anew"),
        pytest.param(409, 5, checkpoint(5, root=bytes(32)), [], id="same-size-another-root"),
    ],
)
async def test_what_does_not_follow_is_refused_and_nothing_is_kept_of_it(
    witness: httpx2.AsyncClient, *, status: int, old: int, note: Note, proof: Sequence[bytes] | None
) -> None:
    await add(witness, checkpoint(5))

    refused = await add(witness, note, old=old, proof=proof)

    assert refused.status_code == status
    if status == 409:
        assert (refused.headers["content-type"], refused.text) == ("text/x.tlog.size", "5\n")
    assert (await add(witness, checkpoint(8), old=5)).status_code == 200


async def test_the_first_checkpoint_needs_no_proof(witness: httpx2.AsyncClient) -> None:
    assert (await add(witness, checkpoint(8), proof=[bytes(32)])).status_code == 422
    assert (await add(witness, checkpoint(8))).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"old 01\n\n" + checkpoint(3).written().encode(),
        b"old -1\n\n" + checkpoint(3).written().encode(),
        b"old 0\nkein base64\n\n" + checkpoint(3).written().encode(),
        b"old 0\n" + b"AAAA\n\n" + checkpoint(3).written().encode(),
        b"old 0\n" + (base64.b64encode(bytes(32)) + b"\n") * 64 + b"\n" + checkpoint(3).written().encode(),
        b"old 0\n" + checkpoint(3).written().encode(),
        b"\xff\xfe",
        b"old 0\n\n" + b"x" * 70_000,
    ],
)
async def test_what_is_no_request_is_refused(witness: httpx2.AsyncClient, body: bytes) -> None:
    assert (await witness.post("/add-checkpoint", content=body)).status_code == 400


async def test_of_two_requests_at_once_one_is_the_next(witness: httpx2.AsyncClient) -> None:
    await add(witness, checkpoint(3))

    answers = await asyncio.gather(*(add(witness, checkpoint(size), old=3) for size in range(4, 16)))

    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 11
