"""What does the catalogue say of itself in DCAT-AP 3, so that other catalogues can take it over?

A database is a `dcat:Dataset`, a version of a service a `dcat:DataService`, each form in which it answers a
`dcat:Distribution`, an agency a `foaf:Agent`; docs/catalogue.md has the whole table. Pure, and in parts: statements of
the catalogue and of a dataset about their services come with the services, so that no document must be made at once.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import quote

import msgspec

from catalog.descriptions import AgencyDescription, ServiceDescription, SharingMode
from catalog.graph import Iri, Node, Text, address, both, instant, node
from catalog.holdings import Holding
from catalog.services import ServiceView
from catalog.vocabularies import (
    THEMES,
    availability_concept,
    format_concept,
    frequency_concept,
    languages,
    media_type,
    restricted_access,
    rights_concept,
    schemes,
    status_concept,
    theme_concept,
    viet_nam,
    vietnamese,
)

OPENAPI: Final = Iri("https://spec.openapis.org/oas/v3.1.1")
WSDL: Final = Iri("https://www.w3.org/TR/wsdl")
_STANDARDS: Final = {"JSON": (OPENAPI, "OpenAPI 3.1"), "XML": (WSDL, "WSDL 1.1")}
_DOORS: Final = {"JSON": "REST", "XML": "SOAP"}
_RIGHTS: Final = {
    SharingMode.OPEN: ("Dữ liệu mở, cung cấp qua thỏa thuận.", "Open data, provided under an agreement."),
    SharingMode.DEFAULT: ("Chia sẻ mặc định theo thỏa thuận.", "Shared by default, under an agreement."),
    SharingMode.ON_REQUEST: (
        "Chia sẻ theo yêu cầu đặc thù, theo thỏa thuận.",
        "Shared on special request, under an agreement.",
    ),
}


@dataclass(frozen=True, slots=True)
class Site:
    """Where the catalogue is, and which agency publishes it (None: the platform, nobody having been named)."""

    public_url: str
    publisher: AgencyDescription | None = None

    @property
    def catalogue(self) -> Iri:
        """The catalogue itself."""
        return Iri(f"{self.public_url}/catalog/v1/dcat")

    def part(self, kind: str, name: str) -> Iri:
        """Return what has no address of its own: it is told of in the catalogue's document."""
        return Iri(
            f"{self.catalogue.value}#{kind}-{quote(name, safe='')}" if name else f"{self.catalogue.value}#{kind}"
        )

    def database(self, code: str) -> Iri:
        """Return the dataset that a database is."""
        return address(f"{self.public_url}/catalog/v1/databases", code)

    def service(self, service: ServiceDescription) -> Iri:
        """Return the data service that a version is."""
        version = f"v{service.version}"
        return address(f"{self.public_url}/catalog/v1/databases", service.database, "services", service.code, version)

    def page(self, *segments: str) -> Iri:
        """Return a page of the catalogue for people."""
        return address(f"{self.public_url}/catalogue", *segments) if segments else Iri(f"{self.public_url}/catalogue")


def catalogue_nodes(site: Site, holdings: Sequence[Holding]) -> Iterator[Node]:
    """Yield the catalogue, its publisher and its vocabularies, with all databases but none of their services."""
    country, publisher = viet_nam(), _agent(site, site.publisher)
    home = node(site.page(), "foaf:Document", said={"dct:title": both("Danh mục dữ liệu", "Data catalogue")})
    taxonomy = node(
        site.part("themes", ""), "skos:ConceptScheme", said={"dct:title": both("Lĩnh vực dữ liệu", "Domains of data")}
    )
    spoken = languages()
    yield from (*schemes(), *spoken, country, publisher, home, taxonomy)
    yield node(
        site.catalogue,
        "dcat:Catalog",
        said={
            "dct:title": both("Danh mục dữ liệu dùng chung của tỉnh", "Catalogue of the province's shared data"),
            "dct:description": both(
                "Các cơ sở dữ liệu dùng chung của tỉnh và cơ sở dữ liệu quốc gia mà tỉnh được kết nối, cùng các dịch "
                "vụ chia sẻ dữ liệu của chúng. Mỗi lời gọi cần một thỏa thuận chia sẻ.",
                "The province's shared databases and the national ones within its reach, with the services that share "
                "their data. Each call needs a data-sharing agreement.",
            ),
            "dct:publisher": _iris([publisher]),
            "dct:language": _iris(spoken),
            "dct:spatial": _iris([country]),
            "foaf:homepage": _iris([home]),
            "dcat:themeTaxonomy": [*_iris([taxonomy]), THEMES],
            "dct:issued": [instant(min(one.issued for one in holdings))] if holdings else [],
            "dct:modified": [instant(max(one.modified for one in holdings))] if holdings else [],
            "dcat:dataset": [site.database(one.database.code) for one in holdings],
        },
    )


