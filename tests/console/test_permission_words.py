"""Does every permission have words, so that no page shows its code?"""

from gateway.console.people.permission_words import PERMISSION_WORDS
from gateway.console.people.permissions import NOUNS
from security.staff import Permission


def test_every_permission_and_its_noun_have_words() -> None:
    assert set(PERMISSION_WORDS) == set(Permission)
    assert {permission.split(":")[1] for permission in Permission} == set(NOUNS)
