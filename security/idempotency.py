"""Has this system already sent this unsafe call, and what came of it?

A row is claimed before the provider is asked and settled after the outcome is known (IETF draft
`idempotency-key-header`). The answer is kept sealed (AES-256-GCM) for 24 hours; keys and requests are kept as keyed
digests (HMAC-SHA-256): an identity number in a path can be guessed, and an unkeyed digest would confirm the guess.
"""

import asyncio
import hmac
import secrets
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias, TypeVar

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from security.errors import StoreUnavailable

KEPT_FOR = timedelta(hours=24)
# A claim that is older than any deadline of a call was left by a process that died: what it did is not known.
CLAIM_LASTS = timedelta(minutes=2)
_NONCE_BYTES = 12
_PATIENCE_SECONDS = 10.0
"""How long a statement may take before its connection is given up; longer than any caller waits."""
_DIGEST_PURPOSE = b"lienthong idempotency digest 1"
_PENDING, _DONE, _UNKNOWN = "pending", "done", "unknown"

Result = TypeVar("Result")

_metadata = sa.MetaData()
_calls = sa.Table(
    "idempotency",
    _metadata,
    sa.Column("system", sa.String(100), primary_key=True),
    sa.Column("key_digest", sa.String(64), primary_key=True),
    sa.Column("request_digest", sa.String(64), nullable=False),
    sa.Column("exchange_id", sa.String(36), nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("response", sa.LargeBinary, nullable=True),
    sa.Column("begun_at", sa.BigInteger, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Fresh:
    """The call is new and claimed: send it, then settle it."""


@dataclass(frozen=True, slots=True)
class Repeated:
    """The call was made; `response` is what `finish` was given, `exchange_id` the exchange that it was made in."""

    response: bytes = field(repr=False)
    exchange_id: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """The key was used for another request."""


@dataclass(frozen=True, slots=True)
class InProgress:
    """The same call is under way."""


@dataclass(frozen=True, slots=True)
class OutcomeUnknown:
    """The call was sent in `exchange_id`, and nobody knows whether it took effect. MUST NOT be sent again."""

    exchange_id: str


Claim: TypeAlias = Fresh | Repeated | Conflict | InProgress | OutcomeUnknown


class IdempotentCalls:
    """The calls with an idempotency key, in the table `idempotency` (migration 0003).

    Every method raises `StoreUnavailable` when the table cannot be reached. A `Fresh` claim MUST be settled with one
    of `finish`, `leave_unknown`, `withdraw`; left unsettled it becomes `OutcomeUnknown` after two minutes.
    """

    def __init__(self, engine: AsyncEngine, sealing_key: bytes) -> None:
        """`sealing_key` is `Keys.idempotency` (32 bytes), the same on all nodes.

        Under another key no call of before is recognised: MUST NOT be replaced while calls may still be repeated.
        """
        self._engine = engine
        self._cipher = AESGCM(sealing_key)
        # One key, one use: what seals does not also digest.
        self._digest_key = hmac.digest(sealing_key, _DIGEST_PURPOSE, "sha256")
        self._under_way: set[asyncio.Task[object]] = set()

    async def begin(self, system: str, key: str, *, request_digest: str, exchange_id: str, now: datetime) -> Claim:
        """Claim a call, durably and before it is sent, or say what became of it. `request_digest` is SHA-256 (hex)."""
        digest, request_digest = self._digest("key", key), self._digest("request", request_digest)
        return await self._apart(
            self._begin(system, digest, request_digest=request_digest, exchange_id=exchange_id, now=now)
        )

    async def _begin(self, system: str, digest: str, *, request_digest: str, exchange_id: str, now: datetime) -> Claim:
        same = (_calls.c.system == system, _calls.c.key_digest == digest)
        try:
            async with self._engine.begin() as connection:
                await connection.execute(sa.delete(_calls).where(*same, _calls.c.begun_at < _oldest(now)))
                await connection.execute(
                    sa.insert(_calls).values(
                        system=system,
                        key_digest=digest,
                        request_digest=request_digest,
                        exchange_id=exchange_id,
                        state=_PENDING,
                        begun_at=int(now.timestamp()),
                    )
                )
            return Fresh()
        except IntegrityError:
            return await self._former(system, digest, request_digest=request_digest, now=now)
        except (SQLAlchemyError, OSError) as error:
            raise StoreUnavailable("the idempotency key cannot be claimed") from error

    async def finish(self, system: str, key: str, *, exchange_id: str, response: bytes) -> None:
        """Keep the answer of a claimed call, sealed."""
        digest = self._digest("key", key)
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = nonce + self._cipher.encrypt(nonce, response, _bound_to(system, digest))
        await self._settle(system, digest, exchange_id=exchange_id, values={"state": _DONE, "response": sealed})

    async def leave_unknown(self, system: str, key: str, *, exchange_id: str) -> None:
        """Say that the provider was reached and did not answer: the call is never sent again under this key."""
        await self._settle(system, self._digest("key", key), exchange_id=exchange_id, values={"state": _UNKNOWN})

    async def withdraw(self, system: str, key: str, *, exchange_id: str) -> None:
        """Give a claim back, because the provider was certainly not asked: the caller may try again."""
        await self._change(sa.delete(_calls).where(*_claim(system, self._digest("key", key), exchange_id)))

    async def purge(self, now: datetime) -> int:
        """Forget calls of more than 24 hours ago; return how many. The worker does this."""
        return await self._change(sa.delete(_calls).where(_calls.c.begun_at < _oldest(now)))

    async def _settle(self, system: str, digest: str, *, exchange_id: str, values: dict[str, str | bytes]) -> None:
        await self._change(sa.update(_calls).where(*_claim(system, digest, exchange_id)).values(**values))

    async def _apart(self, work: Coroutine[None, None, Result]) -> Result:
        """Carry out `work` in a task of its own, and return what it returns.

        A caller whose time is up leaves at once. In his own task he would wait two seconds more: so long SQLAlchemy
        tries to take leave of a database that hangs.
        """
        task = asyncio.create_task(_patiently(work), name="idempotency")
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return await asyncio.shield(task)

    async def _change(self, statement: sa.Delete | sa.Update) -> int:
        return await self._apart(self._carry_out(statement))

    async def _carry_out(self, statement: sa.Delete | sa.Update) -> int:
        try:
            async with self._engine.begin() as connection:
                return (await connection.execute(statement)).rowcount
        except (SQLAlchemyError, OSError) as error:
            raise StoreUnavailable("the idempotency key cannot be settled") from error

    async def _former(self, system: str, digest: str, *, request_digest: str, now: datetime) -> Claim:
        wanted = sa.select(_calls).where(_calls.c.system == system, _calls.c.key_digest == digest)
        try:
            async with self._engine.connect() as connection:
                row = (await connection.execute(wanted)).one_or_none()
        except (SQLAlchemyError, OSError) as error:
            raise StoreUnavailable("the idempotency key cannot be looked up") from error
        if row is None:
            return InProgress()  # withdrawn this moment: the caller tries again
        if row.request_digest != request_digest:
            return Conflict()
        if row.state == _DONE:
            return Repeated(self._open(system, digest, row.response), row.exchange_id)
        if row.state == _UNKNOWN or row.begun_at < int((now - CLAIM_LASTS).timestamp()):
            return OutcomeUnknown(row.exchange_id)
        return InProgress()

    def _digest(self, domain: str, value: str) -> str:
        text = f"{domain}\n{value}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._digest_key, text, "sha256").hex()

    def _open(self, system: str, digest: str, sealed: bytes) -> bytes:
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _bound_to(system, digest))
        except InvalidTag as error:
            raise StoreUnavailable("the kept answer was sealed with another key, or changed") from error


async def _patiently(work: Coroutine[None, None, Result]) -> Result:
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            return await work
    except TimeoutError as error:
        raise StoreUnavailable("the idempotency keys do not answer") from error


def _bound_to(system: str, digest: str) -> bytes:
    return f"{system}\n{digest}".encode()


def _oldest(now: datetime) -> int:
    return int((now - KEPT_FOR).timestamp())


def _claim(system: str, digest: str, exchange_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    same_call = (_calls.c.system == system, _calls.c.key_digest == digest)
    return (*same_call, _calls.c.exchange_id == exchange_id, _calls.c.state == _PENDING)
