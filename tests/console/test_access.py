"""May each role open each address just as far as the table says, over its own agency's things and over another's?

The table is `access.txt`: a row for each route of the console, the public pages and the control API. A route without a
row fails, so nobody adds one without saying who may. `A` administrator, `O` data owner, `F` officer, `U` auditor, `B`
observer. Rows say who is let in over a thing of his own agency, then over another's; `everybody` is let in signed out
too. Let in means: not told to sign in, not forbidden, not told that the thing is not there.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx2
import msgspec
import pytest
from conftest import in_a_thread, migrate
from fastapi.routing import APIRoute
from gateways import (
    CONSUMER_AGENCY,
    NO_TLS,
    PROVIDER_AGENCY,
    READER,
    TERMS,
    WRITER,
    GatewayProcess,
    parcel_service,
    settle_province,
)
from visitors import Clerk, Office, Visitor, settle_clerks

from catalog import agencies, agreements, databases, providers, publications, services, systems
from catalog.codes import PAGE_NAMES
from catalog.descriptions import AgencyDescription, DatabaseDescription, ProviderDescription, SystemDescription
from catalog.importers.draft import Draft, Source
from catalog.publications import PreparedDraft
from catalog.terms import AgreementTerms
from gateway.api.routers import NOUNS
from gateway.console.routers import ROUTERS
from gateway.db import Database
from security.sessions import form_token
from security.staff import Role

X, Y, Z = PROVIDER_AGENCY, CONSUMER_AGENCY, "000.00.03.H32"
LETTERS: Mapping[str, Role] = {
    "A": Role.PLATFORM_ADMIN,
    "O": Role.DATA_OWNER,
    "F": Role.AGENCY_OFFICER,
    "U": Role.AUDITOR,
    "B": Role.OBSERVER,
}
EVERYBODY = "everybody"
REFUSED = ("staff-unauthorized", "staff-forbidden", "not-found")


@dataclass(frozen=True)
class Row:
    """A row of the table. `thing` names what stands in the path or body, own and another's."""

    method: str
    path: str
    thing: str
    own: str
    other: str

    @property
    def name(self) -> str:
        """What the test is called."""
        return f"{self.method} {self.path}"


def read_table() -> list[Row]:
    """Return the rows of the table."""
    lines = (Path(__file__).parent / "access.txt").read_text(encoding="utf-8").splitlines()
    cells = ([cell.strip() for cell in line.split("|")] for line in lines if line.strip() and not line.startswith("#"))
    return [Row(*name.split(" ", 1), thing, own, other) for name, thing, own, other in cells]


TABLE = read_table()


def routes() -> set[str]:
    """Return every route of the pages and of the control API."""
    found = [route for router in ROUTERS for route in router.routes]
    found += [route for noun in NOUNS for route in noun.router.routes]
    return {f"{method} {one.path}" for one in found if isinstance(one, APIRoute) for method in one.methods}


def test_no_code_of_anything_new_is_the_address_of_a_page() -> None:
    """A literal part of an address beside which a code may stand is refused as a code (`catalog.codes`)."""
    literal: defaultdict[str, set[str]] = defaultdict(set)
    coded: set[str] = set()
    for route in routes():
        parts = route.split()[1].split("/")
        for at, part in enumerate(parts):
            before = "/".join(parts[:at])
            if part in ("{code}", "{database}", "{service}"):
                coded.add(before)
            elif not part.startswith("{"):
                literal[before].add(part)

    assert set().union(*(literal[before] for before in coded)) <= PAGE_NAMES
    assert "/console/databases" in coded, "no page is looked at any more"


def test_the_table_has_a_row_for_every_route_and_none_besides() -> None:
    rows = [row.name for row in TABLE]

    assert sorted(routes() - set(rows)) == [], "say in access.txt who may"
    assert sorted(set(rows) - routes()) == []
    assert len(rows) == len(set(rows))


# --- what there is, of the own agency (X) and of another -------------------------------------------------------------

OWN: Mapping[str, Mapping[str, str]] = {
    "agency": {"code": X},
    "hold": {"code": "khong-co"},
    "system": {"code": "he-x", "key_id": "kx"},
    "staff": {"code": "nguoi-x", "name": "unlock"},
    "database": {"code": "datdai", "database": "datdai"},
    "service": {"database": "datdai", "service": "thua-dat", "code": "thua-dat", "version": "1"},
    "provider": {"code": "so-nnmt"},
    "draft": {"code": "datdai.nhap.v1"},
    "provided": {"code": "TT-1", "version": "1", "act": "end"},
    "consumed": {"code": "TT-3", "version": "1", "act": "withdraw"},
}
OTHER: Mapping[str, Mapping[str, str]] = {
    "agency": {"code": Y},
    "hold": {"code": "khong-co"},
    "system": {"code": "he-z", "key_id": "kz"},
    "staff": {"code": "nguoi-y", "name": "unlock"},
    "database": {"code": "yte", "database": "yte"},
    "service": {"database": "yte", "service": "thua-dat", "code": "thua-dat", "version": "1"},
    "provider": {"code": "so-yt"},
    "draft": {"code": "yte.nhap.v1"},
    "provided": {"code": "TT-2", "version": "1", "act": "end"},
    "consumed": {"code": "TT-2", "version": "1", "act": "withdraw"},
}


