"""Under which service codes does a database offer its operations to X-Road's SOAP?

A code is the operation's name in its contract, which is also the name of the body's element (PR-MESS, 2.3); where
several services of a database have an operation of the same name it is `{service}.{name}`, which may be used always.
The version is `v{n}`.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from gateway.doors.soap.face import Face, FaceOperation
from gateway.doors.soap.faces import Faces
from gateway.doors.xroad.offers import is_agreed, operations_of
from gateway.errors import OperationUnclear, PathUnknown
from gateway.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class SoapOffer:
    """One operation under its service code and version, and the face of the service that it belongs to."""

    code: str
    version: str
    face: Face
    operation: FaceOperation

    @property
    def names(self) -> tuple[str, str]:
        """The short and the long code."""
        return self.operation.name, f"{self.face.service.code}.{self.operation.name}"


class SoapOffers:
    """Finds operations by what X-Road calls them."""

    def __init__(self, faces: Faces) -> None:
        """Take the faces of the SOAP door: both doors read and write the same messages."""
        self._faces = faces

    def of(self, snapshot: Snapshot, database: str, *, system: str = "", now: datetime) -> tuple[SoapOffer, ...]:
        """Return what the database offers, or what of it `system` may call, by service and version."""
        found: list[tuple[Face, FaceOperation]] = []
        known = {operation.key: operation for operation in operations_of(snapshot, database)}
        for place in dict.fromkeys((one.service, one.version) for one in known.values()):
            face = self._faces.find(snapshot, f"/soap/{database}/{place[0]}/v{place[1]}")
            found += [(face, one) for one in face.operations if not one.one_way]
        services: defaultdict[str, set[str]] = defaultdict(set)
        for face, one in found:
            services[one.name].add(face.service.code)
        offers = []
        for face, one in found:
            service = face.service
            compiled = known.get(f"{database}/{service.code}/v{service.version}/{one.description.code}")
            if compiled is None or (system and not is_agreed(snapshot, compiled, system=system, now=now)):
                continue
            code = one.name if len(services[one.name]) == 1 else f"{service.code}.{one.name}"
            offers.append(SoapOffer(code, f"v{service.version}", face, one))
        return tuple(offers)

    def named(self, snapshot: Snapshot, database: str, *, code: str, version: str, now: datetime) -> list[SoapOffer]:
        """Return the operations that a service code and version (empty: of any) mean. Raises PathUnknown."""
        offers = [
            one for one in self.of(snapshot, database, now=now) if code in one.names and version in ("", one.version)
        ]
        if not offers:
            raise PathUnknown
        return offers


def asked_by(offers: list[SoapOffer], tag: str) -> SoapOffer:
    """Return the operation whose request is the element `tag`. Raises OperationUnclear for none, and for several."""
    found = [one for one in offers if one.operation.request.tag == tag]
    if len(found) != 1:
        raise OperationUnclear("the body's element means no operation of the service, or several")
    return found[0]
