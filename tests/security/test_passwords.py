"""What may be a password, and is it known again?"""

import unicodedata

import pytest
from argon2 import PasswordHasher

from security.errors import PasswordUnfit
from security.passwords import check_password, hash_password, verify_password

FORBIDDEN = ("chuquan.000.00.06.H32", "Nguyễn", "Đức")


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("muoi mot ky", "short"),
        ("x" * 201, "long"),
        ("toi la nguyen day", "name"),
        ("một câu có ĐỨC ở giữa", "name"),
        ("matkhau12345", "common"),
        ("Mật khẩu 12345!", "common"),
        ("abababababababab", "monotonous"),
        ("chuquan.000.00.06.H32", "name"),
    ],
)
def test_a_password_that_is_guessed_first_is_unfit(password: str, reason: str) -> None:
    with pytest.raises(PasswordUnfit) as unfit:
        check_password(password, forbidden=FORBIDDEN)

    assert unfit.value.reason == reason


@pytest.mark.parametrize("password", ["mười hai chữ", "con bò ăn cỏ bên sông", "x7!kQ2#vM9$p"])
def test_a_long_sentence_is_fit(password: str) -> None:
    check_password(password, forbidden=FORBIDDEN)


def test_a_password_is_known_again_however_its_letters_were_typed() -> None:
    kept = hash_password("đường về nhà xa")

    assert verify_password(kept, unicodedata.normalize("NFD", "đường về nhà xa")).right
    assert not verify_password(kept, "duong ve nha xa").right


def test_what_is_kept_is_argon2id_and_never_the_same_twice() -> None:
    first, second = hash_password("đường về nhà xa"), hash_password("đường về nhà xa")

    assert first.startswith("$argon2id$v=19$m=19456,t=3,p=1$")
    assert first != second


def test_a_hash_of_lower_costs_holds_and_is_to_be_made_anew() -> None:
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("đường về nhà xa")

    verdict = verify_password(cheap, "đường về nhà xa")

    assert (verdict.right, verdict.outdated) == (True, True)


def test_what_is_no_hash_is_nobodys_password() -> None:
    assert not verify_password("no hash at all", "đường về nhà xa").right