def database_nodes(site: Site, holding: Holding, *, measured: Sequence[Node] = ()) -> Iterator[Node]:
    """Yield a database and what it names, without its services.

    `measured` are `dqv:QualityMeasurement` without an IRI: how good its data was found to be.
    """
    database = holding.database
    around = _Around(site, holding)
    frequency = frequency_concept(database.update_frequency)
    objects, note = ", ".join(database.objects_vi), database.note_vi
    yield from around.nodes()
    yield from (
        *schemes(),
        viet_nam(),
        vietnamese(),
        rights_concept(database.sharing),
        *([frequency] if frequency else []),
    )
    yield node(around.page(), "foaf:Document", said={"dct:title": both(database.title_vi, database.title_en)})
    yield node(
        site.database(database.code),
        "dcat:Dataset",
        said={
            "dct:title": both(database.title_vi, database.title_en),
            "dct:description": both(
                " ".join(
                    part for part in (f"{database.title_vi}.", f"Gồm: {objects}." if objects else "", note) if part
                ),
                f"{database.title_en}." if database.title_en else "",
            ),
            "dct:identifier": [database.code],
            "dct:publisher": _iris([around.agent]),
            "dcat:contactPoint": _iris([around.contact]),
            "dcat:keyword": [Text(word, "vi") for word in dict.fromkeys((*database.keywords, *database.objects_vi))],
            "dcat:theme": _iris(around.themes),
            "dct:language": _iris([vietnamese()]),
            "dct:spatial": _iris([viet_nam()]),
            "dct:accrualPeriodicity": _iris([frequency] if frequency else []),
            "dct:accessRights": _iris([rights_concept(database.sharing)]),
            "dcatap:applicableLegislation": _iris(around.laws),
            "dcat:landingPage": [around.page()],
            "dct:issued": [instant(holding.issued)],
            "dct:modified": [instant(holding.modified)],
            "dqv:hasQualityMeasurement": list(measured),
        },
    )


def service_nodes(
    site: Site,
    holding: Holding,
    views: Sequence[ServiceView],
    *,
    of_catalogue: bool,
    before: ServiceView | None = None,
) -> Iterator[Node]:
    """Yield some versions of a database's services, and what the database (and the catalogue itself) says of them.

    `views` are in order, `before` is what came before them. A service without a specification cannot be called: it is
    no data service, and is not told of.
    """
    offered = [view for view in views if view.service.specified]
    if not offered:
        return
    around = _Around(site, holding)
    standards = [node(iri, "dct:Standard", said={"dct:title": [name]}) for iri, name in _STANDARDS.values()]
    yield from (restricted_access(), *standards)
    yield from (concept for code in _STANDARDS for concept in (format_concept(code), media_type(code)))
    for earlier, view in zip((before, *offered), offered, strict=False):
        yield from (status_concept(view.state), availability_concept(view.state))
        yield node(_page(site, view.service), "foaf:Document", said={"dct:title": _titles(view.service)})
        yield _data_service(around, view, earlier=earlier)
        yield from (_distribution(around, view, code) for code in _STANDARDS)
    places = [_distribution_iri(site, view.service, code) for view in offered for code in _STANDARDS]
    yield Node(site.database(holding.database.code), (), (("dcat:distribution", tuple(places)),))
    if of_catalogue:
        yield Node(site.catalogue, (), (("dcat:service", tuple(site.service(view.service) for view in offered)),))


def once(nodes: Iterable[Node], seen: set[str]) -> Iterator[Node]:
    """Yield nodes, those that several parts of a document name (agencies, concepts) the first time only."""
    for one in nodes:
        if one.iri is not None and one.types:
            if one.iri.value in seen:
                continue
            seen.add(one.iri.value)
        yield one


class _Around:
    """What a database shares with its services: owner, contact, laws and themes."""

    def __init__(self, site: Site, holding: Holding) -> None:
        self.site = site
        self.holding = holding
        self.agent = _agent(site, holding.owner)
        self.contact = node(
            site.part("contact", holding.owner.code),
            "vcard:Organization",
            "vcard:Kind",
            said={"vcard:fn": [holding.owner.name_vi], "vcard:hasURL": [site.page()]},
        )
        self.laws = [_law(site, text.strip()) for text in holding.database.legal_basis.split(";") if text.strip()]
        self.themes = _themes(site, holding.database.domain_vi)

    def page(self) -> Iri:
        return self.site.page(self.holding.database.code)

    def nodes(self) -> list[Node]:
        return [self.agent, self.contact, *self.laws, *self.themes]


