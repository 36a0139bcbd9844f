"""How do the header blocks that an imported WSDL declares become members of a message, and come back from them?"""

from collections.abc import Sequence
from typing import Final

from lxml import etree

from adapters.contract import Json
from adapters.soap.lexical import Extracted
from adapters.soap.reading import MessageMisshapen, MessageReader
from adapters.soap.shapes import HEADER_MEMBER, Kind, Plan
from adapters.soap.writing import MessageWriter
from gateway.doors.soap.envelope import invalid


class Blocks:
    """The declared header blocks of one operation, in both directions."""

    def __init__(self, plan: Plan) -> None:
        self._readers: Final = {
            one.tag: (one.name, MessageReader(one, plan.shapes, strict=True)) for one in plan.headers
        }
        self._simple: Final = {one.name: one.kind not in (Kind.COMPLEX, Kind.GROUP) for one in plan.headers}
        self._writers: Final = [(one.name, MessageWriter(one, plan.shapes)) for one in plan.answer_headers]

    @property
    def tags(self) -> tuple[str, ...]:
        """The blocks that a request may have."""
        return tuple(self._readers)

    def read(self, blocks: Sequence[etree._Element]) -> dict[str, Extracted]:
        """Return what the declared blocks say, below the member that they have in JSON; empty when there is none.

        Raises RequestInvalid for one that stands twice or is not what the WSDL declares.
        """
        found: dict[str, Extracted] = {}
        for block in blocks:
            name, reader = self._readers.get(str(block.tag), ("", None))
            if reader is None:
                continue
            if name in found:
                raise invalid("lặp lại", "given more than once", f"header/{name}")
            try:
                value = reader.read(block)
            except MessageMisshapen as error:
                raise invalid("không đúng lược đồ của dịch vụ", error.reason, f"header/{name}") from error
            simple = self._simple.get(name, False)  # a message of simple type has a member of its name, a block none
            found[name] = value[name] if simple and isinstance(value, dict) else value
        return {HEADER_MEMBER: found} if found else {}

    def write(self, answer: dict[str, Json]) -> str:
        """Return the blocks of an answer, and take their member out of it. Raises ValueUnfit."""
        said = answer.pop(HEADER_MEMBER, None)
        if not isinstance(said, dict):
            return ""
        return "".join(writer.write(said[name]) for name, writer in self._writers if said.get(name) is not None)
