"""With what do the pages work on which calls are tried, explained and looked up?"""

from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from gateway.snapshot import CompiledOperation, Snapshot
from gateway.tryit.tryout import TryOut
from gateway.why.proofs import Proofs


@dataclass(frozen=True, slots=True)
class CallRoom:
    """Built by `gateway/control.py`. `policy` returns the one in force; `public_url` is where systems call."""

    tryout: TryOut
    proofs: Proofs
    policy: Callable[[], Snapshot]
    zone: ZoneInfo
    database_url: str
    public_url: str

    def operation(self, key: str) -> CompiledOperation | None:
        """Return the operation of this name (`database/service/v1/operation`), None where nobody can call it."""
        parts = key.split("/")
        if len(parts) != 4:
            return None
        service = self.policy().services.get((parts[0], parts[1], parts[2]))
        groups = service.operations.values() if service is not None else ()
        return next((one for group in groups for one in group if one.key == key), None)
