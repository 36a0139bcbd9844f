"""How does an export come to be, without being in the way of any call?

The worker makes one at a time: it finds the exchanges, collects their records in the order of the log, proves each
against one checkpoint, and writes a ZIP beside its final name. That it was made, with how many records, is on record
before anybody can take it. All that takes time is done in threads, and memory holds a few hundred records.
"""

import asyncio
import hashlib
import shutil
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from gateway.changes import Recorder
from gateway.db import Database
from gateway.exports import forms
from gateway.exports.orders import (
    KEPT,
    MOST_IDS,
    Form,
    Order,
    State,
    WhyNot,
    finish,
    forget_made_before,
    hold_on,
    take_next,
)
from gateway.exports.package import Package, add_surroundings, manifest_of
from gateway.exports.scratch import Scratch
from gateway.lookups import note_reading
from security.audit.encode import moment_of
from security.audit.exporting import Extract, extract, prove_all, signed_heads
from security.audit.log import Head
from security.audit.removal import list_removals
from security.audit.search import search
from security.signatures import Signer

EVERY_SECONDS: Final = 1.0
MOST_RECORDS: Final = 5_000_000
_EXCHANGES_AT_ONCE: Final = 400
_RECORDS_AT_ONCE: Final = 400
_PAUSE_SECONDS: Final = 0.01
_HOLD_SECONDS: Final = 20.0
_BLOCK: Final = 1 << 20


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """The public keys that lie in an export: of logs by their names, of witnesses, and the platform's JWK Set."""

    logs: dict[str, str]
    witnesses: Sequence[str]
    platform: msgspec.Raw


class _Impossible(Exception):
    """An export cannot be made, and trying again would not help."""

    def __init__(self, why: WhyNot) -> None:
        super().__init__(why.value)
        self.why = why


@dataclass(slots=True)
class _Work:
    """What one export is made of, and since when it is held. `absent` exchanges were asked for and have no record."""

    order: Order
    heads: dict[str, Head]
    scratch: Scratch
    absent: int = 0
    held_at: float = field(default_factory=time.monotonic)


