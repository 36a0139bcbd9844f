"""How is the same land register published by every provider technology, and agreed upon, in one small province?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
from gateways import (
    CONSUMER_AGENCY,
    PROVIDER_AGENCY,
    READER,
    SECRET,
    SYSTEM,
    TERMS,
    WRITER,
    declared,
    grant,
    systems_hash,
)
from providers.land_http import WSDL
from providers.land_tables import COLUMNS, OPEN_COMMUNE

from adapters.soap.plan import compile_operations
from catalog import agencies, agreements, databases, providers, purposes, services, systems
from catalog.descriptions import (
    AgencyDescription,
    DatabaseDescription,
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
from catalog.terms import AgreementTerms, Comparison, GrantTerms, RowCondition
from gateway.db import Database

TABLES, FILES, WIRE = ("sqlite", "postgresql", "mariadb"), ("csv", "xlsx", "parquet"), ("rest", "soap")
EVERY = (*WIRE, *TABLES, *FILES)
AGREED = ("SoGCN", "ChuSoHuu.HoVaTen")
IN_LISTS = ("TaiSan[].Ma",)
ONLY_OPEN = (RowCondition(field="MaXa", operator=Comparison.EQ, values=(OPEN_COMMUNE,)),)
FEW, SOME = "TT-IT", "TT-DONG"
"""Agreements on a few fields: of every row, and of the open commune's rows, whose code is not among the fields."""


COMPARED: Mapping[str, tuple[str, str]] = {
    "Ten": ("ChuSoHuu.HoVaTen", "eq"),
    "CuaAi": ("ChuSoHuu.SoDinhDanh", "eq"),
    "DauSo": ("ChuSoHuu.SoDinhDanh", "prefix"),
    "TuNgay": ("NgayCap", "gte"),
    "SoGCN": ("SoGCN", "eq"),
}
"""What tables let a caller compare with: parameter → field and operator. Agreed are the name and the number."""


def one_path(technology: str, key: str) -> str:
    """Return the address of one parcel."""
    return f"/x/datdai/{technology}/v1/thua-dat/{key}"


def list_path(technology: str) -> str:
    """Return the address of all parcels."""
    return f"/x/datdai/{technology}/v1/thua-dat"


def fields_of(technology: str, prefix: str = "") -> tuple[FieldDescription, ...]:
    """Return what a service of the technology declares; with lists where it has them."""
    leaves = [declared(f"{prefix}{name}", kind, sensitivity="personal") for name, (_, kind) in COLUMNS.items()]
    if technology in WIRE:
        leaves += [declared(f"{prefix}TaiSan[].Ma"), declared(f"{prefix}TaiSan[].GiaTri", "integer")]
    return tuple(leaves)


def agreed_fields(technology: str, prefix: str = "") -> tuple[str, ...]:
    """Return what the agreements release."""
    return tuple(f"{prefix}{name}" for name in (*AGREED, *(IN_LISTS if technology in WIRE else ())))


def service_of(technology: str) -> ServiceDescription:
    """Describe the parcels of one technology: one by its number, a page of them."""
    number = ParameterDescription(
        name="SoGCN", place=Place.PATH, type=FieldType.STRING, required=True, pattern="[A-Z0-9]{2,12}"
    )
    paging = (
        ParameterDescription(name="after", place=Place.QUERY, type=FieldType.STRING, max_length=2000),
        ParameterDescription(name="limit", place=Place.QUERY, type=FieldType.INTEGER, minimum=1, maximum=200),
        *(ParameterDescription(name=name, place=Place.QUERY, type=FieldType.STRING) for name in COMPARED),
    )
    following = declared("next", structural=True)
    one, many = bindings_of(technology)
    operations = (
        OperationDescription(
            code="get", method="GET", path="/thua-dat/{SoGCN}", title_vi="Một thửa", parameters=(number,),
            fields=fields_of(technology), subjects=("answer:ChuSoHuu.SoDinhDanh",), binding=one,
        ),
        OperationDescription(
            code="list", method="GET", path="/thua-dat", title_vi="Các thửa", rows="items[]", binding=many,
            parameters=paging if technology not in WIRE else (), subjects=("answer:items[].ChuSoHuu.SoDinhDanh",),
            fields=(*fields_of(technology, "items[]."), *(() if technology == "soap" else (following,))),
        ),
    )  # fmt: skip
    return ServiceDescription(
        database="datdai", code=technology, version=1, title_vi="Thửa đất", provider=technology, operations=operations
    )


