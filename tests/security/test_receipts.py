"""Can a caller show with a receipt alone what was promised, and is anything else refused?"""

import base64
import hashlib
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jws
from joserfc.jwk import OKPKey

from gateway.receipts import PROMISED_WITHIN, Promise, became
from security.audit.encode import moment_of
from security.audit.proving import Kept, Place, Proof
from security.audit.receipts import (
    ReceiptForged,
    ReceiptSigner,
    ReceiptUnreadable,
    Statement,
    read_receipt,
    verify_receipt,
)

ISSUER = "https://lienthong.tinh.example"
KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
KID = "khoa-1"
AT_US = 1_795_715_226_787_233


def public(key: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(key).public_key().public_bytes_raw()


def receipts(count: int, *, key: bytes = KEY) -> list[str]:
    """Return the receipts of one commit of so many records."""
    signer = ReceiptSigner(key, kid=KID, issuer=ISSUER)
    statements = [
        signer.promise(
            at_us=AT_US, exchange=f"01a2-{seq}", leaf=bytes([seq]) * 32, response="ab" * 32, seq=seq, stream="nut-1"
        )
        for seq in range(count)
    ]
    return [one.decode() for one in signer.sign(statements)]


def octets(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@pytest.mark.parametrize("count", [*range(1, 20), 32, 33, 100])
def test_each_receipt_of_a_commit_stands_for_itself(count: int) -> None:
    for seq, text in enumerate(receipts(count)):
        receipt = read_receipt(text)

        verify_receipt(receipt, {KID: public(KEY)})

        assert (receipt.statement.seq, receipt.signed.iss, receipt.signed.count) == (seq, ISSUER, count)


def test_a_jose_library_and_sha_256_are_enough() -> None:
    """As docs/receipts.md says it, without a line of ours."""
    text = receipts(6)[4]
    x = base64.urlsafe_b64encode(public(KEY)).rstrip(b"=").decode()
    key = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": x})
    signature, statement, path = text.split("~")

    signed = json.loads(jws.deserialize_compact(signature, key, ["Ed25519"]).payload)
    found = hashlib.sha256(b"\x00" + octets(statement)).digest()
    index, last, hashes = int.from_bytes(octets(path)[:4], "big"), signed["count"] - 1, octets(path)[4:]
    while last:
        if index & 1 or index < last:
            sibling, hashes = hashes[:32], hashes[32:]
            pair = sibling + found if index & 1 else found + sibling
            found = hashlib.sha256(b"\x01" + pair).digest()
        index, last = index >> 1, last >> 1

    assert hashes == b""
    assert base64.urlsafe_b64encode(found).rstrip(b"=").decode() == signed["root"]


def test_no_letter_of_a_receipt_can_be_changed() -> None:
    text = receipts(5)[3]

    for at in range(len(text)):
        changed = text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]
        with pytest.raises((ReceiptUnreadable, ReceiptForged)):
            verify_receipt(read_receipt(changed), {KID: public(KEY)})


def test_parts_of_two_receipts_make_none() -> None:
    one, other = (text.split("~") for text in receipts(4)[:2])

    for mixed in ((one[0], other[1], one[2]), (one[0], one[1], other[2])):
        with pytest.raises(ReceiptForged):
            verify_receipt(read_receipt("~".join(mixed)), {KID: public(KEY)})


def test_another_key_and_an_unknown_one_sign_nothing() -> None:
    for text, keys in ((receipts(2, key=OTHER)[0], {KID: public(KEY)}), (receipts(2)[0], {"khac": public(KEY)})):
        with pytest.raises(ReceiptForged):
            verify_receipt(read_receipt(text), keys)


@pytest.mark.parametrize(
    "text", ["", "~", "a.b.c", "a.b.c~d~e", "é" * 10, "x" * 9000, "~".join(["e30.e30.e30", "e30", "AAAAAA"])]
)
def test_what_is_no_receipt_is_refused(text: str) -> None:
    with pytest.raises(ReceiptUnreadable):
        read_receipt(text)


# --- what became of a promise ----------------------------------------------------------------------------------------

SAYS = Statement(at_us=AT_US, exchange="x", leaf="aa" * 32, response="", seq=7, stream="nut-1")
PROOF = Proof(place=Place("2026", 3), leaf=b"\xaa" * 32, size=9, hashes=(), checkpoint="")


def kept(leaf: bytes, proof: Proof | None) -> Kept:
    return Kept(stream="nut-1", seq=7, kind="OUTCOME", leaf=leaf, proof=proof)


@pytest.mark.parametrize(
    ("found", "late", "promise"),
    [
        (kept(b"\xaa" * 32, PROOF), False, Promise.INCLUDED),
        (kept(b"\xaa" * 32, PROOF), True, Promise.INCLUDED),
        (kept(b"\xaa" * 32, None), False, Promise.PENDING),
        (kept(b"\xaa" * 32, None), True, Promise.LATE),
        (kept(b"\xbb" * 32, PROOF), False, Promise.REPLACED),
        (None, False, Promise.ABSENT),
    ],
)
def test_the_record_says_what_became_of_a_promise(found: Kept | None, late: bool, promise: Promise) -> None:
    now = moment_of(AT_US) + (PROMISED_WITHIN if late else PROMISED_WITHIN / 2)

    assert became(SAYS, found, now=now) is promise
