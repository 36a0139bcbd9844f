"""Do the nineteen databases hold what they say, about people of the same province?"""

import re
from collections.abc import Sequence

import pytest

from catalog.descriptions import FieldClass
from gateway.demo.contents import RECORDS, TABLES
from gateway.demo.databases import DATABASES, SANDBOX
from gateway.demo.databases.form import Database, DataObject, columns
from gateway.demo.draw import leaves
from gateway.demo.province import Province

OBJECTS = [(database, one) for database in DATABASES for one in database.objects]
NAMED = pytest.mark.parametrize(("database", "one"), OBJECTS, ids=[f"{d.code}/{o.code}" for d, o in OBJECTS])
SUBJECTS = [(database, one) for database, one in OBJECTS if one.subjects]


def values(province: Province, database: Database, one: DataObject, field: str) -> Sequence[object]:
    """All values of one field, whatever the technology."""
    if database.code in TABLES:
        place = one.position(field)
        return [row[place] for row in TABLES[database.code](province)[one.code]]
    return [leaf for row in RECORDS[database.code](province)[one.code] for leaf in leaves(row, field)]


def test_there_are_nineteen_databases_and_a_test_service() -> None:
    assert len({database.code for database in DATABASES}) == 19
    assert SANDBOX.code not in {database.code for database in DATABASES}


@pytest.mark.parametrize("database", DATABASES, ids=[one.code for one in DATABASES])
def test_a_database_has_at_least_a_thousand_rows(database: Database, province: Province) -> None:
    held = TABLES[database.code](province) if database.code in TABLES else RECORDS[database.code](province)
    assert sum(len(held[one.code]) for one in database.objects) >= 1_000


@NAMED
def test_keys_are_unique(database: Database, one: DataObject, province: Province) -> None:
    keys = values(province, database, one, one.key)
    expected = len(set(keys)) if one.code != "thuoc-tinh" else len(keys)  # a property's code is unique in its category
    assert len(keys) == expected


@pytest.mark.parametrize(("database", "one"), SUBJECTS, ids=[f"{d.code}/{o.code}" for d, o in SUBJECTS])
def test_everybody_in_a_database_is_a_citizen_of_the_province(
    database: Database, one: DataObject, province: Province
) -> None:
    found = {value for field in one.subjects for value in values(province, database, one, field)}
    assert found
    assert found <= set(province.people)


@NAMED
def test_identity_numbers_are_personal(database: Database, one: DataObject) -> None:
    numbers = [column for column in one.columns if re.search(r"SoDinhDanh", column.field)]
    assert all(column.class_ in (FieldClass.PERSONAL, FieldClass.SENSITIVE) for column in numbers)


@NAMED
def test_ethnic_origin_and_faith_are_sensitive(database: Database, one: DataObject) -> None:
    found = [column.class_ for column in one.columns if column.field.split(".")[-1] in ("DanToc", "TonGiao")]
    assert set(found) <= {FieldClass.SENSITIVE}


def test_case_files_hold_members_that_nobody_documented(province: Province) -> None:
    record = RECORDS["tthc"](province)["ho-so"][0]
    documented = {column.field.split(".")[0].removesuffix("[]") for column in DATABASES[2].object("ho-so").columns}
    assert "_noiBo" in record
    assert "_noiBo" not in documented


def test_a_table_of_columns_with_two_keys_is_refused() -> None:
    with pytest.raises(ValueError, match="exactly one key"):
        columns("A | a | string | open | k | Một\nB | b | string | open | k | Hai")
