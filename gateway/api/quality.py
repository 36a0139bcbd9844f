"""Over which addresses is the quality of databases read, measured and ruled? (docs/quality.md)"""

from datetime import datetime
from decimal import Decimal

import msgspec
from fastapi import APIRouter, Request, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.databases import list_databases, show_database
from catalog.quality import profiles
from catalog.quality.criteria import Check
from catalog.quality.rulebook import read_rulebook, reset_rule, set_rule
from catalog.quality.rules import Rule
from catalog.quality.scores import QualityScore, latest_scores, score_history
from gateway.api.control import Staff, Visit, document, read_document
from gateway.api.documents import QualityRuleDocument, takes
from gateway.exchangeids import new_exchange_id
from security.staff import Permission

router = APIRouter(prefix="/api/v1/quality", tags=["quality"])
_MOST_HISTORY = 400


class ScoreLine(msgspec.Struct, frozen=True, kw_only=True):
    """The scores of a database at one moment, 0 to 100; null where nothing could be measured."""

    database: str
    measured_at: datetime
    band: str
    score: Decimal | None
    criteria: dict[str, Decimal]
    identifiers_right: bool
    rows_read: int


class RuleLine(msgspec.Struct, frozen=True, kw_only=True):
    """How a rule was kept; `examples` are masked."""

    service: str
    field: str
    check: str
    argument: str
    weight: int
    checked: int
    failed: int
    points: int
    examples: tuple[str, ...]
    reason: str


class ServiceLine(msgspec.Struct, frozen=True, kw_only=True):
    """How a service was read."""

    service: str
    version: int
    method: str
    reason: str
    rows_read: int
    rows_total: int | None


class ProfileDetails(msgspec.Struct, frozen=True, kw_only=True):
    """The newest profile of a database that was finished, with all that was found."""

    score: ScoreLine | None
    services: list[ServiceLine]
    rules: list[RuleLine]


@router.get("/databases", summary="Newest scores of all databases")
async def list_scores(visit: Staff) -> Response:
    """Return the newest scores of the databases that were measured."""
    visit.require(Permission.CATALOGUE_READ)
    async with visit.reading() as session:
        codes = [one.code for one in await list_databases(session)]
        scores = await latest_scores(session, codes)
    return document([_score_line(scores[code]) for code in codes if code in scores])


@router.get("/databases/{code}", summary="What was found of one database")
async def show_details(code: str, visit: Staff) -> Response:
    """Return the newest profile with its rules: for the owner, administrators and auditors."""
    async with visit.reading() as session:
        await _require_sight(visit, session, code)
        score = (await latest_scores(session, [code])).get(code)
        readings = await profiles.readings_of(session, score.profile) if score else []
        results = await profiles.results_of(session, score.profile) if score else []
    return document(
        ProfileDetails(
            score=_score_line(score) if score else None,
            services=[
                ServiceLine(
                    service=one.service, version=one.version, method=one.method, reason=one.reason,
                    rows_read=one.rows_read, rows_total=one.rows_total,
                )
                for one in readings
            ],
            rules=[
                RuleLine(
                    service=one.rule.service, field=one.rule.field, check=one.rule.check, argument=one.rule.argument,
                    weight=one.rule.weight, checked=one.checked, failed=one.failed, points=one.points,
                    examples=one.examples, reason=one.reason,
                )
                for one in results
            ],
        )
    )  # fmt: skip


@router.get("/databases/{code}/history", summary="Scores of the last profiles of one database")
async def show_history(code: str, visit: Staff) -> Response:
    """Return the scores, the oldest first."""
    visit.require(Permission.CATALOGUE_READ)
    async with visit.reading() as session:
        await show_database(session, code)
        history = await score_history(session, [code], limit=_MOST_HISTORY)
    return document([_score_line(one) for one in history.get(code, ())])


@router.post("/databases/{code}/profiles", summary="Measure a database now", status_code=202)
async def ask_profile(code: str, visit: Staff) -> Response:
    """Queue a profile; the worker takes it within seconds."""
    async with visit.reading() as session:
        owner = (await show_database(session, code)).owner
    visit.require(Permission.QUALITY_MEASURE, owner)
    profile = new_exchange_id()
    change = await visit.change(
        "measure", lambda session: profiles.ask_profile(session, code, profile=profile, by=visit.actor)
    )
    return document(change, status=202)


@router.get("/profiles/{profile}", summary="How far a profile is")
async def show_profile(profile: str, visit: Staff) -> Response:
    """Return a profile."""
    async with visit.reading() as session:
        row = await profiles.show_profile(session, profile)
        await _require_sight(visit, session, row.database)
    return document(row)


@router.delete("/profiles/{profile}", summary="Cancel a profile", status_code=202)
async def cancel_profile(profile: str, visit: Staff) -> Response:
    """End a profile that waits, or let its worker end it before the next page."""
    async with visit.reading() as session:
        row = await profiles.show_profile(session, profile)
        owner = await _require_sight(visit, session, row.database)
    visit.require(Permission.QUALITY_MEASURE, owner)
    change = await visit.change("cancel", lambda session: profiles.cancel_profile(session, profile, by=visit.actor))
    return document(change, status=202)


@router.get("/databases/{code}/rules", summary="The rules of a database")
async def list_rules(code: str, visit: Staff) -> Response:
    """Return the rules in force, those that are switched off among them."""
    async with visit.reading() as session:
        await _require_sight(visit, session, code)
        book = await read_rulebook(session, code)
    return document(
        [
            QualityRuleDocument(
                service=rule.service, field=rule.field, check=rule.check, argument=rule.argument, weight=rule.weight,
                enabled=rule.enabled,
            )
            for about in book.services
            for rule in about.rules
        ]
    )  # fmt: skip


@router.put("/databases/{code}/rules", summary="Change or add a rule", openapi_extra=takes(QualityRuleDocument))
async def change_rule(code: str, request: Request, visit: Staff) -> Response:
    """Let a rule hold as it is given: one for a service, a field and a check."""
    wanted = await read_document(request, QualityRuleDocument)
    async with visit.reading() as session:
        owner = (await show_database(session, code)).owner
    visit.require(Permission.QUALITY_RULES, owner)
    rule = Rule(
        wanted.service, wanted.field, wanted.check, wanted.argument, weight=wanted.weight, enabled=wanted.enabled
    )
    change = await visit.change("change", lambda session: set_rule(session, code, rule, by=visit.actor))
    return document(change)


@router.delete("/databases/{code}/rules", summary="Forget what was changed about a rule")
async def forget_rule(code: str, visit: Staff, service: str, check: Check, field: str = "") -> Response:
    """Let the derived rule hold again; one that nobody derived is gone."""
    async with visit.reading() as session:
        owner = (await show_database(session, code)).owner
    visit.require(Permission.QUALITY_RULES, owner)
    change = await visit.change("reset", lambda session: reset_rule(session, code, service, field, check))
    return document(change)


async def _require_sight(visit: Visit, session: AsyncSession, database: str) -> str:
    owner = (await show_database(session, database)).owner
    visit.require(Permission.QUALITY_READ, owner)
    return owner


def _score_line(score: QualityScore) -> ScoreLine:
    return ScoreLine(
        database=score.database,
        measured_at=score.measured_at,
        band=score.band,
        score=score.score,
        criteria={criterion.value: points for criterion, points in score.criteria.items()},
        identifiers_right=score.identifiers_right,
        rows_read=score.rows_read,
    )
