"""Is hostile XML refused by the one parser that we have?"""

import pytest

from adapters.soap.xml import MAX_DEPTH, XmlRefused, make_parser, parse_document

BOMB = b'<!DOCTYPE a [<!ENTITY b "xxxxxxxxxx"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><a>&c;&c;&c;</a>'


def nested(depth: int) -> bytes:
    return b"<a>" * depth + b"</a>" * depth


@pytest.mark.parametrize(
    "document",
    [
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd"><a/>',
        b'<?xml version="1.0"?><!DOCTYPE a><a/>',
        b'<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:1/">%x;]><a/>',
        BOMB,
        BOMB.decode().encode("utf-16"),
        BOMB.decode().encode("utf-16-le"),
        b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE a+AD4-<a/>',
        b"<a>&unknown;</a>",
        b"<a>",
        b"",
        b"<a/><b/>",
        b"{}",
        nested(MAX_DEPTH + 1),
        nested(5000),
    ],
)
def test_hostile_xml_is_refused(document: bytes) -> None:
    with pytest.raises(XmlRefused):
        parse_document(document, make_parser())


def test_a_document_larger_than_allowed_is_refused() -> None:
    with pytest.raises(XmlRefused):
        parse_document(b"<a>" + b"x" * 100 + b"</a>", make_parser(), max_bytes=100)


def test_the_deepest_document_allowed_is_read() -> None:
    assert parse_document(nested(MAX_DEPTH), make_parser()).tag == "a"


def test_a_comment_does_not_cut_a_text_in_two() -> None:
    assert parse_document(b"<a>056<!-- x -->099</a>", make_parser()).text == "056099"


def test_the_refusal_does_not_quote_the_document() -> None:
    with pytest.raises(XmlRefused) as refused:
        parse_document(b"<a>056099000001<b></a>", make_parser())

    assert "056099000001" not in str(refused.value)
