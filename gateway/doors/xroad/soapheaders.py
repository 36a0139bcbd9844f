"""What do the header blocks of X-Road's message protocol for SOAP say (PR-MESS, 2.2)?

Read strictly: each block once, the mandatory ones there, identifiers with the parts of their type and no others.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lxml import etree

from gateway.doors.soap.envelope import Envelope, invalid
from gateway.doors.xroad.names import ID_NS, REPRESENTATION_NS, XROAD_NS
from gateway.xroaddirectory import XRoadId

_ID: Final = f"{{{ID_NS}}}"
_XROAD: Final = f"{{{XROAD_NS}}}"
_PARTY: Final = f"{{{REPRESENTATION_NS}}}representedParty"
_HASH: Final = f"{_XROAD}requestHash"
_CENTRAL: Final = f"{_XROAD}centralService"
_MANDATORY: Final = ("client", "service", "id", "protocolVersion")
# Versions of one major number are compatible (PR-MESS, 2.2); 4.x is what the specification's own examples say.
_VERSION: Final = re.compile(r"4\.(?:\d{1,3}|x)")
_MESSAGE_ID: Final = re.compile("[!-~]{1,128}")
_MAX_CHARS: Final = 255
_CLIENT_PARTS: Final = ("xRoadInstance", "memberClass", "memberCode", "subsystemCode")
_SERVICE_PARTS: Final = (*_CLIENT_PARTS, "serviceCode", "serviceVersion")

_NAMES: Final = (*_MANDATORY, "userId", "issue", "requestHash", "securityServer", "centralService")
TAGS: Final = (*(f"{_XROAD}{name}" for name in _NAMES), _PARTY)
"""The header blocks that this door understands."""


@dataclass(frozen=True, slots=True)
class SoapHeader:
    """The blocks of one message. `party` is the represented one, class and code, both empty where there is none."""

    client: XRoadId
    provider: XRoadId
    service: str
    version: str
    message_id: str
    user_id: str
    issue: str
    party: tuple[str, str]


def read_header(envelope: Envelope) -> SoapHeader:
    """Return what the header says. Raises RequestInvalid naming the block."""
    blocks = _blocks(envelope)
    for name in _MANDATORY:
        if f"{_XROAD}{name}" not in blocks:
            raise invalid("thiếu khối tiêu đề bắt buộc", "the header block is missing", name)
    if not _VERSION.fullmatch(_text(blocks, "protocolVersion")):
        raise invalid("chỉ nhận phiên bản 4", "only version 4.0 of the protocol is spoken", "protocolVersion")
    client_type, client = _identifier(blocks[f"{_XROAD}client"], "client", _CLIENT_PARTS)
    service_type, service = _identifier(blocks[f"{_XROAD}service"], "service", _SERVICE_PARTS)
    if client_type != ("SUBSYSTEM" if "subsystemCode" in client else "MEMBER"):
        raise invalid("objectType không đúng với mã", "the objectType is not that of the identifier", "client")
    if service_type != "SERVICE" or "serviceCode" not in service:
        raise invalid("phải là mã của một dịch vụ", "must identify a service", "service")
    message_id = _text(blocks, "id")
    if not _MESSAGE_ID.fullmatch(message_id):
        raise invalid("gồm 1 đến 128 ký tự ASCII nhìn thấy được", "1 to 128 visible ASCII characters", "id")
    return SoapHeader(
        client=_member(client),
        provider=_member(service),
        service=service["serviceCode"],
        version=service.get("serviceVersion", ""),
        message_id=message_id,
        user_id=_text(blocks, "userId"),
        issue=_text(blocks, "issue"),
        party=_party(blocks.get(_PARTY)),
    )


def copied_blocks(envelope: Envelope) -> str:
    """Return X-Road's blocks as they came, in their order: an answer has the same (PR-MESS, 2.2).

    But for `requestHash`, which is made anew.
    """
    kept = [block for block in envelope.blocks if block.tag in TAGS and block.tag != _HASH]
    return "".join(etree.tostring(block, encoding="unicode", with_tail=False) for block in kept)


def _blocks(envelope: Envelope) -> dict[str, etree._Element]:
    blocks: dict[str, etree._Element] = {}
    for block in envelope.blocks:
        tag = str(block.tag)
        name = etree.QName(block).localname
        if tag not in TAGS:
            continue
        if tag in blocks:
            raise invalid("khối tiêu đề lặp lại", "the header block stands twice", name)
        if tag == _CENTRAL:
            raise invalid("không có dịch vụ trung tâm", "there are no central services here", name)
        blocks[tag] = block
    return blocks


def _identifier(block: etree._Element, where: str, allowed: tuple[str, ...]) -> tuple[str, dict[str, str]]:
    parts: dict[str, str] = {}
    order = [f"{_ID}{name}" for name in allowed]
    last = -1
    for child in block:
        tag = str(child.tag)
        if tag not in order or order.index(tag) <= last or len(child):
            raise invalid("mã có phần lạ, lặp lại hoặc sai thứ tự", "a part is unknown, twice, or out of order", where)
        last = order.index(tag)
        text = (child.text or "").strip()
        if not text or len(text) > _MAX_CHARS or not text.isprintable():
            raise invalid("một phần của mã không hợp lệ", "a part of the identifier is not valid", where)
        parts[allowed[last]] = text
    if any(name not in parts for name in _CLIENT_PARTS[:3]):
        raise invalid("mã thiếu phần bắt buộc", "a mandatory part of the identifier is missing", where)
    return block.get(f"{_ID}objectType", ""), parts


def _member(parts: Mapping[str, str]) -> XRoadId:
    return XRoadId(parts["xRoadInstance"], parts["memberClass"], parts["memberCode"], parts.get("subsystemCode", ""))


def _party(block: etree._Element | None) -> tuple[str, str]:
    if block is None:
        return "", ""
    parts = {str(child.tag): (child.text or "").strip() for child in block}
    name = f"{{{REPRESENTATION_NS}}}party"
    if len(parts) != len(block) or not parts.get(f"{name}Code") or not parts.keys() <= {f"{name}Code", f"{name}Class"}:
        raise invalid("phải có partyCode", "must have a partyCode", "representedParty")
    return parts.get(f"{name}Class", ""), parts[f"{name}Code"]


def _text(blocks: Mapping[str, etree._Element], name: str) -> str:
    block = blocks.get(f"{_XROAD}{name}")
    if block is None:
        return ""
    text = (block.text or "").strip()
    if len(block) or len(text) > _MAX_CHARS or not text.isprintable():
        raise invalid("phải là một dòng chữ, không quá 255 ký tự", "must be one line of at most 255 characters", name)
    return text
