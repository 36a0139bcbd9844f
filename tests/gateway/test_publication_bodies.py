"""Are the values of a body read from `name=value` texts by the types of its schema?"""

import msgspec
import pytest

from catalog.errors import ContentInvalid
from gateway.publication.bodies import body_of, body_values

SCHEMA = msgspec.json.encode(
    {
        "type": "object",
        "properties": {
            "SoPhieu": {"type": "string"},
            "Nam": {"type": "integer"},
            "Ho": {"$ref": "#/$defs/Ho"},
            "Mau": {"type": "array", "items": {"type": "string"}},
        },
        "required": ["SoPhieu", "Ho"],
        "$defs": {"Ho": {"type": "object", "properties": {"So": {"type": "string"}, "Trong": {"$ref": "#/$defs/Ho"}}}},
    }
)


def test_single_values_are_listed_with_their_types_and_lists_are_not() -> None:
    found = [(one.path, one.types, one.required) for one in body_values(SCHEMA)][:3]
    assert found == [("SoPhieu", ("string",), True), ("Nam", ("integer",), False), ("Ho.So", ("string",), False)]


def test_a_schema_that_contains_itself_is_listed_to_a_depth() -> None:
    assert len(body_values(SCHEMA)) < 12


def test_texts_become_the_types_of_the_schema() -> None:
    assert body_of(SCHEMA, {"SoPhieu": "007", "Nam": "2024", "Ho.So": "1"}) == {
        "SoPhieu": "007",
        "Nam": 2024,
        "Ho": {"So": "1"},
    }


def test_a_value_that_the_body_does_not_have_is_refused_with_those_that_it_has() -> None:
    with pytest.raises(ContentInvalid, match="SoPhieu, Nam"):
        body_of(SCHEMA, {"So": "1"})
