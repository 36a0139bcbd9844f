"""Does the frame of every page say the same in both languages, and let nothing run?"""

import re
from collections.abc import Mapping
from enum import StrEnum

import pytest
from fastapi import Request

from catalog.errors import ContentInvalid, Fault
from gateway.console import words
from gateway.console.forms import Form, refused
from gateway.console.frame import environment, field_id, is_page_address, render
from gateway.console.words import Language

STRANGE = "<script>alert(1)</script> \"x\" 'y'"


def request_for(path: str, language: Language = Language.VI) -> Request:
    headers = [(b"cookie", f"language={language}".encode()), (b"host", b"127.0.0.1")]
    return Request(
        {
            "type": "http",
            "method": "GET",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": headers,
        }
    )


def told(language: Language, **values: object) -> str:
    facts = {"title": "t", "detail": "d", "next": "n", "facts": (), "id": ""} | values
    answer = render(request_for("/catalogue", language), "told.html", **facts)
    return bytes(answer.body).decode()


@pytest.mark.parametrize(("language", "says"), [(Language.VI, "Đăng nhập"), (Language.EN, "Sign in")])
def test_a_page_is_written_in_the_language_of_its_reader(language: Language, says: str) -> None:
    page = told(language)

    assert f'<html lang="{language}">' in page
    assert says in page


def test_what_somebody_typed_is_shown_and_never_run() -> None:
    page = told(Language.VI, title=STRANGE, detail=STRANGE)

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_nothing_on_a_page_is_inline_or_from_elsewhere() -> None:
    page = told(Language.VI)

    assert not re.search(r"\son\w+=|\sstyle=|<style|javascript:", page)
    assert all(one.startswith("/console/static/") for one in re.findall(r'(?:src|<link[^>]*href)="([^"]+)"', page))


def test_a_refused_field_keeps_what_was_typed_and_says_what_is_wrong() -> None:
    form = Form({"ten": ("Sở Thử",)})
    fault = refused(ContentInvalid([Fault("ten", "tên đã có", "the name is taken")]))
    page = environment(Language.VI).from_string(
        '{% import "parts.html" as parts with context %}{{ parts.text("ten", "Tên", form=form, refused=refused) }}'
    )

    written = page.render(form=form, refused=fault, desk=None)

    assert 'value="Sở Thử"' in written
    assert 'aria-invalid="true"' in written
    assert "tên đã có" in written


@pytest.mark.parametrize(
    ("name", "expected"), [("ten", "f-ten"), ("grants[0].fields", "f-grants-0-fields"), ("a.b-c", "f-a-b-c")]
)
def test_a_field_has_an_id_that_html_allows(name: str, expected: str) -> None:
    assert field_id(name) == expected


@pytest.mark.parametrize(
    ("address", "ours"),
    [
        ("/console", True),
        ("/console/agreements?state=active", True),
        ("/catalogue/datdai", True),
        ("/consoles", False),
        ("//elsewhere/console", False),
        ("https://elsewhere/console", False),
        ("/\\elsewhere/console", False),
        ("/console\r\nset-cookie: a=b", False),
        ("/x/datdai", False),
        ("", False),
    ],
)
def test_only_our_own_pages_are_returned_to(address: str, ours: bool) -> None:
    assert is_page_address(address) is ours


TABLES = {
    name: table
    for name, table in vars(words).items()
    if name.isupper() and isinstance(table, Mapping) and isinstance(next(iter(table)), StrEnum)
}


@pytest.mark.parametrize("name", sorted(TABLES))
def test_every_value_of_a_closed_set_has_words(name: str) -> None:
    table = TABLES[name]

    assert set(table) == set(type(next(iter(table))))
