"""To what does a `$ref` lead?

Everything that an importer looks at is a `Spot`: a value and where it stands. References are followed inside the
bundle only (RFC 6901 pointers, relative files, `$anchor` and `$id` of JSON Schema 2020-12); nothing is ever fetched.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote, urljoin

from catalog.errors import CatalogError
from catalog.importers.bundle import bundle_name
from catalog.importers.draft import ImportRefused, Note
from catalog.importers.openapi_reading import Json, read_document

MAX_NOTES: Final = 1000
_MAX_HOPS: Final = 100


class Unusable(CatalogError):
    """A construct cannot be imported; whoever asked for it leaves out what depends on it, with this note."""

    def __init__(self, note: Note) -> None:
        """Raised with what the data owner is told."""
        self.note = note
        super().__init__(f"{note.where}: {note.en}")


@dataclass(frozen=True, slots=True)
class Spot:
    """A value of a document and its place; two spots are the same when their places are."""

    document: str
    pointer: tuple[str, ...]
    value: Json = field(compare=False, repr=False)

    def at(self, *names: str) -> "Spot":
        """Return the spot below; its value is null where there is nothing."""
        spot = self
        for name in names:
            spot = Spot(spot.document, (*spot.pointer, name), _member(spot.value, name))
        return spot

    def members(self) -> Iterator[tuple[str, "Spot"]]:
        """Yield the members of an object, none of anything else."""
        if isinstance(self.value, dict):
            for name in self.value:
                yield name, self.at(name)

    def elements(self) -> Iterator["Spot"]:
        """Yield the elements of a list, none of anything else."""
        if isinstance(self.value, list):
            for number in range(len(self.value)):
                yield self.at(str(number))

    def has(self, name: str) -> bool:
        """Tell whether this is an object with such a member."""
        return isinstance(self.value, dict) and name in self.value

    def text(self, name: str) -> str:
        """Return a member that is a text; empty when it is none."""
        value = _member(self.value, name)
        return value if isinstance(value, str) else ""

    def unusable(self, vi: str, en: str) -> Unusable:
        """Return the refusal of this construct."""
        return Unusable(Note(where=f"{self.document}{pointer_text(self.pointer)}", vi=vi, en=en, left_out=True))


@dataclass(slots=True)
class Notes:
    """What an import has to say, each thing once; places in the root document are written without its name."""

    root: str
    _kept: dict[tuple[str, str], Note] = field(default_factory=dict)
    _more: int = 0

    def add(self, spot: Spot, vi: str, en: str, *, left_out: bool = False) -> None:
        """Say something of a construct."""
        self.keep(Note(where=self.where(spot), vi=vi, en=en, left_out=left_out))

    def keep(self, note: Note) -> None:
        """Keep a note as it is, its place shortened."""
        where = note.where.removeprefix(self.root) if note.where.startswith(f"{self.root}#") else note.where
        key = (where, note.en)
        if key in self._kept:
            return
        if len(self._kept) >= MAX_NOTES:
            self._more += 1
            return
        self._kept[key] = Note(where=where, vi=note.vi, en=note.en, left_out=note.left_out)

    def where(self, spot: Spot) -> str:
        """Return the place of a construct as a person finds it: `#/paths/~1pets/get`, `types.yaml#/Pet`."""
        return f"{'' if spot.document == self.root else spot.document}{pointer_text(spot.pointer)}"

    def all(self) -> tuple[Note, ...]:
        """Return the notes in the order in which they were made."""
        kept = tuple(self._kept.values())
        if not self._more:
            return kept
        more = f"còn {self._more} ghi chú khác", f"{self._more} further notes are not shown"
        return (*kept, Note(where="#", vi=more[0], en=more[1]))


class Library:
    """The documents of a bundle, each read when something first refers to it."""

    def __init__(self, documents: Mapping[str, bytes], root: str) -> None:
        """Read the root document. Raises ImportRefused when it is not there or not readable."""
        self._documents = documents
        self._read: dict[str, Json] = {}
        self._names: dict[str, dict[str, list[Spot]]] = {}
        self.merged: dict[tuple[Spot, ...], object] = {}
        """What `openapi_schemas.merge` has found out already, by the schemas."""
        if root not in documents:
            raise ImportRefused([Note(where=root, vi="không có trong gói", en="is not in the bundle")])
        self.root = Spot(root, (), self._load(root))
        self.version = self.root.text("openapi") or self.root.text("swagger")

    @property
    def modern(self) -> bool:
        """Tell whether schemas are JSON Schema 2020-12 (OpenAPI 3.1 and later), whose `$ref` has siblings."""
        return not self.version.startswith(("2.", "3.0"))

    def follow(self, spot: Spot) -> Spot:
        """Return what stands behind a reference, or behind a chain of them; a spot that is none itself.

        Raises Unusable naming the reference.
        """
        for _ in range(_MAX_HOPS):
            if not spot.text("$ref"):
                return spot
            spot = self.target(spot, spot.text("$ref"))
        raise spot.unusable("các $ref dẫn vòng tròn", "its $refs lead in a circle")

    def target(self, spot: Spot, reference: str) -> Spot:
        """Return what one reference leads to. Raises Unusable: remote, not in the bundle, no such place."""
        address, _, fragment = reference.partition("#")
        start = self._document(spot, reference, address)
        fragment = unquote(fragment)
        if not fragment:
            return start
        if not fragment.startswith("/"):
            named = self._index(start.document).get(f"#{fragment}")
            if not named:
                raise self._dead(spot, reference)
            return named[0]
        found = start
        for part in fragment[1:].split("/"):
            name = part.replace("~1", "/").replace("~0", "~")
            if not _holds(found.value, name):
                raise self._dead(spot, reference)
            found = found.at(name)
        return found

    def dynamic(self, spot: Spot, reference: str) -> Spot:
        """Return the one place that a `$dynamicRef` can lead to. Raises Unusable when there are several, or none."""
        named = [place for name in (*self._read,) for place in self._index(name).get(reference, ())]
        found = [place for place in named if place.has("$dynamicAnchor")]
        if len(found) == 1:
            return found[0]
        if found:
            raise spot.unusable(
                f"$dynamicRef {reference} có thể dẫn tới nhiều nơi", f"$dynamicRef {reference} may lead to several"
            )
        return self.target(spot, reference)

    def _document(self, spot: Spot, reference: str, address: str) -> Spot:
        base, resource = self._base(spot)
        if not address:
            return resource
        known = self._by_id(_joined(base, address))
        if known is not None:
            return known
        name = bundle_name(spot.document, address)
        if name in self._documents and name:
            return Spot(name, (), self._load_inner(spot, name))
        if "://" in address or address.startswith("//"):
            raise spot.unusable(
                f"$ref {reference} dẫn ra ngoài gói; nền tảng không tải gì từ mạng",
                f"the $ref {reference} leads out of the bundle, and nothing is fetched",
            )
        raise spot.unusable(
            f"$ref {reference} nêu tệp không có trong gói",
            f"the $ref {reference} names a file that is not in the bundle",
        )

    def _base(self, spot: Spot) -> tuple[str, Spot]:
        """Return the base URI that `$id` gives (empty: none), and the resource that a bare fragment refers to."""
        place = Spot(spot.document, (), self._read.get(spot.document, spot.value))
        base, resource = "", place
        if not self.modern:
            return base, resource
        before = ""
        for name in ("", *spot.pointer):
            place = place.at(name) if name or before else place
            if before not in ("properties", "patternProperties") and place.text("$id"):
                base, resource = _joined(base, place.text("$id")), place
            before = name or before
        return base, resource

    def _by_id(self, address: str) -> Spot | None:
        if not self.modern:
            return None
        for name in (*self._read,):
            found = self._index(name).get(address)
            if found:
                return found[0]
        return None

    def _index(self, document: str) -> dict[str, list[Spot]]:
        """Return the places with `$id`, `$anchor` and `$dynamicAnchor` of a document by their names."""
        known = self._names.get(document)
        if known is None:
            known = self._names[document] = {}
            waiting = [Spot(document, (), self._read[document])] if self.modern else []
            while waiting:
                spot = waiting.pop()
                for keyword, mark in (("$id", ""), ("$anchor", "#"), ("$dynamicAnchor", "#")):
                    if spot.text(keyword):
                        known.setdefault(mark + spot.text(keyword), []).append(spot)
                waiting.extend(inner for _, inner in spot.members() if isinstance(inner.value, dict | list))
                waiting.extend(inner for inner in spot.elements() if isinstance(inner.value, dict | list))
        return known

    def _load(self, name: str) -> Json:
        if name not in self._read:
            self._read[name] = read_document(name, self._documents[name])
        return self._read[name]

    def _load_inner(self, spot: Spot, name: str) -> Json:
        try:
            return self._load(name)
        except ImportRefused as refusal:
            first = refusal.notes[0]
            raise spot.unusable(f"{first.where}: {first.vi}", f"{first.where}: {first.en}") from refusal

    def _dead(self, spot: Spot, reference: str) -> Unusable:
        return spot.unusable(f"$ref {reference} không dẫn tới đâu", f"the $ref {reference} leads nowhere")


def pointer_text(pointer: tuple[str, ...]) -> str:
    """Return a JSON pointer as a fragment: `#/paths/~1pets`."""
    return "#" + "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in pointer)


def _joined(base: str, address: str) -> str:
    try:
        return urljoin(base, address) if base else address
    except ValueError:  # an address with half a bracket
        return address


def _member(value: Json, name: str) -> Json:
    if isinstance(value, dict):
        return value.get(name)
    if isinstance(value, list) and name.isascii() and name.isdigit() and len(name) < 8:
        return value[int(name)] if int(name) < len(value) else None
    return None


def _holds(value: Json, name: str) -> bool:
    if isinstance(value, dict):
        return name in value
    return isinstance(value, list) and name.isascii() and name.isdigit() and len(name) < 8 and int(name) < len(value)
