"""What do the metaservices of the message protocol for REST answer (PR-META, PR-MREST)?"""

from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
import orjson

from catalog.descriptions import ServiceDescription
from catalog.openapi import describe_service
from catalog.openapi_values import Document
from gateway.api.openapi import platform_of, system_agreed
from gateway.doors.xroad.errors import xml_text
from gateway.doors.xroad.identifiers import ServiceAddress, write_id
from gateway.doors.xroad.names import ID_NS, XROAD_NS, identifier_xml, kind_of
from gateway.doors.xroad.offers import Offer, rest_offers
from gateway.errors import FaultFound, PathUnknown, RequestInvalid
from gateway.parameters import read_query
from gateway.states import Identified
from gateway.xroaddirectory import Listed, XRoadDirectory, XRoadId

REST_METASERVICES: Final = frozenset({"listMethods", "allowedMethods", "getOpenAPI"})


@dataclass(frozen=True, slots=True)
class RestMetaservices:
    """Answers `listMethods`, `allowedMethods` and `getOpenAPI` to a caller who has proven himself."""

    public_url: str
    zone: ZoneInfo

    def answer(self, identified: Identified, address: ServiceAddress, *, database: str) -> bytes:
        """Return the JSON that a metaservice of the database answers. Raises RequestInvalid and PathUnknown."""
        snapshot, now = identified.snapshot, identified.received.at
        match address.service:
            case "listMethods":
                return methods_json(address.provider, rest_offers(snapshot, database, now=now))
            case "allowedMethods":
                system = identified.caller.system.code
                return methods_json(address.provider, rest_offers(snapshot, database, system=system, now=now))
            case _:
                return self._openapi(identified, address, database=database)

    def _openapi(self, identified: Identified, address: ServiceAddress, *, database: str) -> bytes:
        """Return the OpenAPI document of a service's newest version as the caller sees it, at this door's addresses."""
        query = read_query(identified.received.raw_query)
        code, wanted = query.get("serviceCode", ""), query.get("version", "")
        if not code:
            raise RequestInvalid([FaultFound("serviceCode", "thiếu tham số", "the parameter is missing")])
        snapshot = identified.snapshot
        versions = {
            int(version.removeprefix("v")): service.description
            for (owner, named, version), service in snapshot.services.items()
            if (owner, named) == (database, code) and service.specified and wanted in ("", version)
        }
        if not versions:
            raise PathUnknown
        described = versions[max(versions)]
        system, now = identified.caller.system.code, identified.received.at
        agreed = system_agreed(snapshot, system, described, narrowed=set(), now=now, zone=self.zone)
        document = describe_service(described, platform_of(self.public_url), agreed=agreed)
        return msgspec.json.encode(_at_this_door(document, address.provider, described, public_url=self.public_url))


def _at_this_door(document: Document, provider: XRoadId, service: ServiceDescription, *, public_url: str) -> Document:
    """Return a document of the REST door with the addresses of this one; the version stands in the path."""
    paths = document["paths"]
    below = paths if isinstance(paths, dict) else {}
    client: Document = {
        "name": "X-Road-Client",
        "in": "header",
        "required": True,
        "description": "instance/class/member[/subsystem]",
        "schema": {"type": "string"},
    }
    return {
        **document,
        "servers": [{"url": f"{public_url}/r1/{write_id(provider, service.code)}/v{service.version}"}],
        "paths": {path: {"parameters": [client], **item} for path, item in below.items() if isinstance(item, dict)},
    }


def methods_json(provider: XRoadId, offers: tuple[Offer, ...]) -> bytes:
    """Return the list of services of a provider (PR-MREST, annex B)."""
    return orjson.dumps(
        {
            "service": [
                {
                    **_identifier_json("SERVICE", provider),
                    "service_code": offer.service,
                    "service_type": "OPENAPI",
                    "endpoint_list": [{"method": one.method, "path": one.path} for one in offer.endpoints],
                }
                for offer in offers
            ]
        }
    )


def clients_json(directory: XRoadDirectory, instance: str) -> bytes:
    """Return the members and subsystems of an instance, of all when it is empty (PR-META, annex C.1)."""
    members = []
    for one in _listed(directory, instance):
        member: dict[str, object] = {"id": _identifier_json(kind_of(one.id), one.id), "name": one.name}
        if one.id.subsystem:
            member["subsystem_name"] = one.subsystem_name
        members.append(member)
    return orjson.dumps({"member": members})


def clients_xml(directory: XRoadDirectory, instance: str) -> bytes:
    """Return the same as XML (PR-META, annex A)."""
    out = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<xroad:clientList xmlns:id="{ID_NS}" xmlns:xroad="{XROAD_NS}">',
    ]
    for one in _listed(directory, instance):
        out.append(f"<xroad:member>{identifier_xml('xroad:id', kind_of(one.id), one.id)}")
        out.append(f"<xroad:name>{xml_text(one.name)}</xroad:name>")
        if one.id.subsystem:
            out.append(f"<xroad:subsystemName>{xml_text(one.subsystem_name)}</xroad:subsystemName>")
        out.append("</xroad:member>")
    out.append("</xroad:clientList>")
    return "".join(out).encode()


def _listed(directory: XRoadDirectory, instance: str) -> list[Listed]:
    return [one for one in directory.listed if not instance or one.id.instance == instance]


def _identifier_json(kind: str, named: XRoadId) -> dict[str, object]:
    found: dict[str, object] = {
        "object_type": kind,
        "xroad_instance": named.instance,
        "member_class": named.member_class,
        "member_code": named.member_code,
    }
    if named.subsystem:
        found["subsystem_code"] = named.subsystem
    return found
