"""How is the national population database asked, and what does it answer? (03-domain, section 3)

SOAP 1.1 whose elements stand in a fixed order, authenticated in HTTP headers. Each question names the officer (R4)
and a licensed procedure (R5): both are checked before anything is sent. A person who is not there is an HTTP 200
without `CongDan`. That a birth date or sex does not fit the identity number is no reason to refuse.

`Provider.options`: `service_url` (as it enters the signature; the endpoint by default), `timestamp_unit`,
`x_road_client`, `procedures`, `officers`, `officer_default`, `ma_tich_hop`, `existence_spelling`.
`Provider.secrets`: `user`, `secret`, `api_key`.
"""

import asyncio
import hashlib
import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Final, Literal

import msgspec

from adapters.configuration import read_settings, secret_of
from adapters.contract import Answer, Binding, Call, Json, Provider, Surroundings
from adapters.errors import BindingInvalid, CallUnacceptable, OfficerMissing, ProviderRefused
from adapters.http1 import HttpClient
from adapters.national.formats import unacceptable
from adapters.national.json_channel import CallConfig, wire_name
from adapters.national.population_answers import OPERATIONS, read_existence, read_person, read_relatives
from adapters.national.population_questions import QUESTIONS, Heading, person_of, write_question
from adapters.national.tree import read_tree
from adapters.oauth2 import basic
from adapters.origins import parse_origin
from adapters.soap.channel import SoapChannel, SoapReply

__all__ = ["ERRORS", "OPERATIONS", "PopulationAdapter", "PopulationOptions", "build", "sign"]

ERRORS: Final[Mapping[str, str]] = {
    "004": "Thủ tục chưa được cấp phép khai thác CSDL dân cư",
    "005": "Tài khoản cán bộ không có quyền thao tác",
}
_HEADERS: Final = (("Content-Type", "text/xml; charset=utf-8"), ("SOAPAction", '""'))


class NationalOfficer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An officer as the national side knows him; in `officer_default`, `{code}` stands for our own code of him."""

    MaCanBo: str
    MaDonVi: str = ""
    TaiKhoan: str = ""


class PopulationOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What `Provider.options` may say. Without a mapping for an officer or a procedure, nobody may ask."""

    service_url: str = ""
    timestamp_unit: Literal["ms", "s"] = "ms"
    x_road_client: str
    procedures: dict[str, str] = {}
    officers: dict[str, NationalOfficer] = {}
    officer_default: NationalOfficer | None = None
    ma_tich_hop: str = "037"
    existence_spelling: Literal["request", "plain"] = "request"


