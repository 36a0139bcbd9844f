"""Are a record's bytes canonical, bounded, hidden where they must be, and made for whatever an entry says?"""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recorded import AT, entry, keys

from security.audit.encode import MAX_BODY_BYTES, Place, encode, microseconds
from security.audit.privacy import (
    CASE_FILE_PLACE,
    FIRST_SUBJECT_PLACE,
    Concealer,
    Hidden,
    HiddenSubjects,
    KeyUnusable,
    PseudonymKeys,
    SealSession,
    make_recovery_key,
    merkle_root,
    read_recovery_private_key,
    read_recovery_public_key,
    unseal,
)
from security.audit.record import Decision, Entry, Kind, Outcome, Trace, What, Who, Whom, Why
from security.audit.rows import Row

PLACE = Place(stream="node-0-1", seq=7, prev="00" * 32, nonce="11" * 16, monotonic_us=5)

texts = st.text(st.characters(), max_size=40) | st.text(st.characters(), min_size=300, max_size=400)
lists = st.lists(texts, max_size=4) | st.just([f"field.{number}" for number in range(2000)])
notes = st.dictionaries(texts, texts | st.integers() | st.booleans(), max_size=5)
subjects = st.lists(texts, max_size=3) | st.just([f"0010990{number:05}" for number in range(60)])


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("keys")
    keys(directory)
    return directory


@pytest.fixture(scope="module")
def conceal(directory: Path) -> Concealer:
    public = read_recovery_public_key(directory / "recovery.pub")
    return Concealer(PseudonymKeys(directory / "pseudonyms"), SealSession(public))


def body_of(row: Row) -> dict[str, dict[str, object]]:
    return json.loads(row.body)  # type: ignore[no-any-return] # the tests look into it


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    return Entry(
        draw(st.sampled_from(Kind)),
        draw(texts),
        AT + timedelta(microseconds=draw(st.integers(-(10**15), 10**15))),
        who=Who(**{member: draw(texts) for member in Who.__struct_fields__}),
        why=Why(
            agreement=draw(texts),
            agreement_version=1,
            agreement_digest=draw(texts),
            purpose=draw(texts),
            legal_basis=draw(texts),
            case_file=draw(texts),
        ),
        what=What(
            database=draw(texts),
            service=draw(texts),
            version=1,
            operation=draw(texts),
            door=draw(texts),
            request_digest=draw(texts),
            request_bytes=3,
            fields=draw(lists),
            idempotency_key_digest=draw(texts),
        ),
        whom=Whom(draw(subjects)),
        decision=Decision(
            allowed=draw(st.booleans()), reason=draw(texts), policy=draw(texts), repeated=draw(st.integers(1, 9))
        ),
        outcome=Outcome(
            status=200,
            provider_status=draw(texts),
            attempts=1,
            response_digest=draw(texts),
            response_bytes=5,
            fields_released=draw(lists),
            fields_withheld=draw(lists),
        ),
        trace=Trace(trace_id=draw(texts), parent_exchange=draw(texts)),
        notes=draw(st.none() | notes),
        grant_key=draw(texts),
    )


