"""At which addresses do other catalogues harvest ours, in which form, and when has nothing changed since?

A document is written while it is sent, a slice of services at a time, and no slice keeps the database waiting for a
slow reader. What changes while somebody reads may be seen in part; the document's entity tag is that of the revision
before, so the next visit brings the whole.
"""

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse, StreamingResponse
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.agencies import show_agency
from catalog.dcat import Site, catalogue_nodes, database_nodes, once, service_nodes
from catalog.descriptions import AgencyDescription
from catalog.errors import NotThere
from catalog.graph import Form, closing, opening, written
from catalog.holdings import SLICE, Holding, list_holdings, read_versions, show_holding
from catalog.policy import read_revision
from catalog.quality.dqv import measurements, metric_nodes
from catalog.quality.scores import QualityScore, latest_scores
from catalog.services import ServiceView
from gateway.api.control import control_of
from gateway.api.negotiation import preferred
from gateway.db import Database
from gateway.errors import PathUnknown

_WRITING = "2"
"""Grows when the same catalogue is written differently: what harvesters keep is then no longer good."""
_SUFFIXES = {"jsonld": Form.JSON_LD, "ttl": Form.TURTLE}
_PAGE = "text/html"
_OFFERED = {Form.JSON_LD.value: "jsonld", "application/json": "jsonld", Form.TURTLE.value: "ttl", _PAGE: ""}


@dataclass(frozen=True, slots=True)
class Harvest:
    """What a document is made of. `whole`: the catalogue tells of itself too, and not of one database only.

    `scores` are the newest of the databases that were measured.
    """

    site: Site
    holdings: Sequence[Holding]
    whole: bool
    revision: int
    scores: Mapping[str, QualityScore] = field(default_factory=dict)

    def entity_tag(self, form: Form) -> str:
        """Return the entity tag of the document in this form (RFC 9110, 8.8.3)."""
        codes = ",".join(one.database.code for one in self.holdings)
        measured = ",".join(sorted(one.profile for one in self.scores.values()))
        told = f"{_WRITING} {self.revision} {self.site} {self.whole} {codes} {measured} {form}"
        return f'"{hashlib.sha256(told.encode()).hexdigest()[:32]}"'


def dcat_router(public_url: str, publisher: str) -> APIRouter:
    """Return the routes of the catalogue in RDF. `publisher` is the code of the agency that publishes it, or empty."""
    router = APIRouter(prefix="/catalog/v1", tags=["catalogue"])

    async def answer(request: Request, form: Form, code: str = "") -> Response:
        database = control_of(request).database
        async with database.reading() as session:
            site = Site(public_url, await _agency(session, publisher))
            holdings = [await show_holding(session, code)] if code else await list_holdings(session)
            scores = await latest_scores(session, [one.database.code for one in holdings])
            harvest = Harvest(site, holdings, not code, await read_revision(session), scores)
        return _document(request, database, harvest, form)

    @router.get("/dcat", summary="The whole catalogue as DCAT-AP 3, in the form that is asked for")
    async def negotiate(request: Request) -> Response:
        """Return JSON-LD or Turtle, as `Accept` says; a browser is led to the catalogue's pages."""
        suffix = _OFFERED[preferred(request.headers.get("accept", ""), tuple(_OFFERED))]
        if not suffix:
            return _see("/catalogue")
        return _negotiated(await answer(request, _SUFFIXES[suffix]), f"/catalog/v1/dcat.{suffix}")

    @router.get("/dcat.{suffix}", summary="The whole catalogue as DCAT-AP 3: .jsonld or .ttl")
    async def show(suffix: str, request: Request) -> Response:
        """Return the catalogue in the form of the address."""
        return await answer(request, _form(suffix))

    @router.get("/databases/{code}/dcat", summary="One database as DCAT-AP 3, in the form that is asked for")
    async def negotiate_one(code: str, request: Request) -> Response:
        """Return JSON-LD or Turtle, as `Accept` says; a browser is led to the database's page."""
        suffix = _OFFERED[preferred(request.headers.get("accept", ""), tuple(_OFFERED))]
        if not suffix:
            return _see(f"/catalogue/{code}")
        found = await answer(request, _SUFFIXES[suffix], code)
        return _negotiated(found, f"/catalog/v1/databases/{code}/dcat.{suffix}")

    @router.get("/databases/{code}/dcat.{suffix}", summary="One database as DCAT-AP 3: .jsonld or .ttl")
    async def show_one(code: str, suffix: str, request: Request) -> Response:
        """Return the database in the form of the address."""
        return await answer(request, _form(suffix), code)

    return router


async def write_harvest(
    database: Database, harvest: Harvest, form: Form, *, at_once: int = SLICE
) -> AsyncIterator[str]:
    """Yield the document in parts of `at_once` service versions. No session is open while a part is on its way."""
    seen: set[str] = set()
    yield opening(form)
    site, first = harvest.site, True
    if harvest.whole:
        yield written(once(catalogue_nodes(site, harvest.holdings), seen), form, first=True)
        first = False
    for holding in harvest.holdings:
        measured = measurements(site, harvest.scores.get(holding.database.code))
        metrics = metric_nodes(site) if measured else ()
        nodes = (*metrics, *database_nodes(site, holding, measured=measured))
        yield written(once(nodes, seen), form, first=first)
        first = False
        before: ServiceView | None = None
        while True:
            async with database.reading() as session:
                views = await read_versions(session, holding.database.code, after=before, limit=at_once)
            services = service_nodes(site, holding, views, of_catalogue=harvest.whole, before=before)
            yield written(once(services, seen), form)
            if len(views) < at_once:
                break
            before = views[-1]
    yield closing(form)


def _document(request: Request, database: Database, harvest: Harvest, form: Form) -> Response:
    tag = harvest.entity_tag(form)
    headers = {"etag": tag, "cache-control": "no-cache"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    media_type = f"{form.value}; charset=utf-8" if form is Form.TURTLE else form.value
    return StreamingResponse(write_harvest(database, harvest, form), media_type=media_type, headers=headers)


def _negotiated(answer: Response, location: str) -> Response:
    answer.headers["vary"] = "Accept"
    answer.headers["content-location"] = location
    return answer


def _see(page: str) -> Response:
    return RedirectResponse(page, status_code=303, headers={"vary": "Accept"})


def _form(suffix: str) -> Form:
    form = _SUFFIXES.get(suffix)
    if form is None:
        raise PathUnknown
    return form


async def _agency(session: AsyncSession, code: str) -> AgencyDescription | None:
    # A name that nobody has yet must not close the catalogue.
    try:
        return await show_agency(session, code) if code else None
    except NotThere:
        return None
