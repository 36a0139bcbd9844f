"""Does the catalogue in DCAT-AP 3 conform to the official shapes, and do both forms say the same?"""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
import pytest
from catalog_samples import SERVICE
from external import dcat_shapes
from pyshacl import validate
from rdflib import DCAT, DCTERMS, RDF, Graph, Namespace, URIRef
from rdflib.compare import isomorphic

from catalog.dcat import Site, catalogue_nodes, database_nodes, once, service_nodes
from catalog.descriptions import AgencyDescription, AxisName, DatabaseDescription, ServiceDescription, SharingMode
from catalog.graph import Form, Iri, Node, Text, closing, node, opening, written
from catalog.holdings import Holding
from catalog.services import ServiceView
from catalog.states import ServiceState
from catalog.vocabularies import Frequency, frequency_of

# rdflib's own parser of JSON-LD uses what rdflib deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")

BASE = "https://lgsp.example.vn"
ADMS = Namespace("http://www.w3.org/ns/adms#")
SHACL_WARNINGS = "an agency of Viet Nam is in no table of European bodies: warnings, not violations"
OWNER = AgencyDescription(code="000.00.06.H32", name_vi='Sở "Nông nghiệp" và Môi trường', name_en="Agriculture")
SITE = Site(BASE, OWNER)
THEN, LATER = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
LAND = Holding(
    DatabaseDescription(
        code="datdai", title_vi="Đất đai và bảng giá đất", title_en="Land", owner=OWNER.code, domain_vi="Đất đai",
        objects_vi=("thửa đất", "giấy chứng nhận"), keywords=("địa chính",), number=5, sharing=SharingMode.ON_REQUEST,
        legal_basis="Nghị định 194/2025/NĐ-CP, Điều 16; Nghị định 278/2025/NĐ-CP", update_frequency="hằng ngày",
        note_vi="Dòng \\ này\nsuy ra.",
    ),
    OWNER, THEN, LATER,
)  # fmt: skip
TAX = Holding(
    DatabaseDescription(
        code="qg-thue", title_vi="Cơ sở dữ liệu về thuế", title_en="", owner=OWNER.code, domain_vi="", national=True
    ),
    OWNER, THEN, THEN,
)  # fmt: skip


def version(number: int, **members: object) -> ServiceDescription:
    return msgspec.structs.replace(SERVICE, version=number, **members)


OLD = ServiceView(version(1), ServiceState.DEPRECATED, "d1", THEN, deprecated_at=LATER, sunset_at=LATER, successor=2)
NEW = ServiceView(version(2, axis=AxisName(api="apiDatDai", version="2")), ServiceState.PUBLISHED, "d2", LATER)
UNSPECIFIED = ServiceView(
    ServiceDescription(database="qg-thue", code="tra-cuu", version=1, title_vi="Tra cứu thuế", specified=False),
    ServiceState.PUBLISHED, "d3", THEN,
)  # fmt: skip
MEASURED = node(None, "dqv:QualityMeasurement", said={"rdfs:label": [Text("đủ", "vi")], "dqv:value": ["0.98"]})


def whole_catalogue() -> list[Node]:
    nodes = [
        *catalogue_nodes(SITE, [LAND, TAX]),
        *database_nodes(SITE, LAND, measured=[MEASURED]),
        *service_nodes(SITE, LAND, [OLD, NEW], of_catalogue=True),
        *database_nodes(SITE, TAX),
        *service_nodes(SITE, TAX, [UNSPECIFIED], of_catalogue=True),
    ]
    return list(once(nodes, set()))


def document(nodes: Sequence[Node], form: Form) -> str:
    return opening(form) + written(nodes, form, first=True) + closing(form)


def parsed(nodes: Sequence[Node], form: Form) -> Graph:
    return Graph().parse(data=document(nodes, form), format="json-ld" if form is Form.JSON_LD else "turtle")


@pytest.fixture(scope="module")
def graph() -> Graph:
    return parsed(whole_catalogue(), Form.TURTLE)


