"""What became of the exchange with this correlation id, and what can be done about it, for anyone who asks?

Needs no account, so it says nothing about who asked, for whom or under which agreement: only which check failed,
whose side it is on, and what to do next.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Protocol

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from catalog.errors import NotThere
from gateway.console.desk import Visitor
from gateway.console.frame import language_of, render
from gateway.console.problems import PROBLEM_SIDES, Told
from gateway.console.words import Language
from gateway.exchangeids import EXCHANGE_ID
from gateway.problem_texts import PROBLEMS, ProblemType, Side
from security.audit.record import Kind


class StoredRecord(Protocol):
    """A record as the store keeps it."""

    @property
    def kind(self) -> str:
        """What it is about."""
        ...

    @property
    def body(self) -> bytes:
        """Its bytes."""
        ...


ReadExchange = Callable[[str], Awaitable[Sequence[StoredRecord]]]


class _Decision(msgspec.Struct):
    allowed: bool = True
    reason: str = ""
    repeated: int = 1


class _Told(msgspec.Struct):
    """The only members of a record that are told to anyone."""

    at_us: int = 0
    decision: _Decision | None = None
    notes: dict[str, str | int | bool] = {}

    def moment(self) -> str:
        """Return when it was recorded: ISO 8601, UTC."""
        return datetime.fromtimestamp(self.at_us / 1_000_000, UTC).isoformat(timespec="milliseconds")


_ANSWERED = ("Đã trả lời", "Answered", "Lời gọi đã được trả lời và ghi nhật ký.", "The call was answered and recorded.")
_UNDER_WAY = (
    "Đang xử lý",
    "Under way",
    "Lời gọi đã được ghi nhận và chưa kết thúc.",
    "The call is recorded and has not ended yet.",
)
_UNKNOWN = (
    "Không rõ kết quả",
    "Outcome unknown",
    "Nền tảng dừng giữa chừng nên kết quả của lời gọi không được biết; không có dữ liệu nào được trả.",
    "The platform stopped half-way, so what came of the call is not known; nothing was released.",
)


class Explanation(msgspec.Struct, omit_defaults=True, kw_only=True):
    """What anyone may know of an exchange."""

    correlation_id: str
    state: str
    at: str
    title: str
    detail: str
    next: str = ""
    side: str = ""
    status: int = 0
    problem: str = ""
    where: str = ""
    repeated: int = 0
    en: dict[str, str] = {}


def explain(correlation_id: str, records: Sequence[StoredRecord]) -> Explanation | None:
    """Return what became of an exchange, from its records, or None when there are none that anyone may know of."""
    by_kind = {record.kind: record for record in records}
    ended = by_kind.get(Kind.OUTCOME) or by_kind.get(Kind.DENY) or by_kind.get(Kind.AUTH)
    if ended is not None:
        told = msgspec.json.decode(ended.body, type=_Told)
        slug = told.decision.reason if told.decision is not None else ""
        if known := PROBLEMS.get(slug):
            return _refused(correlation_id, known, told)
        return _plain(correlation_id, "answered", told, _ANSWERED)
    if (unknown := by_kind.get(Kind.UNKNOWN)) is not None:
        return _plain(correlation_id, "unknown", msgspec.json.decode(unknown.body, type=_Told), _UNKNOWN)
    if (intent := by_kind.get(Kind.INTENT)) is not None:
        return _plain(correlation_id, "under-way", msgspec.json.decode(intent.body, type=_Told), _UNDER_WAY)
    return None


def _refused(correlation_id: str, known: ProblemType, told: _Told) -> Explanation:
    return Explanation(
        correlation_id=correlation_id,
        state="refused",
        at=told.moment(),
        title=known.title_vi,
        detail=known.detail_vi,
        next=known.next_vi,
        side=known.side.value,
        status=known.status,
        problem=known.slug,
        where=str(told.notes.get("where", "")),
        repeated=told.decision.repeated if told.decision is not None and told.decision.repeated > 1 else 0,
        en={"title": known.title_en, "detail": known.detail_en, "next": known.next_en},
    )


def _plain(correlation_id: str, state: str, told: _Told, texts: tuple[str, str, str, str]) -> Explanation:
    title_vi, title_en, detail_vi, detail_en = texts
    return Explanation(
        correlation_id=correlation_id,
        state=state,
        at=told.moment(),
        title=title_vi,
        detail=detail_vi,
        en={"title": title_en, "detail": detail_en},
    )


def told_in(found: Explanation, language: Language) -> Told:
    """Return what is told in one language."""
    if language is Language.VI:
        return Told(language, found.title, found.detail, found.next)
    return Told(language, *(found.en.get(name, "") for name in ("title", "detail", "next")))


def explain_router(read_exchange: ReadExchange) -> APIRouter:
    """Return `GET /explain/{correlation id}`: JSON, or a page for a browser."""
    router = APIRouter(tags=["explain"])

    @router.get("/explain/{correlation_id}", summary="What became of an exchange, for anyone")
    async def explain_exchange(correlation_id: str, request: Request, desk: Visitor) -> Response:
        found = None
        if EXCHANGE_ID.match(correlation_id):
            found = explain(correlation_id, await read_exchange(correlation_id))
        if found is None:
            raise NotThere("exchange", correlation_id)
        if "text/html" not in request.headers.get("accept", ""):
            return JSONResponse(msgspec.to_builtins(found), headers={"cache-control": "no-store", "vary": "Accept"})
        first = language_of(request)
        answer = render(
            request,
            "problems/exchange.html",
            desk=desk,
            found=found,
            at=datetime.fromisoformat(found.at),
            side=PROBLEM_SIDES[Side(found.side)] if found.side else None,
            said=told_in(found, first),
            other=told_in(found, Language.EN if first is Language.VI else Language.VI),
        )
        answer.headers["vary"] = "Accept"
        return answer

    return router