@dataclass(frozen=True, slots=True)
class ExportMaker:
    """Makes exports. `directory` is where they lie.

    `jwks` are the platform's public keys, `witnesses` those of the logs' witnesses (name+id+key). No export leaves
    less than `spare_bytes` free on the disk.
    """

    database: Database
    recorder: Recorder
    directory: Path
    signer: Signer
    jwks: bytes
    witnesses: Sequence[str]
    clock: Callable[[], datetime]
    spare_bytes: int = 0
    most_records: int = MOST_RECORDS

    async def make_next(self) -> int:
        """Make the oldest export that waits; return how many were made: 0 or 1.

        Raises SQLAlchemyError, OSError and LogBroken, which leave it to be tried again; RecordUnavailable.
        """
        async with self.database.transaction() as session:
            connection = await session.connection()
            heads = await signed_heads(connection)
            signed = max((head.signed_at_us for head in heads.values()), default=0)
            order = await take_next(connection, signed_at_us=signed, now=self.clock())
        if order is None:
            return 0
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        with Scratch(self.directory / f"{order.id}.scratch") as scratch:
            work = _Work(order, heads, scratch)
            try:
                await self._collect(work)
                made = await self._make(work)
            except _Impossible as error:
                made = msgspec.structs.replace(order, state=State.FAILED, why_not=error.why)
            finally:
                (self.directory / f"{order.id}.draft").unlink(missing_ok=True)
        async with self.database.transaction() as session:
            await finish(await session.connection(), made)
        return 1

    async def forget_old(self, now: datetime) -> int:
        """Remove the files of exports that were made long ago; return how many."""
        async with self.database.transaction() as session:
            old = await forget_made_before(await session.connection(), now - KEPT)
        for order in old:
            (self.directory / order.file_name).unlink(missing_ok=True)
        await asyncio.to_thread(self._sweep, now - KEPT)
        return len(old)

    def _sweep(self, moment: datetime) -> None:
        """Remove what workers that died left behind."""
        for path in self.directory.glob("*.*") if self.directory.is_dir() else ():
            if path.stat().st_mtime < moment.timestamp():
                path.unlink(missing_ok=True)

    async def _collect(self, work: _Work) -> None:
        await self._must_be_here(work.order)
        async for ids in self._exchanges(work.order):
            async with self.database.reading() as session:
                connection = await session.connection()
                found = await extract(connection, ids, agency=work.order.agency, heads=work.heads)
            work.absent += len(set(ids) - {one.exchange_id for one in found})
            await asyncio.to_thread(work.scratch.add, found)
            if work.scratch.records > self.most_records:
                raise _Impossible(WhyNot.TOO_MANY)
            await self._go_on(work)

    async def _must_be_here(self, order: Order) -> None:
        """Return when no month of a search was removed into the archive: an export never lacks one unsaid."""
        asked = order.about.search
        if asked is None:
            return
        async with self.database.reading() as session:
            removals = await list_removals(await session.connection())
        if any(moment_of(one.first_us) < asked.until and moment_of(one.last_us) >= asked.since for one in removals):
            raise _Impossible(WhyNot.ARCHIVED)

    async def _exchanges(self, order: Order) -> AsyncIterator[Sequence[str]]:
        """Yield the ids of the exchanges that were asked for, some at a time."""
        named = order.about.exchanges[:MOST_IDS]
        for start in range(0, len(named), _EXCHANGES_AT_ONCE):
            yield named[start : start + _EXCHANGES_AT_ONCE]
        if order.about.search is None:
            return
        before, goes_on = "", True
        while goes_on:
            async with self.database.reading() as session:
                connection = await session.connection()
                page = await search(connection, order.about.search, before=before, most=_EXCHANGES_AT_ONCE)
            yield [row.exchange_id for row in page.rows]
            before, goes_on = page.next, bool(page.next)

    async def _make(self, work: _Work) -> Order:
        order, records, ranges = work.order, work.scratch.records, work.scratch.ranges()
        if not records:
            raise _Impossible(WhyNot.NOTHING)
        now, seen = self.clock(), {log: work.heads[log] for log in ranges}
        manifest = manifest_of(order, seen, ranges, records=records, absent=work.absent, signer=self.signer, at=now)
        draft, keys = self.directory / f"{order.id}.draft", self._keys(seen)
        with closing(Package(draft)) as package:
            await self._write_records(work, package)
            await asyncio.to_thread(add_surroundings, package, order, keys=keys, heads=seen, signer=self.signer)
            await asyncio.to_thread(package.seal, manifest, self.signer)
        digest, octets = await asyncio.to_thread(_digest, draft)
        figures = {
            "records": records,
            "pending": manifest.pending,
            "octets": octets,
            "digest": digest,
            "absent": work.absent,
        }
        made = msgspec.structs.replace(order, state=State.READY, made_at=now, **figures)
        await self._note_made(made, ranges)
        draft.replace(self.directory / order.file_name)
        return made

    async def _write_records(self, work: _Work, package: Package) -> None:
        order, name = work.order, forms.records_name(work.order.form)
        if order.form is not Form.PARQUET:
            with package.open(name) as member:
                member.write(forms.head_of(order.form))
                await self._write_lines(work, to=member)
            return
        lines, table = self.directory / f"{order.id}.lines", self.directory / f"{order.id}.table"
        try:
            with lines.open("wb") as target:
                await self._write_lines(work, to=target)
            await asyncio.to_thread(forms.write_parquet, lines, table)
            await asyncio.to_thread(package.add_file, name, table)
        finally:
            lines.unlink(missing_ok=True)
            table.unlink(missing_ok=True)

    async def _write_lines(self, work: _Work, *, to: forms.Target) -> None:
        batches, form = work.scratch.batches(_RECORDS_AT_ONCE), work.order.form
        while (batch := await asyncio.to_thread(next, batches, None)) is not None:
            proofs = await self._proofs(batch, work.heads) if form is Form.BUNDLE else []
            await asyncio.to_thread(_write, form, batch, proofs, to=to)
            await self._go_on(work)

    async def _proofs(self, batch: list[Extract], heads: dict[str, Head]) -> list[list[bytes]]:
        head = heads.get(batch[0].log)
        if head is None:
            return [[] for _ in batch]
        async with self.database.reading() as session:
            return await prove_all(await session.connection(), head, [one.index for one in batch])

    async def _go_on(self, work: _Work) -> None:
        """Let others have their turn, and hold the order a little longer where it takes long.

        Raises _Impossible where the disk fills up: the record itself may stand on it, and comes first.
        """
        if shutil.disk_usage(self.directory).free < self.spare_bytes:
            raise _Impossible(WhyNot.NO_ROOM)
        if time.monotonic() - work.held_at > _HOLD_SECONDS:
            async with self.database.transaction() as session:
                await hold_on(await session.connection(), work.order.id, now=self.clock())
            work.held_at = time.monotonic()
        await asyncio.sleep(_PAUSE_SECONDS)

    async def _note_made(self, order: Order, ranges: dict[str, tuple[int, int, int]]) -> None:
        leaves = " ".join(f"{log}:{first}-{last}" for log, (first, last, _) in ranges.items())
        await note_reading(
            self.recorder,
            "export-made",
            member=order.member,
            agency=order.agency,
            source="",
            at=self.clock(),
            about={"export": order.id, "records": str(order.records), "leaves": leaves, "digest": order.digest},
        )

    def _keys(self, heads: dict[str, Head]) -> bytes:
        logs = {log: head.key for log, head in heads.items()}
        return msgspec.json.encode(Keys(logs=logs, witnesses=self.witnesses, platform=msgspec.Raw(self.jwks)))


def _write(form: Form, batch: list[Extract], proofs: list[list[bytes]], *, to: forms.Target) -> None:
    to.write(forms.written(form, batch, proofs))


def _digest(path: Path) -> tuple[str, int]:
    digest, octets = hashlib.sha256(), 0
    with path.open("rb") as file:
        while part := file.read(_BLOCK):
            digest.update(part)
            octets += len(part)
    return digest.hexdigest(), octets
