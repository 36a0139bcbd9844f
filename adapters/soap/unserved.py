"""Why can something of a WSDL not be served, and where does it stand?"""

from dataclasses import dataclass
from typing import Final

from lxml import etree

XSD: Final = "{http://www.w3.org/2001/XMLSchema}"

_MAX_SHOWN: Final = 200


class Unserved(ValueError):
    """A construct that is not served. `where` names the document, the line and the construct; `vi`, `en` say why."""

    def __init__(self, where: str, *, vi: str, en: str) -> None:
        super().__init__(f"{where}: {en}")
        self.where = where
        self.vi = vi
        self.en = en


@dataclass(frozen=True, slots=True)
class Remark:
    """What a publisher should know of an import; with `left_out` the construct is not in it."""

    where: str
    vi: str
    en: str
    left_out: bool = False


def place(document: str, node: etree._Element) -> str:
    """Return where `node` stands: `a.xsd:730 complexType ReplyMessage / sequence / any`."""
    steps: list[str] = []
    at: etree._Element | None = node
    while at is not None and len(steps) < 12:
        name = at.get("name") or at.get("ref") or ""
        local = etree.QName(at).localname
        if not steps or name:
            steps.append(f"{local} {name}".strip())
        at = at.getparent()
        if at is not None and etree.QName(at).localname in ("schema", "definitions"):
            break
    return f"{document or 'WSDL'}:{node.sourceline} {shown(' / '.join(reversed(steps)))}"


def shown(text: str) -> str:
    """Return `text` as it may stand in a sentence: printable and not long."""
    kept = "".join(char if char.isprintable() else "?" for char in text)
    return kept if len(kept) <= _MAX_SHOWN else f"{kept[:_MAX_SHOWN]}…"
