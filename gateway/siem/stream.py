"""How does each event reach the SIEM, once, in the order of the log?

The worker serves each output from where it stands. Where it stands moves after the events have arrived: a worker that
dies in between sends them again, each known by the same log and leaf index, and nothing is left out. A receiver that is
away is asked again on every turn; exchanges wait for nothing here.
"""

import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import urlsplit

from gateway.db import Database
from gateway.settings import Settings
from gateway.siem.cursors import Cursor, TakenOver, hold, move, next_of
from gateway.siem.events import Event, event_of
from gateway.siem.outputs import FileOutput, SiemFormat, TlsOutput
from security.audit.leaves import read_leaves, signed_logs
from security.audit.notes import read_checkpoint, read_note

EVERY_SECONDS: Final = 1.0
TLS, FILE = "tls", "file"
"""The names of the outputs: one of each kind at most."""
_MOST_EVENTS: Final = 500
_TURN_SECONDS: Final = 10.0


class SiemUnclear(ValueError):
    """A setting of the stream cannot be used; the text says which and why."""


class Output(Protocol):
    """Where events go."""

    async def send(self, events: Sequence[Event]) -> int:
        """Return how many were new there, when all have arrived. Raises OSError, and then none has for certain."""
        ...

    async def close(self) -> None:
        """Let go of what is open."""
        ...


@dataclass(frozen=True, slots=True)
class SiemStream:
    """Serves one output."""

    name: str
    output: Output
    database: Database
    holder: str
    clock: Callable[[], datetime]

    async def take_turn(self, _: datetime) -> int:
        """Send what was signed and not yet sent; return how many events. Raises SQLAlchemyError, OSError, LogBroken."""
        sent, ends = 0, time.monotonic() + _TURN_SECONDS
        try:
            while time.monotonic() < ends:
                count = await self._send_some()
                sent += count
                if not count:
                    break
        except TakenOver:
            pass
        return sent

    async def _send_some(self) -> int:
        async with self.database.transaction() as session:
            connection = await session.connection()
            cursor = await hold(connection, self.name, holder=self.holder, now=self.clock())
        if cursor is None:
            return 0
        log, events = await self._news(cursor)
        if not events:
            return 0
        await self.output.send(events)
        async with self.database.transaction() as session:
            await move(await session.connection(), cursor, log=log, next_index=events[-1].index + 1)
        return len(events)

    async def _news(self, cursor: Cursor) -> tuple[str, list[Event]]:
        async with self.database.reading() as session:
            connection = await session.connection()
            place = next_of(cursor, await signed_logs(connection))
            if place is None:
                return cursor.log, []
            head, first = place
            leaves = await read_leaves(connection, head, first=first, most=_MOST_EVENTS)
        origin = read_checkpoint(read_note(head.checkpoint).text).origin
        return head.log, [event_of(origin, leaf) for leaf in leaves]


def output_names(settings: Settings) -> list[str]:
    """Return what the outputs are called that the settings name."""
    return [name for name, told in ((TLS, settings.siem_address), (FILE, settings.siem_file)) if told]


def open_outputs(settings: Settings) -> dict[str, Output]:
    """Return the outputs that the settings name, by their names. Raises SiemUnclear."""
    outputs: dict[str, Output] = {}
    if settings.siem_address:
        outputs[TLS] = _tls_output(settings)
    if settings.siem_file:
        outputs[FILE] = FileOutput(Path(settings.siem_file))
    return outputs


def _tls_output(settings: Settings) -> TlsOutput:
    host, _, port = settings.siem_address.rpartition(":")
    if not host or not port.isdigit():
        raise SiemUnclear("LIENTHONG_SIEM_ADDRESS: expected host:port, such as siem.tinh.gov.vn:6514")
    if settings.siem_format not in set(SiemFormat):
        raise SiemUnclear(f"LIENTHONG_SIEM_FORMAT: expected one of {', '.join(SiemFormat)}")
    try:
        context = ssl.create_default_context(cafile=settings.siem_ca_file or None)
        if settings.siem_certificate_file:
            context.load_cert_chain(settings.siem_certificate_file, settings.siem_key_file or None)
    except (OSError, ssl.SSLError) as error:
        raise SiemUnclear(
            "LIENTHONG_SIEM_CA_FILE, _CERTIFICATE_FILE or _KEY_FILE cannot be read, or do not belong together"
        ) from error
    hostname = urlsplit(settings.issuer).hostname or "-"
    return TlsOutput(host.strip("[]"), int(port), context, SiemFormat(settings.siem_format), hostname)
