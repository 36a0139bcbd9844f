"""Do the demo's databases hold the mistakes that they are to hold, where nobody else is disturbed by them?"""

import pytest

from gateway.demo.contents import TABLES
from gateway.demo.databases import DATABASES
from gateway.demo.databases.form import Database
from gateway.demo.faults import FAULTS, FIRST_FAULTY_ROW, with_faults
from gateway.demo.province import Province

SPOILED = [database for database in DATABASES if any(code == database.code for code, _ in FAULTS)]


@pytest.mark.parametrize("database", SPOILED, ids=[one.code for one in SPOILED])
def test_some_rows_in_a_hundred_are_wrong_and_the_first_are_right(database: Database, province: Province) -> None:
    right = TABLES[database.code](province)
    wrong = with_faults(database, right, seed=province.seed)

    for code in (code for spoiled, code in FAULTS if spoiled == database.code):
        changed = [place for place, row in enumerate(wrong[code]) if row != right[code][place]]
        assert 0.02 * len(right[code]) < len(changed) < 0.5 * len(right[code])
        assert changed[0] >= FIRST_FAULTY_ROW


@pytest.mark.parametrize("database", SPOILED, ids=[one.code for one in SPOILED])
def test_keys_stay_as_they_were(database: Database, province: Province) -> None:
    right = TABLES[database.code](province)
    wrong = with_faults(database, right, seed=province.seed)

    for one in database.objects:
        place = one.position(one.key)
        assert [row[place] for row in wrong[one.code]] == [row[place] for row in right[one.code]]


def test_most_databases_have_no_fault(province: Province) -> None:
    untouched = next(one for one in DATABASES if one.code == "cbccvc")
    right = TABLES["cbccvc"](province)

    assert with_faults(untouched, right, seed=province.seed) == right
    assert len(SPOILED) == 3
