"""Is a hold set and lifted on pages by two people, and by nobody else?"""

import sqlite3
from contextlib import closing
from pathlib import Path

import httpx2
import pytest
from gateways import NO_TLS, PROVIDER_AGENCY
from visitors import Office

from security.staff import Role

HELD = {"code": "CV-1", "reason": "theo yêu cầu điều tra", "first": "2026-01", "last": "2026-03"}


def kinds(office: Office) -> list[str]:
    path = Path(office.gateway.database_url.removeprefix("sqlite:///"))
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT body FROM record WHERE kind = 'HOLD' ORDER BY at_us").fetchall()
    return [row[0].decode() for row in rows]


def test_a_hold_is_set_by_one_and_lifted_by_another(own_office: Office) -> None:
    setter = own_office.visitor("thanh-tra")
    setter.go("/console/holds/new")
    assert setter.send("/console/holds/new", HELD).status_code == 303

    setter.go("/console/holds/CV-1/lift")
    own = setter.send("/console/holds/CV-1/lift", {"reason": "xong"})
    other = own_office.visitor("quan-tri")
    other.go("/console/holds/CV-1/lift")
    lifted = other.send("/console/holds/CV-1/lift", {"reason": "xong"})
    other.go("/console/holds")

    assert (own.status_code, lifted.status_code) == (422, 303)
    assert "Cần người thứ hai" in setter.text
    assert "Đã gỡ" in other.text
    assert ["record.hold" in one or "record.lift" in one for one in kinds(own_office)] == [True, True]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"first": "1/2026"}, "tháng viết như 2026-10"),
        ({"last": "2025-12"}, "không được trước tháng đầu"),
        ({"reason": ""}, "phải có nội dung"),
        ({"agency": "000.00.99.H99"}, "không có cơ quan này"),
        ({"database": "khong-co"}, "không có cơ sở dữ liệu này"),
        ({"code": "new"}, "là địa chỉ của một trang"),
    ],
)
def test_what_is_wrong_is_said_at_the_field_and_nothing_is_set(
    own_office: Office, wrong: dict[str, str], said: str
) -> None:
    visitor = own_office.visitor("quan-tri")
    visitor.go("/console/holds/new")

    answer = visitor.send("/console/holds/new", {**HELD, "code": "CV-9", **wrong})

    assert answer.status_code == 422
    assert said in visitor.text
    visitor.go("/console/holds")
    assert "CV-9" not in visitor.text


def test_over_the_api_it_takes_two_people_too(own_office: Office) -> None:
    auditor = own_office.new_clerk(Role.AUDITOR, PROVIDER_AGENCY)
    asked = {**HELD, "code": "CV-2", "agency": PROVIDER_AGENCY}
    with httpx2.Client(base_url=own_office.gateway.url, verify=NO_TLS, timeout=30) as client:
        own = {"authorization": f"Bearer {auditor.token}"}
        other = {"authorization": f"Bearer {own_office.clerks['quan-tri'].token}"}
        made = client.post("/api/v1/record/holds", json=asked, headers=own)
        again = client.post("/api/v1/record/holds", json=asked, headers=own)
        alone = client.post("/api/v1/record/holds/CV-2/lift", json={"note": "xong"}, headers=own)
        lifted = client.post("/api/v1/record/holds/CV-2/lift", json={"note": "xong"}, headers=other)
        twice = client.post("/api/v1/record/holds/CV-2/lift", json={"note": "xong"}, headers=other)
        listed = client.get("/api/v1/record/holds", headers=own).json()

    assert [one.status_code for one in (made, again, alone, lifted, twice)] == [201, 409, 403, 200, 409]
    assert [one["lifted_by"] for one in listed if one["code"] == "CV-2"] == ["quan-tri"]


def test_a_list_of_holds_leaves_as_a_file(own_office: Office) -> None:
    visitor = own_office.visitor("quan-tri")
    visitor.go("/console/holds/new")
    visitor.send("/console/holds/new", {**HELD, "code": "CV-3", "last": ""})

    answer = visitor.go("/console/holds?state=standing&format=csv")

    assert "CV-3" in answer.text
