"""Which refusals are there, and what does each mean? The pages to which every problem document leads (RFC 9457, 3.1.1).

For anybody. A program that asks for JSON gets the same in both languages.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
from fastapi import APIRouter, Request, Response

from catalog.folding import fold
from gateway.api.negotiation import preferred
from gateway.console.desk import Visitor
from gateway.console.frame import language_of, render
from gateway.console.listing import Cell, Column, Format, asked_of, cut, export
from gateway.console.words import Language, Words
from gateway.errors import PathUnknown
from gateway.problem_texts import PROBLEMS, ProblemType, Side

router = APIRouter(prefix="/problems", tags=["explain"])

PROBLEM_SIDES: Mapping[Side, Words] = {
    Side.CALLER: Words("hệ thống gọi", "the calling system"),
    Side.AGREEMENT: Words("thỏa thuận", "the agreement"),
    Side.PROVIDER: Words("bên cung cấp dữ liệu", "the data provider"),
    Side.PLATFORM: Words("nền tảng", "the platform"),
}
_COLUMNS = (
    Column("slug", Words("Mã lỗi", "Type"), sortable=True),
    Column("title", Words("Lỗi", "Problem"), sortable=True),
    Column("status", Words("HTTP", "HTTP"), sortable=True, numeric=True),
    Column("side", Words("Thuộc về", "Whose side")),
    Column("next", Words("Cần làm gì", "What to do")),
)
_HTML, _JSON = "text/html", "application/json"


@dataclass(frozen=True, slots=True)
class Told:
    """What a problem says in one language."""

    language: Language
    title: str
    detail: str
    next: str


@router.get("", include_in_schema=False)
async def list_problems(request: Request, desk: Visitor) -> Response:
    """Return all refusals that there are, with what to do about each."""
    asked = asked_of(request, sorts=("slug", "title", "status"), filters=("side",))
    language = language_of(request)
    known = [one for one in PROBLEMS.values() if asked.filters.get("side", one.side) == one.side]
    rows = [one for one in known if _says(one, asked.words)]
    rows.sort(key=lambda one: _order(one, asked.sort, language), reverse=asked.descending)
    part = cut(rows, asked)
    if asked.format is not Format.PAGE:
        cells = [_cells(one, language) for one in part.rows]
        return await export("loi", _COLUMNS, cells, form=asked.format, language=language)
    return render(
        request,
        "problems/list.html",
        desk=desk,
        asked=asked,
        part=part,
        columns=_COLUMNS,
        sides=PROBLEM_SIDES,
        side_options=[(one.value, words.in_language(language)) for one, words in PROBLEM_SIDES.items()],
        tell=lambda one: told(one, language),
    )


@router.get("/{slug}", summary="What a problem type means")
async def show_problem(slug: str, request: Request, desk: Visitor) -> Response:
    """Return what a refusal means and what to do about it: a page, or JSON for who asks for that."""
    known = PROBLEMS.get(slug)
    if known is None:
        raise PathUnknown
    if preferred(request.headers.get("accept", ""), (_HTML, _JSON)) == _JSON:
        headers = {"vary": "Accept"}
        return Response(msgspec.json.encode(_document(known)), media_type=_JSON, headers=headers)
    first = language_of(request)
    answer = render(
        request,
        "problems/problem.html",
        desk=desk,
        problem=known,
        side=PROBLEM_SIDES[known.side],
        said=told(known, first),
        other=told(known, Language.EN if first is Language.VI else Language.VI),
    )
    answer.headers["vary"] = "Accept"
    return answer


def told(problem: ProblemType, language: Language) -> Told:
    """Return what a problem says in one language."""
    if language is Language.VI:
        return Told(language, problem.title_vi, problem.detail_vi, problem.next_vi)
    return Told(language, problem.title_en, problem.detail_en, problem.next_en)


def _document(problem: ProblemType) -> dict[str, object]:
    return {
        "slug": problem.slug,
        "status": problem.status,
        "side": problem.side.value,
        "title": problem.title_vi,
        "detail": problem.detail_vi,
        "next": problem.next_vi,
        "en": {"title": problem.title_en, "detail": problem.detail_en, "next": problem.next_en},
    }


def _says(problem: ProblemType, words: str) -> bool:
    folded = fold(
        f"{problem.slug} {problem.title_vi} {problem.title_en} {problem.detail_vi} {problem.detail_en} {problem.status}"
    )
    return all(word in folded for word in fold(words).split())


def _order(problem: ProblemType, sort: str, language: Language) -> tuple[str, str]:
    match sort:
        case "title":
            return fold(told(problem, language).title), problem.slug
        case "status":
            return str(problem.status), problem.slug
        case _:
            return problem.slug, ""


def _cells(problem: ProblemType, language: Language) -> list[Cell]:
    said = told(problem, language)
    side = PROBLEM_SIDES[problem.side].in_language(language)
    return [problem.slug, said.title, problem.status, side, said.next]
