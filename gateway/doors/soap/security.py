"""Which UsernameToken does a message bring? (OASIS WS-Security SOAP Message Security and UsernameToken Profile, 1.1.1)

Read strictly: one Security block among the header's own children and nowhere else in the message, in it one
UsernameToken and at most one Timestamp. What is not read (signatures, other tokens) is refused: to pass over a
signature would let a caller believe that it was checked.
"""

from datetime import datetime
from typing import Final

from lxml import etree

from adapters.soap.shapes import SoapVersion
from gateway.doors.soap.envelope import Envelope, invalid
from gateway.doors.soap.names import ENVELOPES
from gateway.errors import RequestInvalid
from security.errors import ClientRefused
from security.usernametoken import UsernameToken, read_created

_WSS: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
_WSSE: Final = f"{{{_WSS}wssecurity-secext-1.0.xsd}}"
_WSU: Final = f"{{{_WSS}wssecurity-utility-1.0.xsd}}"
SECURITY: Final = f"{_WSSE}Security"
WHERE: Final = "wsse:Security"

_TEXT: Final = f"{_WSS}username-token-profile-1.0#PasswordText"
_DIGEST: Final = f"{_WSS}username-token-profile-1.0#PasswordDigest"
_BASE64: Final = f"{_WSS}soap-message-security-1.0#Base64Binary"
_MAX_CHARS: Final = 1000
_PARTS: Final = {
    f"{_WSSE}Username": "username",
    f"{_WSSE}Password": "password",
    f"{_WSSE}Nonce": "nonce",
    f"{_WSU}Created": "created",
}


def username_token(envelope: Envelope, *, now: datetime) -> UsernameToken | None:
    """Return the message's UsernameToken, None when it has no Security block.

    Raises RequestInvalid for anything that is not one, and ClientRefused when the block's Timestamp has expired.
    """
    found = [block for block in envelope.blocks if block.tag == SECURITY]
    _refuse_elsewhere(envelope, len(found))
    if not found:
        return None
    if len(found) > 1 or _is_for_another(found[0], envelope.version):
        raise _unreadable("phải có đúng một khối Security gửi cho chúng tôi", "there must be one Security block for us")
    tokens: list[etree._Element] = []
    timestamps: list[etree._Element] = []
    for child in found[0]:
        if child.tag == f"{_WSSE}UsernameToken":
            tokens.append(child)
        elif child.tag == f"{_WSU}Timestamp":
            timestamps.append(child)
        else:
            raise _unreadable("chỉ nhận UsernameToken và Timestamp", "only a UsernameToken and a Timestamp are read")
    if len(tokens) > 1 or len(timestamps) > 1:
        raise _unreadable("UsernameToken hoặc Timestamp lặp lại", "a UsernameToken or Timestamp stands twice")
    for timestamp in timestamps:
        _check_timestamp(timestamp, now=now)
    return _token(tokens[0]) if tokens else None


def _refuse_elsewhere(envelope: Envelope, counted: int) -> None:
    # A block that is wrapped in another, or in the body, is one that some other reader may believe.
    root = envelope.blocks[0] if envelope.blocks else envelope.content
    if root is None:
        return
    everywhere = sum(1 for _ in root.getroottree().getroot().iter(SECURITY))
    if everywhere != counted:
        raise _unreadable("khối Security đặt sai chỗ", "a Security block stands where none may")


def _is_for_another(block: etree._Element, version: SoapVersion) -> bool:
    name = "actor" if version is SoapVersion.SOAP_11 else "role"
    return bool(block.get(f"{{{ENVELOPES[version]}}}{name}", "").strip())


def _token(element: etree._Element) -> UsernameToken:
    parts: dict[str, etree._Element] = {}
    for child in element:
        name = _PARTS.get(str(child.tag))
        if name is None or name in parts or len(child):
            raise _unreadable(
                "UsernameToken có phần tử lạ hoặc lặp lại", "the UsernameToken has an unknown element, or one twice"
            )
        parts[name] = child
    texts = {name: (part.text or "").strip() for name, part in parts.items()}
    if not texts.get("username") or "password" not in parts:
        raise _unreadable("UsernameToken thiếu Username hoặc Password", "the UsernameToken lacks Username or Password")
    if any(len(text) > _MAX_CHARS for text in texts.values()):
        raise _unreadable("UsernameToken quá dài", "the UsernameToken is too long")
    kind = parts["password"].get("Type", _TEXT)
    if kind == _TEXT:
        # Nonce and Created mean nothing beside a password in text (profile, 3.1): many clients send them all the same.
        return UsernameToken(texts["username"], password=parts["password"].text or "")
    if kind != _DIGEST or parts.get("nonce") is None or parts["nonce"].get("EncodingType", _BASE64) != _BASE64:
        raise _unreadable(
            "chỉ nhận PasswordText, hoặc PasswordDigest với Nonce Base64",
            "only PasswordText is read, or PasswordDigest with a Base64 Nonce",
        )
    if not texts.get("created"):
        raise _unreadable("PasswordDigest thiếu Created", "PasswordDigest needs Created")
    return UsernameToken(
        texts["username"], digest=texts["password"], nonce=texts["nonce"], created=parts["created"].text or ""
    )


def _check_timestamp(timestamp: etree._Element, *, now: datetime) -> None:
    expires = timestamp.findall(f"{_WSU}Expires")
    if len(expires) > 1:
        raise _unreadable("Timestamp có nhiều Expires", "the Timestamp has several Expires")
    if expires and read_created((expires[0].text or "").strip()) <= now:
        raise ClientRefused("username-token-expired")


def _unreadable(vi: str, en: str) -> RequestInvalid:
    return invalid(vi, en, WHERE)
