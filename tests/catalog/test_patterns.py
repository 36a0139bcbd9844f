"""Does a publisher's pattern decide on a value in time that its caller cannot stretch?"""

import pytest

from catalog.patterns import Pattern, PatternRefused

FITS = [
    ("[A-Z]{2}[0-9A-Z-]{1,12}", "CD01", True),
    ("[A-Z]{2}", "CDX", False),
    ("a|bc", "abc", False),  # the whole text, not one way of it
    ("a", "a\n", False),
    (r"\d{3}", "001", True),
    (r"\d{3}", "٠٠١", False),  # digits of another script
    ("^x$", "x", True),
    ("(?i)có", "CÓ", True),
    ("", "", True),
]


@pytest.mark.parametrize(("pattern", "text", "fits"), FITS)
def test_the_whole_text_must_fit(pattern: str, text: str, fits: bool) -> None:
    assert Pattern(pattern).fits(text) is fits


@pytest.mark.parametrize("pattern", ["(a+)+", "(a|a)*", "(a|aa)+", "(.*a){12}", "(x+x+)+y"])
def test_no_pattern_takes_longer_than_its_text_is_long(pattern: str) -> None:
    assert not Pattern(pattern).fits("a" * 100_000 + "!")  # another engine would not end


REFUSED = ["(", "a)|(b", "(?=a)a", "(?<!a)b", r"(a)\1", "[z-a]", "((a{0,100}){0,100}){0,100}", "a{2,1}", "(?x)a #"]


@pytest.mark.parametrize("pattern", REFUSED)
def test_what_could_blow_up_is_refused(pattern: str) -> None:
    with pytest.raises(PatternRefused):
        Pattern(pattern)
