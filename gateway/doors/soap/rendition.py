"""In which bytes does the answer to a SOAP caller leave?"""

from decimal import Decimal
from typing import Final, cast

import msgspec

from adapters.contract import Json
from adapters.soap.shapes import SoapVersion
from adapters.soap.writing import ValueUnfit
from gateway.doors.soap.attachments import answer_type, in_parts
from gateway.doors.soap.face import FaceOperation
from gateway.doors.soap.faults import fault_of, status_of
from gateway.doors.soap.names import ENVELOPES
from gateway.problems import Problem
from gateway.states import Authorized
from security.errors import AnswerUnreadable

MEDIA_TYPES: Final = {
    SoapVersion.SOAP_11: b"text/xml; charset=utf-8",
    SoapVersion.SOAP_12: b"application/soap+xml; charset=utf-8",
}
_START: Final = {
    version: f'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="{uri}">' for version, uri in ENVELOPES.items()
}
_END: Final = "</s:Body></s:Envelope>"
_decoder: Final = msgspec.json.Decoder(float_hook=Decimal)  # a number keeps all its digits


class SoapRendition:
    """Writes answers and refusals in one version of SOAP; answers by `operation`, which is not known at first."""

    def __init__(self, version: SoapVersion, operation: FaceOperation | None = None, *, parts: bool = False) -> None:
        """With `parts` the caller reads answers whose binary values stand beside them."""
        self.version = version
        self._parts = parts and operation is not None and operation.has_binary
        self._operation = operation

    @property
    def content_type(self) -> bytes:
        """The media type of a fault."""
        return MEDIA_TYPES[self.version]

    @property
    def answer_type(self) -> bytes:
        """The media type of an answer."""
        return answer_type(self.version) if self._parts else MEDIA_TYPES[self.version]

    def answer(self, authorized: Authorized, body: bytes) -> bytes:
        """Return the envelope that holds the answer.

        Raises AnswerUnreadable when the provider's values are not of the types that the contract promises.
        """
        operation = self._operation
        if operation is None:
            raise AnswerUnreadable("there is no operation to write the answer by")
        if operation.one_way:
            return b""
        try:
            answer = cast(Json, _decoder.decode(body))
            header = ""
            if operation.blocks is not None and isinstance(answer, dict):
                header = f"<s:Header>{operation.blocks.write(answer)}</s:Header>"
            writer = operation.writer_of(authorized.fields, filtered=bool(authorized.grant.conditions))
            written = writer.write(operation.wrapped(answer))
        except ValueUnfit as error:
            raise AnswerUnreadable("the provider's answer is not valid by the service's schema") from error
        envelope = f"{_START[self.version]}{header}<s:Body>{written}{_END}".encode()
        return in_parts(envelope, self.version, operation.response, operation.shapes) if self._parts else envelope

    def refusal(self, refusal: Problem, correlation_id: str, *, public_url: str) -> bytes:
        """Return the envelope of the fault."""
        return fault_of(refusal, correlation_id, version=self.version, public_url=public_url)

    @property
    def answered_status(self) -> int:
        """The HTTP status of an answer: 202 where there is none to write (WS-I Basic Profile 1.1, R1112)."""
        return 202 if self._operation is not None and self._operation.one_way else 200

    def status(self, refusal: Problem) -> int:
        """Return the HTTP status of a refusal."""
        return status_of(refusal, self.version)
