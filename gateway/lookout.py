"""Who notices that a provider has something new, or something broken, when nobody calls?

Files give no sign of themselves. Each node looks for itself every few seconds, so that a new file is served within a
minute, and an operator reads of a broken one in the log and at `/readyz` before a caller does.
"""

import asyncio
from collections.abc import Mapping

from adapters.contract import Adapter
from adapters.resilience import ResilientAdapter
from gateway.policyholder import PolicyHolder
from gateway.telemetry import Logger

LOOK_SECONDS = 5.0


class Lookout:
    """Looks at the providers of the policy in force, and logs what has changed with them."""

    def __init__(self, log: Logger) -> None:
        self._log = log
        self._said: dict[str, str] = {}

    async def look(self, providers: Mapping[str, Adapter]) -> None:
        """Let each adapter look that must look by itself; log a remark when it is new, and when it is over."""
        watched = {code: one for code, one in providers.items() if isinstance(one, ResilientAdapter)}
        looks = await asyncio.gather(*(adapter.look() for adapter in watched.values()), return_exceptions=True)
        for code, failure in zip(watched, looks, strict=True):
            if failure is not None:  # an adapter of somebody else's that does not keep its word
                self._log.warning("provider.look-failed", provider=code, error=type(failure).__name__)
        for code, adapter in sorted(watched.items()):
            remark, before = adapter.state.remark, self._said.get(code, "")
            if remark and remark != before:
                self._log.warning("provider.remark", provider=code, remark=remark)
            elif before and not remark:
                self._log.info("provider.well-again", provider=code)
            self._said[code] = remark

    async def watch(self, policy: PolicyHolder) -> None:
        """Look for ever."""
        while True:
            await self.look(policy.current.providers)
            await asyncio.sleep(LOOK_SECONDS)