class PopulationAdapter:
    """Speaks with the national population database."""

    def __init__(
        self, provider: Provider, options: PopulationOptions, channel: SoapChannel, calls: Mapping[str, str]
    ) -> None:
        self._options = options
        self._service_url = options.service_url or provider.endpoint
        self._user = secret_of(provider, "user")
        self._secret = secret_of(provider, "secret")
        self._api_key = secret_of(provider, "api_key")
        self._timeout_seconds = provider.timeout.total_seconds()
        self._channel = channel
        self._calls = calls

    async def call(self, call: Call) -> Answer:
        """Carry out one operation.

        Raises `OfficerMissing` and `CallUnacceptable` before anything is sent, `ProviderHasNone` for a person who is
        not there, and `ProviderRefused` with code 004 or 005 for the service's own refusals.
        """
        name = self._calls.get(call.operation)
        if name is None:
            raise BindingInvalid("the operation is not bound to this provider", attempts=0)
        person = person_of(dict(call.parameters))
        officer = self._officer(call)
        heading = Heading(
            # Unique per question, a second attempt included, and still to be found by our own number of the exchange.
            request_id=f"{call.exchange_id}-{secrets.token_hex(4)}",
            procedure=self._procedure(call.parameters.get("ThuTuc")),
            integration=self._options.ma_tich_hop,
            officer=officer.MaCanBo,
            unit=officer.MaDonVi,
            account=officer.TaiKhoan,
            phone=call.officer.phone if call.officer else "",
        )
        question = write_question(name, heading, person, spelling=self._options.existence_spelling)
        reply = await self._ask(question, call)
        return Answer(msgspec.json.encode(_read(name, reply, asked=person.identity)), reply.status)

    async def check(self) -> None:
        """Return when the service accepts a connection within the provider's timeout."""
        await self._channel.reach(asyncio.get_running_loop().time() + self._timeout_seconds)

    async def close(self) -> None:
        """Close every connection. Idempotent."""
        await self._channel.close()

    async def _ask(self, question: bytes, call: Call) -> SoapReply:
        headers = (*_HEADERS, *self._proof(time.time()))
        if call.traceparent:
            headers = (*headers, ("traceparent", call.traceparent))
        try:
            return await self._channel.ask(question, headers=headers, deadline=call.deadline, safe=True)
        except ProviderRefused as refused:
            if refused.code not in ERRORS:
                raise
            raise ProviderRefused(ERRORS[refused.code], code=refused.code, attempts=refused.attempts) from refused

    def _proof(self, now: float) -> tuple[tuple[str, str], ...]:
        timestamp = str(int(now * 1000) if self._options.timestamp_unit == "ms" else int(now))
        return (
            ("Timestamp", timestamp),
            ("Authorization", basic(self._user, sign(self._service_url, self._user, timestamp, self._secret))),
            ("X-Road-Client", self._options.x_road_client),
            ("ApiKey", self._api_key),
        )

    def _officer(self, call: Call) -> NationalOfficer:
        if call.officer is None or not call.officer.code:
            raise OfficerMissing("the population database must be told which officer asks", attempts=0)
        known = self._options.officers.get(call.officer.code)
        if known is not None:
            return known
        default = self._options.officer_default
        if default is None:
            raise CallUnacceptable(
                "Officer",
                vi="Cán bộ này chưa được ánh xạ sang tài khoản của CSDL quốc gia về dân cư.",
                en="This officer is not mapped to an account of the national population database.",
            )
        code = call.officer.code
        return NationalOfficer(
            MaCanBo=default.MaCanBo.replace("{code}", code),
            MaDonVi=default.MaDonVi.replace("{code}", code),
            TaiKhoan=default.TaiKhoan.replace("{code}", code),
        )

    def _procedure(self, code: Json) -> str:
        if code is None or code == "":
            raise unacceptable("ThuTuc", vi="là bắt buộc", en="is required")
        licensed = self._options.procedures.get(str(code), "")
        if not licensed:
            raise unacceptable(
                "ThuTuc",
                vi="chưa được cấp phép khai thác CSDL quốc gia về dân cư",
                en="is not licensed to use the national population database",
            )
        return licensed


def sign(service_url: str, user: str, timestamp: str, secret: str) -> str:
    """Return the password of the `Authorization` header: SHA-256, in hex, of the four joined."""
    return hashlib.sha256(f"{service_url}{user}{timestamp}{secret}".encode()).hexdigest()


def _read(name: str, reply: SoapReply, *, asked: str) -> dict[str, Json]:
    tree = "" if reply.content is None else read_tree(reply.content)
    if name == "XacThucThongTinCongDan":
        return read_existence(tree)
    if name == "XacMinhThongTinNhanThan":
        return read_relatives(tree, asked=asked)
    return read_person(tree, asked=asked)


def build(provider: Provider, bindings: Sequence[Binding], around: Surroundings) -> PopulationAdapter:
    """Return the adapter for the population database. Raises `BindingInvalid` naming what cannot be served."""
    options = read_settings(provider.options, PopulationOptions, of=f"provider {provider.code!r}")
    calls = {}
    for item in bindings:
        where = f"operation {item.operation!r}"
        calls[item.operation] = wire_name(read_settings(item.config, CallConfig, of=where).call, QUESTIONS, where=where)
    client = HttpClient(
        parse_origin(provider.endpoint),
        egress=around.egress,
        max_response_bytes=provider.max_response_bytes,
        max_idle=provider.max_concurrency,
    )
    return PopulationAdapter(
        provider, options, SoapChannel(client, max_response_bytes=provider.max_response_bytes), calls
    )
