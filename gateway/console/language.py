"""How does a reader choose the language of the pages?"""

from fastapi import APIRouter, Request, Response

from gateway.console.frame import LANGUAGE_COOKIE, is_page_address, redirect
from gateway.console.words import Language

router = APIRouter(prefix="/console/language", include_in_schema=False)
_A_YEAR_SECONDS = 365 * 24 * 3600


@router.get("/{language}")
async def choose_language(language: Language, request: Request, back: str = "/catalogue") -> Response:
    """Keep the choice in a cookie, for a year, and return to the page that the reader came from."""
    answer = redirect(back if is_page_address(back) else "/catalogue")
    answer.set_cookie(
        LANGUAGE_COOKIE,
        language.value,
        max_age=_A_YEAR_SECONDS,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return answer
