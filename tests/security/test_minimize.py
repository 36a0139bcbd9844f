"""Does exactly what was granted leave, in every corner of an answer?"""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.errors import AnswerUnreadable, RowWithheld
from security.minimize import Mask, compile_mask

Json: TypeAlias = object


@dataclass(frozen=True)
class Leaf:
    path: str
    type: str = "string"
    structural: bool = False


@dataclass(frozen=True)
class Condition:
    field: str
    operator: str
    values: tuple[str | int | float | bool, ...]


LAND = (
    Leaf("items[].SoThua"),
    Leaf("items[].DienTich", "number"),
    Leaf("items[].Nam", "integer"),
    Leaf("items[].MaXa"),
    Leaf("items[].ChuSoHuu.SoDinhDanh"),
    Leaf("items[].ChuSoHuu.HoTen"),
    Leaf("items[].NhanChung[].HoTen"),
    Leaf("items[].NhanChung[].SoDinhDanh"),
    Leaf("items[].NhanTag[]"),
    Leaf("next", structural=True),
)
SUBJECTS = ("items[].ChuSoHuu.SoDinhDanh",)


def land(*granted: str, conditions: tuple[Condition, ...] = ()) -> Mask:
    return compile_mask(LAND, granted, rows="items[]", conditions=conditions, subjects=SUBJECTS)


def cut(mask: Mask, text: str, *, rows_applied: bool = False) -> str:
    return mask.apply(text.encode(), rows_applied).body.decode()


PARCEL = """{"items":[{"SoThua":"12","MaXa":"22333","DienTich":1.50,"ChuSoHuu":{"SoDinhDanh":"056","HoTen":"A"},
"NhanChung":[{"HoTen":"B","SoDinhDanh":"1"},{"HoTen":"C"}]}],"next":"n"}"""


@pytest.mark.parametrize(
    ("granted", "expected"),
    [
        ("items[].SoThua", '{"items":[{"SoThua":"12"}],"next":"n"}'),
        ("items[].DienTich", '{"items":[{"DienTich":1.50}],"next":"n"}'),
        ("items[].ChuSoHuu.HoTen", '{"items":[{"ChuSoHuu":{"HoTen":"A"}}],"next":"n"}'),
        ("items[].NhanChung[].HoTen", '{"items":[{"NhanChung":[{"HoTen":"B"},{"HoTen":"C"}]}],"next":"n"}'),
        ("items[].Nam", '{"items":[{}],"next":"n"}'),
    ],
)
def test_only_the_granted_field_and_the_envelope_leave(granted: str, expected: str) -> None:
    assert cut(land(granted), PARCEL) == expected


@pytest.mark.parametrize(
    "surprise",
    [
        '{"items":[],"CMND":"x"}',
        '{"items":[{"SoThua":"1","CMND":"x"}]}',
        '{"items":[{"ChuSoHuu":{"CMND":"x"}}]}',
        '{"items":[{"NhanChung":[{"CMND":{"sau":["x"]}}]}]}',
    ],
)
def test_a_member_that_nobody_declared_is_counted_and_stays(surprise: str) -> None:
    masked = land("items[].SoThua", "items[].NhanChung[].HoTen").apply(surprise.encode(), rows_applied=False)

    assert (masked.unexpected, b"x" in masked.body) == (1, False)


def test_an_expected_answer_has_nothing_unexpected() -> None:
    assert land("items[].SoThua").apply(PARCEL.encode(), rows_applied=False).unexpected == 0


@pytest.mark.parametrize(
    "number", ["1", "-0", "1.10", "0.1000000000000000055", "123456789012345678901234567890", "1E+400", "null", '"12,5"']
)
def test_a_number_keeps_all_its_digits(number: str) -> None:
    body = f'{{"items":[{{"DienTich":{number}}}]}}'

    assert json.loads(cut(land("items[].DienTich"), body), parse_float=Decimal) == json.loads(body, parse_float=Decimal)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "5",
        '"x"',
        "NaN",
        '{"items":{}}',
        '{"items":"x"}',
        '{"items":[1]}',
        '{"items":[{"SoThua":{"a":1}}]}',
        '{"items":[{"SoThua":["a"]}]}',
        '{"items":[{"DienTich":{"a":1}}]}',
        '{"items":[{"DienTich":NaN}]}',
        '{"items":[{"SoThua":"\\ud800"}]}',
        '{"items":[{"SoThua":' + "[" * 100_000 + "]" * 100_000 + "}]}",
    ],
)
def test_an_answer_of_another_shape_is_unreadable(body: str) -> None:
    with pytest.raises(AnswerUnreadable):
        cut(land("items[].SoThua", "items[].DienTich"), body)


