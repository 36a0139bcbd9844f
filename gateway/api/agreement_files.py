"""Over which address does an agency hand in a file before terms name it?"""

import asyncio

from fastapi import APIRouter, Request, Response

from catalog import agreement_files
from catalog.agreement_files import MAX_FILE_BYTES, describe_file
from gateway.api.control import DOCUMENT_SECONDS, Staff, document
from gateway.errors import RequestTimedOut, RequestTooLarge
from security.staff import Permission

router = APIRouter(prefix="/api/v1/agreement-files", tags=["agreements"])


@router.post("", summary="Hand in a file for an agreement", status_code=201)
async def add_file(request: Request, visit: Staff) -> Response:
    """Keep the request's body, a file that `name` names, for the agency; return how terms name it."""
    agency = request.query_params.get("agency", "") or visit.member.agency
    visit.require(Permission.AGREEMENT_REQUEST, agency)
    content = await _read(request)
    name = request.query_params.get("name", "")
    says = describe_file(name, content)
    await visit.change(
        "add-file",
        lambda session: agreement_files.add_file(session, agency, name, content=content, by=visit.actor),
    )
    return document(says, status=201)


async def _read(request: Request) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(DOCUMENT_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_FILE_BYTES:
                    raise RequestTooLarge
    except TimeoutError as error:
        raise RequestTimedOut from error
    return bytes(body)
