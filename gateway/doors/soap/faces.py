"""Which face has the service that an address means?"""

import re
from typing import Final

from catalog.descriptions import ServiceDescription
from gateway.doors.soap.face import Face
from gateway.doors.soap.generated import generated_face
from gateway.doors.soap.imported import imported_face
from gateway.errors import PathUnknown
from gateway.snapshot import CompiledService, Snapshot
from security.errors import AccessRefused

# The codes of what is published need no percent-encoding, so an address is compared as it came.
_ADDRESS: Final = re.compile(r"/soap/([^/]+)/([^/]+)/(v[1-9][0-9]{0,8})\Z", re.ASCII)
_MOST_FACES: Final = 256


class Faces:
    """Makes the face of each version of a service once, and keeps those last made."""

    def __init__(self) -> None:
        self._made: dict[str, Face] = {}

    def find(self, snapshot: Snapshot, raw_path: str) -> Face:
        """Return the face at `/soap/{database}/{service}/v{n}`.

        Raises PathUnknown, or AccessRefused("service-unspecified").
        """
        service = published(snapshot, raw_path)
        face = self._made.get(service.digest)
        if face is None:
            face = make_face(service.description)
            if len(self._made) >= _MOST_FACES:
                del self._made[next(iter(self._made))]
            self._made[service.digest] = face
        return face


def published(snapshot: Snapshot, raw_path: str) -> CompiledService:
    """Return the service at an address. Raises like `Faces.find`."""
    found = _ADDRESS.match(raw_path)
    service = snapshot.services.get((found[1], found[2], found[3])) if found is not None else None
    if service is None:
        raise PathUnknown
    if not service.specified:
        raise AccessRefused("service-unspecified")
    return service


def make_face(service: ServiceDescription) -> Face:
    """Return the face of a service: its own contract's where it was imported from a WSDL, else a generated one."""
    return imported_face(service) if service.wsdl is not None else generated_face(service)