def _data_service(around: _Around, view: ServiceView, *, earlier: ServiceView | None) -> Node:
    site, service = around.site, view.service
    path = f"{service.database}/{service.code}/v{service.version}"
    endpoints = [Iri(f"{site.public_url}/x/{path}"), Iri(f"{site.public_url}/soap/{path}")]
    if service.axis is not None:
        endpoints.append(
            Iri("/".join(part for part in (site.public_url, service.axis.api, service.axis.version) if part))
        )
    titles = dict.fromkeys(operation.title_vi for operation in service.operations)
    follows = earlier is not None and earlier.service.code == service.code
    return node(
        site.service(service),
        "dcat:DataService",
        said={
            "dct:title": _titles(service),
            "dct:description": both(service.summary_vi or "; ".join(titles), ""),
            "dct:identifier": [f"{service.database}/{service.code}"],
            "dcat:version": [str(service.version)],
            "dcat:previousVersion": [site.service(earlier.service)] if earlier is not None and follows else [],
            "dct:isReplacedBy": [] if view.successor is None else [site.service(_as(service, view.successor))],
            "adms:status": _iris([status_concept(view.state)]),
            "dct:issued": [instant(view.published_at)],
            "dct:modified": [instant(_changed(view))],
            "schema:expires": [] if view.sunset_at is None else [instant(view.sunset_at)],
            "dcat:endpointURL": endpoints,
            "dcat:endpointDescription": [
                Iri(f"{site.service(service).value}/openapi.json"),
                Iri(f"{site.public_url}/soap/{path}?wsdl"),
            ],
            "dct:conformsTo": [OPENAPI, WSDL],
            "dct:format": _iris([format_concept(code) for code in _STANDARDS]),
            "dcat:servesDataset": [site.database(service.database)],
            "dct:publisher": _iris([around.agent]),
            "dcat:contactPoint": _iris([around.contact]),
            "dcat:theme": _iris(around.themes),
            "dcat:keyword": [Text(title, "vi") for title in titles],
            "dct:accessRights": _iris([restricted_access()]),
            "dcatap:applicableLegislation": _iris(around.laws),
            "dcat:landingPage": [_page(site, service)],
        },
    )


def _distribution(around: _Around, view: ServiceView, code: str) -> Node:
    site, service, sharing = around.site, view.service, around.holding.database.sharing
    return node(
        _distribution_iri(site, service, code),
        "dcat:Distribution",
        said={
            "dct:title": [Text(f"{one.value} ({_DOORS[code]})", one.language) for one in _titles(service)],
            "dct:description": both(
                f"Trả lời bằng {code} qua {_DOORS[code]}; cần thỏa thuận chia sẻ.",
                f"Answers in {code} over {_DOORS[code]}; needs a data-sharing agreement.",
            ),
            "dcat:accessURL": [_page(site, service)],
            "dcat:accessService": [site.service(service)],
            "dct:format": _iris([format_concept(code)]),
            "dcat:mediaType": _iris([media_type(code)]),
            "dct:conformsTo": [_STANDARDS[code][0]],
            "dct:language": _iris([vietnamese()]),
            "dct:rights": [node(None, "dct:RightsStatement", said={"rdfs:label": both(*_RIGHTS[sharing])})],
            "dcatap:applicableLegislation": _iris(around.laws),
            "adms:status": _iris([status_concept(view.state)]),
            "dcatap:availability": _iris([availability_concept(view.state)]),
            "dct:issued": [instant(view.published_at)],
            "dct:modified": [instant(_changed(view))],
        },
    )


def _agent(site: Site, agency: AgencyDescription | None) -> Node:
    if agency is None:
        return node(site.part("agency", ""), "foaf:Agent", said={"foaf:name": ["Liên Thông"]})
    return node(
        site.part("agency", agency.code),
        "foaf:Agent",
        said={"foaf:name": both(agency.name_vi, agency.name_en), "dct:identifier": [agency.code]},
    )


def _law(site: Site, text: str) -> Node:
    return node(site.part("law", text), "eli:LegalResource", said={"dct:title": [Text(text, "vi")]})


def _themes(site: Site, domain: str) -> list[Node]:
    european = theme_concept(domain)
    if not domain:
        return [european]
    own = node(
        site.part("theme", domain),
        "skos:Concept",
        said={
            "skos:prefLabel": [Text(domain, "vi")],
            "skos:inScheme": [site.part("themes", "")],
            "skos:broadMatch": _iris([european]),
        },
    )
    return [own, european]


def _titles(service: ServiceDescription) -> list[Text]:
    told = ((service.title_vi, "vi"), (service.title_en, "en"))
    return [Text(f"{title} v{service.version}", language) for title, language in told if title]


def _changed(view: ServiceView) -> datetime:
    return view.published_at if view.deprecated_at is None else view.deprecated_at


def _page(site: Site, service: ServiceDescription) -> Iri:
    return site.page(service.database, service.code, f"v{service.version}")


def _as(service: ServiceDescription, version: int) -> ServiceDescription:
    return msgspec.structs.replace(service, version=version)


def _distribution_iri(site: Site, service: ServiceDescription, code: str) -> Iri:
    return Iri(f"{site.service(service).value}#{code.lower()}")


def _iris(nodes: Iterable[Node]) -> list[Iri]:
    return [one.iri for one in nodes if one.iri is not None]
