"""Is it plain, wherever an agreement is read, when the people concerned are told, and did nothing else change?"""

import msgspec
import pytest
from catalog_samples import TERMS, with_terms

from catalog.agreement_differences import Direction, differences
from catalog.canonical import canonical_document, digest
from catalog.odrl import describe_agreement
from catalog.terms import AgreementTerms, DisclosureTerms, LegalBasis

LATER = with_terms(
    disclosure=DisclosureTerms(after_days=90, legal_basis=LegalBasis(document="Luật Thanh tra", article="Điều 1"))
)


def test_what_was_agreed_before_keeps_its_digest() -> None:
    agreed = "47edd39323479636a764a491fc239476cd519b94bff6a533603ca723140c36cd"

    assert digest(canonical_document(TERMS)) == agreed
    assert msgspec.json.decode(canonical_document(TERMS), type=AgreementTerms) == TERMS


def test_a_delay_is_part_of_what_is_signed() -> None:
    assert b'"disclosure":{"after_days":90,' in canonical_document(LATER)
    assert msgspec.json.decode(canonical_document(LATER), type=AgreementTerms) == LATER


@pytest.mark.parametrize(
    "written",
    [b'{"after_days":90}', b'{"legal_basis":{"document":"x"}}', b'{"after_days":"90","legal_basis":{"document":"x"}}'],
)
def test_a_delay_without_a_ground_is_no_delay(written: bytes) -> None:
    document = canonical_document(TERMS)[:-1] + b',"disclosure":' + written + b"}"

    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(document, type=AgreementTerms)


@pytest.mark.parametrize(
    ("old", "new", "direction", "said"),
    [
        (TERMS, LATER, Direction.WIDER, ("ngay", "sau 90 ngày, theo Luật Thanh tra Điều 1")),
        (LATER, TERMS, Direction.NARROWER, ("sau 90 ngày, theo Luật Thanh tra Điều 1", "ngay")),
    ],
)
def test_two_versions_are_compared_by_it(
    old: AgreementTerms, new: AgreementTerms, direction: Direction, said: tuple[str, str]
) -> None:
    (found,) = differences(old, new)

    assert (found.direction, (found.was_vi, found.now_vi)) == (direction, said)


def test_odrl_says_that_people_are_informed_later() -> None:
    said = describe_agreement(LATER, version=1, digest="ab", public_url="https://x.example", reads=frozenset())

    assert msgspec.to_builtins(said["obligation"]) == [
        {
            "@type": "Duty",
            "action": "inform",
            "lt:legalBasis": "Luật Thanh tra Điều 1",
            "constraint": [
                {
                    "@type": "Constraint",
                    "leftOperand": "delayPeriod",
                    "operator": "eq",
                    "rightOperand": {"@value": "P90D", "@type": "http://www.w3.org/2001/XMLSchema#duration"},
                }
            ],
        }
    ]


def test_odrl_says_nothing_where_people_are_told_at_once() -> None:
    said = describe_agreement(TERMS, version=1, digest="ab", public_url="https://x.example", reads=frozenset())

    assert "obligation" not in said
