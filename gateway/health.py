"""Is this node alive, and is it ready: database, record and providers apart?"""

import time
from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

Check = Callable[[], Awaitable[str]]
"""Returns an empty string when all is well, else one sentence without secrets."""


def health_router(
    *,
    checks: Mapping[str, Check],
    providers: Callable[[], Mapping[str, str]],
    remarks: Callable[[], Mapping[str, str]],
    registry: CollectorRegistry,
) -> APIRouter:
    """Return `/healthz`, `/readyz` and `/metrics`.

    `checks` are what the node needs to take calls; `providers` tells each provider's circuit and does not
    decide on readiness: one silent provider must not take the others away. Nor do `remarks`, of what will stop calls
    if nobody sees to it.
    """
    router = APIRouter(tags=["health"])
    started = time.monotonic()

    @router.get("/healthz", summary="The process answers")
    async def healthz() -> Response:
        return JSONResponse({"status": "ok", "uptime_seconds": round(time.monotonic() - started)})

    @router.get("/readyz", summary="The node takes calls: database, record, limits, log; providers apart")
    async def readyz() -> Response:
        found = {name: await check() for name, check in checks.items()}
        ready = not any(found.values())
        return JSONResponse(
            {
                "status": "ready" if ready else "not-ready",
                "checks": {name: fault or "ok" for name, fault in found.items()},
                "providers": dict(providers()),
                "remarks": dict(remarks()),
            },
            status_code=200 if ready else 503,
        )

    @router.get("/metrics", summary="Prometheus metrics")
    async def metrics() -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return router
