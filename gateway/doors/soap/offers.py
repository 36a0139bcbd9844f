"""What does the catalogue say of a service to those who would call it by SOAP?"""

from collections.abc import Mapping
from dataclasses import dataclass

from catalog.descriptions import ServiceDescription
from gateway.doors.soap.faces import make_face
from gateway.doors.soap.imported import plan_of
from gateway.doors.soap.narrowing import forcing_fields


@dataclass(frozen=True, slots=True)
class SoapOffer:
    """Where the contract is, below our address, and which operations it leaves out, with the reason.

    An agreement that withholds one of the `forcing` fields (by operation) needs a WSDL of its own.
    """

    wsdl: str
    left_out: Mapping[str, str]
    forcing: Mapping[str, tuple[str, ...]]


def soap_offer(service: ServiceDescription) -> SoapOffer | None:
    """Return what SOAP callers are offered, None of a service that nobody can call."""
    if not service.specified:
        return None
    face = make_face(service)
    forcing: dict[str, tuple[str, ...]] = {}
    for operation in face.operations if service.wsdl is not None else ():
        fields = forcing_fields(operation.description, plan_of(operation.description))
        if fields:
            forcing[operation.description.code] = fields
    return SoapOffer(
        wsdl=f"/soap/{service.database}/{service.code}/v{service.version}?wsdl",
        left_out={code: f"{error.vi} ({error.en})" for code, error in face.refused.items()},
        forcing=forcing,
    )
