"""Which steps of an agreement's life are signed, by whom, and does a signature still hold?

A request, a decision and the entry into force each put a name to the digest of the very terms. The platform signs with
a key of its own what it has seen a member of the staff do, so that nobody can change terms or approvals unseen; anybody
can check it with the published keys. Everybody who asks, decides or activates comes through here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog import agreements
from catalog.agreement_signatures import Signature, SignedAct, SignedStatement, keep_signature, terms_digest
from catalog.agreement_views import VersionView
from catalog.changes import Actor, Change
from catalog.staff import member_if_any
from catalog.standard_terms import StandardView, standard_for
from catalog.states import IN_FORCE, AgreementState, Side
from catalog.terms import AgreementTerms
from security.errors import SignatureInvalid
from security.signatures import Signer


@dataclass(frozen=True, slots=True)
class Pen:
    """With what somebody signs: the platform's key, who he is, and how he had proven that."""

    signer: Signer
    actor: Actor
    method: str


@dataclass(frozen=True, slots=True)
class CheckedSignature:
    """A signature with what became of checking it. `fault` is empty when it holds, else says what does not."""

    signature: Signature
    holds: bool
    fault_vi: str
    fault_en: str


async def submit(session: AsyncSession, code: str, *, version: int, pen: Pen) -> Change:
    """Ask the provider to decide, signed for the consumer.

    Where the owner has declared standard terms, the request stays within them and the consumer is eligible
    (NĐ 194/2025/NĐ-CP art. 16), that declaration decides: it is in force at once. Raises NotThere, StateForbids.
    """
    asked = await agreements.submit(session, code, version=version, by=pen.actor)
    await _sign(session, asked, Side.CONSUMER, act=SignedAct.REQUEST, pen=pen)
    standard = await standard_for(session, code, version=version, asked_by=asked.asked_by)
    return asked if standard is None else await _decide_by_standard(session, asked, standard, pen=pen)


async def approve(session: AsyncSession, code: str, *, version: int, pen: Pen, note: str = "") -> Change:
    """Approve a submitted version, signed for the provider. Raises NotThere, StateForbids, FourEyes."""
    change = await agreements.approve(session, code, version=version, by=pen.actor, note=note)
    await _sign(session, change, Side.PROVIDER, act=SignedAct.APPROVE, pen=pen)
    return change


async def activate(session: AsyncSession, code: str, *, version: int, pen: Pen) -> Change:
    """Put an approved version into force, signed by the platform. Raises NotThere, StateForbids, TermsInvalid."""
    change = await agreements.activate(session, code, version=version, by=pen.actor)
    await _sign(session, change, Side.PLATFORM, act=SignedAct.ACTIVATE, pen=pen)
    return change


async def new_version(session: AsyncSession, terms: AgreementTerms, *, pen: Pen) -> Change:
    """Write the next version; one that only narrows is in force at once and is signed for the consumer.

    Raises TermsInvalid, NotThere, StateForbids.
    """
    change = await agreements.new_version(session, terms, by=pen.actor)
    if AgreementState(change.state) in IN_FORCE:
        await _sign(session, change, Side.CONSUMER, act=SignedAct.NARROW, pen=pen)
        await _sign(session, change, Side.PLATFORM, act=SignedAct.ACTIVATE, pen=pen)
    return change


def check_signatures(
    version: VersionView, signatures: Sequence[Signature], *, code: str, signer: Signer
) -> tuple[CheckedSignature, ...]:
    """Return each signature of a version with whether it holds for what is kept of that version today."""
    return tuple(_checked(one, version, code=code, signer=signer) for one in signatures)


def _checked(one: Signature, version: VersionView, *, code: str, signer: Signer) -> CheckedSignature:
    try:
        said = msgspec.json.decode(signer.verify(one.jws), type=SignedStatement)
    except SignatureInvalid:
        return CheckedSignature(one, False, "chữ ký không phải của nền tảng này", "not signed by this platform")
    except msgspec.MsgspecError:
        return CheckedSignature(one, False, "nội dung ký không đọc được", "what was signed cannot be read")
    if (said.agreement, said.version) != (code, version.version):
        return CheckedSignature(one, False, "ký cho phiên bản khác", "signed for another version")
    if said.terms != version.digest or not version.intact:
        return CheckedSignature(one, False, "điều khoản đã bị thay đổi sau khi ký", "the terms were changed afterwards")
    if (said.side, said.act, said.signer) != (one.side, one.act, one.signer):
        return CheckedSignature(one, False, "người ký ghi lại khác với chữ ký", "kept under another name than it says")
    return CheckedSignature(one, True, "", "")


async def _decide_by_standard(session: AsyncSession, asked: Change, standard: StandardView, *, pen: Pen) -> Change:
    declared = replace(pen, actor=Actor(standard.declared_by, pen.actor.at))
    note = f"Theo điều khoản chuẩn đã công bố ({standard.digest[:12]})."
    approved = await agreements.approve(session, asked.code, version=asked.version, by=declared.actor, note=note)
    await _sign(session, approved, Side.PROVIDER, act=SignedAct.STANDARD, pen=declared, standard=standard.digest)
    active = await agreements.activate(session, asked.code, version=asked.version, by=declared.actor)
    await _sign(session, active, Side.PLATFORM, act=SignedAct.ACTIVATE, pen=declared)
    return replace(active, parts=(asked, approved))


async def _sign(
    session: AsyncSession, change: Change, side: Side, *, act: SignedAct, pen: Pen, standard: str = ""
) -> None:
    consumer, provider = change.agencies
    person = await member_if_any(session, pen.actor.code)
    statement = SignedStatement(
        iss=pen.signer.issuer,
        agreement=change.code,
        version=change.version,
        terms=await terms_digest(session, change.code, version=change.version),
        side=side,
        act=act,
        signer=pen.actor.code,
        name="" if person is None else person.name,
        agency={Side.CONSUMER: consumer, Side.PROVIDER: provider, Side.PLATFORM: ""}[side],
        method=pen.method,
        iat=int(pen.actor.at.timestamp()),
        standard=standard,
    )
    await keep_signature(session, statement, jws=pen.signer.sign(statement), at=pen.actor.at)
