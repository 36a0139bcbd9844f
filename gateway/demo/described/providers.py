"""Where does the gateway ask for each database of the demo, and with which secrets?

Secrets are references to files below the demo's directory, each in the folder of the provider's agency. A file provider
serves one table, so each object kept in files has a provider of its own; everything else has one a database.
"""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from adapters.contract import Json
from catalog.descriptions import ProviderDescription
from gateway.demo.databases import DATABASES
from gateway.demo.databases.form import Database, DataObject, Proof, Technology
from gateway.demo.described.databases import owner_of
from gateway.demo.nation import MOUNT, OFFICERS, PROCEDURES, X_ROAD_CLIENT, population_address
from gateway.demo.proofs import API_KEY_HEADER

PROVIDER_SECRETS = "provider-secrets"
"""The directory, in the demo's own, of what the gateway proves itself with: a folder for each agency."""
FILES = frozenset({Technology.CSV, Technology.XLSX, Technology.PARQUET})
_PAIR = {"username": "user", "password": "password"}
_SECRETS: Mapping[Proof, Mapping[str, str]] = {  # the adapter's name of a secret -> the demo's
    Proof.NONE: {},
    Proof.API_KEY: {"api_key": "api_key"},
    Proof.BASIC: _PAIR,
    Proof.OAUTH2: {"client_id": "client_id", "client_secret": "client_secret"},
    Proof.USERNAME_TOKEN: _PAIR,
}
# The national services that speak JSON: database -> adapter.
_NATIONAL_JSON = {
    "qg-doanhnghiep": "national.business",
    "qg-danhmuc": "national.categories",
    "qg-bhxh": "national.social_insurance",
    "qg-hotich": "national.civil_status",
}


def provider_code(database: Database, one: DataObject) -> str:
    """Return the code of the provider that is asked for an object."""
    return f"{database.code}.{one.code}" if one.technology in FILES else database.code


def describe_providers(directory: Path, address: str) -> tuple[ProviderDescription, ...]:
    """Return the providers of the nineteen and of the national services; `address` is the provider process' own."""
    whole = directory.resolve()
    found: list[ProviderDescription] = []
    for database in DATABASES:
        if database.technology is Technology.SQL:
            found.append(_sql(database, whole))
        elif database.technology in FILES:
            found.extend(_file(database, one, whole) for one in database.objects)
        else:
            found.append(_http(database, whole, address))
    return (*found, _population(whole, address), *_national(whole, address))


def reference(directory: Path, agency: str, name: str) -> str:
    """Return the reference of a secret that is laid out for an agency's providers."""
    return f"file:{directory / PROVIDER_SECRETS / agency / name}"


def _sql(database: Database, directory: Path) -> ProviderDescription:
    return ProviderDescription(
        code=database.code,
        agency=owner_of(database.code),
        adapter="sql",
        endpoint=f"sqlite:///{directory / database.source}",
    )


def _file(database: Database, one: DataObject, directory: Path) -> ProviderDescription:
    columns: Json = {column.field: {"column": column.column, "type": column.type.value} for column in one.columns}
    return ProviderDescription(
        code=provider_code(database, one),
        agency=owner_of(database.code),
        adapter="file",
        endpoint=str(directory / database.source / one.source),
        options=_raw({"columns": columns}),
    )


def _http(database: Database, directory: Path, address: str) -> ProviderDescription:
    endpoint = f"{address}{database.mount}"
    is_soap = database.technology is Technology.SOAP
    owner = owner_of(database.code)
    return ProviderDescription(
        code=database.code,
        agency=owner,
        adapter="soap" if is_soap else "rest",
        endpoint=endpoint,
        options=_raw(_soap_options(database) if is_soap else _rest_options(database, endpoint)),
        secrets={
            name: reference(directory, owner, f"{database.code}.{ours}")
            for name, ours in _SECRETS[database.proof].items()
        },
    )


def _soap_options(database: Database) -> Json:
    auth = {Proof.NONE: "none", Proof.BASIC: "basic", Proof.USERNAME_TOKEN: "wsse-username"}
    return {"auth": auth[database.proof]}


def _rest_options(database: Database, endpoint: str) -> Json:
    match database.proof:
        case Proof.API_KEY:
            return {"auth": "api-key", "api_key_header": API_KEY_HEADER, "health_path": "/health"}
        case Proof.BASIC:
            return {"auth": "basic", "health_path": "/health"}
        case Proof.OAUTH2:
            return {"auth": "oauth2", "token_url": f"{endpoint}/token", "health_path": "/health"}
        case _:
            return {"auth": "none", "health_path": "/health"}


def _population(directory: Path, address: str) -> ProviderDescription:
    owner = owner_of("qg-dancu")
    return ProviderDescription(
        code="qg-dancu",
        agency=owner,
        adapter="national.population",
        endpoint=population_address(address),
        options=_raw({"x_road_client": X_ROAD_CLIENT, "procedures": dict(PROCEDURES), "officers": dict(OFFICERS)}),
        secrets={
            "user": reference(directory, owner, "national.population_user"),
            "secret": reference(directory, owner, "national.population_secret"),
            "api_key": reference(directory, owner, "national.population_api_key"),
        },
    )


def _national(directory: Path, address: str) -> tuple[ProviderDescription, ...]:
    return tuple(
        ProviderDescription(
            code=database,
            agency=owner_of(database),
            adapter=adapter,
            endpoint=f"{address}{MOUNT}",
            secrets={
                name: reference(directory, owner_of(database), f"national.{name}")
                for name in ("client_id", "client_secret")
            },
        )
        for database, adapter in _NATIONAL_JSON.items()
    )


def _raw(value: Json) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value))
