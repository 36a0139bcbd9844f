"""Which addresses does the control API have, all together?"""

from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi

from gateway.api import (
    agencies,
    agreement_files,
    agreement_papers,
    agreements,
    alerts,
    catalogue,
    databases,
    exports,
    holds,
    providers,
    publications,
    purposes,
    quality,
    record_search,
    services,
    staff,
    standard_terms,
    subject,
    systems,
    xroad,
)
from gateway.api.control import Control
from gateway.api.documents import schemas

NOUNS = (
    agencies,
    systems,
    databases,
    services,
    publications,
    providers,
    purposes,
    quality,
    agreements,
    agreement_papers,
    agreement_files,
    standard_terms,
    xroad,
    staff,
    catalogue,
    exports,
    alerts,
    subject,
    record_search,
    holds,
)


def add_routes(app: FastAPI, router: APIRouter) -> None:
    """Let `app` answer what a router answers, just as it stands there.

    FastAPI's own `include_router` makes every route once more, at the first request, for what including it could
    change: here nothing, at 130 ms and two megabytes, and each request is then compared with them in twice the time.
    """
    app.router.routes.extend(router.routes)


def mount_control(app: FastAPI, control: Control) -> None:
    """Give `app` the control API and the public catalogue; `app` MUST turn CatalogError and GatewayError into problems.

    The OpenAPI document is made when it is first asked for, with the schemas of the documents that are handed in.
    """
    app.state.control = control
    for noun in NOUNS:
        add_routes(app, noun.router)

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = get_openapi(title=app.title, version=app.version, routes=app.routes, description=app.description)
            made.setdefault("components", {}).setdefault("schemas", {}).update(schemas())
            app.openapi_schema = made
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend the document
