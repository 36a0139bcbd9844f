"""How are the rows of a service read, page by page, without being a burden to its provider?

One call at a time, each under the deadline of an exchange, and after each a rest as long as the call took: a provider
is never busy with us for more than half of the time. What is read is handed on and forgotten.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec

from adapters.contract import Adapter, Call, Json
from adapters.errors import (
    AdapterError,
    BindingInvalid,
    ProviderHasNone,
    ProviderSaturated,
    ProviderTalkedNonsense,
    ProviderTimedOut,
    ProviderUnreachable,
)
from catalog.canonical import JsonValue
from catalog.quality.profiles import Method
from catalog.quality.reading import rows_of, text_at
from catalog.quality.sources import Paging, Reason, Source
from gateway.compilation import operation_key
from gateway.exchangeids import new_exchange_id

PURPOSE = "do-chat-luong-du-lieu"
_SHORTEST_REST_SECONDS = 0.02
_LONGEST_REST_SECONDS = 5.0
_MOST_CODES = 40


@dataclass(frozen=True, slots=True)
class Pace:
    """How much of a service is read, and how patiently. `may_go_on` is asked before each call."""

    most_rows: int
    call_seconds: float
    service_seconds: float
    may_go_on: Callable[[], Awaitable[bool]]


class AskedToStop(Exception):
    """The profile is to be ended, or is another worker's by now."""


@dataclass(slots=True)
class Course:
    """How far the reading of a service has come; `method` is what it amounts to at the end."""

    rows_read: int = 0
    rows_total: int | None = None
    method: Method = Method.WHOLE
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Answered:
    rows: list[JsonValue]
    whole: JsonValue
    body: bytes


async def read_rows(
    adapter: Adapter, source: Source, pace: Pace, *, course: Course, fields: Sequence[str], codes: Sequence[str] = ()
) -> AsyncIterator[list[JsonValue]]:
    """Yield the rows of a service, some at a time, with the leaves `fields` of its answer.

    `codes` are right values of `Source.by`. What the provider does wrong ends the reading: `course.reason` names it,
    and what came before counts. Raises AskedToStop.
    """
    asking = _Asking(adapter, source, pace, course, tuple(fields))
    try:
        async for rows in asking.by_codes(codes) if source.by else asking.by_pages():
            yield rows
    except AdapterError as error:
        course.reason = reason_of(error)
    except (msgspec.DecodeError, RecursionError):  # no JSON, or nested deeper than anything that is meant
        course.reason = Reason.NONSENSE
    if course.reason and course.rows_read:
        course.method = Method.FIRST if course.method is Method.WHOLE else course.method


def reason_of(error: AdapterError) -> Reason:
    """Return what a provider did, in a word that a page explains."""
    match error:
        case ProviderTimedOut() | ProviderUnreachable() | ProviderSaturated():
            return Reason.PROVIDER_SILENT
        case ProviderTalkedNonsense():
            return Reason.NONSENSE
        case BindingInvalid():
            return Reason.PROVIDER_UNUSABLE
        case _:
            return Reason.PROVIDER_REFUSED


