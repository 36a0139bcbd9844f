"""What does an OpenAPI document say of our refusals?"""

from collections.abc import Iterable
from dataclasses import dataclass

from catalog.openapi_values import Document, Json, said


@dataclass(frozen=True, slots=True)
class Refusal:
    """One kind of refusal that a call can meet."""

    slug: str
    status: int
    title_vi: str
    title_en: str


@dataclass(frozen=True, slots=True)
class Platform:
    """Where the platform is, and how it refuses: the same for all services."""

    public_url: str
    refusals: tuple[Refusal, ...]

    @property
    def token_url(self) -> str:
        """Return where access tokens are issued."""
        return f"{self.public_url}/oauth2/token"


def refused(place: Platform) -> Document:
    """Return the responses of an operation by which it refuses, by status."""
    return {
        str(status): {"$ref": f"#/components/responses/Refused{status}"}
        for status in sorted({refusal.status for refusal in place.refusals})
    }


def refusal_responses(place: Platform) -> Iterable[tuple[str, Json]]:
    """Yield the reusable responses, one for each status, which name the problem types that have it."""
    for status in sorted({refusal.status for refusal in place.refusals}):
        known = [refusal for refusal in place.refusals if refusal.status == status]
        types: list[Json] = [f"{place.public_url}/problems/{refusal.slug}" for refusal in known]
        yield (
            f"Refused{status}",
            {
                "description": "\n".join(f"- `{one.slug}`: {said(one.title_vi, one.title_en)}" for one in known),
                "headers": {"Exchange-Id": {"$ref": "#/components/headers/Exchange-Id"}},
                "content": {
                    "application/problem+json": {
                        "schema": {
                            "allOf": [{"$ref": "#/components/schemas/Problem"}],
                            "properties": {"type": {"enum": types}, "status": {"const": status}},
                        },
                        "example": _problem_example(known[0], place),
                    }
                },
            },
        )


def problem_schema() -> Document:
    """Return the schema of a problem document (RFC 9457, 3, and members of our own)."""
    text: Document = {"type": "string"}
    both: Document = {"title": text, "detail": text, "next": text}
    fault: Document = {"type": "object", "properties": {"where": text, "vi": text, "en": text}}
    return {
        "type": "object",
        "description": "RFC 9457",
        "required": ["type", "title", "status", "detail", "instance", "correlation_id", "side", "next", "en"],
        "properties": {
            "type": {"type": "string", "format": "uri"},
            "status": {"type": "integer"},
            "title": text,
            "detail": text,
            "instance": {"type": "string", "format": "uri"},
            "correlation_id": text,
            "side": {"enum": ["caller", "agreement", "provider", "platform"]},
            "next": text,
            "en": {"type": "object", "properties": both},
            "errors": {"type": "array", "items": fault},
            "retry_after_seconds": {"type": "integer"},
        },
    }


def _problem_example(refusal: Refusal, place: Platform) -> Document:
    exchange = "019a0000-0000-7000-8000-000000000001"
    return {
        "type": f"{place.public_url}/problems/{refusal.slug}",
        "title": refusal.title_vi,
        "status": refusal.status,
        "detail": refusal.title_vi,
        "instance": f"{place.public_url}/explain/{exchange}",
        "correlation_id": exchange,
        "side": "caller",
        "next": f"{place.public_url}/problems/{refusal.slug}",
        "en": {"title": refusal.title_en, "detail": refusal.title_en, "next": ""},
    }
