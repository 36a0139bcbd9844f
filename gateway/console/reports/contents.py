"""What does each report say of a period, for the platform or an agency?"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.agreement_lists import AgreementFilter, AgreementLine, Order, count_by_state, list_agreements
from catalog.states import AgreementState
from catalog.states import Side as Party
from catalog.titles import agency_titles, database_titles, service_titles, system_titles
from gateway.console.listing import Asked, Cell
from gateway.console.reports.tables import MEASURES, Kind, Table, column, measures_of, named, table_of
from gateway.console.reports.views import View
from gateway.console.reports.wording import DOORS, FORMULAS, INDICATORS, PROBLEM_SIDES, STEPS, UNKNOWN_RESULT
from gateway.console.words import AGREEMENT_STATES, Language, Words
from gateway.figures.indicators import gather_evidence, indicators_of
from gateway.figures.readiness import Step, readiness_of
from gateway.figures.reading import Scope, Use, by_key, use_of
from gateway.figures.sums import Sums, folded
from gateway.figures.tables import Side, Subject
from gateway.problem_texts import PROBLEMS

_MOST_ROWS = 1_000
_AT_ONCE = 5_000  # SQLite takes 32,766 parameters
CONNECTION_ORDERS: Mapping[str, Order] = {
    "database": Order.DATABASE,
    "consumer": Order.CONSUMER,
    "agreement": Order.CODE,
    "until": Order.UNTIL,
}
Contents = Callable[[AsyncSession, View, Language], Awaitable[Table]]


async def services(session: AsyncSession, view: View, language: Language) -> Table:
    """Return the service versions that were called, the most called ones where there are very many."""
    return await _of_services(
        session, await by_key(session, view.scope, Subject.SERVICE, view.period, most=_MOST_ROWS), language
    )


async def operations(session: AsyncSession, view: View, language: Language) -> Table:
    """Return the operations that were called, the most called ones where there are very many."""
    return await _of_services(
        session, await by_key(session, view.scope, Subject.OPERATION, view.period, most=_MOST_ROWS), language, parts=4
    )


async def consumers(session: AsyncSession, view: View, language: Language) -> Table:
    """Return the agencies and systems that called."""
    rows = folded(await by_key(session, view.scope, Subject.CONNECTION, view.period), lambda key: key.partition("/")[2])
    pairs = {key: tuple(key.split("/", 1)) for key in rows}
    agencies = await agency_titles(session, (agency for agency, _ in pairs.values()))
    systems = await system_titles(session, (system for _, system in pairs.values()))
    return table_of(
        (
            column("agency", "Đơn vị", "Agency"),
            column("system", "Hệ thống", "System"),
            column("system_code", "Mã hệ thống", "System code", Kind.CODE),
            *MEASURES,
        ),
        [
            (
                named(agencies, pairs[key][0], language),
                named(systems, pairs[key][1], language),
                pairs[key][1],
                *measures_of(sums),
            )
            for key, sums in rows.items()
        ],
    )


async def databases(session: AsyncSession, view: View, language: Language) -> Table:
    """Return the databases that were called, with how many agencies and systems called each."""
    connections = await by_key(session, view.scope, Subject.CONNECTION, view.period)
    rows = folded(connections, lambda key: key.partition("/")[0])
    titles = await database_titles(session, rows)
    agencies: dict[str, set[str]] = {}
    systems: dict[str, set[str]] = {}
    for key, sums in connections.items():
        database, agency, system = key.split("/")
        if sums.answered:
            agencies.setdefault(database, set()).add(agency)
            systems.setdefault(database, set()).add(system)
    return table_of(
        (
            column("database", "Cơ sở dữ liệu", "Database"),
            column("code", "Mã", "Code", Kind.CODE),
            column("agencies", "Đơn vị khai thác", "Agencies", Kind.NUMBER),
            column("systems", "Hệ thống khai thác", "Systems", Kind.NUMBER),
            *MEASURES,
        ),
        [
            (
                named(titles, key, language),
                key,
                len(agencies.get(key, ())),
                len(systems.get(key, ())),
                *measures_of(one),
            )
            for key, one in rows.items()
        ],
    )


async def refusals(session: AsyncSession, view: View, language: Language) -> Table:
    """Return why exchanges were refused or failed, with the side that can do something about it."""
    rows = await by_key(session, view.scope, Subject.REASON, view.period)
    titles = await database_titles(session, (key.rpartition("/")[2] for key in rows))
    total = sum(one.exchanges for one in rows.values())
    return table_of(
        (
            column("reason", "Lý do", "Reason"),
            column("code", "Mã lỗi", "Problem", Kind.CODE),
            column("side", "Thuộc về", "Side"),
            column("database", "Cơ sở dữ liệu", "Database"),
            column("exchanges", "Số lượt", "Exchanges", Kind.NUMBER),
            column("share", "Tỷ trọng", "Share", Kind.PERCENT),
        ),
        [
            (
                *reason_of(key.partition("/")[0], language),
                named(titles, key.rpartition("/")[2], language),
                sums.exchanges,
                sums.exchanges / total if total else None,
            )
            for key, sums in rows.items()
        ],
    )


async def connections(session: AsyncSession, view: View, language: Language, *, asked: Asked) -> Table:
    """Return who may use which database under which agreement, and when he last did: one page, cut in the database."""
    wanted = replace(_agreements_of(view), in_force=True)
    lines = await list_agreements(
        session,
        wanted,
        order=CONNECTION_ORDERS.get(asked.sort, Order.DATABASE),
        descending=asked.descending,
        limit=asked.limit,
        offset=asked.offset,
    )
    return await _connected(session, lines, language)


async def agreements(session: AsyncSession, view: View, language: Language) -> Table:
    """Return how many agreements stand in each state."""
    counted = await count_by_state(session, _agreements_of(view))
    total = sum(counted.values())
    return table_of(
        (
            column("state", "Trạng thái", "State"),
            column("agreements", "Số thỏa thuận", "Agreements", Kind.NUMBER),
            column("share", "Tỷ trọng", "Share", Kind.PERCENT),
        ),
        [
            (AGREEMENT_STATES[state].words.in_language(language), counted[state], counted[state] / total)
            for state in AgreementState
            if counted.get(state)
        ],
    )


async def readiness(session: AsyncSession, view: View, language: Language) -> Table:
    """Return how far each database is."""
    owner = view.scope.agency if view.scope.side is Side.PROVIDER else ""
    found = await readiness_of(session, today=view.period.last, owner=owner)
    yes, no = Words("có", "yes").in_language(language), Words("chưa", "not yet").in_language(language)
    return table_of(
        (
            column("database", "Cơ sở dữ liệu", "Database"),
            column("owner", "Chủ quản", "Owner"),
            *(column(step.value, words.vi, words.en) for step, words in STEPS.items()),
            column("services", "Số dịch vụ", "Services", Kind.NUMBER),
            column("agreements", "Số thỏa thuận", "Agreements", Kind.NUMBER),
            column("answered", "Số lượt", "Answers", Kind.NUMBER),
            column("quality", "Điểm", "Score", Kind.NUMBER),
            column("state", "Kết luận", "Conclusion"),
        ),
        [
            (
                one.holding.database.title_vi if language is Language.VI else one.holding.database.title_en,
                one.holding.owner.name_vi
                if language is Language.VI
                else one.holding.owner.name_en or one.holding.owner.name_vi,
                *(yes if step in one.done else no for step in Step),
                one.services,
                one.agreements,
                one.recent.answered,
                one.quality.score if one.quality is not None else None,
                Words("Đang khai thác", "In use").in_language(language)
                if one.is_ready
                else Words("Chưa sẵn sàng", "Not ready").in_language(language),
            )
            for one in found
        ],
    )


async def indicators(session: AsyncSession, view: View, language: Language) -> Table:
    """Return the indicators of the whole platform, each with its formula."""
    evidence = await gather_evidence(
        session,
        await readiness_of(session, today=view.period.last),
        connections=await by_key(session, Scope(), Subject.CONNECTION, view.period),
        services=await by_key(session, Scope(), Subject.SERVICE, view.period),
        since=view.since,
    )
    return table_of(
        (
            column("indicator", "Chỉ số", "Indicator"),
            column("value", "Giá trị", "Value", Kind.PERCENT),
            column("part", "Tử số", "Numerator", Kind.NUMBER),
            column("whole", "Mẫu số", "Denominator", Kind.NUMBER),
            column("formula", "Cách tính", "Formula"),
        ),
        [
            (
                INDICATORS[one.indicator].in_language(language),
                one.share,
                one.part,
                one.whole,
                FORMULAS[one.indicator].in_language(language),
            )
            for one in indicators_of(evidence)
        ],
    )


def reason_of(slug: str, language: Language) -> tuple[str, str, str]:
    """Return what a reason is called, its code, and whose side it is on."""
    known = PROBLEMS.get(slug)
    if known is None:
        return UNKNOWN_RESULT.in_language(language), slug, PROBLEM_SIDES["platform"].in_language(language)
    title = known.title_vi if language is Language.VI else known.title_en
    return title, slug, PROBLEM_SIDES[known.side.value].in_language(language)


def door_of(door: str, language: Language) -> str:
    """Return what a door is called."""
    return DOORS.get(door, DOORS["?"]).in_language(language)


async def _of_services(session: AsyncSession, rows: Mapping[str, Sums], language: Language, *, parts: int = 3) -> Table:
    titles = await service_titles(session, rows)
    names = await database_titles(session, (key.partition("/")[0] for key in rows))
    what = column("service", "Dịch vụ", "Service") if parts == 3 else column("operation", "Thao tác", "Operation")
    return table_of(
        (
            what,
            column("code", "Mã", "Code", Kind.CODE),
            column("database", "Cơ sở dữ liệu", "Database"),
            *MEASURES,
        ),
        [
            (named(titles, key, language), key, named(names, key.partition("/")[0], language), *measures_of(sums))
            for key, sums in rows.items()
        ],
    )


def _agreements_of(view: View) -> AgreementFilter:
    side = {Side.ALL: None, Side.CONSUMER: Party.CONSUMER, Side.PROVIDER: Party.PROVIDER}[view.scope.side]
    return AgreementFilter(agency=view.scope.agency, side=side)


async def _connected(session: AsyncSession, lines: Sequence[AgreementLine], language: Language) -> Table:
    use: dict[str, Use] = {}
    for start in range(0, len(lines), _AT_ONCE):
        use |= await use_of(session, [one.code for one in lines[start : start + _AT_ONCE]])
    names = await database_titles(session, (one.database for one in lines))
    agencies = await agency_titles(session, (one.consumer_agency for one in lines))

    def row(one: AgreementLine) -> Sequence[Cell]:
        used = use.get(one.code)
        return (
            named(names, one.database, language),
            named(agencies, one.consumer_agency, language),
            one.code,
            AGREEMENT_STATES[one.state].words.in_language(language),
            one.valid_until,
            used.answered if used else 0,
            used.other if used else 0,
            used.last_answered_at if used else None,
        )

    table = table_of(
        (
            column("database", "Cơ sở dữ liệu", "Database"),
            column("consumer", "Đơn vị khai thác", "Consumer"),
            column("agreement", "Thỏa thuận", "Agreement", Kind.CODE),
            column("state", "Trạng thái", "State"),
            column("until", "Hiệu lực đến", "Until", Kind.DAY),
            column("answered", "Lượt thành công (tất cả)", "Answered (ever)", Kind.NUMBER),
            column("other", "Không thành công (tất cả)", "Not answered (ever)", Kind.NUMBER),
            column("last", "Lần khai thác gần nhất", "Last used", Kind.MOMENT),
        ),
        map(row, lines),
    )
    columns = tuple(replace(one, sortable=one.key in CONNECTION_ORDERS) for one in table.columns)
    return replace(table, columns=columns)
