"""Which intents still wait for their end, and which of them can only end as UNKNOWN?

Pure bookkeeping of one writer. An exchange's end is its OUTCOME, a DENY after the intent, or UNKNOWN; it has exactly
one, and none without an intent. An end that could not be made durable makes its intent an orphan: nothing was
released, and the writer itself says UNKNOWN as soon as it can write again.
"""

from collections.abc import Sequence

from security.audit.record import Kind
from security.audit.rows import Row

ENDS = frozenset({Kind.OUTCOME.value, Kind.DENY.value, Kind.UNKNOWN.value})
_INTENT = Kind.INTENT.value
_REMEMBERED = 65_536


class OpenIntents:
    """The intents of one writer that have no durable end yet, in the order in which they were written."""

    def __init__(self) -> None:
        self._open: dict[str, Row] = {}
        self._ending: set[str] = set()
        self._given_up: dict[str, None] = {}
        self._orphans: list[Row] = []
        self._ended_by_last_batch: dict[str, Row] = {}
        self.left_to_recovery = False

    def __len__(self) -> int:
        """Return how many intents have been handed to the store and have no end yet."""
        return len(self._open)

    def is_open(self, exchange_id: str) -> bool:
        """Return whether an intent of this exchange has been handed to the store and has no end yet."""
        return exchange_id in self._open

    def may_append(self, kind: Kind, exchange_id: str) -> bool:
        """Return whether one more record of this kind keeps "one intent, one end" true."""
        if kind is Kind.OUTCOME:
            return exchange_id in self._open and exchange_id not in self._ending
        if kind is Kind.INTENT:
            return exchange_id not in self._open
        if kind is Kind.DENY:
            return exchange_id not in self._given_up and exchange_id not in self._ending
        return True

    def ending(self, exchange_id: str) -> None:
        """Note that this exchange's end waits to be written."""
        if exchange_id in self._open:
            self._ending.add(exchange_id)

    def give_up(self, exchange_id: str) -> None:
        """Note that this exchange's end was refused: it can only become UNKNOWN now."""
        intent = self._open.get(exchange_id)
        if intent is None or exchange_id in self._ending:
            return
        self._ending.add(exchange_id)
        self._orphans.append(intent)
        self._remember(exchange_id)

    @property
    def orphans(self) -> Sequence[Row]:
        """The intents whose end was refused and for which UNKNOWN is not written yet."""
        return self._orphans

    def take_orphans(self) -> list[Row]:
        """Return the intents for which the caller must now write UNKNOWN."""
        orphans, self._orphans = self._orphans, []
        return orphans

    def sent(self, rows: Sequence[Row]) -> None:
        """Note that these rows are being committed, in one transaction."""
        self._ended_by_last_batch = {}
        for row in rows:
            if row.kind == _INTENT:
                self._open[row.exchange_id] = row
            elif row.kind in ENDS and row.exchange_id in self._open:
                self._ended_by_last_batch[row.exchange_id] = self._open.pop(row.exchange_id)
                self._ending.discard(row.exchange_id)

    def settled_seq(self, stream: str, *, last_seq: int) -> int:
        """Return the number up to which every intent of `stream` has an end, given all that was sent."""
        first_open = next((row.seq for row in self._open.values() if row.stream == stream), last_seq + 1)
        return first_open - 1

    def empty(self) -> bool:
        """Return whether every intent of this writer's life has its end in the record."""
        return not self._open and not self.left_to_recovery

    def after_failure(
        self, sent: Sequence[Row], queued: Sequence[Row], *, durable: bool, fenced: bool
    ) -> "OpenIntents":
        """Return the state after a commit that was not confirmed; every caller of `sent` and `queued` was refused.

        `durable` is what the store says now about `sent`. After `fenced` the open intents are another's to settle.
        """
        after = OpenIntents()
        after._given_up = dict(self._given_up)
        after.left_to_recovery = self.left_to_recovery
        unended = self._open if durable else self._open | self._ended_by_last_batch
        never_written = set() if durable else {row.exchange_id for row in sent if row.kind == _INTENT}
        refused = {row.exchange_id for row in (*sent, *queued)} | self._ending
        for exchange_id, intent in unended.items():
            if exchange_id in never_written:
                continue
            if fenced:
                after.left_to_recovery = True
                after._remember(exchange_id)
                continue
            after._open[exchange_id] = intent
            if exchange_id in refused:
                after.give_up(exchange_id)
        return after

    def _remember(self, exchange_id: str) -> None:
        self._given_up[exchange_id] = None
        if len(self._given_up) > _REMEMBERED:
            del self._given_up[next(iter(self._given_up))]
