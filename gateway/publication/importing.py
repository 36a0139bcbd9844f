"""What does a data owner hand in, and which draft is made of it?

Tables and files are looked at by the adapters, under the same limits as when they are served; documents are read from
their bytes alone. The rows that are looked at are shown once and kept nowhere.
"""

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

import msgspec

from adapters.contract import Provider, Surroundings
from adapters.errors import BindingInvalid, ProviderHasNone
from adapters.inspection.facts import FileFound, TableFound
from adapters.inspection.files import inspect_files
from adapters.inspection.tables import inspect_table, list_tables
from adapters.lines import Encoding
from adapters.soap.offer import WsdlRefused, offer_wsdl
from catalog.descriptions import FieldClass, Place, ProviderDescription, no_configuration
from catalog.errors import ContentInvalid, Fault
from catalog.importers.bundle import unpack_bundle
from catalog.importers.classes import propose
from catalog.importers.columns import ColumnSeen, field_names, notes_of
from catalog.importers.draft import Draft, ImportRefused, Note, Source, Wanted
from catalog.importers.file import draft_file
from catalog.importers.openapi import import_openapi
from catalog.importers.proposals import Samples, propose_draft
from catalog.importers.table import draft_table
from catalog.importers.wsdl import draft_wsdl
from catalog.publications import PreparedDraft
from gateway.publication.workshop import Workshop
from gateway.surroundings import in_vietnamese

Rows = tuple[Mapping[str, str | None], ...]
_INSPECTION_SECONDS = 20.0
_NAMED_TABLES = 20
_SAYS_OPENAPI = re.compile(rb"""^[{\s]*["']?(?:openapi|swagger)["']?\s*:\s*["']?[23]\.""", re.MULTILINE)


class ImportDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is to be published, from which source, under which names.

    `version` 0 means: the published one when nothing breaks, else the next. `endpoint` is the database's address, the
    file's path (or a pattern of several), or, for a document, the provider's address instead of the one it names.
    `document` (base64 in JSON) is the OpenAPI or WSDL document, or a ZIP of several of which `root` is the one to begin
    with; `documents` are several by their names instead. `wsdl_service` and `wsdl_port` (local names) choose in a WSDL
    that has several. `secrets` maps names to references (`file:…`,
    `env:LIENTHONG_SECRET_<AGENCY>__…`). `again` replaces a draft that is being prepared.
    """

    source: Source
    database: str
    service: str
    title_vi: str
    title_en: str = ""
    version: int = 0
    provider: str = ""
    endpoint: str = ""
    options: msgspec.Raw = msgspec.field(default_factory=no_configuration)
    secrets: dict[str, str] = {}
    schema: str = ""
    table: str = ""
    key: tuple[str, ...] = ()
    sheet: str = ""
    document: bytes = b""
    document_name: str = ""
    documents: dict[str, bytes] = {}
    root: str = ""
    wsdl_service: str = ""
    wsdl_port: str = ""
    again: bool = False


class ReadingWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a person wants a file to be read, where it is not found out: the `options` of a file's import."""

    delimiter: str = ""
    encoding: Encoding = "utf-8"
    header_row: int = 0


class _ReadAs(msgspec.Struct):
    """Of the options of the file adapter, how its file is read."""

    sheet: str = ""
    delimiter: str = ""
    encoding: Encoding = "utf-8"
    header_row: int = 0


class _Keyed(msgspec.Struct):
    """Of the binding of an operation, by which columns a row is found."""

    key: tuple[str, ...] = ()


class _Table(msgspec.Struct):
    """Of the binding of an operation, which table it reads."""

    table: str
    schema: str = ""


@dataclass(frozen=True, slots=True)
class Imported:
    """The draft, why its fields have their classes, and some rows as text by field (empty where there are none)."""

    prepared: PreparedDraft
    rows: Rows = field(repr=False)


async def prepare_draft(asked: ImportDocument, *, agency: str, published: int, workshop: Workshop) -> Imported:
    """Return the draft of what was handed in, with its proposals; `published` is the latest version (0: none).

    Raises ImportRefused naming construct and place, ContentInvalid, and AdapterErrors where the source cannot be seen.
    """
    wanted = Wanted(
        database=asked.database,
        service=asked.service,
        version=asked.version or published or 1,
        title_vi=asked.title_vi,
        title_en=asked.title_en,
        agency=agency,
        provider=asked.provider or f"{asked.database}-{asked.service}",
        endpoint=asked.endpoint,
    )
    try:
        match asked.source:
            case Source.TABLE:
                draft, rows = await _from_table(asked, wanted, workshop)
            case Source.FILE:
                draft, rows = await _from_file(asked, wanted, workshop)
            case Source.OPENAPI | Source.WSDL:
                draft, rows = await _from_documents(asked, wanted), ()
    except BindingInvalid as error:
        raise ContentInvalid([Fault("endpoint", f"không dùng được: {in_vietnamese(error)}", str(error))]) from error
    except ProviderHasNone as error:
        if asked.source is Source.TABLE:
            provider = _provider(asked, wanted, workshop, adapter="sql")
            raise await _no_table(asked, provider, workshop.around(agency)) from error
        raise ContentInvalid([Fault("endpoint", "không có tệp nào ở đây", str(error))]) from error
    proposed, reasons = propose_draft(draft, _samples(rows))
    noted = msgspec.structs.replace(proposed, notes=(*proposed.notes, *_address_notes(proposed)))
    return Imported(PreparedDraft(draft=noted, reasons=reasons), rows)