@pytest.mark.parametrize(
    "body", ["null", '{"items":null}', '{"items":[null]}', '{"items":[{"SoThua":null}]}', "{}", '{"items":[]}']
)
def test_null_and_empty_stay_as_they_are(body: str) -> None:
    assert cut(land("items[].SoThua"), body) == body


def test_of_a_repeated_member_only_the_last_counts() -> None:
    body = '{"items":[{"SoThua":"secret","SoThua":"12"}],"items":[{"SoThua":"7","SoThua":"8"}]}'

    assert cut(land("items[].SoThua"), body) == '{"items":[{"SoThua":"8"}]}'


def test_people_are_known_though_their_identifiers_do_not_leave() -> None:
    masked = land("items[].SoThua").apply(PARCEL.encode(), rows_applied=False)

    assert (masked.subjects, b"056" in masked.body) == (("056",), False)


def test_people_of_withheld_rows_are_not_named() -> None:
    elsewhere = (Condition("MaXa", "eq", ("1",)),)

    assert land("items[].SoThua", conditions=elsewhere).apply(PARCEL.encode(), rows_applied=False).subjects == ()


ROWS = '{"items":[{"SoThua":"1","MaXa":"22333","Nam":9},{"SoThua":"2","MaXa":"22444","Nam":10},{"SoThua":"3"}]}'


@pytest.mark.parametrize(
    ("condition", "left"),
    [
        (Condition("MaXa", "eq", ("22333",)), ["1"]),
        (Condition("MaXa", "ne", ("22333",)), ["2"]),
        (Condition("MaXa", "in", ("22333", "22444")), ["1", "2"]),
        (Condition("MaXa", "prefix", ("224",)), ["2"]),
        (Condition("MaXa", "gte", ("22334",)), ["2"]),
        (Condition("MaXa", "lte", ("22333",)), ["1"]),
        (Condition("MaXa", "eq", (22333,)), []),
        (Condition("MaXa", "ne", (22333,)), []),
        (Condition("Nam", "gte", (9.5,)), ["2"]),
        (Condition("Nam", "lte", (9,)), ["1"]),
        (Condition("Nam", "eq", (9.0,)), ["1"]),
        (Condition("Nam", "eq", ("9",)), []),
        (Condition("Nam", "in", (True,)), []),
        (Condition("Undeclared", "eq", ("x",)), []),
    ],
)
@pytest.mark.parametrize("surprise", ["", ',"Extra":1'])
def test_rows_outside_the_filter_stay(condition: Condition, left: list[str], surprise: str) -> None:
    masked = land("items[].SoThua", conditions=(condition,)).apply(
        ROWS.replace("}]", f"{surprise}}}]").encode(), rows_applied=False
    )

    found = [row["SoThua"] for row in json.loads(masked.body)["items"]]
    assert (found, masked.rows_released, masked.rows_withheld) == (left, len(left), 3 - len(left))


def test_rows_that_the_provider_filtered_are_not_filtered_again() -> None:
    nothing = (Condition("MaXa", "eq", ("x",)),)

    assert cut(land("items[].SoThua", conditions=nothing), ROWS, rows_applied=True).count("SoThua") == 3


@pytest.mark.parametrize("rows", ["", "Data"])
@pytest.mark.parametrize("surprise", ["", ',"Extra":1'])
def test_an_answer_of_one_row_outside_the_filter_does_not_exist(rows: str, surprise: str) -> None:
    at = f"{rows}." if rows else ""
    leaves, conditions = (Leaf(f"{at}Ten"), Leaf(f"{at}MaXa")), (Condition("MaXa", "eq", ("1",)),)
    mask = compile_mask(leaves, [f"{at}Ten"], rows=rows, conditions=conditions, subjects=())
    row = f'{{"Ten":"a","MaXa":"2"{surprise}}}'

    with pytest.raises(RowWithheld):
        mask.apply((f'{{"{rows}":{row}}}' if rows else row).encode(), rows_applied=False)


def test_a_list_at_the_top_is_cut_row_by_row() -> None:
    conditions = (Condition("Xa", "eq", ("1",)),)
    mask = compile_mask((Leaf("[].Ma"), Leaf("[].Xa")), ["[].Ma"], rows="[]", conditions=conditions, subjects=())

    assert cut(mask, '[{"Ma":"a","Xa":"1"},{"Ma":"b","Xa":"2"},null]') == '[{"Ma":"a"}]'


