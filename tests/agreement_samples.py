"""Which versions of a service and which papers do the tests of an agreement's life share?"""

import msgspec
from catalog_samples import NOW, SERVICE, TERMS, with_grant

from catalog.changes import Actor
from catalog.descriptions import FieldClass, FieldDescription, FieldType, ServiceDescription
from catalog.standard_terms import StandardTerms
from catalog.terms import AgreementTerms, FieldReason
from gateway.agreement_deeds import Pen
from security.signatures import Signer

DECLARER = Actor("chu-quan", NOW)
PDF = b"%PDF-1.7\n1 0 obj\n"
RELIGION = "items[].TonGiao"
OPERATION = SERVICE.operations[0]

NEWER: ServiceDescription = msgspec.structs.replace(
    SERVICE,
    version=2,
    operations=(
        msgspec.structs.replace(
            OPERATION,
            fields=(
                *[one for one in OPERATION.fields if one.path != "items[].SoThua"],
                FieldDescription(
                    path="items[].SoThuaMoi", type=FieldType.STRING, class_=FieldClass.OPEN, title_vi="Số"
                ),
                FieldDescription(
                    path=RELIGION, type=FieldType.STRING, class_=FieldClass.SENSITIVE, title_vi="Tôn giáo"
                ),
            ),
        ),
    ),
)
"""Version 2: `SoThua` is gone, `SoThuaMoi` and the sensitive `TonGiao` are new."""

STANDARD = StandardTerms(
    database=TERMS.database,
    purposes=TERMS.purposes,
    legal_basis=TERMS.legal_basis,
    grants=TERMS.grants,
    most_days=1000,
)


def with_religion(reason: str = "") -> AgreementTerms:
    """Return terms about version 2 that ask for a sensitive field, with a reason or without."""
    reasons = (FieldReason(field=RELIGION, reason=reason),) if reason else ()
    return with_grant(version=2, fields=("items[].MaXa", RELIGION), reasons=reasons)


def pen(signer: Signer, by: Actor) -> Pen:
    """Return with what somebody signs."""
    return Pen(signer, by, "test")