def renumbered(imported: Imported, version: int) -> Imported:
    """Return the same draft under another version's number, its provider's code with it: the old one goes on."""
    draft = imported.prepared.draft
    code = f"{draft.provider.code}-v{version}"
    provider = msgspec.structs.replace(draft.provider, code=code)
    service = msgspec.structs.replace(draft.service, version=version, provider=code)
    changed = msgspec.structs.replace(draft, provider=provider, service=service)
    return Imported(msgspec.structs.replace(imported.prepared, draft=changed), imported.rows)


async def _from_table(asked: ImportDocument, wanted: Wanted, workshop: Workshop) -> tuple[Draft, Rows]:
    _must_have(asked, "endpoint", "table")
    provider = _provider(asked, wanted, workshop, adapter="sql")
    seen = await _see_table(asked, provider, workshop.around(wanted.agency))
    draft = draft_table(seen, wanted, key=asked.key, options=asked.options, secrets=asked.secrets)
    return draft, _rows(seen.columns, seen.samples)


async def _see_table(asked: ImportDocument, provider: Provider, around: Surroundings) -> TableFound:
    """Return what the table is like: by the whole name, else by what stands before and behind its first dot."""
    try:
        return await inspect_table(provider, around, name=asked.table, schema=asked.schema, key=asked.key)
    except ProviderHasNone:
        schema, dot, name = asked.table.partition(".")
        if asked.schema or not dot:
            raise
        return await inspect_table(provider, around, name=name, schema=schema, key=asked.key)


async def _no_table(asked: ImportDocument, provider: Provider, around: Surroundings) -> ContentInvalid:
    """Return the refusal of a table that is not there: it names those that are, the likeliest first."""
    listed = await list_tables(provider, around)
    names = [f"{one.schema}.{one.name}" if one.schema else one.name for one in listed]
    near = get_close_matches(asked.table, names, n=_NAMED_TABLES, cutoff=0.5)
    named = ", ".join([*near, *[name for name in names if name not in near]][:_NAMED_TABLES])
    vi = f"không thấy bảng này, hoặc không có quyền đọc; có: {named}" if named else "không thấy bảng nào đọc được"
    en = f"no such table, or no right to read it; there are: {named}" if named else "no table that may be read"
    return ContentInvalid([Fault("table", vi, en)])


async def _from_file(asked: ImportDocument, wanted: Wanted, workshop: Workshop) -> tuple[Draft, Rows]:
    _must_have(asked, "endpoint")
    try:
        wish = msgspec.json.decode(asked.options, type=ReadingWish)
    except msgspec.MsgspecError as error:
        raise ContentInvalid([Fault("options", "không hiểu cách đọc tệp", str(error))]) from error
    seen = await inspect_files(
        asked.endpoint,
        workshop.around(wanted.agency),
        key=asked.key,
        sheet=asked.sheet,
        delimiter=wish.delimiter,
        encoding=wish.encoding,
        header_row=wish.header_row,
    )
    return draft_file(seen, wanted, key=asked.key), _rows(seen.columns, seen.samples)


def asked_again(draft: Draft, source: Source, *, key: tuple[str, ...]) -> ImportDocument:
    """Return what would be handed in to draft the same table or file anew with another key.

    Raises ContentInvalid for a document: it has no key.
    """
    service, says = draft.service, draft.provider
    asked = ImportDocument(
        source=source,
        database=service.database,
        service=service.code,
        title_vi=service.title_vi,
        title_en=service.title_en,
        version=service.version,
        provider=says.code,
        endpoint=says.endpoint,
        key=key,
        again=True,
    )
    match source:
        case Source.FILE:
            wish = msgspec.json.decode(says.options, type=_ReadAs)
            reading = ReadingWish(delimiter=wish.delimiter, encoding=wish.encoding, header_row=wish.header_row)
            options = msgspec.Raw(msgspec.json.encode(reading))
            return msgspec.structs.replace(asked, sheet=wish.sheet, options=options)
        case Source.TABLE:
            config = msgspec.json.decode(service.operations[0].binding, type=_Table)
            return msgspec.structs.replace(
                asked, table=config.table, schema=config.schema, options=says.options, secrets=says.secrets
            )
        case Source.OPENAPI | Source.WSDL:
            raise ContentInvalid([Fault("key", "tài liệu không có cột khóa", "a document has no key")])


def key_of(draft: Draft, source: Source) -> tuple[str, ...]:
    """Return the columns by which a row of a table or a file is found, none for a document."""
    if source in (Source.OPENAPI, Source.WSDL):
        return ()
    return msgspec.json.decode(draft.service.operations[0].binding, type=_Keyed).key


