"""By which names do SOAP callers know what others know by JSON names and codes?"""

import re
from typing import Final

from adapters.soap.shapes import SoapVersion
from catalog.descriptions import ServiceDescription

ENVELOPES: Final = {
    SoapVersion.SOAP_11: "http://schemas.xmlsoap.org/soap/envelope/",
    SoapVersion.SOAP_12: "http://www.w3.org/2003/05/soap-envelope",
}
OURS: Final = "urn:lienthong:soap"
"""Namespace of what is the platform's own: header blocks of callers, and the problem in a fault's detail."""

# Namespaces in XML 1.0, 3 (NCName), narrowed to what readers of every edition of XML take: Latin letters, with the
# Vietnamese ones. What is neither is written by its number.
_LETTERS: Final = "A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u0131\u0180-\u01c3\u1ea0-\u1ef9"
_START: Final = re.compile(f"[{_LETTERS}]")
_REST: Final = re.compile(f"[{_LETTERS}0-9.\u0300-\u0345-]")
_TURN: Final = re.compile(r"[-.]+([A-Za-z0-9])")


def namespace_of(service: ServiceDescription) -> str:
    """Return the target namespace of a generated contract: the same wherever the gateway stands."""
    return f"urn:lienthong:{service.database}:{service.code}:v{service.version}"


def xml_name(name: str) -> str:
    """Return `name` as an NCName: a character that none may have becomes `_xHHHH_`, as .NET's XmlConvert does."""
    return "".join(
        letter if (_REST if place else _START).match(letter) else f"_x{ord(letter):04X}_"
        for place, letter in enumerate(name)
    )


def operation_name(code: str) -> str:
    """Return `tra-cuu` as `traCuu`: languages with generated clients have no names with dashes."""
    return xml_name(_TURN.sub(lambda match: match[1].upper(), code))


def unused(name: str, taken: set[str]) -> str:
    """Return `name`, or `name_2` and so on, that is not yet in `taken`, and take it."""
    found, number = name, 2
    while found in taken:
        found = f"{name}_{number}"
        number += 1
    taken.add(found)
    return found
