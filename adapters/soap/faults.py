"""What does a SOAP fault say, without quoting it?"""

import re
from typing import Final

from lxml import etree

from adapters.errors import ProviderRefused

_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}\Z", re.ASCII)
_CODE_NAMES: Final = frozenset({"code", "errorcode", "error_code", "faultcode", "maloi", "ma_loi"})


def refusal(fault: etree._Element, *, status: str, attempts: int = 1) -> ProviderRefused:
    """Return the refusal that a SOAP 1.1 or 1.2 fault stands for. `status` is the HTTP status.

    `code` is the first code in the fault's detail, else the local name of the innermost (sub)code; the fault's own
    words may concern a person and are left out.
    """
    code = _detail_code(fault) or _fault_code(fault) or "fault"
    return ProviderRefused(
        "the provider answered with a SOAP fault", code=code, provider_status=f"{status} {code}", attempts=attempts
    )


def _detail_code(fault: etree._Element) -> str:
    details = [child for child in fault if _local(child).lower() == "detail"]
    for detail in details:
        for node in detail.iter("*"):
            text = (node.text or "").strip()
            if len(node) == 0 and _local(node).lower() in _CODE_NAMES and _CODE.match(text):
                return text
    return ""


def _fault_code(fault: etree._Element) -> str:
    found = ""
    for node in fault.iter("*"):
        name = _local(node)
        parent = node.getparent()
        of_code = name == "faultcode" or (
            name == "Value" and parent is not None and _local(parent) in ("Code", "Subcode")
        )
        text = (node.text or "").strip().rpartition(":")[2]
        if of_code and _CODE.match(text):
            found = text  # in document order the innermost subcode comes last, and it is the most telling
    return found


def _local(node: etree._Element) -> str:
    return str(node.tag).rpartition("}")[2]
