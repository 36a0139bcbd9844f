"""Is the quality of a database in its DCAT description, in a form that conforms?"""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from external import dcat_shapes
from pyshacl import validate
from rdflib import RDF, Graph, Literal, Namespace, URIRef

from catalog.dcat import Site, database_nodes, once
from catalog.descriptions import AgencyDescription, DatabaseDescription
from catalog.graph import Form, closing, opening, written
from catalog.holdings import Holding
from catalog.quality.criteria import Band, Criterion
from catalog.quality.dqv import measurements, metric_nodes
from catalog.quality.scores import QualityScore

DQV = Namespace("http://www.w3.org/ns/dqv#")
THEN = datetime(2026, 11, 26, 1, 2, 3, tzinfo=UTC)
OWNER = AgencyDescription(code="000.00.06.H32", name_vi="Sở Nông nghiệp và Môi trường")
SITE = Site("https://lgsp.example.vn", OWNER)
LAND = Holding(
    DatabaseDescription(
        code="datdai", title_vi="Đất đai", title_en="Land", owner=OWNER.code, domain_vi="Đất đai",
    ),
    OWNER, THEN, THEN,
)  # fmt: skip
SCORE = QualityScore(
    "datdai", "p1", THEN, Band.YELLOW, Decimal("97.4"), {Criterion.ACCURACY: Decimal("95.0")}, False, 10, 1
)


def graph_of(score: QualityScore | None) -> Graph:
    nodes = (*metric_nodes(SITE), *database_nodes(SITE, LAND, measured=measurements(SITE, score)))
    text = opening(Form.TURTLE) + written(once(nodes, set()), Form.TURTLE, first=True) + closing(Form.TURTLE)
    return Graph().parse(data=text, format="turtle")


def test_each_measured_criterion_and_the_score_are_measurements_of_a_metric() -> None:
    graph = graph_of(SCORE)
    found = {
        (str(graph.value(one, DQV.isMeasurementOf)).partition("#")[2], graph.value(one, DQV.value))
        for one in graph.objects(URIRef(SITE.database("datdai").value), DQV.hasQualityMeasurement)
    }

    assert found == {("quality-score", Literal(Decimal("97.4"))), ("quality-accuracy", Literal(Decimal("95.0")))}
    assert len(set(graph.subjects(RDF.type, DQV.Metric))) == 5


@pytest.mark.parametrize("score", [None, replace(SCORE, score=None, band=Band.UNMEASURED, criteria={})])
def test_of_a_database_that_was_not_measured_nothing_is_said(score: QualityScore | None) -> None:
    assert measurements(SITE, score) == ()


def test_a_measured_database_conforms_to_the_official_shapes() -> None:
    shapes = Graph()
    for path in dcat_shapes():
        shapes.parse(Path(path))

    conforms, _, report = validate(graph_of(SCORE), shacl_graph=shapes, allow_warnings=True)

    assert conforms, report
