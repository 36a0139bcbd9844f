"""Which service and provider does an OpenAPI document describe?

OpenAPI 2.0, 3.0 and 3.1, JSON and YAML, from the bundle alone. What cannot be offered is left out with a note that
names the construct and its place; a document of which nothing can be offered is refused. `docs/openapi.md` says what
becomes of which construct.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from catalog.descriptions import OperationDescription, ServiceDescription
from catalog.importers.bundle import refused
from catalog.importers.draft import Draft, ImportRefused, Note, Wanted
from catalog.importers.openapi_operations import METHODS, OTHER_METHODS, Taken, make_operation
from catalog.importers.openapi_providers import Credentials, credentials_of, elsewhere, endpoint_of, provider_of
from catalog.importers.openapi_references import Library, Notes, Spot, Unusable
from catalog.service_faults import check_service

MAX_OPERATIONS: Final = 1500
MAX_FIELDS: Final = 60_000
"""Fields of all operations together: what a control API's document can still hold."""


def import_openapi(documents: Mapping[str, bytes], root: str, *, wanted: Wanted) -> Draft:
    """Return the service and the provider that the document `root` describes.

    Reads nothing but `documents`, and fetches nothing. Raises ImportRefused naming what stands in the way.
    """
    library = Library(documents, root)
    notes = Notes(root)
    _check_version(library, root)
    endpoint = endpoint_of(library, wanted, notes)
    credentials = credentials_of(library, endpoint, notes)
    operations, key_header = _operations(library, endpoint, credentials, wanted, notes=notes)
    if key_header and credentials.auth == "none":
        credentials = Credentials({"auth": "api-key", "api_key_header": key_header})
    service = ServiceDescription(
        database=wanted.database,
        code=wanted.service,
        version=wanted.version,
        title_vi=wanted.title_vi,
        title_en=wanted.title_en,
        summary_vi=(library.root.at("info").text("description").strip().split("\n", 1)[0])[:300],
        provider=wanted.provider,
        operations=tuple(_without_faults(wanted, operations, notes)),
    )
    if not service.operations:
        reasons = tuple(note for note in notes.all() if note.left_out)
        nothing = Note(where="#/paths", vi="không có thao tác nào", en="there is no operation")
        raise ImportRefused(reasons or (nothing,))
    return Draft(provider=provider_of(wanted, endpoint, credentials), service=service, notes=notes.all())


def _check_version(library: Library, root: str) -> None:
    if not isinstance(library.root.value, dict):
        raise refused(root, "không phải tài liệu OpenAPI", "is no OpenAPI document")
    if not re.match(r"(2\.0|3\.[012])", library.version):
        raise refused(
            f"{root}#/openapi",
            f"phiên bản {library.version or '?'} không được hỗ trợ; hỗ trợ OpenAPI 2.0, 3.0, 3.1",
            f"the version {library.version or '?'} is not supported; OpenAPI 2.0, 3.0 and 3.1 are",
        )
    if not isinstance(library.root.at("paths").value, dict) or not library.root.at("paths").value:
        raise refused("#/paths", "không có thao tác nào", "there is no operation")


def _operations(
    library: Library, endpoint: str, credentials: Credentials, wanted: Wanted, *, notes: Notes
) -> tuple[list[tuple[OperationDescription, Spot]], str]:
    taken = Taken()
    made: list[tuple[OperationDescription, Spot]] = []
    fields, key = 0, ""
    for path, item, operation in _declared(library, notes):
        try:
            other = elsewhere(library, (operation, item), endpoint, wanted, notes)
            if other:
                raise operation.unusable(f"ở địa chỉ khác: {other}", f"is served from elsewhere: {other}")
            if len(made) >= MAX_OPERATIONS or fields >= MAX_FIELDS:
                raise operation.unusable("quá nhiều thao tác cho một dịch vụ", "too many operations for one service")
            one, header = make_operation(
                library, path, item, operation, secrets=credentials.names, taken=taken, notes=notes
            )
        except Unusable as refusal:
            notes.keep(refusal.note)
            continue
        made.append((one, operation))
        fields += len(one.fields)
        key = key or header
    return made, key


def _declared(library: Library, notes: Notes) -> Iterator[tuple[str, Spot, Spot]]:
    for path, place in library.root.at("paths").members():
        if path.startswith("x-"):
            continue
        try:
            item = library.follow(place)
        except Unusable as refusal:
            notes.keep(refusal.note)
            continue
        for method, operation in item.members():
            if method.lower() in OTHER_METHODS:
                notes.add(
                    operation, f"phương thức {method} không có ở nền tảng", f"has no {method} here", left_out=True
                )
            elif method in METHODS and isinstance(operation.value, dict):
                yield path, item, operation
            elif method in METHODS:
                notes.add(operation, "không phải thao tác", "is no operation", left_out=True)
    for construct in ("webhooks", "x-webhooks"):
        if library.root.has(construct):
            notes.add(
                library.root.at(construct), "nền tảng không nhận webhook", "webhooks are not taken", left_out=True
            )


def _without_faults(
    wanted: Wanted, operations: list[tuple[OperationDescription, Spot]], notes: Notes
) -> Iterator[OperationDescription]:
    """Yield the operations that the catalogue takes; what it says against another is why that one is left out."""
    for operation, spot in operations:
        alone = ServiceDescription(
            database="x", code="x", version=1, title_vi="x", provider=wanted.provider or "x", operations=(operation,)
        )
        faults = check_service(alone)
        if not faults:
            yield operation
        for fault in faults[:3]:
            where = fault.where.removeprefix("operations[0].")
            notes.add(spot, f"{where}: {fault.vi}", f"{where}: {fault.en}", left_out=True)