@pytest.mark.parametrize(
    ("granted", "rows", "subjects"),
    [([], "items[]", ()), (["items[].X"], "items[]", ()), (["next"], "khac[]", ()), (["next"], "", ("X",))],
)
def test_a_grant_that_cannot_be_enforced_is_refused(granted: list[str], rows: str, subjects: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=r"."):
        compile_mask(LAND, granted, rows=rows, conditions=(), subjects=subjects)


def test_leaves_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(ValueError, match="contradicts"):
        compile_mask((Leaf("a"), Leaf("a.b")), ["a"], rows="", conditions=(), subjects=())


# --- properties -------------------------------------------------------------------------------------------------------

NAMES = st.sampled_from(["a", "b", "c", "Họ tên", "class", "m0"])
TYPES = st.sampled_from(["string", "integer", "number", "boolean", "date"])
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=3)
    | st.decimals(allow_nan=False, allow_infinity=False, places=3)
)
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=5
)


def objects(inner: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    return st.dictionaries(NAMES, inner, min_size=1, max_size=4)


# A shape is a leaf's type, a mapping of shapes, or a list of the one shape of its elements.
SHAPES = objects(st.recursive(TYPES, lambda inner: objects(inner) | inner.map(lambda element: [element]), max_leaves=8))


def documents(shape: Json) -> st.SearchStrategy[Json]:
    """What a provider may send for a shape: members left out, null anywhere, and members that nobody declared."""
    if isinstance(shape, dict):
        members = st.fixed_dictionaries({}, optional={name: documents(inner) for name, inner in shape.items()})
        surprises: st.SearchStrategy[dict[str, Json]] = st.just({}) | st.dictionaries(
            st.sampled_from(["z", "zz"]), ANYTHING, max_size=2
        )
        return st.none() | st.builds(lambda known, more: known | more, members, surprises)
    if isinstance(shape, list):
        return st.none() | st.lists(documents(shape[0]), max_size=3)
    return SCALARS


def encode(value: Json) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(name)}:{encode(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(encode, value)) + "]"
    return str(value) if isinstance(value, Decimal) else json.dumps(value)


def leaves(value: Json, path: str = "") -> list[tuple[str, Json]]:
    if isinstance(value, dict):
        return [leaf for name, inner in value.items() for leaf in leaves(inner, f"{path}.{name}" if path else name)]
    if isinstance(value, list):
        return [leaf for inner in value for leaf in leaves(inner, f"{path}[]")]
    return [] if value is None else [(path, value)]


@given(st.data(), SHAPES | SHAPES.map(lambda shape: [shape]))
def test_exactly_the_granted_leaves_leave(data: st.DataObject, shape: Json) -> None:
    """Every leaf that leaves was granted or structural, and every granted one that came leaves with an equal value."""
    declared = [Leaf(path, str(kind), data.draw(st.booleans())) for path, kind in leaves(shape)]
    paths = [leaf.path for leaf in declared]
    granted = data.draw(st.lists(st.sampled_from(paths), min_size=1))
    document = data.draw(documents(shape))

    mask = compile_mask(declared, granted, rows="", conditions=(), subjects=data.draw(st.lists(st.sampled_from(paths))))
    released = json.loads(mask.apply(encode(document).encode(), rows_applied=True).body, parse_float=Decimal)

    free = {leaf.path for leaf in declared if leaf.structural} | set(granted)
    expected = [(path, value) for path, value in leaves(document) if path in free]
    assert sorted(leaves(released), key=repr) == sorted(expected, key=repr)


@given(st.data(), SHAPES)
def test_what_is_undeclared_changes_only_the_count(data: st.DataObject, shape: Json) -> None:
    """The compiled way and the plain way release the same."""
    declared = [Leaf(path, str(kind)) for path, kind in leaves(shape)]
    granted = data.draw(st.lists(st.sampled_from([leaf.path for leaf in declared]), min_size=1))
    document = data.draw(documents(shape))
    more = document if isinstance(document, dict) else {}
    mask = compile_mask(declared, granted, rows="", conditions=(), subjects=())

    usual = mask.apply(encode(more).encode(), rows_applied=True)
    surprised = mask.apply(encode({**more, "zzz": 1}).encode(), rows_applied=True)

    assert json.loads(surprised.body) == json.loads(usual.body)
    assert surprised.unexpected == usual.unexpected + 1
