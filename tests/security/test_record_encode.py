"""Are a record's bytes canonical, bounded, hidden where they must be, and made for whatever an entry says?"""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recorded import AT, entry, keys

from catalog.codes import code_fault
from security.audit.datakeys import NO_DATABASE, DataKeys, keyed_database
from security.audit.encode import MAX_BODY_BYTES, Place, encode, microseconds
from security.audit.keyfiles import KeyErased, KeyFiles, KeyUnusable
from security.audit.privacy import (
    CASE_FILE_PLACE,
    FIRST_SUBJECT_PLACE,
    INLINE_SUBJECTS,
    MAX_SEALED_BYTES,
    Concealer,
    Hidden,
    HiddenSubjects,
    PseudonymKeys,
    SealSession,
    data_layer,
    make_recovery_key,
    merkle_root,
    read_recovery_private_key,
    read_recovery_public_key,
    uncover,
    unseal,
)
from security.audit.record import Decision, Entry, Kind, Outcome, Trace, What, Who, Whom, Why
from security.audit.rows import Row

PLACE = Place(stream="node-0-1", seq=7, prev="00" * 32, nonce="11" * 16, monotonic_us=5)

# The long ones repeat themselves: what an example is drawn from has a size too.
signs = st.characters()
texts = st.text(signs, max_size=20) | st.text(signs, min_size=6, max_size=8).map(lambda one: one * 50)
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


@pytest.fixture
def sealer(tmp_path: Path, directory: Path) -> Concealer:
    """Seals with keys of this test's own."""
    public = read_recovery_public_key(directory / "recovery.pub")
    return Concealer(PseudonymKeys(tmp_path), SealSession(public))


def opened(sealed: str, conceal: Concealer, data_key: bytes, directory: Path, *, place: int = 1) -> str:
    """Open a value of the record PLACE with the data key and the recovery key."""
    public = conceal.session.public
    inner = uncover(sealed, layer=data_layer(data_key, public), seq=PLACE.seq, place=place)
    private = read_recovery_private_key(directory / "recovery.key")
    return unseal(private, inner, ephemeral_public=public, seq=PLACE.seq, place=place)


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


def test_data_key_and_recovery_key_together_open_what_was_sealed(conceal: Concealer, directory: Path) -> None:
    row = encode(entry(Kind.INTENT, "x"), PLACE, conceal)
    data_key = PseudonymKeys(directory / "pseudonyms").data.read(f"{datetime.now(UTC):%Y-%m}", "population")

    sealed = body_of(row)["whom"]["inline"][0]["sealed"]  # type: ignore[index] # as the record is written
    case_file = body_of(row)["why"]["case_file"]["sealed"]  # type: ignore[index] # as the record is written

    assert opened(sealed, conceal, data_key, directory, place=FIRST_SUBJECT_PLACE) == "001099000001"
    assert opened(case_file, conceal, data_key, directory, place=CASE_FILE_PLACE) == "H01-26-0001"


def test_the_recovery_key_alone_opens_nothing(conceal: Concealer, directory: Path) -> None:
    private = read_recovery_private_key(directory / "recovery.key")
    hidden = conceal.case_file("H01-26-0001", database="population", at=AT, seq=1)

    with pytest.raises(KeyUnusable):
        unseal(private, hidden.sealed, ephemeral_public=conceal.session.public, seq=1, place=CASE_FILE_PLACE)


@pytest.mark.parametrize(("file", "seq"), [("other.key", 1), ("recovery.key", 2)])
def test_another_key_or_another_record_opens_nothing(conceal: Concealer, directory: Path, file: str, seq: int) -> None:
    make_recovery_key(directory / "other.key", directory / "other.pub")
    private, layer = read_recovery_private_key(directory / file), conceal.session.layer(b"k" * 32)
    sealed = conceal.session.seal("001099000001", seq=1, place=1, layer=layer)
    inner = uncover(sealed, layer=layer, seq=1, place=1)

    with pytest.raises(KeyUnusable):
        unseal(private, inner, ephemeral_public=conceal.session.public, seq=seq, place=1)
    with pytest.raises(KeyUnusable, match="data key"):
        uncover(sealed, layer=layer, seq=1, place=2)


