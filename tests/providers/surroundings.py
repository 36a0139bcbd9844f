"""What adapters get from the gateway, as tests hand it in: loopback may be reached, files may lie anywhere."""

from collections.abc import Sequence
from pathlib import Path

from adapters.contract import Call, Condition, Json, Surroundings
from adapters.errors import ProviderUnreachable


class LoopbackOnly:
    """An egress rule that allows loopback and nothing else."""

    async def resolve(self, host: str, port: int) -> Sequence[tuple[str, int]]:
        """Return 127.0.0.1 for the names of this machine."""
        if host not in ("127.0.0.1", "localhost"):
            raise ProviderUnreachable("not allowed", attempts=0)
        return [("127.0.0.1", port)]


AROUND = Surroundings(
    egress=LoopbackOnly(), cursor_key=bytes(range(32)), files_under=(Path("/"),), secret_files_under=(Path("/"),)
)


def make_call(
    operation: str,
    parameters: dict[str, Json] | None = None,
    *,
    fields: tuple[str, ...] = (),
    rows: tuple[Condition, ...] = (),
    body: Json = None,
    deadline: float = 0.0,
    needed: tuple[str, ...] = (),
    idempotency_key: str = "",
) -> Call:
    """Return a call; give it a deadline before it is made."""
    return Call(
        operation=operation,
        exchange_id="019a0000-0000-7000-8000-000000000001",
        parameters=parameters or {},
        body=body,
        fields=fields,
        rows=rows,
        deadline=deadline,
        needed=needed,
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        idempotency_key=idempotency_key,
    )
