"""Is a checkpoint's signature checked as the specification says, and a wrong one refused?"""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from security.audit.notes import (
    Checkpoint,
    KeyKind,
    Note,
    NoteKey,
    NoteWrong,
    cosign,
    cosigned_at,
    key_of,
    read_checkpoint,
    read_key,
    read_note,
    sign_note,
    signers,
    with_signatures,
)

LOG, WITNESS = (Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in (1, 2))
LOG_KEY = key_of(LOG, "lienthong.example/log/2026", kind=KeyKind.NOTE)
WITNESS_KEY = key_of(WITNESS, "giamsat.example/w1", kind=KeyKind.COSIGNATURE)
TEXT = Checkpoint(LOG_KEY.name, 20852163, bytes(range(32))).text()
# The example of the specification (signed-note): key, note and signature of one who is not us.
OTHERS_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
OTHERS_NOTE = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def signed() -> Note:
    return sign_note(TEXT, LOG_KEY, LOG)


def cosigned() -> Note:
    return with_signatures(signed(), [cosign(TEXT, WITNESS_KEY, WITNESS, at_seconds=1_679_315_147)])


def test_the_example_of_the_specification_is_verified() -> None:
    key = read_key(OTHERS_KEY)

    assert signers(read_note(OTHERS_NOTE), [key]) == [key]


def test_a_changed_example_is_refused() -> None:
    with pytest.raises(NoteWrong, match="does not fit"):
        signers(read_note(OTHERS_NOTE.replace("answer", "question")), [read_key(OTHERS_KEY)])


def test_a_note_is_read_as_it_was_written() -> None:
    assert read_note(cosigned().written()) == cosigned()


def test_log_and_witness_are_both_found() -> None:
    assert signers(cosigned(), [LOG_KEY, WITNESS_KEY]) == [LOG_KEY, WITNESS_KEY]


def test_the_time_of_a_cosignature_is_told() -> None:
    assert cosigned_at(cosigned(), WITNESS_KEY) == 1_679_315_147


def test_another_time_makes_a_cosignature_wrong() -> None:
    name, raw = cosign(TEXT, WITNESS_KEY, WITNESS, at_seconds=1_679_315_147)
    later = raw[:4] + (1_679_315_148).to_bytes(8, "big") + raw[12:]

    with pytest.raises(NoteWrong, match="does not fit"):
        signers(with_signatures(signed(), [(name, later)]), [WITNESS_KEY])


def test_nobody_whom_we_know_has_signed_a_stranger_s_note() -> None:
    assert signers(signed(), [WITNESS_KEY]) == []


def test_a_key_is_read_as_it_was_written() -> None:
    assert read_key(WITNESS_KEY.written()) == WITNESS_KEY


def test_a_checkpoint_is_read_as_it_was_written() -> None:
    assert read_checkpoint(TEXT).text() == TEXT


def test_lines_behind_the_third_are_passed_over() -> None:
    assert read_checkpoint(f"{TEXT}more\n") == read_checkpoint(TEXT)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a\n1\n",
        "a\n01\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
        "a\n-1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
        "a\n1\nAAAA\n",
        "\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
        "a\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=\n",
        "a\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NoteWrong):
        read_checkpoint(text)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "text\n",
        "text\n\n",
        "text\n\nno signature\n",
        "text\n\n— name \n",
        "text\n\n— name AAAA\n",
        f"text\x00\n\n— a {'A' * 8}\n",
        f"text\n\n— a {'A' * 8}",
        f"text\n\n— a b {'A' * 8}\n",
        "text\n\n" + "— a AAAAAAAA\n" * 101,
        "x" * 70_000 + "\n\n— a AAAAAAAA\n",
    ],
)
def test_what_is_no_note_is_refused(written: str) -> None:
    with pytest.raises(NoteWrong):
        read_note(written)


@pytest.mark.parametrize(
    "written",
    ["", "a+b+c", f"{LOG_KEY.written()}x", LOG_KEY.written().replace("example", "elsewhere"), "n+00000000+Ag=="],
)
def test_what_is_no_key_is_refused(written: str) -> None:
    with pytest.raises(NoteWrong):
        read_key(written)


def test_keys_of_different_kinds_have_different_ids() -> None:
    public = LOG_KEY.public

    assert NoteKey("a", KeyKind.NOTE, public).key_id != NoteKey("a", KeyKind.COSIGNATURE, public).key_id
