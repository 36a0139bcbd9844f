"""How does a plain page look that explains one thing to a person?"""

from collections.abc import Sequence
from html import escape

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


def page(title: str, rows: Sequence[tuple[str, str]]) -> str:
    """Return an HTML page with a heading and a list of terms; everything is escaped, nothing is loaded."""
    terms = "\n".join(f"<dt>{escape(term)}</dt><dd>{escape(text)}</dd>" for term, text in rows)
    return (
        '<!doctype html>\n<html lang="vi"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} – Liên Thông</title></head>\n"
        f"<body><main><h1>{escape(title)}</h1>\n<dl>\n{terms}\n</dl></main></body></html>\n"
    )
