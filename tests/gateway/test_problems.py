"""Does every error become one problem, with one status, that tells nothing of what was inside it?"""

import inspect
from datetime import UTC, datetime, timedelta

import pytest

from adapters import errors as provider_side
from catalog import errors as catalogue_side
from gateway import errors as gateway_side
from gateway.problems import PROBLEMS, problem, problem_of
from security import errors as security_side

FAULT = [gateway_side.FaultFound("p", "sai", "wrong")]
ARGUMENTS: dict[str, tuple[object, ...]] = {
    "AccessRefused": ("outside-hours",), "ClientRefused": ("secret-wrong",), "AssertionReplayed": (),
    "CitizenAsksTooOften": (timedelta(seconds=1),),
    "RateExceeded": (timedelta(seconds=1),), "QuotaExceeded": (timedelta(hours=1),),
    "RequestInvalid": (FAULT,), "MethodNotAllowed": (["GET"],), "ContentInvalid": (FAULT,), "TermsInvalid": (FAULT,),
    "NotThere": ("agency", "A"), "AlreadyThere": ("agency", "A"),
    "StateForbids": ("agreement", "draft", "suspend"),
    "TokenExpired": ("expired", datetime(2026, 1, 1, tzinfo=UTC)),
}  # fmt: skip
# They stop a start, or are translated before they reach a caller: nobody is answered with them.
NOT_FOR_CALLERS = {
    "SecurityError", "KeysUnusable", "SecretUnavailable", "EgressRefused", "AdapterError",
    "BindingInvalid", "CatalogError",
    "NotCanonical", "GatewayError", "PasswordUnfit", "IdTokenRefused",
    "SignatureInvalid",
}  # fmt: skip


def error_of(kind: type[Exception]) -> Exception:
    """Return an error of this class."""
    if kind is provider_side.CallUnacceptable:
        return provider_side.CallUnacceptable("p", vi="sai", en="wrong")
    if kind is gateway_side.DataKeyUnusable:  # the only one whose text is told
        return gateway_side.DataKeyUnusable("data-2026-01-population.key is not a readable key file")
    if kind is provider_side.FileRefused:
        return provider_side.FileRefused("broken", vi="hỏng")
    if kind is provider_side.ProviderRefused:
        return provider_side.ProviderRefused("refused", code="004")
    return kind(*ARGUMENTS.get(kind.__name__, ("056099000001",)))


KINDS = [
    kind
    for module in (provider_side, catalogue_side, gateway_side, security_side)
    for _, kind in inspect.getmembers(module, inspect.isclass)
    if issubclass(kind, Exception) and kind.__module__ == module.__name__ and kind.__name__ not in NOT_FOR_CALLERS
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_error_of_a_brick_has_a_problem_of_its_own(kind: type[Exception]) -> None:
    found = problem_of(error_of(kind))

    assert found.slug != "internal"
    assert PROBLEMS[found.slug].status == found.status
    assert b"056099000001" not in found.body("id", public_url="")


@pytest.mark.parametrize(
    "error", [ValueError("056099000001"), KeyError("bí mật"), RuntimeError("/work"), TimeoutError()]
)
def test_what_nobody_foresaw_is_internal_and_keeps_its_text(error: Exception) -> None:
    found = problem_of(error)

    assert (found.slug, found.status) == ("internal", 500)
    assert not str(error) or str(error).encode() not in found.body("id", public_url="")


@pytest.mark.parametrize("slug", sorted(PROBLEMS))
def test_a_problem_is_told_in_both_languages_with_what_to_do(slug: str) -> None:
    document = problem(slug).document("0193", public_url="http://a")

    assert (document["type"], document["instance"]) == (f"http://a/problems/{slug}", "http://a/explain/0193")
    assert (document["status"], document["correlation_id"]) == (PROBLEMS[slug].status, "0193")
    assert all((document["title"], document["detail"], document["next"], document["side"]))
    assert all(dict(document["en"]).values())  # type: ignore[call-overload]  # a mapping, by its construction


@pytest.mark.parametrize("slug", [slug for slug, kind in PROBLEMS.items() if kind.status == 503])
def test_what_passes_says_when_to_come_again(slug: str) -> None:
    kinds = [kind for kind in KINDS if problem_of(error_of(kind)).slug == slug]

    assert kinds
    assert all(problem_of(error_of(kind)).retry_after_seconds >= 1 for kind in kinds)


@pytest.mark.parametrize(
    ("wait", "seconds"), [(timedelta(0), 1), (timedelta(microseconds=1), 1), (timedelta(seconds=1.1), 2), (None, 0)]
)
def test_retry_after_is_whole_seconds_and_never_too_early(wait: timedelta | None, seconds: int) -> None:
    assert problem("rate-exceeded", retry_after=wait).retry_after_seconds == seconds
