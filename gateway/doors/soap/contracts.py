"""What is answered to who asks for a contract: `GET /soap/{database}/{service}/v{n}?wsdl`?

`?wsdl` (however it is spelt) and `?singleWsdl` are the WSDL, `?xsd=name` and `?wsdl=name` documents that it refers to:
public, as the catalogue is. `&agreement=CODE` is what one agreement leaves of it, for systems of that agreement alone.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

import msgspec

from adapters.soap.unserved import Unserved
from catalog.descriptions import FieldDescription, OperationDescription, WsdlContract
from gateway.doors.arrival import Arrivals, read_headers, with_headers
from gateway.doors.asgi import Scope, Send, write
from gateway.doors.rest import PLAIN, headers_of
from gateway.doors.soap.contract import wsdl_of
from gateway.doors.soap.face import Face
from gateway.doors.soap.faces import Faces, published
from gateway.doors.soap.generated import model_of
from gateway.doors.soap.narrowing import released_of
from gateway.doors.soap.rewriting import rewritten
from gateway.errors import GatewayError, MethodNotAllowed, PathUnknown
from gateway.exchange import Exchange, clock
from gateway.parameters import read_query
from gateway.proofs import Prover
from gateway.snapshot import CompiledGrant
from gateway.stages.authenticate import authenticate
from gateway.states import Door, Received
from security.errors import AccessRefused, SecurityError

_WSDL: Final = ("wsdl", "singlewsdl")
_MEDIA_TYPE: Final = b"text/xml; charset=utf-8"
_MOST_CONTRACTS: Final = 128

Grants = Mapping[str, CompiledGrant]


class Contracts:
    """Answers questions for contracts; a refusal is a problem document, recorded like any."""

    def __init__(self, exchange: Exchange, faces: Faces, *, prover: Prover, arrivals: Arrivals) -> None:
        self._exchange = exchange
        self._faces = faces
        self._prover = prover
        self._arrivals = arrivals
        self._made: dict[tuple[str, ...], Mapping[str, bytes]] = {}

    async def answer(self, scope: Scope, send: Send) -> None:
        """Answer one GET or HEAD."""
        arrived = self._arrivals.arrive_by(scope, door=Door.SOAP, rendition=PLAIN)
        try:
            document = await self._document(with_headers(arrived, read_headers(scope["headers"])))
        except (GatewayError, SecurityError) as error:
            refused = await self._exchange.refuse(arrived, error)
            status, headers = headers_of(refused, basic=True)
            await write(send, status, headers, refused.body)
            return
        headers = [(b"content-type", _MEDIA_TYPE), (b"exchange-id", arrived.exchange_id.encode())]
        if "agreement=" in arrived.raw_query:
            headers.append((b"cache-control", b"no-store"))  # it was given for a proof: to nobody else
        await write(send, 200, headers, document)

    async def _document(self, asked: Received) -> bytes:
        """Return the document that is asked for. Raises a GatewayError or a SecurityError."""
        face = self._faces.find(self._exchange.policy.current, asked.raw_path)
        query = {name.lower(): value for name, value in read_query(asked.raw_query).items()}
        named = next((query[name] for name in _WSDL if name in query), query.get("xsd"))
        if named is None:
            raise MethodNotAllowed(("POST",))
        code = query.get("agreement", "")
        grants = await self._grants(asked, face, code) if code else None
        digest = published(self._exchange.policy.current, asked.raw_path).digest
        documents = self._documents(
            digest, face, f"{self._exchange.public_url}{asked.raw_path}", code=code, grants=grants
        )
        found = documents.get(named or "", documents.get(face.service.wsdl.root if face.service.wsdl else ""))
        if found is None or (named and named not in documents):
            raise PathUnknown
        return found

    async def _grants(self, asked: Received, face: Face, code: str) -> Grants:
        """Return what the agreement `code` grants the caller of this service, by operation. Raises SecurityError."""
        now = clock()
        proven = await self._prover.prove(asked.headers, now=now)
        snapshot = self._exchange.policy.current
        asked = msgspec.structs.replace(asked, proven=proven)
        caller = authenticate(asked, snapshot=snapshot, verifier=self._exchange.verifier, now=now).caller
        service = face.service
        root = f"{service.database}/{service.code}/v{service.version}"
        granted = {
            operation.code: grant
            for operation in service.operations
            for grant in snapshot.grants.get((caller.system.code, f"{root}/{operation.code}"), ())
            if grant.agreement == code
        }
        if not granted:
            raise AccessRefused("agreement-missing")
        return granted

    def _documents(
        self, digest: str, face: Face, address: str, *, code: str, grants: Grants | None
    ) -> Mapping[str, bytes]:
        digests: tuple[str, ...] = (
            () if grants is None else tuple(f"{grant.key} {grant.agreement_digest}" for grant in grants.values())
        )
        key = (digest, address, *digests)
        found = self._made.get(key)
        if found is None:
            contract = face.service.wsdl
            made = _generated if contract is None else _imported
            found = made(face, address, code=code, grants=grants)
            if len(self._made) >= _MOST_CONTRACTS:
                del self._made[next(iter(self._made))]
            self._made[key] = found
        return found


def _generated(face: Face, address: str, *, code: str, grants: Grants | None) -> Mapping[str, bytes]:
    del code
    service = face.service
    if grants is not None:
        agreed = tuple(_cut(one, grants[one.code]) for one in service.operations if one.code in grants)
        service = msgspec.structs.replace(service, operations=agreed)
    return {"": wsdl_of(model_of(service), address=address)}


def _cut(operation: OperationDescription, grant: CompiledGrant) -> OperationDescription:
    def agreed(leaf: FieldDescription) -> bool:
        return leaf.structural or leaf.path in grant.fields

    return msgspec.structs.replace(operation, fields=tuple(leaf for leaf in operation.fields if agreed(leaf)))


def _imported(face: Face, address: str, *, code: str, grants: Grants | None) -> Mapping[str, bytes]:
    contract = face.service.wsdl or WsdlContract(root="", documents={})
    shown = [one for one in face.operations if grants is None or one.description.code in grants]
    released = None
    if grants is not None:
        agreed = [(one, grants[one.description.code]) for one in shown]
        released = {
            one.name: released_of(one.description, grant.fields, filtered=bool(grant.conditions))
            for one, grant in agreed
        }
    try:
        return rewritten(
            contract,
            address=address,
            operations={one.name for one in shown},
            more=f"&agreement={quote(code, safe='')}" if code else "",
            released=released,
        )
    except Unserved as error:
        raise PathUnknown from error