@given(whole=entries())
@settings(max_examples=40)  # a whole entry is drawn each time, a tenth of a second
def test_any_entry_becomes_a_canonical_bounded_body(conceal: Concealer, whole: Entry) -> None:
    row = encode(whole, PLACE, conceal)

    again = json.dumps(json.loads(row.body), sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    assert again == row.body
    assert len(row.body) <= MAX_BODY_BYTES


@given(whole=entries())
@settings(max_examples=40)  # a whole entry is drawn each time, a tenth of a second
def test_the_columns_are_the_bodys_members(conceal: Concealer, whole: Entry) -> None:
    row = encode(whole, PLACE, conceal)

    body = json.loads(row.body)
    who = body.get("who", {})
    named = (
        body["kind"],
        body.get("exchange", ""),
        body.get("grant", ""),
        who.get("agency", ""),
        who.get("system", ""),
    )
    assert named == (row.kind, row.exchange_id, row.grant_key, row.agency, row.system)
    assert "\x00" not in "".join((row.exchange_id, row.agency, row.system, row.grant_key))


def test_the_leaf_is_the_hash_of_a_zero_byte_and_the_body(conceal: Concealer) -> None:
    row = encode(entry(Kind.INTENT, "x"), PLACE, conceal)

    assert row.leaf == hashlib.sha256(b"\x00" + row.body).digest()


def test_a_time_is_whole_microseconds_since_1970() -> None:
    assert microseconds(datetime(2026, 1, 1, 0, 0, 0, 123456, tzinfo=UTC)) == 1_767_225_600_123_456


@pytest.mark.parametrize("text", ["\ud800", "\x00", "nva\x00", "\x1b[2J" * 900])
def test_a_text_that_a_database_would_refuse_is_recorded(conceal: Concealer, text: str) -> None:
    row = encode(entry(Kind.DENY, "x", who=Who(system=text, agency=text)), PLACE, conceal)

    assert row.agency.isprintable()
    assert row.agency == body_of(row)["who"]["agency"]


def test_a_float_in_notes_is_written_as_a_text(conceal: Concealer) -> None:
    row = encode(msgspec.structs.replace(entry(Kind.ADMIN, "x"), notes={"a": 1.5}), PLACE, conceal)

    assert body_of(row)["notes"] == {"a": "1.5"}


def test_field_lists_that_are_too_long_are_counted_and_digested(conceal: Concealer) -> None:
    fields = tuple(f"field.{number}" for number in range(5000))
    row = encode(entry(Kind.INTENT, "x", what=What(fields=fields)), PLACE, conceal)

    digest = hashlib.sha256(json.dumps(fields, separators=(",", ":")).encode()).hexdigest()
    assert body_of(row)["what"]["fields"] == {"count": 5000, "digest": digest}


# --- identifiers ---------------------------------------------------------------------------------------------


def test_no_clear_identifier_is_stored(conceal: Concealer) -> None:
    row = encode(entry(Kind.INTENT, "x"), PLACE, conceal)

    assert b"001099000001" not in row.body
    assert b"H01-26-0001" not in row.body


def test_the_stored_digests_are_keyed_each_in_a_domain_of_its_own(conceal: Concealer, directory: Path) -> None:
    guess = hashlib.sha256(b"GET\n/x/001099000001\n\n").hexdigest()
    row = encode(entry(Kind.DENY, "x", what=What(request_digest=guess, idempotency_key_digest=guess)), PLACE, conceal)

    key_id = str(body_of(row)["pseudonym_key"])
    key = bytes.fromhex((directory / "pseudonyms" / f"pseudonym-{key_id}.key").read_text())
    assert body_of(row)["what"] == {
        "request_digest": hmac.digest(key, b"request\x00" + guess.encode(), "sha256")[:16].hex(),
        "idempotency_key_digest": hmac.digest(key, b"idempotency-key\x00" + guess.encode(), "sha256")[:16].hex(),
    }


def test_a_record_that_seals_nothing_names_no_sealing_key(conceal: Concealer) -> None:
    row = encode(entry(Kind.DENY, "x", what=What(request_digest="ab"), whom=None, why=None), PLACE, conceal)

    assert {"pseudonym_key", "seal_key"} & body_of(row).keys() == {"pseudonym_key"}


def test_a_person_has_one_pseudonym_in_a_month_and_another_in_the_next(directory: Path) -> None:
    pseudonyms = PseudonymKeys(directory / "pseudonyms")
    pseudonyms.in_use(datetime(2026, 12, 1, tzinfo=UTC))
    pseudonyms.in_use(AT)

    first = pseudonyms.subject("001099000001", key_id="2026-11")

    assert first == PseudonymKeys(directory / "pseudonyms").subject("001099000001", key_id="2026-11")
    assert first != pseudonyms.subject("001099000001", key_id="2026-12")


def test_a_pseudonym_is_the_first_half_of_an_hmac(directory: Path) -> None:
    pseudonyms = PseudonymKeys(directory / "pseudonyms")

    pseudonym = pseudonyms.subject("001099000001", key_id=pseudonyms.in_use(AT))

    key = bytes.fromhex((directory / "pseudonyms" / "pseudonym-2026-11.key").read_text())
    assert pseudonym == hmac.digest(key, b"subject\x00001099000001", "sha256")[:16].hex()


def test_a_case_file_and_a_person_of_the_same_number_differ(directory: Path) -> None:
    pseudonyms = PseudonymKeys(directory / "pseudonyms")
    pseudonyms.in_use(AT)

    assert pseudonyms.subject("1", key_id="2026-11") != pseudonyms.case_file("1", key_id="2026-11")


def test_the_recovery_key_opens_what_was_sealed(conceal: Concealer, directory: Path) -> None:
    row = encode(entry(Kind.INTENT, "x"), PLACE, conceal)
    private = read_recovery_private_key(directory / "recovery.key")
    opened = partial(unseal, private, ephemeral_public=conceal.session.public, seq=PLACE.seq)

    sealed = body_of(row)["whom"]["inline"][0]["sealed"]  # type: ignore[index] # as the record is written
    case_file = body_of(row)["why"]["case_file"]["sealed"]  # type: ignore[index] # as the record is written

    assert opened(sealed, place=FIRST_SUBJECT_PLACE) == "001099000001"
    assert opened(case_file, place=CASE_FILE_PLACE) == "H01-26-0001"


def test_another_key_opens_nothing(conceal: Concealer, tmp_path: Path) -> None:
    make_recovery_key(tmp_path / "other.key", tmp_path / "other.pub")
    private = read_recovery_private_key(tmp_path / "other.key")
    sealed = conceal.session.seal("001099000001", seq=1, place=1)

    with pytest.raises(KeyUnusable):
        unseal(private, sealed, ephemeral_public=conceal.session.public, seq=1, place=1)


def test_a_sealed_value_moved_to_another_record_does_not_open(conceal: Concealer, directory: Path) -> None:
    private = read_recovery_private_key(directory / "recovery.key")
    sealed = conceal.session.seal("001099000001", seq=1, place=1)

    with pytest.raises(KeyUnusable):
        unseal(private, sealed, ephemeral_public=conceal.session.public, seq=2, place=1)


def test_more_than_32_people_are_counted_and_rooted(conceal: Concealer, directory: Path) -> None:
    people = tuple(f"0010990{number:05}" for number in range(40))
    hidden = conceal.subjects((*people, people[0]), at=AT, seq=1)

    pseudonyms = PseudonymKeys(directory / "pseudonyms")
    rest = [pseudonyms.subject(person, key_id="2026-11").encode() for person in people[32:]]
    assert (hidden.count, len(hidden.inline), hidden.rest_count) == (40, 32, 8)
    assert hidden.rest_root == merkle_root(rest).hex()


@pytest.mark.parametrize(
    ("leaves", "root"),
    [
        ([], "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ([b""], "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        ([b"", b"\x00"], "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
        ([b"", b"\x00", b"\x10"], "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
    ],
)
def test_the_root_is_that_of_rfc_6962(leaves: list[bytes], root: str) -> None:
    assert merkle_root(leaves).hex() == root


@pytest.mark.parametrize("content", ["", "zz", "00" * 31, "00" * 33])
def test_a_key_file_that_holds_no_key_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "pseudonym-2026-11.key").write_text(content)

    with pytest.raises(KeyUnusable):
        PseudonymKeys(tmp_path).subject("1", key_id="2026-11")


def test_who_looks_somebody_up_makes_no_key(tmp_path: Path) -> None:
    with pytest.raises(KeyUnusable):
        PseudonymKeys(tmp_path).subject("1", key_id="2026-11")

    assert list(tmp_path.iterdir()) == []


def test_a_month_that_was_erased_gets_no_key_again_by_anything(directory: Path, tmp_path: Path) -> None:
    public = read_recovery_public_key(directory / "recovery.pub")
    writing, other = PseudonymKeys(tmp_path), PseudonymKeys(tmp_path)
    known = writing.subject("1", key_id=writing.in_use(AT))

    assert other.erase("2026-11")

    assert [path.name for path in tmp_path.iterdir()] == ["pseudonym-2026-11.erased"]
    with pytest.raises(KeyUnusable, match="was erased"):
        other.subject("1", key_id="2026-11")
    with pytest.raises(KeyUnusable, match="was erased"):
        encode(entry(Kind.INTENT, "x"), PLACE, Concealer(PseudonymKeys(tmp_path), SealSession(public)))
    assert other.known_months(AT, AT) == ()
    assert known


def test_a_key_is_forgotten_in_memory_after_two_more_months(tmp_path: Path) -> None:
    keys = PseudonymKeys(tmp_path)
    for month in (9, 10, 11):
        keys.in_use(datetime(2026, month, 1, tzinfo=UTC))

    PseudonymKeys(tmp_path).erase("2026-09")

    with pytest.raises(KeyUnusable, match="was erased"):
        keys.subject("1", key_id="2026-09")


def test_key_files_are_for_their_owner_only(directory: Path) -> None:
    PseudonymKeys(directory / "pseudonyms").in_use(AT)

    files = [directory / "recovery.key", directory / "pseudonyms" / "pseudonym-2026-11.key"]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


@pytest.mark.parametrize("value", [entry(Kind.INTENT, "x"), Why(case_file="H01-26-0001"), Whom(("001099000001",))])
def test_a_representation_shows_no_identifier(value: object) -> None:
    assert "001099000001" not in repr(value)
    assert "H01-26-0001" not in repr(value)


@pytest.mark.parametrize(
    "group", [Who, Why, What, Decision, Outcome, Trace, HiddenSubjects, Hidden], ids=lambda g: g.__name__
)
def test_a_groups_members_stand_in_the_order_of_a_body(group: type[msgspec.Struct]) -> None:
    assert list(group.__struct_fields__) == sorted(group.__struct_fields__)
