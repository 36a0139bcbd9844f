"""Do terms come back from the wizard's forms as they went in, and does what was typed end where it belongs?"""

import msgspec
import pytest
from agreement_samples import NEWER, RELIGION, with_religion
from catalog_samples import SERVICE, TERMS, with_grant, with_terms

from catalog.agreement_preparations import Prepared
from catalog.errors import ContentInvalid
from catalog.terms import AgreementTerms, DisclosureTerms, Hours, LegalBasis, RowCondition
from gateway.console.agreements.typed import STEPS, Step, offered_by, read, step_of, write
from gateway.console.forms import Form

OFFERED = offered_by([SERVICE, NEWER])
NUMBERS = RowCondition(field="DienTich", operator="gte", values=(100,))  # type: ignore[arg-type]  # as it is written


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    "terms",
    [
        TERMS,
        with_religion("Xét chính sách dân tộc"),
        with_terms(legal_basis=tuple(LegalBasis(document=f"{n}/2026/NĐ-CP", article="1") for n in range(6))),
        with_grant(rows="all", hours="always", networks="any"),
        with_grant(rows=(NUMBERS, *TERMS.grants[0].rows), networks=("10.0.0.0/8", "fd00::/8"), cache_allowed=True),
        with_grant(
            hours=(Hours(days=(6,), from_="07:00", until="11:30"), Hours(days=(7,), from_="13:00", until="24:00"))
        ),
        msgspec.structs.replace(TERMS, grants=()),
        with_terms(
            disclosure=DisclosureTerms(
                after_days=90, legal_basis=LegalBasis(document="Luật Thanh tra", article="Điều 1")
            )
        ),
    ],
)
def test_what_a_step_shows_is_what_it_takes_back(terms: AgreementTerms, step: Step) -> None:
    prepared = Prepared(terms=msgspec.convert(msgspec.to_builtins(terms), AgreementTerms))

    assert read(prepared, step, write(prepared, step), offered=OFFERED) == prepared


@pytest.mark.parametrize(
    ("where", "step"),
    [
        ("code", Step.WHO),
        ("systems[0]", Step.WHO),
        ("grants", Step.OPERATIONS),
        ("grants[0].operation", Step.OPERATIONS),
        ("grants[0].fields[2]", Step.FIELDS),
        ("grants[0].reasons[items[].TonGiao]", Step.FIELDS),
        ("grants[0].rate.burst", Step.LIMITS),
        ("grants[0].rows[0].values", Step.LIMITS),
        ("grants[1].officer_required", Step.WHY),
        ("purposes[0]", Step.WHY),
        ("valid_until", Step.TERM),
        ("attachments[0]", Step.TERM),
        ("disclosure.after_days", Step.TERM),
    ],
)
def test_each_fault_has_a_step_where_it_is_mended(where: str, step: Step) -> None:
    assert step_of(where) is step


def test_a_sensitive_field_is_off_until_it_is_ticked() -> None:
    chosen = Form({"operations": ["thua-dat/v2/tra-cuu"]})

    prepared = read(Prepared(terms=TERMS), Step.OPERATIONS, chosen, offered=OFFERED)

    assert RELIGION not in prepared.terms.grants[0].fields
    assert "items[].SoThuaMoi" in prepared.terms.grants[0].fields


def test_only_what_is_offered_can_be_ticked() -> None:
    form = Form({"grants[0].fields": ["items[].MaXa", "items[].Khong", "trang"]})

    prepared = read(Prepared(terms=TERMS), Step.FIELDS, form, offered=OFFERED)

    assert prepared.terms.grants[0].fields == ("items[].MaXa",)


@pytest.mark.parametrize(
    ("step", "name", "typed"),
    [
        (Step.LIMITS, "grants[0].daily_quota", "nhiều"),
        (Step.LIMITS, "grants[0].rate.requests", ""),
        (Step.TERM, "valid_until", "31/12/2027"),
    ],
)
def test_what_cannot_be_kept_is_said_at_its_field(step: Step, name: str, typed: str) -> None:
    prepared = Prepared(terms=TERMS)
    form = Form({**write(prepared, step).values, name: [typed]})

    with pytest.raises(ContentInvalid) as refusal:
        read(prepared, step, form, offered=OFFERED)

    assert [fault.where for fault in refusal.value.faults] == [name]


def test_a_new_version_keeps_the_agreements_code() -> None:
    form = Form({"code": ["TT-KHAC"], "systems": ["mot-cua"]})

    assert read(Prepared(terms=TERMS, revises=True), Step.WHO, form, offered=OFFERED).terms.code == TERMS.code


def test_a_filter_without_a_condition_chooses_no_row_instead_of_all() -> None:
    prepared = Prepared(terms=TERMS)
    values = {name: typed for name, typed in write(prepared, Step.LIMITS).values.items() if ".rows[" not in name}

    assert read(prepared, Step.LIMITS, Form(values), offered=OFFERED).terms.grants[0].rows == ()