def bindings_of(technology: str) -> tuple[msgspec.Raw, msgspec.Raw]:
    """Return the adapter's configuration of both operations."""
    if technology == "rest":
        return raw({"path": "/thua-dat/{SoGCN}"}), raw({"path": "/thua-dat"})
    if technology == "soap":
        plans = {name: msgspec.Raw(plan.to_json()) for name, plan in compile_operations(WSDL, {}).items()}
        one = {"plan": plans["Lay"], "answer_at": "Thua", "none_when_missing": "Thua"}
        return raw(one), raw({"plan": plans["Tim"]})
    table = {"table": "thua_dat", "columns": columns()} if technology in TABLES else {}
    shared: dict[str, object] = {**table, "key": ["so_gcn"]}
    filters = {
        name: {"column": COLUMNS[field][0], "operator": operator} for name, (field, operator) in COMPARED.items()
    }
    return raw({**shared, "kind": "get"}), raw({**shared, "kind": "list", "filters": filters})


def columns() -> dict[str, object]:
    """Return field → column and type as the SQL and file adapters want it."""
    return {name: {"column": column, "type": kind} for name, (column, kind) in COLUMNS.items()}


def raw(value: object) -> msgspec.Raw:
    """Return a document."""
    return msgspec.Raw(msgspec.json.encode(value))


def terms_of(code: str, technologies: Sequence[str], **changes: object) -> AgreementTerms:
    """Return an agreement on the agreed fields of both operations of each technology."""
    grants: list[GrantTerms] = []
    for technology in technologies:
        for operation, prefix in (("get", ""), ("list", "items[].")):
            made = grant(operation, agreed_fields(technology, prefix))
            grants.append(msgspec.structs.replace(made, service=technology, **changes))
    return msgspec.structs.replace(TERMS, code=code, grants=tuple(grants))


@dataclass(frozen=True)
class Endpoints:
    """Where the providers are: technology → endpoint."""

    by_technology: Mapping[str, str]
    password_file: Path

    def provider(self, technology: str) -> ProviderDescription:
        """Describe a provider."""
        adapter = technology if technology in WIRE else "sql" if technology in TABLES else "file"
        return ProviderDescription(
            code=technology,
            agency=PROVIDER_AGENCY,
            adapter=adapter,
            endpoint=self.by_technology[technology],
            options=raw({"columns": columns()} if technology in FILES else {}),
            secrets={"password": f"file:{self.password_file}"} if technology in ("postgresql", "mariadb") else {},
            timeout_seconds=2.0,
        )


async def settle_technologies(database_url: str, endpoints: Endpoints, *terms: AgreementTerms) -> None:
    """Fill a migrated database with every technology that has an endpoint, and put the agreements in force."""
    published = [(endpoints.provider(technology), service_of(technology)) for technology in endpoints.by_technology]
    await settle(database_url, published, *terms)


async def settle(
    database_url: str, published: Sequence[tuple[ProviderDescription, ServiceDescription]], *terms: AgreementTerms
) -> None:
    """Fill a migrated database with these services, their databases and one legacy system; agree on the terms."""
    database = Database.open(database_url)
    async with database.transaction() as session:
        for code in (PROVIDER_AGENCY, CONSUMER_AGENCY):
            await agencies.add_agency(session, AgencyDescription(code=code, name_vi=f"Sở {code}"), by=READER)
        system = SystemDescription(code=SYSTEM, agency=CONSUMER_AGENCY, name_vi="Một cửa", legacy=True)
        await systems.add_system(session, system, by=READER)
        await systems.replace_secret(session, SYSTEM, key_id="k1", secret_hash=systems_hash(SECRET), by=READER)
        await purposes.add_purpose(session, PurposeDescription(code="giai-quyet-tthc", title_vi="Giải quyết TTHC"))
        for code in dict.fromkeys(service.database for _, service in published):
            described = DatabaseDescription(
                code=code, title_vi=code, title_en=code, owner=PROVIDER_AGENCY, domain_vi="Thử"
            )
            await databases.add_database(session, described, by=READER)
        for provider, service in published:
            await providers.add_provider(session, provider, by=READER)
            await services.publish_service(session, service, by=READER)
        for one in terms:
            await agreements.create_draft(session, one, by=READER)
            await agreements.submit(session, one.code, version=1, by=READER)
            await agreements.approve(session, one.code, version=1, by=WRITER)
            await agreements.activate(session, one.code, version=1, by=WRITER)
    await database.close()