def test_json_ld_and_turtle_say_the_same_graph(graph: Graph) -> None:
    assert isomorphic(graph, parsed(whole_catalogue(), Form.JSON_LD))


def test_the_catalogue_conforms_to_the_official_shapes(graph: Graph) -> None:
    shapes = Graph()
    for path in dcat_shapes():
        shapes.parse(path)

    conforms, _, report = validate(graph, shacl_graph=shapes, allow_warnings=True)

    assert conforms, f"{report}\n({SHACL_WARNINGS})"


def test_a_database_alone_conforms_too() -> None:
    shapes = Graph()
    for path in dcat_shapes():
        shapes.parse(path)
    alone = [*database_nodes(SITE, LAND), *service_nodes(SITE, LAND, [OLD, NEW], of_catalogue=False)]

    conforms, _, report = validate(parsed(alone, Form.TURTLE), shacl_graph=shapes, allow_warnings=True)

    assert conforms, report


def test_a_dataset_without_a_title_does_not_conform(graph: Graph) -> None:
    broken = Graph() + graph
    broken.remove((URIRef(SITE.database("datdai").value), DCTERMS.title, None))
    shapes = Graph()
    for path in dcat_shapes():
        shapes.parse(path)

    conforms, _, _ = validate(broken, shacl_graph=shapes, allow_warnings=True)

    assert conforms is not bool(dcat_shapes())


def test_the_catalogue_names_each_database_and_each_service_that_can_be_called(graph: Graph) -> None:
    catalogue = URIRef(SITE.catalogue.value)

    assert set(graph.objects(catalogue, DCAT.dataset)) == {
        URIRef(f"{BASE}/catalog/v1/databases/{code}") for code in ("datdai", "qg-thue")
    }
    assert set(graph.objects(catalogue, DCAT.service)) == {
        URIRef(f"{BASE}/catalog/v1/databases/datdai/services/thua-dat/v{number}") for number in (1, 2)
    }


def test_a_version_that_ends_says_so_and_what_comes_after_it(graph: Graph) -> None:
    old, new = (URIRef(SITE.service(view.service).value) for view in (OLD, NEW))

    assert str(graph.value(old, ADMS.status)).endswith("/distribution-status/DEPRECATED")
    assert graph.value(old, DCTERMS.isReplacedBy) == new
    assert graph.value(new, URIRef(f"{DCAT}previousVersion")) == old


def test_an_agency_that_several_things_name_is_written_once() -> None:
    assert document(whole_catalogue(), Form.TURTLE).count("a foaf:Agent") == 1


def test_a_catalogue_of_nothing_is_a_graph_too() -> None:
    empty = parsed(list(catalogue_nodes(Site(BASE), [])), Form.JSON_LD)

    assert list(empty.subjects(RDF.type, DCAT.Catalog)) == [URIRef(SITE.catalogue.value)]


@pytest.mark.parametrize(
    ("words", "frequency"),
    [
        ("hằng ngày", Frequency.DAILY),
        ("Hàng ngày", Frequency.DAILY),
        ("khi thay đổi", Frequency.IRREGULAR),
        ("6 tháng/lần", Frequency.TWICE_A_YEAR),
        ("theo yêu cầu", Frequency.OTHER),
        (" ", None),
    ],
)
def test_a_frequency_is_read_from_what_owners_write(words: str, frequency: Frequency | None) -> None:
    assert frequency_of(words) is frequency


@pytest.mark.parametrize("text", ["khong-co-hai-cham", "http://a b", "http://a>b", 'http://a"b', "http://a\\b"])
def test_what_would_end_an_iri_early_is_no_iri(text: str) -> None:
    with pytest.raises(ValueError, match="no IRI"):
        Iri(text)


def test_a_named_node_stands_for_itself() -> None:
    with pytest.raises(ValueError, match="stands for itself"):
        node(None, said={"dct:rights": [node(Iri("urn:x"), said={})]})