async def see_rows(draft: Draft, source: Source, *, workshop: Workshop) -> Rows:
    """Return a few rows of a draft's source as text by field, as it is read for the draft; none of a document's.

    Raises ContentInvalid and AdapterErrors where it cannot be seen.
    """
    says = draft.provider
    around = workshop.around(says.agency)
    seen: TableFound | FileFound
    match source:
        case Source.FILE:
            workshop.provider(says)
            wish = msgspec.json.decode(says.options, type=_ReadAs)
            seen = await inspect_files(
                says.endpoint,
                around,
                sheet=wish.sheet,
                delimiter=wish.delimiter,
                encoding=wish.encoding,
                header_row=wish.header_row,
            )
        case Source.TABLE:
            config = msgspec.json.decode(draft.service.operations[0].binding, type=_Table)
            seen = await inspect_table(workshop.provider(says), around, name=config.table, schema=config.schema)
        case Source.OPENAPI | Source.WSDL:
            return ()
    return _rows(seen.columns, seen.samples)


async def _from_documents(asked: ImportDocument, wanted: Wanted) -> Draft:
    documents: Mapping[str, bytes] = asked.documents
    if not documents:
        _must_have(asked, "document")
        documents = unpack_bundle(asked.document_name or f"document.{asked.source}", asked.document)
    root = asked.root or (root_document(documents) if asked.source is Source.OPENAPI else "")
    draft = await asyncio.to_thread(_read_documents, asked, documents, root, wanted)
    provider = draft.provider
    options = bytes(asked.options).strip()
    return msgspec.structs.replace(
        draft,
        provider=msgspec.structs.replace(
            provider,
            options=provider.options if options == b"{}" else _merged(provider.options, asked.options),
            secrets={**provider.secrets, **asked.secrets},
        ),
    )


def _read_documents(asked: ImportDocument, documents: Mapping[str, bytes], root: str, wanted: Wanted) -> Draft:
    if asked.source is Source.OPENAPI:
        return import_openapi(documents, root, wanted=wanted)
    try:
        offer = offer_wsdl(documents, root, service=asked.wsdl_service, port=asked.wsdl_port)
    except WsdlRefused as error:
        raise ImportRefused(notes_of([error.remark])) from error
    return draft_wsdl(offer, wanted)


def root_document(documents: Mapping[str, bytes]) -> str:
    """Return the one OpenAPI document of a bundle: the only document, or the only one that says which version it has.

    Raises ContentInvalid naming those that could be meant.
    """
    candidates = sorted(documents)
    if len(candidates) > 1:
        candidates = [name for name in candidates if _SAYS_OPENAPI.search(documents[name])]
    if len(candidates) == 1:
        return candidates[0]
    listed = ", ".join((candidates or sorted(documents))[:20])
    raise ContentInvalid(
        [Fault("root", f"hãy nêu tài liệu gốc trong số: {listed}", f"say which is the root: {listed}")]
    )


def _provider(asked: ImportDocument, wanted: Wanted, workshop: Workshop, *, adapter: str) -> Provider:
    return workshop.provider(
        ProviderDescription(
            code=wanted.provider,
            agency=wanted.agency,
            adapter=adapter,
            endpoint=asked.endpoint,
            options=asked.options,
            secrets=asked.secrets,
            timeout_seconds=_INSPECTION_SECONDS,
        )
    )


def _must_have(asked: ImportDocument, *names: str) -> None:
    faults = [Fault(name, "phải nêu", "is needed") for name in names if not getattr(asked, name)]
    if faults:
        raise ContentInvalid(faults)


def _rows(columns: Sequence[ColumnSeen], samples: Sequence[Sequence[str | None]]) -> Rows:
    names = field_names(columns)
    served = [(at, names[column.name]) for at, column in enumerate(columns) if column.name in names]
    return tuple({name: line[at] for at, name in served} for line in samples)


def _address_notes(draft: Draft) -> Iterator[Note]:
    """Warn of people's data in addresses: they stand in the logs of every proxy on the way."""
    for operation in draft.service.operations:
        for parameter in operation.parameters:
            found = propose(parameter.name)
            if parameter.place is Place.PATH and found.class_ in (FieldClass.PERSONAL, FieldClass.SENSITIVE):
                yield Note(
                    where=f"{operation.code}.{parameter.name}",
                    vi=f"{found.reason_vi} đứng trong địa chỉ, nhiều nơi ghi lại: nên chọn khóa khác",
                    en=f"{found.reason_en} stands in the address, which many write down: choose another key",
                )


def _samples(rows: Rows) -> Samples:
    values: dict[str, list[str]] = {}
    for row in rows:
        for name, value in row.items():
            if value:
                values.setdefault(name, []).append(value)
    return values


def _merged(ours: msgspec.Raw, theirs: msgspec.Raw) -> msgspec.Raw:
    whole = msgspec.json.decode(ours, type=dict[str, msgspec.Raw]) | msgspec.json.decode(
        theirs, type=dict[str, msgspec.Raw]
    )
    return msgspec.Raw(msgspec.json.encode(whole))