def test_two_sessions_never_share_an_outer_key(directory: Path) -> None:
    """Their numbers may be the same: under one key they would use a nonce twice."""
    public = read_recovery_public_key(directory / "recovery.pub")
    one, other = SealSession(public), SealSession(public)
    sealed = one.seal("1", seq=1, place=1, layer=one.layer(b"k" * 32))

    with pytest.raises(KeyUnusable):
        uncover(sealed, layer=other.layer(b"k" * 32), seq=1, place=1)


# --- data keys ---------------------------------------------------------------------------------------------

MONTH = "2026-11"


def sealed_of(conceal: Concealer, database: str) -> str:
    return conceal.subjects(("001099000001",), database=database, at=AT, seq=PLACE.seq).inline[0].sealed


def test_each_database_of_a_month_has_a_key_and_records_of_none_another(sealer: Concealer, tmp_path: Path) -> None:
    for database in ("population", "dat-dai", "", "population", "../x", "a" * 101):
        sealed_of(sealer, database)

    keys = sorted(path.name for path in tmp_path.iterdir())
    own = [f"data-{MONTH}-dat-dai.key", f"data-{MONTH}-population.key", f"data-{MONTH}.key"]
    assert keys == [*own, f"pseudonym-{MONTH}.key"]
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_all_who_share_the_directory_share_the_key(tmp_path: Path) -> None:
    keys = [PseudonymKeys(tmp_path).data for _ in range(3)]

    assert len({one.in_use(MONTH, "population") for one in keys}) == 1
    assert keys[0].read(MONTH, "population") == keys[1].in_use(MONTH, "population")


def test_an_erased_database_cannot_be_opened_and_another_of_the_month_can(
    sealer: Concealer, directory: Path, tmp_path: Path
) -> None:
    erased, kept = sealed_of(sealer, "population"), sealed_of(sealer, "dat-dai")
    other = PseudonymKeys(tmp_path).data
    assert opened(erased, sealer, other.read(MONTH, "population"), directory) == "001099000001"

    assert other.erase(MONTH, "population")

    with pytest.raises(KeyErased):
        PseudonymKeys(tmp_path).data.read(MONTH, "population")
    with pytest.raises(KeyUnusable):
        opened(erased, sealer, other.read(MONTH, "dat-dai"), directory)
    assert opened(kept, sealer, other.read(MONTH, "dat-dai"), directory) == "001099000001"
    assert PseudonymKeys(tmp_path).subject("001099000001", key_id=MONTH), "its pseudonyms stay"


def test_an_erased_month_loses_all_its_data_keys_and_other_months_none(sealer: Concealer, tmp_path: Path) -> None:
    for database in ("population", "dat-dai", ""):
        sealed_of(sealer, database)
    PseudonymKeys(tmp_path).data.in_use("2026-12", "population")

    assert PseudonymKeys(tmp_path).erase(MONTH)

    assert [path.name for path in tmp_path.glob("*.key")] == ["data-2026-12-population.key"]


@pytest.mark.parametrize("database", ["population", "never-there", ""])
def test_nothing_makes_a_key_anew_in_an_erased_month(sealer: Concealer, tmp_path: Path, database: str) -> None:
    sealed_of(sealer, "population")
    PseudonymKeys(tmp_path).erase(MONTH)
    data = PseudonymKeys(tmp_path).data

    with pytest.raises(KeyErased):
        data.in_use(MONTH, database)
    with pytest.raises(KeyErased):
        data.read(MONTH, database)
    assert data.is_erased(MONTH, database)
    assert list(tmp_path.glob("*.key")) == []


def test_nothing_makes_an_erased_databases_key_anew(sealer: Concealer, tmp_path: Path) -> None:
    """Not the process either that has sealed under it and goes on: it keeps what it has in memory, and no file."""
    sealed_of(sealer, "population")
    PseudonymKeys(tmp_path).data.erase(MONTH, "population")

    sealed_of(sealer, "population")

    with pytest.raises(KeyErased):
        PseudonymKeys(tmp_path).data.in_use(MONTH, "population")
    assert not list(tmp_path.glob("*population*.key"))


@pytest.mark.parametrize("content", [None, "", "00" * 31])
def test_a_data_key_that_is_missing_is_not_told_as_erased(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / f"data-{MONTH}-population.key").write_text(content)

    with pytest.raises(KeyUnusable) as refused:
        PseudonymKeys(tmp_path).data.read(MONTH, "population")

    assert not isinstance(refused.value, KeyErased)
    assert "data-2026-11-population.key" in str(refused.value)


