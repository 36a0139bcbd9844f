"""Which REST call does a SOAP message mean?

The exchange knows one way of asking: method, path, query and JSON body. So a message is put in those terms, and every
check that a REST call passes is passed by a SOAP call too.
"""

from typing import Final
from urllib.parse import quote

import msgspec

from adapters.soap.lexical import Extracted
from adapters.soap.reading import MessageMisshapen
from catalog.descriptions import Place, ServiceDescription
from gateway.doors.soap.envelope import Envelope, invalid
from gateway.doors.soap.face import FaceOperation

_encoder: Final = msgspec.json.Encoder()


class RestCall(msgspec.Struct, frozen=True):
    """A call in the terms of the REST door. A msgspec struct: one is made per call."""

    method: str
    raw_path: str
    raw_query: str
    body: bytes


def rest_call(service: ServiceDescription, operation: FaceOperation, envelope: Envelope, *, fields: str) -> RestCall:
    """Return the call that a message means; `fields` narrows it as REST's parameter does.

    Raises RequestInvalid naming the place in the message.
    """
    try:
        value = operation.reader.read(envelope.content)
    except MessageMisshapen as error:
        where = "/".join(("body", *error.where.split("."))) if error.where else "body"
        raise invalid("không đúng lược đồ của dịch vụ", error.reason, where) from error
    description = operation.description
    root = f"/x/{service.database}/{service.code}/v{service.version}"
    if operation.asked is None:
        if operation.blocks is not None and isinstance(value, dict):
            value |= operation.blocks.read(envelope.blocks)
        return RestCall(description.method, f"{root}{description.path}", _query([], fields), _encoder.encode(value))
    members = value if isinstance(value, dict) else {}
    path, query = description.path, []
    body: dict[str, Extracted] = {}
    whole: Extracted = None
    for asked in operation.asked:
        given = members.get(asked.member)
        if asked.place is Place.PATH:
            text = _text(given)
            if not text:
                raise invalid("thiếu tham số bắt buộc", "required and missing", asked.name)
            path = path.replace(f"{{{asked.name}}}", quote(text, safe=""))
        elif asked.place is Place.QUERY:
            if given is not None:
                query.append(f"{quote(asked.name, safe='')}={quote(_text(given), safe='')}")
        elif not asked.name:
            whole = given
        elif asked.member in members and given != []:
            body[asked.name] = given
    takes_body = description.takes_body
    written = _encoder.encode(whole if any(not one.name for one in operation.asked) else body) if takes_body else b""
    return RestCall(description.method, f"{root}{path}", _query(query, fields), written)


def _query(members: list[str], fields: str) -> str:
    return "&".join([*members, f"fields={quote(fields, safe=',')}"] if fields else members)


def _text(value: Extracted) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case msgspec.Raw():
            return bytes(value).decode()
        case _:
            return str(value)