def spread(count: int, over: int) -> list[int]:
    """Return `count` places out of `over`, at even distances from the first: the whole range where it is no larger."""
    if over <= count:
        return list(range(over))
    return [place * over // count for place in range(count)]


class _Asking:
    """Asks for the rows of one service."""

    def __init__(
        self, adapter: Adapter, source: Source, pace: Pace, course: Course, fields: tuple[str, ...]
    ) -> None:  # fmt: skip
        self._adapter = adapter
        self._source = source
        self._pace = pace
        self._course = course
        self._fields = fields
        self._until = time.monotonic() + pace.service_seconds

    async def by_codes(self, codes: Sequence[str]) -> AsyncIterator[list[JsonValue]]:
        """Yield the first page of some codes, spread over all of them."""
        self._course.method = Method.BY_CODES
        for place in spread(_MOST_CODES, len(codes)):
            if self._has_enough():
                return
            try:
                answered = await self._ask({self._source.by: codes[place]})
            except ProviderHasNone:
                continue
            yield self._take(answered.rows)

    async def by_pages(self) -> AsyncIterator[list[JsonValue]]:
        """Yield all pages, or pages spread over all, or the first ones, as the provider lets itself be asked."""
        source, course = self._source, self._course
        first = await self._ask({})
        yield self._take(first.rows)
        if source.paging is Paging.WHOLE or not first.rows:
            course.rows_total = len(first.rows)
            course.method = Method.FIRST if course.rows_read < len(first.rows) else Method.WHOLE
            return
        if source.paging is Paging.CURSOR:
            async for rows in self._by_cursor(first):
                yield rows
            return
        size = len(first.rows)
        course.rows_total = _total(first.whole, source.total, size)
        if course.rows_total is not None and course.rows_total > self._pace.most_rows:
            async for rows in self._spread_pages(size, course.rows_total):
                yield rows
            return
        async for rows in self._following_pages(first):
            yield rows

    async def _by_cursor(self, first: _Answered) -> AsyncIterator[list[JsonValue]]:
        answered = first
        while True:
            cursor = text_at(answered.whole, self._source.following)
            if not cursor:
                self._course.rows_total = self._course.rows_read
                return
            if self._has_enough():
                self._course.method = Method.FIRST
                return
            answered = await self._ask({self._source.place: cursor})
            yield self._take(answered.rows)

    async def _spread_pages(self, size: int, total: int) -> AsyncIterator[list[JsonValue]]:
        self._course.method = Method.SPREAD
        pages = -(-total // size)
        for page in spread(max(1, self._pace.most_rows // size), pages)[1:]:
            if self._has_enough():
                return
            answered = await self._ask({self._source.place: self._place(page, size)})
            yield self._take(answered.rows)

    async def _following_pages(self, first: _Answered) -> AsyncIterator[list[JsonValue]]:
        size, page, before = len(first.rows), 1, first.body
        while True:
            if self._course.rows_total is not None and self._course.rows_read >= self._course.rows_total:
                return
            if self._has_enough():
                self._course.method = Method.FIRST
                return
            answered = await self._ask({self._source.place: self._place(page, size)})
            if not answered.rows:
                self._course.rows_total = self._course.rows_read
                return
            if answered.body == before:  # it does not page after all
                self._course.method = Method.FIRST
                return
            yield self._take(answered.rows)
            page, before = page + 1, answered.body

    def _place(self, page: int, size: int) -> int:
        return page * size if self._source.paging is Paging.OFFSET else page + 1

    def _take(self, rows: list[JsonValue]) -> list[JsonValue]:
        taken = rows[: max(0, self._pace.most_rows - self._course.rows_read)]
        self._course.rows_read += len(taken)
        return taken

    def _has_enough(self) -> bool:
        return self._course.rows_read >= self._pace.most_rows or time.monotonic() > self._until

    async def _ask(self, parameters: Mapping[str, Json]) -> _Answered:
        if not await self._pace.may_go_on():
            raise AskedToStop
        sized = {self._source.size: self._source.page_rows} if self._source.size else {}
        began = time.monotonic()
        call = Call(
            operation=operation_key(self._source.service, self._source.operation),
            exchange_id=new_exchange_id(),
            parameters={**sized, **parameters},
            body=None,
            fields=self._fields,
            rows=(),
            deadline=asyncio.get_running_loop().time() + self._pace.call_seconds,
            purpose=PURPOSE,
        )
        answer = await self._adapter.call(call)
        took = time.monotonic() - began
        await asyncio.sleep(min(max(took, _SHORTEST_REST_SECONDS), _LONGEST_REST_SECONDS))
        whole: JsonValue = msgspec.json.decode(answer.body)
        return _Answered(rows_of(whole, self._source.operation.rows), whole, answer.body)


def _total(answer: JsonValue, path: str, rows: int) -> int | None:
    """Return how many rows there are, if the answer says so: a number of rows of this page alone says nothing."""
    text = text_at(answer, path) if path else ""
    if not (text.isascii() and text.isdigit()) or len(text) > 12:
        return None
    return int(text) if int(text) > rows else None


def patiently(pace: Pace, *, most_rows: int) -> Pace:
    """Return the same pace for another number of rows."""
    return replace(pace, most_rows=most_rows)