def test_what_a_killed_process_has_left_of_a_key_goes_with_it(tmp_path: Path) -> None:
    """It was killed between giving the file its name and taking the other name away: both are the key."""
    data = DataKeys(KeyFiles(tmp_path))
    data.in_use(MONTH, "population")
    left = tmp_path / f".data-{MONTH}-population.key.0a1b2c3d"
    left.hardlink_to(tmp_path / f"data-{MONTH}-population.key")

    data.erase(MONTH, "population")

    assert [path.name for path in tmp_path.iterdir()] == [f"data-{MONTH}-population.erased"]


def test_a_key_that_is_being_overwritten_is_not_read_as_zeros(tmp_path: Path) -> None:
    data = DataKeys(KeyFiles(tmp_path))
    (tmp_path / f"data-{MONTH}-population.key").write_text("0" * 64 + "\n")
    (tmp_path / f"data-{MONTH}-population.erased").write_text("erased\n")

    with pytest.raises(KeyErased):
        data.read(MONTH, "population")


def test_data_keys_are_forgotten_in_memory_after_two_more_months(tmp_path: Path) -> None:
    data = PseudonymKeys(tmp_path).data
    for month in ("2026-09", "2026-10", "2026-11"):
        data.in_use(month, "population")

    PseudonymKeys(tmp_path).erase("2026-09")

    with pytest.raises(KeyErased):
        data.in_use("2026-09", "population")


@pytest.mark.parametrize("database", ["..", "a/b", "a b", "é", "a" * 101])
def test_what_is_no_code_names_no_key_and_erases_none(tmp_path: Path, database: str) -> None:
    with pytest.raises(KeyUnusable, match="no code"):
        PseudonymKeys(tmp_path).data.erase(MONTH, database)

    assert list(tmp_path.iterdir()) == []


@given(st.text(st.characters(codec="ascii"), max_size=12) | st.just("a" * 100))
def test_every_code_that_a_database_can_have_has_a_key_of_its_own(code: str) -> None:
    own = keyed_database(code)

    assert own in (code, NO_DATABASE)
    assert code_fault("code", code) is not None or own == code != NO_DATABASE


def test_the_database_stands_whole_in_a_record_that_is_shortened(conceal: Concealer) -> None:
    """By it the data key is found: its first letters would be another's."""
    what = What(database="d" * 100, service="s" * 9000)
    row = encode(entry(Kind.INTENT, "x", what=what), PLACE, conceal)

    assert body_of(row)["what"]["database"] == "d" * 100
    assert str(body_of(row)["what"]["service"]).startswith("sss")


@pytest.mark.parametrize("length", [16, 17, 33, 34, 65, 4000])
def test_the_largest_record_fits(conceal: Concealer, length: int) -> None:
    """Every text just not cut or cut, and twice as long when it is written; as many people as stand in a record."""
    long = '"' * length
    people = tuple(f"{number:0{MAX_SEALED_BYTES + 9}}" for number in range(INLINE_SUBJECTS + 9))
    whole = Entry(
        Kind.DENY, long, AT, who=Who(**dict.fromkeys(Who.__struct_fields__, long)),
        why=Why(agreement=long, agreement_digest=long, purpose=long, legal_basis=long, case_file=long),
        what=What(database="d" * 100, door=long, fields=(long,) * 9, idempotency_key_digest=long, operation=long,
                  request_digest=long, service=long),
        whom=Whom(people), decision=Decision(allowed=False, flags=(long,), policy=long, reason=long),
        outcome=Outcome(status=200, provider_status=long, response_digest=long, fields_released=(long,) * 9,
                        fields_withheld=(long,) * 9),
        trace=Trace(trace_id=long, parent_exchange=long), notes={long: long}, grant_key=long,
    )  # fmt: skip
    row = encode(whole, PLACE, conceal)

    assert len(row.body) <= MAX_BODY_BYTES
    assert len(body_of(row)["whom"]["inline"]) == INLINE_SUBJECTS  # type: ignore[arg-type] # as the record is written


def test_more_than_32_people_are_counted_and_rooted(conceal: Concealer, directory: Path) -> None:
    people = tuple(f"0010990{number:05}" for number in range(40))
    hidden = conceal.subjects((*people, people[0]), database="population", at=AT, seq=1)

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
