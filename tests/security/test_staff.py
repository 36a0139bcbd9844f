"""What may a member of the staff do?"""

import pytest

from security.staff import PERMISSIONS, Permission, Role, allows, new_token, token_digest


@pytest.mark.parametrize(
    ("role", "permission", "target", "allowed"),
    [
        (Role.PLATFORM_ADMIN, Permission.AGREEMENT_APPROVE, "B", True),
        (Role.PLATFORM_ADMIN, Permission.RECORD_READ, "A", False),
        (Role.DATA_OWNER, Permission.AGREEMENT_APPROVE, "A", True),
        (Role.DATA_OWNER, Permission.AGREEMENT_APPROVE, "B", False),
        (Role.DATA_OWNER, Permission.AGREEMENT_REQUEST, "A", False),
        (Role.AGENCY_OFFICER, Permission.AGREEMENT_REQUEST, "A", True),
        (Role.AGENCY_OFFICER, Permission.AGREEMENT_APPROVE, "A", False),
        (Role.AGENCY_OFFICER, Permission.SYSTEM_KEYS, "", False),
        (Role.AUDITOR, Permission.RECORD_READ, "B", True),
        (Role.AUDITOR, Permission.AGREEMENT_END, "A", False),
        (Role.OBSERVER, Permission.AGREEMENT_READ, "A", True),
        (Role.OBSERVER, Permission.AGREEMENT_READ, "B", False),
        (Role.OBSERVER, Permission.CATALOGUE_READ, "B", True),
    ],
)
def test_a_role_reaches_as_far_as_it_says(role: Role, permission: Permission, target: str, allowed: bool) -> None:
    assert allows(role, permission, own_agency="A", target_agency=target) is allowed


def test_no_agency_is_nobodys_own() -> None:
    assert not allows(Role.DATA_OWNER, Permission.AGREEMENT_APPROVE, own_agency="", target_agency="")


def test_every_permission_is_held_by_some_role() -> None:
    assert frozenset().union(*PERMISSIONS.values()) == frozenset(Permission)


def test_a_token_is_known_by_its_digest_and_never_shown() -> None:
    token = new_token()

    assert token_digest(token.clear) == token.digest
    assert token.clear not in repr(token)
