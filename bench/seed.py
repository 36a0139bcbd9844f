"""What must be in a catalogue for the benchmark: a provider or more, and one agreement on six of ten fields?"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec
import orjson

from catalog import agencies, agreements, databases, providers, purposes, services, systems
from catalog.changes import Actor
from catalog.descriptions import (
    AgencyDescription,
    DatabaseDescription,
    FieldClass,
    FieldDescription,
    FieldType,
    OperationDescription,
    ParameterDescription,
    Place,
    ProviderDescription,
    PurposeDescription,
    ServiceDescription,
    SystemDescription,
)
from catalog.terms import AgreementTerms, GrantTerms, LegalBasis, Rate
from gateway.db import Database

SUBJECT = "056199000001"
OWNER, CONSUMER = "000.00.01.H56", "000.00.02.H56"
SYSTEM = "bench-system"
AGREED = ("SoDinhDanh", "HoVaTen", "NgaySinh", "MaDVHC", "GiayTo[].Loai", "GiayTo[].So")
WITHHELD = ("DanToc", "TonGiao", "NoiOHienTai", "GiayTo[].GhiChu")


@dataclass(frozen=True, slots=True)
class Seeded:
    """What the load needs to know."""

    system: str
    secret: str = field(repr=False)
    path: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A service beside the first one: where it is asked, and which of its fields are agreed."""

    provider: ProviderDescription
    service: ServiceDescription
    agreed: tuple[str, ...]


def provider_answer() -> bytes:
    """Return the provider's answer: 1 KiB of JSON about nobody."""
    papers = [{"Loai": f"GT{n}", "So": f"{n:09}", "GhiChu": "x" * 60} for n in range(4)]
    answer = {
        "SoDinhDanh": SUBJECT,
        "HoVaTen": "NGUYỄN VĂN MẪU",
        "NgaySinh": "1999-01-01",
        "MaDVHC": "22327",
        "DanToc": "01",
        "TonGiao": "00",
        "GiayTo": papers,
        "NoiOHienTai": "",
    }
    answer["NoiOHienTai"] = "x" * (1024 - len(orjson.dumps(answer)))
    return orjson.dumps(answer)


def _service() -> ServiceDescription:
    return ServiceDescription(
        database="bench",
        code="people",
        version=1,
        title_vi="Đo hiệu năng",
        provider="bench-provider",
        operations=(
            OperationDescription(
                code="get",
                method="GET",
                path="/people/{SoDinhDanh}",
                title_vi="Tra một người",
                parameters=(
                    ParameterDescription(
                        name="SoDinhDanh",
                        place=Place.PATH,
                        type=FieldType.STRING,
                        required=True,
                        format="so-dinh-danh",
                    ),
                ),
                fields=tuple(
                    FieldDescription(path=path, type=FieldType.STRING, class_=FieldClass.PERSONAL, title_vi=path)
                    for path in (*AGREED, *WITHHELD)
                ),
                subjects=("parameter:SoDinhDanh",),
                binding=msgspec.Raw(orjson.dumps({"path": "/people/{SoDinhDanh}"})),
            ),
        ),
    )


def _terms(now: datetime, offers: Sequence[Offer]) -> AgreementTerms:
    return AgreementTerms(
        code="BENCH-1",
        database="bench",
        provider_agency=OWNER,
        consumer_agency=CONSUMER,
        systems=(SYSTEM,),
        purposes=("bench",),
        legal_basis=(LegalBasis(document="Luật 91/2025/QH15", article="19"),),
        valid_from=(now - timedelta(days=1)).date(),
        valid_until=(now + timedelta(days=30)).date(),
        review_on=(now + timedelta(days=20)).date(),
        grants=(_grant("people", AGREED), *(_grant(offer.service.code, offer.agreed) for offer in offers)),
    )


def _grant(service: str, fields: tuple[str, ...]) -> GrantTerms:
    return GrantTerms(
        service=service,
        version=1,
        operation="get",
        fields=fields,
        rows="all",
        rate=Rate(requests=1_000_000, per_seconds=1, burst=1_000_000),
        daily_quota=1_000_000_000,
        hours="always",
        networks="any",
    )


async def sow(database_url: str, endpoint: str, offers: Sequence[Offer] = ()) -> Seeded:
    """Fill the migrated, empty catalogue at `database_url`, and return the system that may call and what it calls."""
    now = datetime.now(UTC)
    by, other = Actor(code="bench", at=now), Actor(code="bench-approver", at=now)
    secret = secrets.token_urlsafe(32)
    database = Database.open(database_url)
    try:
        async with database.transaction() as session:
            for code in (OWNER, CONSUMER):
                await agencies.add_agency(session, AgencyDescription(code=code, name_vi=f"Cơ quan {code}"), by=by)
            await databases.add_database(
                session,
                DatabaseDescription(
                    code="bench", title_vi="Đo hiệu năng", title_en="Benchmark", owner=OWNER, domain_vi="Thử nghiệm"
                ),
                by=by,
            )
            await providers.add_provider(
                session,
                ProviderDescription(
                    code="bench-provider", agency=OWNER, adapter="rest", endpoint=endpoint, max_concurrency=256
                ),
                by=by,
            )
            await services.publish_service(session, _service(), by=by)
            for offer in offers:
                await providers.add_provider(session, offer.provider, by=by)
                await services.publish_service(session, offer.service, by=by)
            await purposes.add_purpose(session, PurposeDescription(code="bench", title_vi="Đo hiệu năng"))
            system = SystemDescription(code=SYSTEM, agency=CONSUMER, name_vi="Hệ thống đo", legacy=True)
            await systems.add_system(session, system, by=by)
            digest = hashlib.sha256(secret.encode()).hexdigest()
            await systems.replace_secret(session, SYSTEM, key_id="bench-1", secret_hash=digest, by=by)
            await agreements.create_draft(session, _terms(now, offers), by=by)
            await agreements.submit(session, "BENCH-1", version=1, by=by)
            await agreements.approve(session, "BENCH-1", version=1, by=other)
            await agreements.activate(session, "BENCH-1", version=1, by=other)
    finally:
        await database.close()
    return Seeded(system=SYSTEM, secret=secret, path=f"/x/bench/people/v1/people/{SUBJECT}")