ALWAYS: Mapping[str, str] = {
    "exchange_id": "0193f0a2-7c1e-7b3a-9d52-0d6c1f0e8a11",
    "export_id": "0193f0a2-7c1e-7b3a-9d52-0d6c1f0e8a11",
    "export": "0193f0a2-7c1e-7b3a-9d52-0d6c1f0e8a11",
    "digest": "0" * 64,
    "language": "vi",
    "kind": "table",
    "key": "services",
    "number": "1",
    "step": "who",
    "slug": "not-found",
    "operation": "get",
    "profile": "khong-co",
}
"""What is the same for everybody: nothing of an agency."""
ENDS_SESSIONS = {"/console/sign-out", "/console/account/device", "/console/account/password"}


def _agency(own: bool) -> str:
    return X if own else Y


def _terms(own: bool) -> object:
    return terms("TT-9", "yte", provider=Y, consumer=X if own else Z, system="he-x" if own else "he-z")


def _database(own: bool) -> object:
    owner = _agency(own)
    return DatabaseDescription(code="moi", title_vi="Mới", title_en="New", owner=owner, domain_vi="Mới")


def _provider(own: bool) -> object:
    return ProviderDescription(
        code="so-nnmt" if own else "so-yt",
        agency=_agency(own),
        adapter="rest",
        endpoint="http://127.0.0.1:9",
        options=msgspec.Raw(b'{"auth":"none"}'),
    )


# What is sent, of one's own agency or of another; nothing where a row is not named: a route that asks first who may
# then refuses the content, which is no refusal of the person.
BODIES: Mapping[str, Callable[[bool], object]] = {
    "POST /api/v1/systems": lambda own: {"code": "moi", "agency": _agency(own), "name_vi": "Mới"},
    "POST /api/v1/databases": _database,
    "PUT /api/v1/databases/{code}": lambda own: msgspec.structs.replace(
        _database(own), code="datdai" if own else "yte"
    ),
    "POST /api/v1/services": lambda own: msgspec.structs.replace(
        parcel_service(), version=2, database="datdai" if own else "yte", provider="so-nnmt" if own else "so-yt"
    ),
    "POST /api/v1/publications": lambda own: {
        "source": "table",
        "database": "datdai" if own else "yte",
        "service": "x",
        "title_vi": "X",
        "provider": "x",
        "endpoint": "sqlite:///x.db",
    },
    "POST /api/v1/providers": _provider,
    "PUT /api/v1/providers/{code}": _provider,
    "POST /api/v1/agreements": _terms,
    "POST /api/v1/agreements/{code}/versions": lambda own: msgspec.structs.replace(
        _terms(own), code="TT-3" if own else "TT-2"
    ),
    "POST /api/v1/staff": lambda own: {"code": "moi", "name": "Mới", "role": "observer", "agency": _agency(own)},
    "POST /api/v1/agreements/{code}/suspend": lambda _: {"side": "provider", "reason": "thử"},
    "POST /api/v1/agreements/{code}/resume": lambda _: {"side": "provider"},
    "POST /console/agreements/{code}/resume": lambda _: {"side": "provider"},
    "PUT /api/v1/quality/databases/{code}/rules": lambda _: {
        "service": "thua-dat",
        "field": "SoGCN",
        "check": "unique",
    },
    "DELETE /api/v1/quality/databases/{code}/rules": lambda _: {"service": "thua-dat", "check": "unique"},
    "GET /console/quality/{database}/rules/one": lambda _: {"service": "thua-dat", "check": "unique"},
    "POST /console/systems/new": lambda own: {"agency": _agency(own)},
    "GET /console/systems/new": lambda own: {"agency": _agency(own)},
    "POST /console/staff/new": lambda own: {"agency": _agency(own)},
    "POST /console/staff/{code}/edit": lambda own: {"agency": _agency(own)},
}


def terms(code: str, database: str, *, provider: str, consumer: str, system: str) -> AgreementTerms:
    return msgspec.structs.replace(
        TERMS, code=code, database=database, provider_agency=provider, consumer_agency=consumer, systems=(system,)
    )


