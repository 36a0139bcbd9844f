"""Where does a browser get our style sheets and our script? From us, never from another host."""

from importlib.resources import files

from fastapi import APIRouter, Response

from gateway.console.frame import asset_address
from gateway.errors import PathUnknown

router = APIRouter(prefix="/console/static", include_in_schema=False)
_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}


@router.get("/{digest}/{name}")
async def show_asset(digest: str, name: str) -> Response:
    """Return one of our files; its address names its content, so a browser may keep it for a year."""
    known = {one.name for one in files("gateway.console").joinpath("static").iterdir()}
    kind = _TYPES.get(name.rpartition(".")[2])
    if name not in known or kind is None or asset_address(name) != f"/console/static/{digest}/{name}":
        raise PathUnknown
    content = files("gateway.console").joinpath("static", name).read_bytes()
    return Response(content, media_type=kind, headers={"cache-control": "public, max-age=31536000, immutable"})
