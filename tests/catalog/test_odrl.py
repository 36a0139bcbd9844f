"""Is an agreement ODRL 2.2 to somebody who reads it with W3C's own context, and does it say all that was agreed?"""

import json

import pytest
from catalog_samples import CONSUMER, OWNER, TERMS, with_grant
from external import EXTERNAL
from rdflib import Graph, Namespace, URIRef
from rdflib.namespace import RDF

from catalog.odrl import CONTEXT, PROFILE, describe_agreement
from catalog.terms import AgreementTerms

ODRL = Namespace("http://www.w3.org/ns/odrl/2/")
URL = "https://lgsp.example.vn"
BASE = f"{URL}/api/v1"
NAME_CASE_FILE = URIRef(f"{PROFILE}:nameCaseFile")
# rdflib's own parser of JSON-LD uses what rdflib deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
READS = frozenset({"thua-dat/v1/tra-cuu"})


def read_back(terms: AgreementTerms, *, reads: frozenset[str] = READS) -> Graph:
    """Return what a reader makes of it who has the W3C's context at hand instead of on the internet."""
    said = describe_agreement(terms, version=3, digest="ab", public_url=URL, reads=reads)
    official = json.loads((EXTERNAL / "odrl" / "w3-odrl.jsonld").read_text(encoding="utf-8"))["@context"]
    contexts = [official if one == CONTEXT else one for one in said["@context"]]
    return Graph().parse(data=json.dumps({**said, "@context": contexts}), format="json-ld")


@pytest.fixture
def graph() -> Graph:
    return read_back(TERMS)


def test_it_is_one_agreement_between_two_parties(graph: Graph) -> None:
    (policy,) = graph.subjects(RDF.type, ODRL.Agreement)

    assert policy == URIRef(f"{BASE}/agreements/TT-2026-001/versions/3")
    assert list(graph.objects(policy, ODRL.assigner)) == [URIRef(f"{BASE}/agencies/{OWNER}")]
    assert list(graph.objects(policy, ODRL.assignee)) == [URIRef(f"{BASE}/agencies/{CONSUMER}")]
    assert list(graph.objects(policy, ODRL.profile)) == [URIRef(PROFILE)]


def test_each_permission_has_an_action_a_target_and_constraints(graph: Graph) -> None:
    (permission,) = graph.objects(None, ODRL.permission)
    (target,) = graph.objects(permission, ODRL.target)

    assert list(graph.objects(permission, ODRL.action)) == [ODRL.read]
    assert (target, RDF.type, ODRL.AssetCollection) in graph
    assert list(graph.objects(target, ODRL.source)) == [
        URIRef(f"{URL}/catalog/v1/databases/datdai/services/thua-dat/v1")
    ]
    assert len(list(graph.objects(permission, ODRL.constraint))) == 8
    assert len(list(graph.objects(permission, ODRL.duty))) == 1


def test_every_constraint_is_whole(graph: Graph) -> None:
    constraints = [*graph.objects(None, ODRL.constraint), *graph.objects(None, ODRL.refinement)]

    # ODRL Information Model 2.2, 2.5.1: one left operand, one operator, a right operand.
    assert {len(list(graph.objects(one, ODRL.leftOperand))) for one in constraints} == {1}
    assert {len(list(graph.objects(one, ODRL.operator))) for one in constraints} == {1}
    assert all(list(graph.objects(one, ODRL.rightOperand)) for one in constraints)


def test_fields_purposes_and_term_are_said(graph: Graph) -> None:
    by_operand = {
        str(graph.value(one, ODRL.leftOperand)).rpartition("/")[2].rpartition(":")[2]: {
            str(value) for value in graph.objects(one, ODRL.rightOperand)
        }
        for one in [*graph.objects(None, ODRL.constraint), *graph.objects(None, ODRL.refinement)]
    }

    assert by_operand["field"] == set(TERMS.grants[0].fields)
    assert by_operand["purpose"] == {f"{BASE}/purposes/giai-quyet-tthc"}
    assert by_operand["systemDevice"] == {"mot-cua"}
    assert by_operand["virtualLocation"] == {"10.0.0.0/8"}


def test_nothing_is_left_without_a_meaning() -> None:
    graph = read_back(with_grant(rows="all", hours="always", networks="any", case_file_required=False))
    (permission,) = graph.objects(None, ODRL.permission)

    assert len(list(graph.objects(permission, ODRL.constraint))) == 6
    assert not list(graph.objects(permission, ODRL.duty))


def test_what_changes_data_is_no_reading() -> None:
    assert set(read_back(TERMS, reads=frozenset()).objects(None, ODRL.action)) == {ODRL.modify, NAME_CASE_FILE}