async def settle(url: str) -> None:
    """Lay out the same things for X and for others."""
    await settle_province(url, "http://127.0.0.1:9")
    database = Database.open(url)
    async with database.transaction() as session:
        await agencies.add_agency(session, AgencyDescription(code=Z, name_vi="Sở khác"), by=READER)
        for system, agency, key in (("he-x", X, "kx"), ("he-z", Z, "kz")):
            described = SystemDescription(code=system, agency=agency, name_vi=system, legacy=True)
            await systems.add_system(session, described, by=READER)
            await systems.replace_secret(
                session,
                system,
                key_id=key,
                secret_hash="0" * 63 + key[-1].replace("x", "1").replace("z", "2"),
                by=READER,
            )
        await databases.add_database(
            session,
            DatabaseDescription(code="yte", title_vi="Y tế", title_en="Health", owner=Y, domain_vi="Y tế"),
            by=READER,
        )
        asked = ProviderDescription(
            code="so-yt",
            agency=Y,
            adapter="rest",
            endpoint="http://127.0.0.1:9",
            options=msgspec.Raw(b'{"auth":"none"}'),
            timeout_seconds=5.0,
        )
        await providers.add_provider(session, asked, by=READER)
        held = msgspec.structs.replace(parcel_service(), database="yte", provider="so-yt")
        await services.publish_service(session, held, by=READER)
        for name, agency in (("datdai", X), ("yte", Y)):
            draft = Draft(
                provider=msgspec.structs.replace(asked, code=f"{name}-moi", agency=agency),
                service=msgspec.structs.replace(held, database=name, code="nhap", provider=f"{name}-moi"),
            )
            await publications.import_publication(
                session, PreparedDraft(draft=draft), source=Source.TABLE, again=False, by=READER
            )
        for one in (
            terms("TT-2", "yte", provider=Y, consumer=Z, system="he-z"),
            terms("TT-3", "yte", provider=Y, consumer=X, system="he-x"),
        ):
            await agreements.create_draft(session, one, by=READER)
            await agreements.submit(session, one.code, version=1, by=READER)
            await agreements.approve(session, one.code, version=1, by=WRITER)
            await agreements.activate(session, one.code, version=1, by=WRITER)
    await database.close()


@dataclass
class Staffed:
    """The office, somebody of each role in X, and who is signed in."""

    office: Office
    visitors: dict[str, Visitor]
    client: httpx2.Client

    def ask(self, row: Row, letter: str, things: Mapping[str, Mapping[str, str]]) -> str:
        """Return the slug of the problem that a role meets, or the status where there is none."""
        path, body = row.path, BODIES.get(row.name, lambda _: {})(things is OWN)
        for name, value in things.get(row.thing.rstrip("?"), {}).items():
            path = path.replace(f"{{{name}}}", value)
        for name, value in ALWAYS.items():
            path = path.replace(f"{{{name}}}", value)
        headers = {"accept": "application/json", "origin": self.office.gateway.url}
        if row.path.startswith("/api/"):
            if letter:
                headers["authorization"] = f"Bearer {self.office.clerks[letter].token}"
            asked = {"params": body} if row.method == "DELETE" and body else {"content": msgspec.json.encode(body)}
            return self._said(self.client.request(row.method, path, headers=headers, **asked))
        cookie = ""
        if letter:
            visitor = self.office.visitor(letter) if row.path in ENDS_SESSIONS else self.visitors[letter]
            cookie = visitor.cookies["lienthong"]
            headers["cookie"] = f"lienthong={cookie}"
        if row.method == "GET":
            return self._said(self.client.get(path, headers=headers, params=body or None))
        return self._said(self.client.post(path, headers=headers, data={"csrf": form_token(cookie), **body}))

    def _said(self, answer: httpx2.Response) -> str:
        self.client.cookies.clear()
        if answer.headers.get("content-type", "") == "application/problem+json":
            return str(answer.json()["type"]).rsplit("/", 1)[-1]
        return str(answer.status_code)


@pytest.fixture(scope="module")
def staffed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staffed]:
    directory = tmp_path_factory.mktemp("access")
    url = f"sqlite:///{directory / 'lienthong.db'}"
    migrate(url)
    clerks = [Clerk(letter, role, X) for letter, role in LETTERS.items()]
    targets = [Clerk("nguoi-x", Role.OBSERVER, X), Clerk("nguoi-y", Role.OBSERVER, Y)]

    async def prepare() -> None:
        await settle(url)
        await settle_clerks(url, directory / "keys", [*clerks, *targets])

    in_a_thread(lambda: asyncio.run(prepare()))
    process = GatewayProcess(directory, url)
    process.start()
    office = Office(process, {one.code: one for one in clerks})
    with httpx2.Client(base_url=process.url, verify=NO_TLS, timeout=30) as client:
        yield Staffed(office, {letter: office.visitor(letter) for letter in LETTERS}, client)
    process.stop()


def assert_let_in(said: Mapping[str, str], let_in: set[str], *, may_be_gone: bool) -> None:
    """Assert that these and no others were let in; of a thing that may be gone, that nobody else saw it."""
    seen = {letter for letter, slug in said.items() if slug not in REFUSED}
    if may_be_gone:
        asked = {letter for letter, slug in said.items() if slug != "staff-forbidden"}
        assert seen <= let_in <= asked, said
    else:
        assert seen == let_in, said


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_an_address_lets_in_whom_the_table_says(staffed: Staffed, row: Row) -> None:
    signed_out = staffed.ask(row, "", OWN)

    if row.thing == "entrance":
        return  # who may come in is what tests of signing in are about
    if row.own == EVERYBODY:
        assert signed_out not in REFUSED
        return
    assert signed_out == "staff-unauthorized"
    for things, let_in in ((OWN, row.own), (OTHER, row.other)):
        if let_in != ".":
            said = {letter: staffed.ask(row, letter, things) for letter in LETTERS}
            assert_let_in(said, set(let_in.replace("-", "")), may_be_gone=row.thing.endswith("?"))
