"""Can an officer try a call as his agency's system, by the form that the operation makes, and nobody as another's?"""

import re

import pytest
from gateways import AGREEMENT, SYSTEM
from visitors import Office, Visitor

GET, CREATE = "datdai/thua-dat/v1/get", "datdai/thua-dat/v1/create"


def address(operation: str) -> str:
    return f"/console/try?system={SYSTEM}&agreement={AGREEMENT}&operation={operation}"


def call(visitor: Visitor, operation: str, **values: str) -> tuple[int, str]:
    """Open the form of an operation, fill it in and send it; return the status and what can be read then."""
    visitor.go(address(operation))
    key = re.search(r'name="key" value="([^"]+)"', visitor.page)
    chosen = {"system": SYSTEM, "agreement": AGREEMENT, "operation": operation, "key": key[1] if key else ""}
    answer = visitor.send("/console/try", {**chosen, "mode": "sandbox", **values})
    return answer.status_code, visitor.text


def test_the_only_system_of_an_agency_is_chosen_and_its_operations_are_listed(office: Office) -> None:
    officer = office.visitor("dau-moi")
    officer.go("/console/try")

    assert {"Một thửa đất", "Các thửa đất", "Thêm một thửa đất"} <= set(re.findall(r">([^<]+)</a>", officer.page))


def test_the_sandbox_answers_with_made_up_data_and_says_what_was_withheld(office: Office) -> None:
    status, text = call(office.visitor("dau-moi"), GET, **{"p.SoGCN": "CD1"})

    assert status == 200
    assert "200 Đã trả lời" in text
    assert '"HoVaTen": "Người mẫu' in text
    assert "Ngoài thỏa thuận" in text
    assert "ChuSoHuu.SoDinhDanh" in text
    assert "Hỏi bên cung cấp" in text
    assert "curl -X GET" in text


def test_a_refused_try_keeps_what_was_typed_and_names_the_field(office: Office) -> None:
    officer = office.visitor("dau-moi")
    _, text = call(officer, GET, **{"p.SoGCN": "sai mẫu", "case_file": "H32-01"})

    assert "400 Bị từ chối" in text
    assert 'value="sai mẫu"' in officer.page
    assert 'value="H32-01"' in officer.page
    assert 'id="p-SoGCN-fault"' in officer.page or "SoGCN-fault" in officer.page


def test_what_is_typed_is_shown_and_never_run(office: Office) -> None:
    officer = office.visitor("dau-moi")
    call(officer, GET, **{"p.SoGCN": '"><script>alert(1)</script>'})

    assert "<script>alert" not in officer.page


def test_a_body_is_made_of_its_fields(office: Office) -> None:
    status, text = call(office.visitor("dau-moi"), CREATE, **{"b.DienTich": "12.5"})

    assert (status, "200 Đã trả lời" in text, '{"DienTich":12.5}' in text) == (200, True, True)


def test_what_changes_something_is_asked_for_twice(office: Office) -> None:
    officer = office.visitor("dau-moi")
    _, asked = call(officer, CREATE, **{"b.DienTich": "12.5", "mode": "production"})
    hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', officer.page))
    officer.send("/console/try", hidden)

    assert "làm thay đổi dữ liệu thật" in asked
    assert hidden["b.DienTich"] == "12.5"
    assert "502 Bị từ chối" in officer.text  # nobody listens where this province's provider should be


@pytest.mark.parametrize("mode", ["sandbox", "production"])
def test_another_agencys_system_is_not_there(office: Office, mode: str) -> None:
    owner = office.visitor("chu-quan")

    shown = owner.go(address(GET)).status_code
    owner.go("/console/account")
    sent = owner.send(
        "/console/try",
        {"system": SYSTEM, "agreement": AGREEMENT, "operation": GET, "p.SoGCN": "CD1", "mode": mode},
    )

    assert (shown, sent.status_code) == (404, 404)


@pytest.mark.parametrize(("mode", "status"), [("sandbox", 200), ("production", 403)])
def test_the_administrator_tries_with_made_up_data_only(office: Office, mode: str, status: int) -> None:
    found, _ = call(office.visitor("quan-tri"), GET, **{"p.SoGCN": "CD1", "mode": mode})

    assert found == status


@pytest.mark.parametrize("code", ["thanh-tra", "quan-sat"])
def test_who_only_looks_on_tries_nothing(office: Office, code: str) -> None:
    assert office.visitor(code).go(address(GET)).status_code == 403


def test_without_signing_in_there_is_nothing(office: Office) -> None:
    assert office.visitor().go(address(GET)).headers["location"].startswith("/console/sign-in")


def test_a_form_of_another_site_is_refused(office: Office) -> None:
    officer = office.visitor("dau-moi")
    officer.go(address(GET))
    chosen = {"system": SYSTEM, "agreement": AGREEMENT, "operation": GET, "p.SoGCN": "CD1"}

    assert officer.send("/console/try", chosen, origin="https://elsewhere.example").status_code == 403
    assert officer.send("/console/try", {**chosen, "csrf": "0" * 64}).status_code == 403


def test_an_agency_without_a_system_is_told_what_to_do(office: Office) -> None:
    owner = office.visitor("chu-quan")
    owner.go("/console/try")

    assert "Đơn vị bạn chưa có hệ thống nào." in owner.text
