"""Which small catalogue do the tests of agreements and of the control API share?"""

from datetime import UTC, date, datetime

import msgspec

from catalog import agencies, agreements, databases, providers, purposes, services, systems
from catalog.changes import Actor
from catalog.descriptions import (
    AgencyDescription,
    DatabaseDescription,
    ProviderDescription,
    PurposeDescription,
    ServiceDescription,
    SystemDescription,
)
from catalog.terms import AgreementTerms
from gateway.db import Database

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
OWNER, CONSUMER, OTHER = "000.00.06.H32", "000.00.15.H32", "000.00.11.H32"
REQUESTER, APPROVER = Actor("can-bo-a", NOW), Actor("can-bo-b", NOW)

SERVICE = msgspec.json.decode(
    """{"database": "datdai", "code": "thua-dat", "version": 1, "title_vi": "Thửa đất", "provider": "datdai-sql",
        "operations": [{"code": "tra-cuu", "method": "GET", "path": "/thua-dat/{SoGCN}", "title_vi": "Tra cứu thửa đất",
          "rows": "items[]", "subjects": ["answer:items[].SoDinhDanh"],
          "parameters": [{"name": "SoGCN", "place": "path", "type": "string", "required": true}],
          "fields": [
            {"path": "items[].SoThua", "type": "string", "class": "open", "title_vi": "Số thửa"},
            {"path": "items[].MaXa", "type": "string", "class": "open", "title_vi": "Mã xã"},
            {"path": "items[].DienTich", "type": "number", "class": "open", "title_vi": "Diện tích"},
            {"path": "items[].SoDinhDanh", "type": "string", "class": "personal", "title_vi": "Số định danh"},
            {"path": "trang", "type": "integer", "class": "open", "title_vi": "Trang", "structural": true}]}]}""",
    type=ServiceDescription,
)

TERMS = msgspec.json.decode(
    """{"code": "TT-2026-001", "database": "datdai", "provider_agency": "000.00.06.H32",
        "consumer_agency": "000.00.15.H32", "systems": ["mot-cua"], "purposes": ["giai-quyet-tthc"],
        "legal_basis": [{"document": "278/2025/NĐ-CP", "article": "13"}],
        "valid_from": "2026-01-01", "valid_until": "2027-12-31", "review_on": "2027-06-30",
        "grants": [{"service": "thua-dat", "version": 1, "operation": "tra-cuu",
          "fields": ["items[].SoThua", "items[].MaXa"],
          "rows": [{"field": "MaXa", "operator": "in", "values": ["22333", "22334"]}],
          "rate": {"requests": 10, "per_seconds": 1, "burst": 20}, "daily_quota": 1000,
          "hours": [{"days": [1, 2, 3, 4, 5], "from": "07:00", "until": "17:30"}],
          "networks": ["10.0.0.0/8"], "case_file_required": true}]}""",
    type=AgreementTerms,
)


def with_grant(**members: object) -> AgreementTerms:
    """Return TERMS with some members of its one grant changed."""
    return msgspec.structs.replace(TERMS, grants=(msgspec.structs.replace(TERMS.grants[0], **members),))


def with_terms(**members: object) -> AgreementTerms:
    """Return TERMS with some members changed."""
    return msgspec.structs.replace(TERMS, **members)


NARROWER = with_grant(fields=("items[].SoThua",), daily_quota=500)
WIDER = with_grant(daily_quota=2000)
LAST_DAY = date(2027, 12, 31)


async def fill_catalogue(database: Database) -> None:
    """Put three agencies, a database with one service, a system and a purpose into an empty catalogue."""
    async with database.transaction() as session:
        for code, name in ((OWNER, "Sở Nông nghiệp và Môi trường"), (CONSUMER, "Trung tâm PVHCC"), (OTHER, "Sở Y tế")):
            await agencies.add_agency(session, AgencyDescription(code=code, name_vi=name), by=REQUESTER)
        land = DatabaseDescription(
            code="datdai",
            title_vi="Đất đai và bảng giá đất",
            title_en="Land",
            owner=OWNER,
            domain_vi="Đất đai",
            number=5,
        )
        await databases.add_database(session, land, by=REQUESTER)
        provider = ProviderDescription(code="datdai-sql", agency=OWNER, adapter="sql", endpoint="sqlite:///datdai.db")
        await providers.add_provider(session, provider, by=REQUESTER)
        await services.publish_service(session, SERVICE, by=REQUESTER)
        system = SystemDescription(code="mot-cua", agency=CONSUMER, name_vi="Một cửa điện tử", legacy=True)
        await systems.add_system(session, system, by=REQUESTER)
        purpose = PurposeDescription(code="giai-quyet-tthc", title_vi="Giải quyết thủ tục hành chính")
        await purposes.add_purpose(session, purpose)


async def agree(database: Database) -> None:
    """Bring TERMS into force as version 1."""
    async with database.transaction() as session:
        await agreements.create_draft(session, TERMS, by=REQUESTER)
        await agreements.submit(session, TERMS.code, version=1, by=REQUESTER)
        await agreements.approve(session, TERMS.code, version=1, by=APPROVER)
        await agreements.activate(session, TERMS.code, version=1, by=APPROVER)
