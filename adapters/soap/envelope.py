"""How does a call become the bytes of a SOAP envelope?

Elements are written in the order of the schema, whatever the order in which values are given. Only what stands in
the plan can be written: a value without an element is refused, never dropped silently and never sent.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Final
from xml.sax.saxutils import escape

from adapters.contract import Json
from adapters.errors import CallUnacceptable
from adapters.soap.shapes import TEXT_MEMBER, Element, Kind, Plan, Shape, SoapVersion

ENVELOPE_NAMESPACES: Final = {
    SoapVersion.SOAP_11: "http://schemas.xmlsoap.org/soap/envelope/",
    SoapVersion.SOAP_12: "http://www.w3.org/2003/05/soap-envelope",
}
MAX_REQUEST_DEPTH: Final = 32

_WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_XML = "http://www.w3.org/XML/1998/namespace"
# XML 1.0, 2.2: what is not a Char cannot be written at all, not even as a character reference.
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SPECIAL: Final = re.compile('[<>&"\r\n\t]')
_DECIMAL: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)\Z", re.ASCII)
_INTEGER: Final = re.compile(r"[+-]?\d+\Z", re.ASCII)


class EnvelopeWriter:
    """Writes the envelopes of one operation. Everything that does not depend on the call is made once."""

    def __init__(self, plan: Plan, version: SoapVersion) -> None:
        """`version` may differ from the plan's: a provider's setting wins over its WSDL."""
        self._plan = plan
        self._names = _qualified_names(plan)
        namespaces = "".join(f' xmlns:{prefix}="{_attribute(uri)}"' for uri, prefix in _prefixes(plan).items())
        self._start = f'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="{ENVELOPE_NAMESPACES[version]}"'
        self._start += f'{namespaces} xmlns:xsi="{_XSI}">'

    def write(self, values: Json, *, header: str = "") -> bytes:
        """Return the envelope with `values` (a JSON object in the request's shape) and the header blocks `header`.

        Raises `CallUnacceptable` naming the member that has no element, no value where one must be, or a value that
        the element's type or XML itself does not allow.
        """
        out = [self._start]
        if header:
            out.append(f"<s:Header>{header}</s:Header>")
        out.append("<s:Body>")
        self._element(out, self._plan.request, values, "", 0)
        out.append("</s:Body></s:Envelope>")
        return "".join(out).encode("utf-8")

    def _element(self, out: list[str], element: Element, value: Json, where: str, depth: int) -> None:
        name = self._names[element.tag]
        if depth > MAX_REQUEST_DEPTH:
            raise _unacceptable(where, vi="lồng nhau quá sâu", en="is nested too deeply")
        if value is None:
            if element.nillable:
                out.append(f'<{name} xsi:nil="true"/>')
            elif element.required:
                raise _unacceptable(where, vi="thiếu giá trị bắt buộc", en="is required")
            return
        if element.kind is not Kind.COMPLEX:
            out.append(f"<{name}>{_text(value, element.kind, where)}</{name}>")
            return
        shape = self._plan.shapes[element.shape]
        members: Mapping[str, Json]
        if isinstance(value, dict):
            members = value
        elif shape.text is not None:
            members = {TEXT_MEMBER: value}
        else:
            raise _unacceptable(where, vi="phải là một đối tượng JSON", en="must be a JSON object")
        _refuse_unknown(members, shape, where)
        out.append(f"<{name}{self._attributes(shape, members, where)}>")
        if shape.text is not None and members.get(TEXT_MEMBER) is not None:
            out.append(_text(members[TEXT_MEMBER], shape.text, where))
        self._members(out, shape, members, where, depth + 1)
        out.append(f"</{name}>")

    def _attributes(self, shape: Shape, members: Mapping[str, Json], where: str) -> str:
        written = []
        for attribute in shape.attributes:
            value = members.get(attribute.name)
            path = _join(where, attribute.name)
            if value is not None:
                written.append(f' {self._names[attribute.tag]}="{_text(value, attribute.kind, path)}"')
            elif attribute.required:
                raise _unacceptable(path, vi="thiếu giá trị bắt buộc", en="is required")
        return "".join(written)

    def _members(self, out: list[str], shape: Shape, members: Mapping[str, Json], where: str, depth: int) -> None:
        chosen: dict[int, int] = {}
        for element in shape.elements:
            value = members.get(element.name)
            path = _join(where, element.name)
            if (
                value is not None
                and element.choice
                and chosen.setdefault(element.choice, element.branch) != element.branch
            ):
                raise _unacceptable(
                    path, vi="loại trừ một giá trị khác đã cho", en="excludes another value that was given"
                )
            if not element.many:
                self._child(out, element, value, path, depth)
                continue
            items = value if isinstance(value, list) else [] if value is None else [value]
            if not items and element.required:
                raise _unacceptable(path, vi="thiếu giá trị bắt buộc", en="is required")
            for item in items:
                self._element(out, element, item, path, depth)

    def _child(self, out: list[str], element: Element, value: Json, path: str, depth: int) -> None:
        if value is None and not element.required:
            return  # an optional element is left out rather than sent as nil
        if value is None and element.kind is Kind.COMPLEX and not element.nillable:
            value = {}  # a required group: its own required members decide whether it can be empty
        self._element(out, element, value, path, depth)


def username_token(username: str, password: str) -> str:
    """Return a WS-Security header with a UsernameToken, password in text (OASIS UsernameToken Profile 1.1, 3.1)."""
    kind = f"{_WSSE}username-token-profile-1.0#PasswordText"
    return (
        f'<wsse:Security xmlns:wsse="{_WSSE}wssecurity-secext-1.0.xsd" s:mustUnderstand="1"><wsse:UsernameToken>'
        f"<wsse:Username>{escape(username)}</wsse:Username>"
        f'<wsse:Password Type="{kind}">{escape(password)}</wsse:Password>'
        "</wsse:UsernameToken></wsse:Security>"
    )


def content_headers(plan: Plan, version: SoapVersion) -> tuple[tuple[str, str], ...]:
    """Return the HTTP headers that SOAP asks for (SOAP 1.1, 6.1.1: SOAPAction; SOAP 1.2 part 2, 7.1.4: action)."""
    if version is SoapVersion.SOAP_11:
        return ("Content-Type", "text/xml; charset=utf-8"), ("SOAPAction", f'"{plan.action}"')
    action = f'; action="{plan.action}"' if plan.action else ""
    return (("Content-Type", f"application/soap+xml; charset=utf-8{action}"),)


def refuse_what_is_not_xml(value: str, where: str) -> None:
    """Raise `CallUnacceptable` when `value` holds a character that XML 1.0 cannot carry."""
    if _NOT_XML.search(value):
        raise _unacceptable(where, vi="chứa ký tự điều khiển", en="contains a control character")


def _text(value: Json, kind: Kind, where: str) -> str:
    if isinstance(value, bool):
        if kind in (Kind.BOOLEAN, Kind.TEXT):
            return "true" if value else "false"
        raise _wrong(where)
    if not isinstance(value, str | int | float):
        raise _unacceptable(where, vi="phải là một giá trị đơn", en="must be a single value")
    text = value if isinstance(value, str) else repr(value)
    if not _fits(text, kind):
        raise _wrong(where)
    refuse_what_is_not_xml(text, where)
    return _escaped(text) if _SPECIAL.search(text) else text


def _escaped(text: str) -> str:
    # A carriage return is normalized away by every parser unless it is a reference (XML 1.0, 2.11); in an attribute
    # tabs and line feeds are too (3.3.3).
    return escape(text, {'"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#9;"})


def _fits(text: str, kind: Kind) -> bool:
    if kind is Kind.INTEGER:
        return _INTEGER.match(text) is not None
    if kind is Kind.DECIMAL:
        return _DECIMAL.match(text) is not None
    if kind is Kind.BOOLEAN:
        return text in ("true", "false", "1", "0")
    if kind is Kind.TEXT:
        return True
    try:
        if kind is Kind.FLOAT:
            float(text)
        elif kind is Kind.DATE:
            date.fromisoformat(text)
        elif kind is Kind.DATETIME:
            datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _refuse_unknown(members: Mapping[str, Json], shape: Shape, where: str) -> None:
    known = {element.name for element in shape.elements} | {attribute.name for attribute in shape.attributes}
    if shape.text is not None:
        known.add(TEXT_MEMBER)
    unknown = sorted(members.keys() - known)
    if unknown:
        raise _unacceptable(
            _join(where, unknown[0]), vi="không có trong thông điệp của dịch vụ", en="has no place in the request"
        )


def _tags(plan: Plan) -> list[str]:
    tags = [plan.request.tag]
    for shape in plan.shapes:
        tags += [element.tag for element in shape.elements] + [attribute.tag for attribute in shape.attributes]
    return tags


def _prefixes(plan: Plan) -> dict[str, str]:
    namespaces = dict.fromkeys(tag[1:].partition("}")[0] for tag in _tags(plan) if tag.startswith("{"))
    # The prefix `xml` is bound by definition and may not be bound to anything else (Namespaces in XML 1.0, 3).
    return {uri: "xml" if uri == _XML else f"n{number}" for number, uri in enumerate(namespaces)}


def _qualified_names(plan: Plan) -> dict[str, str]:
    prefixes = _prefixes(plan)
    names = {}
    for tag in _tags(plan):
        uri, _, local = tag[1:].partition("}") if tag.startswith("{") else ("", "", tag)
        names[tag] = f"{prefixes[uri]}:{local}" if uri else local
    return names


def _attribute(text: str) -> str:
    return escape(text, {'"': "&quot;"})


def _join(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _wrong(where: str) -> CallUnacceptable:
    return _unacceptable(where, vi="sai kiểu dữ liệu của dịch vụ", en="is not of the type that the service takes")


def _unacceptable(where: str, *, vi: str, en: str) -> CallUnacceptable:
    name = where or "body"
    return CallUnacceptable(name, vi=f"{name} {vi}.", en=f"{name} {en}.")
