"""Is a body read as every reader would read it, or refused, and never anything else?"""

import json
import math
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.contract import Json
from gateway.errors import RequestInvalid
from gateway.jsonbody import MAX_DEPTH, MAX_FAULTS, BodyCheck, parse_body

SAFE = 2**53 - 1


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"{}", {}),
        (b" [1, -0, 1.5, 1e3, true, null] ", [1, 0, 1.5, 1000.0, True, None]),
        (b"%d" % SAFE, SAFE),
        (b"-%d" % SAFE, -SAFE),
        (b'"\\ud83d\\ude00"', "\U0001f600"),
        ('{"Tên": "Nguyễn"}'.encode(), {"Tên": "Nguyễn"}),
        (b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, None),
        (b'"' + b"[" * 1000 + b'"', "[" * 1000),
        (b'["\\"", "[["]', ['"', "[["]),
        (b'["9007199254740993", "1e999", "\\\\\\"1e999", 1e22]', ["9007199254740993", "1e999", '\\"1e999', 1e22]),
        (b"[1e-999, 1E+0, 123456789012.5e-3]", [0.0, 1.0, 123456789.0125]),
        (b"[" + b"[]," * 1000 + b"1]", None),
    ],
    ids=lambda value: str(value)[:20],
)
def test_json_is_read(raw: bytes, value: Json) -> None:
    assert parse_body(raw) == (value if value is not None else json.loads(raw))


@pytest.mark.parametrize(
    "raw",
    [
        b"", b" ", b"{", b"nul", b"{'a':1}", b'{"a":1,}', b"[1,]", b"01", b"+1", b".5", b"1.", b"0x1", b'"\t"', b"1 2",
        b'{"a":1,"a":1}', b'{"a":{"b":1,"b":2}}', b'{"a":1,"\\u0061":2}', b"NaN", b"[Infinity]", b"-Infinity",
        b"%d" % (SAFE + 1), b"-%d" % (SAFE + 1), b"1" * 5000, b"1e999", b"-1e999", b"0." + b"1" * 5000,
        b'{"a":"x\\"","b":[1,%d]}' % (SAFE + 1), b"[0,1.5E+0400]", b"1234567890123456e299", b'["\\\\",1e999]',
        b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), b'{"a":' * 33 + b"1" + b"}" * 33, b"[" * 100_000,
        b'[{"a":' * 50_000,
        b"\xef\xbb\xbf{}", b"\xff", b'"\xc0\xaf"', b'"\xed\xa0\x80"', "{}".encode("utf-16"), b"{}\0",
        b'"\\ud800"', b'["\\udc00"]', b'{"\\ud800":1}', b'{"a":[{"b":"\\uDBFF"}]}',
    ],
    ids=lambda raw: repr(raw[:20]),
)  # fmt: skip
def test_what_readers_differ_on_is_refused(raw: bytes) -> None:
    with pytest.raises(RequestInvalid):
        parse_body(raw)


@given(st.binary(max_size=200) | st.text(alphabet='{}[]",:\\u0123d8ea.-+ntf', max_size=200).map(str.encode))
@example(b"]" * 40 + b"[" * 40)
@example(b'"\\')
def test_any_bytes_are_json_or_invalid(raw: bytes) -> None:
    with suppress(RequestInvalid):
        assert json.dumps(parse_body(raw), allow_nan=False, ensure_ascii=False).encode()


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-SAFE, SAFE) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@given(VALUES)
def test_what_is_json_comes_back_as_it_was(value: Json) -> None:
    read = parse_body(json.dumps(value).encode())

    assert read == value or (isinstance(value, float) and math.isclose(value, float(str(read))))


SCHEMA = (
    b'{"type":"object","properties":{"SoDinhDanh":{"type":"string","pattern":"^[0-9]{12}$"},'
    b'"DienTich":{"type":"number","minimum":0}},"required":["SoDinhDanh"],"additionalProperties":false}'
)


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"SoDinhDanh": "056099000001"}, []),
        ({}, ["body/SoDinhDanh"]),
        ({"SoDinhDanh": "12"}, ["body/SoDinhDanh"]),
        ({"SoDinhDanh": "056099000001", "DienTich": -1}, ["body/DienTich"]),
        ({"SoDinhDanh": "056099000001", "Khac": 1}, ["body"]),
        ([], ["body"]),
        (None, ["body"]),
    ],
)
def test_a_fault_names_its_place_and_not_its_value(body: Json, where: list[str]) -> None:
    faults = BodyCheck(SCHEMA).faults(body)

    assert [fault.where for fault in faults] == where
    assert "12'" not in str(faults)


def test_faults_are_not_told_without_end() -> None:
    assert len(BodyCheck(b'{"items":{"type":"string"}}').faults(list(range(1000)))) == MAX_FAULTS


@pytest.mark.parametrize("schema", [b'{"type":"khong"}', b'{"$ref":"http://127.0.0.1:1/x"}', b'{"$ref":"#/khong/co"}'])
def test_what_is_no_schema_is_refused_when_it_is_compiled(schema: bytes) -> None:
    with pytest.raises(ValueError, match="not a JSON Schema"):
        BodyCheck(schema)
