"""How does a citizen look at the use of his data: proven, not too often, on record, and at his own only?

His number comes from his proof (`gateway/citizens/proving.py`) and goes no further than into marks: neither the
database, nor the record, nor an address ever holds it. A month whose key was destroyed has no mark, and asking makes
none.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from gateway.changes import Recorder
from gateway.citizens.periods import Period, read_period
from gateway.citizens.proving import CitizenProof
from gateway.citizens.usage import Shown, Use, described, shown_of
from gateway.db import Database
from gateway.errors import CitizenAsksTooOften, CitizenUnproven, PortalNotAllowed
from gateway.exchangeids import new_exchange_id
from security.audit.index import Ending, Happened
from security.audit.keyfiles import KeyUnusable
from security.audit.privacy import PseudonymKeys
from security.audit.record import Decision, Entry, Kind, Who
from security.audit.search import Search
from security.errors import QuotaExceeded, RateExceeded, RecordUnavailable
from security.ratelimit import Limiter, compile_rate

READING = "subject-usage"
MOST_AT_ONCE = 100
MOST_COUNTED = 10_000
_RATE = compile_rate(60, 300, burst=30)
"""Thirty looks at once and one every five seconds: nobody reads faster."""
_DAILY = 500
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Looker:
    """Through which system a citizen looks; none of both: through our own page."""

    system: str = ""
    agency: str = ""


SystemByToken = Callable[[str], Awaitable[Looker]]


@dataclass(frozen=True, slots=True)
class UsagePage:
    """A page of uses, the newest first. `next` goes on from here (empty: that was all)."""

    period: Period
    uses: tuple[Use, ...]
    next: str


@dataclass(frozen=True, slots=True)
class UsageSlice:
    """Some of all answered uses of a period. `total` is None where there are more than are counted."""

    uses: tuple[Use, ...]
    total: int | None


@dataclass(frozen=True, slots=True)
class Citizen:
    """Who asks: his number, which is never shown, written or sent on."""

    number: str = field(repr=False)


class CitizenView:
    """Shows citizens the use of their data. `clock` returns the aware UTC time, `zone` is the province's."""

    def __init__(
        self,
        database: Database,
        recorder: Recorder,
        limiter: Limiter,
        *,
        pseudonyms: PseudonymKeys,
        proof: CitizenProof | None,
        systems: SystemByToken,
        clock: Callable[[], datetime],
        zone: ZoneInfo,
    ) -> None:
        self.proof = proof
        self._database = database
        self._recorder = recorder
        self._limiter = limiter
        self._pseudonyms = pseudonyms
        self._systems = systems
        self._clock = clock
        self._zone = zone

    async def portal(self, authorization: str) -> Looker:
        """Return the citizen portal that calls. Raises PortalNotAllowed, and what an access token is refused with."""
        looker = await self._systems(authorization)
        if self.proof is None or not self.proof.is_portal(looker.system):
            raise PortalNotAllowed
        return looker

    async def citizen_of(self, token: str, looker: Looker) -> Citizen:
        """Return the citizen whom a portal has signed in. Raises CitizenUnproven, SsoFailed."""
        if self.proof is None:
            raise CitizenUnproven("no-issuer")
        return Citizen(await self.proof.from_portal(token, system=looker.system))

    def period(self, since: str, until: str, *, names: tuple[str, str] = ("since", "until")) -> Period:
        """Return the time that is asked for. Raises RequestInvalid."""
        return read_period(since, until, zone=self._zone, now=self._clock(), names=names)

    def kept_since(self) -> datetime:
        """Return the beginning of the oldest month in which people can still be found; now, where there is none."""
        now = self._clock()
        months = self._pseudonyms.known_months(_EARLIEST, now)
        return datetime.strptime(months[0], "%Y-%m").replace(tzinfo=UTC) if months else now

    async def look(self, citizen: Citizen, period: Period, *, before: str, most: int, looker: Looker) -> UsagePage:
        """Return a page of what concerns him. Raises CitizenAsksTooOften, LimitsUnavailable, RecordUnavailable."""
        asked = await self._begin(citizen, period, looker)
        async with self._database.reading() as session:
            shown = await shown_of(session, asked, before=before, most=most + 1, now=self._clock())
            page = shown[:most]
            uses = await described(session, page)
        return UsagePage(period, tuple(uses), page[-1].row.exchange_id if len(shown) > most else "")

    async def slice(self, citizen: Citizen, period: Period, *, offset: int, limit: int, looker: Looker) -> UsageSlice:
        """Return some of all answered uses, and how many there are that may be shown. Raises like `look`."""
        asked = await self._begin(citizen, period, looker, ending=Ending.DONE)
        async with self._database.reading() as session:
            shown: list[Shown] = await shown_of(session, asked, before="", most=MOST_COUNTED + 1, now=self._clock())
            uses = await described(session, shown[:MOST_COUNTED][offset : offset + limit])
        return UsageSlice(tuple(uses), len(shown) if len(shown) <= MOST_COUNTED else None)

    async def _begin(self, citizen: Citizen, period: Period, looker: Looker, *, ending: Ending | None = None) -> Search:
        """Return what is looked for, once it is counted and on record that he looks."""
        now = self._clock()
        try:
            # The current month's key is made here where nobody was recorded yet: this very look records somebody.
            mark = self._pseudonyms.subject(citizen.number, key_id=self._pseudonyms.in_use(now))
            marks = self._pseudonyms.subject_marks(citizen.number, period.since, period.until)
        except KeyUnusable as error:
            raise RecordUnavailable("a pseudonym key of the record cannot be read") from error
        try:
            await self._limiter.spend(f"citizen/{mark}", _RATE, daily_quota=_DAILY, now=now)
        except (RateExceeded, QuotaExceeded) as error:
            raise CitizenAsksTooOften(error.retry_after) from error
        await self._recorder.append(
            Entry(
                Kind.READ,
                new_exchange_id(),
                now,
                who=Who(agency=looker.agency, system=looker.system, method="citizen"),
                decision=Decision(allowed=True),
                notes={
                    "what": READING,
                    "subject": mark,
                    "since": period.since.isoformat(),
                    "until": period.until.isoformat(),
                },
            )
        )
        return Search(since=period.since, until=period.until, happened=Happened.CALL, ending=ending, marks=marks)
