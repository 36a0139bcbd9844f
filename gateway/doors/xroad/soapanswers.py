"""In which bytes does the answer to an X-Road SOAP message leave?

The request's header blocks come back in their order with the hash of the request behind them; a fault is HTTP 200,
`text/xml`, with an unprefixed code (PR-MESS, 2.5, annex D).
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final, cast

import msgspec

from adapters.contract import Json
from adapters.soap.writing import ValueUnfit
from gateway.doors.soap.envelope import Envelope
from gateway.doors.soap.face import FaceOperation
from gateway.doors.xroad.errors import error_type, message_of, xml_text
from gateway.doors.xroad.hashes import SHA512_URI, soap_hash
from gateway.doors.xroad.names import ID_NS, SOAP_NS, XROAD_NS
from gateway.doors.xroad.soapheaders import copied_blocks
from gateway.problems import Problem
from gateway.states import Authorized
from security.errors import AnswerUnreadable

_DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>'
_START: Final = (
    f'{_DECLARATION}<SOAP-ENV:Envelope xmlns:SOAP-ENV="{SOAP_NS}" xmlns:xroad="{XROAD_NS}" xmlns:id="{ID_NS}">'
)
_decoder: Final = msgspec.json.Decoder(float_hook=Decimal)  # a number keeps all its digits


@dataclass(frozen=True, slots=True)
class SoapAround:
    """What stands around the body of an answer: the header of its request."""

    header: str

    def envelope(self, body: str) -> bytes:
        """Return the message that holds `body`."""
        return (
            f"{_START}<SOAP-ENV:Header>{self.header}</SOAP-ENV:Header>"
            f"<SOAP-ENV:Body>{body}</SOAP-ENV:Body></SOAP-ENV:Envelope>"
        ).encode()


def around(envelope: Envelope, message: bytes) -> SoapAround:
    """Return what stands around the answer to `message`, which was read as `envelope`."""
    made = f'<xroad:requestHash algorithmId="{SHA512_URI}">{soap_hash(message)}</xroad:requestHash>'
    return SoapAround(copied_blocks(envelope) + made)


class Faults:
    """The rendition of a message that is not understood yet: it can be refused only."""

    def answer(self, authorized: Authorized, body: bytes) -> bytes:
        """Raise AnswerUnreadable: nothing was asked."""
        del authorized, body
        raise AnswerUnreadable("there is no operation to write the answer by")

    def refusal(self, refusal: Problem, correlation_id: str, *, public_url: str) -> bytes:
        """Return the fault's envelope (PR-MESS, annex D.1)."""
        del public_url
        return (
            f'{_DECLARATION}<SOAP-ENV:Envelope xmlns:SOAP-ENV="{SOAP_NS}"><SOAP-ENV:Body><SOAP-ENV:Fault>'
            f"<faultcode>{error_type(refusal)}</faultcode><faultstring>{xml_text(message_of(refusal))}</faultstring>"
            f'<faultactor></faultactor><detail><faultDetail xmlns="">{xml_text(correlation_id)}</faultDetail></detail>'
            "</SOAP-ENV:Fault></SOAP-ENV:Body></SOAP-ENV:Envelope>"
        ).encode()


class SoapAnswers(Faults):
    """The rendition of a message that asks for `operation`."""

    def __init__(self, operation: FaceOperation, around: SoapAround) -> None:
        self._operation = operation
        self._around = around

    def answer(self, authorized: Authorized, body: bytes) -> bytes:
        """Return the envelope that holds the answer. Raises AnswerUnreadable as the SOAP door's rendition does."""
        operation = self._operation
        try:
            answer = cast(Json, _decoder.decode(body))
            writer = operation.writer_of(authorized.fields, filtered=bool(authorized.grant.conditions))
            return self._around.envelope(writer.write(operation.wrapped(answer)))
        except ValueUnfit as error:
            raise AnswerUnreadable("the provider's answer is not valid by the service's schema") from error
