"""Which service is made of a WSDL?

What the WSDL offers comes as plain values (`adapters/soap/offer.py` reads it); nothing of SOAP is understood here. The
service keeps the WSDL's documents, so that its own clients can go on with them, and each operation takes the request
message as its JSON body and gives the whole response message as its answer.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

import msgspec

from catalog.descriptions import (
    FieldClass,
    FieldDescription,
    FieldType,
    OperationDescription,
    ProviderDescription,
    ServiceDescription,
    WsdlContract,
)
from catalog.folding import fold
from catalog.importers.columns import RemarkSeen, notes_of
from catalog.importers.draft import Draft, ImportRefused, Note, Wanted
from catalog.importers.naming import title_of, words_of

_READING: Final = frozenset(
    {"get", "list", "find", "search", "query", "lookup", "look", "read", "fetch", "check", "verify", "validate"}
    | {"count", "describe", "show", "download", "select", "retrieve"}
    | {"tra", "lay", "xem", "tim", "danh", "kiem", "dem", "doc", "hoi", "xac"}
)
_TWO_WORDS: Final = frozenset({("tra", "cuu"), ("danh", "sach"), ("kiem", "tra"), ("xac", "thuc"), ("xac", "minh")})
_ALONE: Final = frozenset({"danh", "xac", "kiem"})  # they read only together with their second word


class FieldSeen(Protocol):
    """A leaf of an answer."""

    @property
    def path(self) -> str:
        """Dotted, `[]` for the elements of a list."""
        ...

    @property
    def type(self) -> str:
        """The value of a `FieldType`."""
        ...

    @property
    def structural(self) -> bool:
        """Whether it tells nothing of a record."""
        ...


class OperationSeen(Protocol):
    """An operation that can be served."""

    @property
    def name(self) -> str:
        """In the WSDL."""
        ...

    @property
    def documentation(self) -> str:
        """What the WSDL says of it, empty when nothing."""
        ...

    @property
    def fields(self) -> Sequence[FieldSeen]:
        """The leaves of its answer, at least one."""
        ...

    @property
    def request_schema(self) -> bytes:
        """JSON Schema of its request message, `null` where it takes none."""
        ...

    @property
    def plan(self) -> bytes:
        """The adapter's plan, as JSON."""
        ...


class WsdlSeen(Protocol):
    """What a WSDL offers."""

    @property
    def root(self) -> str:
        """The name of the document to begin with."""
        ...

    @property
    def service(self) -> str:
        """The service that is offered."""
        ...

    @property
    def port(self) -> str:
        """Its port."""
        ...

    @property
    def address(self) -> str:
        """Where the provider is, as the WSDL says."""
        ...

    @property
    def documentation(self) -> str:
        """What the WSDL says of the service, empty when nothing."""
        ...

    @property
    def operations(self) -> Sequence[OperationSeen]:
        """What can be served."""
        ...

    @property
    def remarks(self) -> Sequence[RemarkSeen]:
        """What is to be said, also of what cannot be served."""
        ...

    @property
    def documents(self) -> Mapping[str, str]:
        """The texts of the WSDL and of what it imports."""
        ...


def draft_wsdl(
    seen: WsdlSeen,
    wanted: Wanted,
    *,
    options: msgspec.Raw | None = None,
    secrets: Mapping[str, str] | None = None,
) -> Draft:
    """Return the service of a WSDL, an operation for each that can be served; the others are in the notes.

    `options` and `secrets` are the provider's, as docs/adapters.md describes them; `wanted.endpoint` wins over the
    address in the WSDL. Fields are proposed as `internal`: `catalog/importers/classes.py` proposes better. An operation
    is proposed as safe when its name says that it reads. Raises ImportRefused when no operation can be served.
    """
    notes = list(notes_of(seen.remarks))
    if not seen.operations:
        raise ImportRefused(notes or [Note(where=seen.root, vi="không có thao tác nào", en="there is no operation")])
    endpoint = wanted.endpoint or seen.address
    if not re.match(r"https?://[^/\s$]+", endpoint):
        notes.append(
            Note(
                where=f"{seen.root}: {seen.service}/{seen.port}",
                vi="WSDL không nêu địa chỉ dùng được: hãy nhập địa chỉ của nơi cung cấp",
                en="the WSDL names no address that can be used: say where the provider is",
            )
        )
    taken: set[str] = set()
    return Draft(
        provider=ProviderDescription(
            code=wanted.provider,
            agency=wanted.agency,
            adapter="soap",
            endpoint=endpoint,
            options=options if options is not None else msgspec.Raw(b"{}"),
            secrets=dict(secrets or {}),
        ),
        service=ServiceDescription(
            database=wanted.database,
            code=wanted.service,
            version=wanted.version,
            title_vi=wanted.title_vi,
            title_en=wanted.title_en,
            summary_vi=seen.documentation,
            provider=wanted.provider,
            wsdl=WsdlContract(root=seen.root, documents=dict(seen.documents), service=seen.service, port=seen.port),
            operations=tuple(_operation(one, taken) for one in seen.operations),
        ),
        notes=tuple(notes),
    )


def is_reading(name: str) -> bool:
    """Tell whether an operation's name says that it reads: `TraCuuThuaDat`, `getPerson`, `list-all`."""
    words = words_of(name)
    if words[:2] in _TWO_WORDS:
        return True
    return bool(words) and words[0] in _READING - _ALONE


def _operation(one: OperationSeen, taken: set[str]) -> OperationDescription:
    code = _code(one.name, taken)
    return OperationDescription(
        code=code,
        method="POST",
        path=f"/{code}",
        title_vi=one.documentation or title_of(one.name),
        title_en=one.name,
        safe=is_reading(one.name),
        body_schema=msgspec.Raw(one.request_schema),
        fields=tuple(_field(field) for field in one.fields),
        wsdl_operation=one.name,
        binding=msgspec.Raw(b'{"plan":' + one.plan + b"}"),
    )


def _field(seen: FieldSeen) -> FieldDescription:
    name = seen.path.removesuffix("[]").rpartition(".")[2]
    return FieldDescription(
        path=seen.path,
        type=FieldType(seen.type),
        class_=FieldClass.OPEN if seen.structural or name.startswith("_none") else FieldClass.INTERNAL,
        title_vi=title_of(name.lstrip("_") or name),
        structural=seen.structural,
    )


def _code(name: str, taken: set[str]) -> str:
    """Return the operation's name where it can stand in an address, else its letters and digits without marks."""
    code = name
    if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9_-]{0,98}[A-Za-z0-9])?", name, re.ASCII):
        words = re.findall(r"[a-z0-9]+", fold(name).lower())
        code = "-".join(words)[:100].strip("-") or "thao-tac"
    free, number = code, 2
    while free in taken:
        free = f"{code[:95]}-{number}"
        number += 1
    taken.add(free)
    return free
