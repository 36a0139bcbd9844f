"""Does somebody hear which link broke and what mends it, and nobody anything of what is not his?"""

import json
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
from gateways import AGREEMENT, NO_TLS, PARCEL, SYSTEM, token
from joserfc import jws
from joserfc.jwk import ECKey
from visitors import Office, Visitor

OPERATION = "datdai/thua-dat/v1/get"
SUPPOSED = f"/console/why?system={SYSTEM}&agreement={AGREEMENT}&operation={OPERATION}"
KEY = ECKey.generate_key("P-256", parameters={"kid": "k1"})


@pytest.fixture(scope="module")
def office(own_office: Office) -> Office:
    """An office of its own: where others ask the provider that is not there, its breaker is a link that broke."""
    return own_office


@pytest.fixture(scope="module")
def refused_id(office: Office) -> str:
    """The correlation id of a call that asked for a field outside the agreement."""
    address = f"{office.gateway.url}{PARCEL.format('CD1')}?fields=MaDVHC"
    headers = {"authorization": f"Bearer {token(office.gateway)}"}
    return str(httpx2.get(address, headers=headers, timeout=20, verify=NO_TLS).headers["exchange-id"])


def paste(visitor: Visitor, text: str) -> httpx2.Response:
    visitor.go("/console/why")
    return visitor.send("/console/why", {"pasted": text})


def assertion(office: Office, **changes: object) -> str:
    at = int(datetime.now(UTC).timestamp())
    claims = {"iss": SYSTEM, "sub": SYSTEM, "aud": office.gateway.url, "iat": at, "exp": at + 50, "jti": "bi-mat-jti"}
    return jws.serialize_compact(
        {"alg": "ES256", "kid": "k1"}, json.dumps({**claims, **changes}), KEY, algorithms=["ES256"]
    )


def test_anybody_hears_which_link_of_a_call_broke(office: Office, refused_id: str) -> None:
    visitor = office.visitor()
    answer = visitor.go(f"/console/why?id={refused_id}")

    assert answer.status_code == 200
    assert "Trường dữ liệu: không đạt" in visitor.text
    assert "Bỏ trường đó khỏi tham số fields" in visitor.text
    assert SYSTEM not in visitor.page
    assert AGREEMENT not in visitor.page


@pytest.mark.parametrize("code", ["dau-moi", "thanh-tra"])
def test_who_may_see_the_call_hears_under_what_it_was_made(office: Office, refused_id: str, code: str) -> None:
    visitor = office.visitor(code)
    visitor.go(f"/console/why?id={refused_id}")

    assert "Trường dữ liệu: không đạt" in visitor.text
    assert SYSTEM in visitor.page


@pytest.mark.parametrize("code", ["quan-tri", "chu-quan", "quan-sat"])
def test_others_hear_what_anybody_hears(office: Office, refused_id: str, code: str) -> None:
    visitor = office.visitor(code)
    visitor.go(f"/console/why?id={refused_id}")

    assert "Trường dữ liệu: không đạt" in visitor.text
    assert SYSTEM not in visitor.page


@pytest.mark.parametrize(
    ("exchange_id", "status"), [("01a216c6-0b27-7cc4-9b68-ee7bc1e95d13", 404), ("khong-phai", 422), ("", 200)]
)
def test_an_id_that_nobody_was_given_leads_nowhere(office: Office, exchange_id: str, status: int) -> None:
    assert office.visitor().go(f"/console/why?id={exchange_id}").status_code == status


def test_a_good_access_token_holds(office: Office) -> None:
    officer = office.visitor("dau-moi")
    paste(officer, f"Bearer {token(office.gateway)}")

    assert "Mọi mắt xích đều đạt." in officer.text


def test_a_token_that_was_changed_breaks_at_the_signature(office: Office) -> None:
    officer = office.visitor("dau-moi")
    head, claims, _ = token(office.gateway).split(".")
    paste(officer, f"{head}.{claims}.{'A' * 86}")

    assert "Do nền tảng này ký: không đạt" in officer.text


def test_anothers_token_says_nothing_of_its_system(office: Office) -> None:
    owner = office.visitor("chu-quan")
    paste(owner, token(office.gateway))

    assert "Hệ thống đang hoạt động: không đạt" in owner.text
    assert "Không có hệ thống nào của đơn vị bạn" in owner.text


def test_an_assertion_with_a_key_that_was_never_registered_says_so(office: Office) -> None:
    officer = office.visitor("dau-moi")
    paste(officer, assertion(office))

    assert "Khóa đã đăng ký và còn hạn: không đạt" in officer.text
    assert "Đăng ký khóa công khai" in officer.text


def test_to_another_agency_the_same_assertion_is_of_no_system(office: Office) -> None:
    owner = office.visitor("chu-quan")
    paste(owner, assertion(office))

    assert "Hệ thống có trong danh mục: không đạt" in owner.text


def test_what_is_pasted_is_shown_nowhere_and_kept_nowhere(office: Office) -> None:
    officer = office.visitor("dau-moi")
    pasted = assertion(office, aud="https://noi-khac.example")
    paste(officer, pasted)

    signature = pasted.rsplit(".", 1)[1]
    database = office.gateway.database_url.removeprefix("sqlite:///")
    kept = b"".join(Path(f"{database}{end}").read_bytes() for end in ("", "-wal"))
    assert "aud không phải địa chỉ của nền tảng" in officer.text
    assert "bi-mat-jti" not in officer.page
    assert signature not in officer.page + office.gateway.log()
    assert signature.encode() not in kept


def test_a_pasted_correlation_id_leads_to_its_call(office: Office, refused_id: str) -> None:
    assert paste(office.visitor("dau-moi"), refused_id).headers["location"] == f"/console/why?id={refused_id}"


@pytest.mark.parametrize("text", ["", "x" * 9000])
def test_nothing_and_too_much_are_refused_at_the_field(office: Office, text: str) -> None:
    officer = office.visitor("dau-moi")
    answer = paste(officer, text)

    assert answer.status_code == 422
    assert "trống hoặc dài quá 8.192 ký tự" in officer.text


def test_without_signing_in_nothing_is_judged(office: Office) -> None:
    visitor = office.visitor()
    visitor.go("/console/why")

    assert 'name="pasted"' not in visitor.page
    assert visitor.send("/console/why", {"pasted": assertion(office)}).status_code == 303


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("", "Mọi mắt xích đều đạt."),
        ("&purpose=thong-ke", "Mục đích: không đạt"),
        ("&at=2101-01-01T08:00", "Thỏa thuận có hiệu lực: không đạt"),
        ("&source=khong-phai", "không phải địa chỉ IP"),
        ("&at=hom-nay", "không phải thời điểm"),
    ],
)
def test_a_supposed_call_is_judged_by_the_policy(office: Office, more: str, said: str) -> None:
    officer = office.visitor("dau-moi")
    officer.go(f"{SUPPOSED}{more}")

    assert said in officer.text


def test_nobody_supposes_calls_of_anothers_system(office: Office) -> None:
    assert office.visitor("chu-quan").go(SUPPOSED).status_code == 404
