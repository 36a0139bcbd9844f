"""Of which class is a field, as far as its name and some of its values tell, and whom would its answer be about?

A proposal for the person who publishes. What is not recognized stays `internal`, never `open`: opening data is a
decision, not a guess. Pure.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from catalog.descriptions import FieldClass, FieldDescription, FieldType, ParameterDescription
from catalog.folding import fold
from catalog.formats import FORMATS
from catalog.importers.class_rules import CLASS_RULES, FAMILY_NAMES, OF_A_PERSON, PERSON_WORDS, ClassRule
from catalog.importers.naming import title_of, words_of

Words = tuple[str, ...]

_PERSON_FORMATS = frozenset({"so-dinh-danh", "cmnd", "so-dinh-danh-hoac-cmnd", "so-dinh-danh-hoac-msdn", "mst"})
_PHONE = re.compile(r"(?:\+84|84|0)[ .-]?[35789](?:[ .-]?\d){8}", re.ASCII)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_IDENTITY = re.compile(r"0\d{2}[0-9]\d{8}", re.ASCII)
_LAST_PROVINCE = 96  # TT 59/2021/TT-BCA: the codes of provinces in identity numbers are 001 to 096
_ENOUGH = 0.8  # of the values that must look alike: lists have gaps and mistakes


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a field seems to be: class, titles, the reason, the format of its values (empty: none is known).

    `subject` tells whether its values identify people, so that the record must note them; `known` is false where
    nothing was recognized and the class is `internal` for that reason alone.
    """

    class_: FieldClass
    title_vi: str
    reason_vi: str
    reason_en: str
    format: str = ""
    subject: bool = False
    known: bool = True


def propose(path: str, samples: Sequence[str] = ()) -> Proposal:
    """Return what the field at `path` (dotted, `[]` for lists) seems to be; `samples` are some of its values."""
    *parents, leaf = [part for part in path.replace("[]", "").split(".") if part] or [path]
    title = title_of(leaf)
    values = [value.strip() for value in samples if value and value.strip()]
    rule = _by_name(words_of(leaf))
    if rule is None or rule.class_ is FieldClass.INTERNAL:
        rule = _in_container(parents, words_of(leaf)) or rule
    seen = _by_values(values)
    if rule is None or (rule.class_ is FieldClass.INTERNAL and seen is not None):
        if seen is not None:
            return Proposal(seen.class_, title, seen.vi, seen.en, _format_for(seen, values), seen.subject)
        if rule is None:
            return Proposal(
                FieldClass.INTERNAL, title, "không nhận ra: để mức nội bộ", "not recognized: internal", known=False
            )
    named = rule.title if rule.title and title.isascii() and not _is_vietnamese(words_of(leaf)) else title
    return Proposal(rule.class_, named, rule.vi, rule.en, _format_for(rule, values), rule.subject)


def propose_field(path: str, type_: FieldType, samples: Sequence[str] = ()) -> FieldDescription:
    """Return the description of a field with its proposed class and title."""
    proposal = propose(path, samples)
    return FieldDescription(path=path, type=type_, class_=proposal.class_, title_vi=proposal.title_vi)


def propose_subjects(
    parameters: Sequence[ParameterDescription], fields: Sequence[FieldDescription], *, body_paths: Sequence[str] = ()
) -> tuple[str, ...]:
    """Return where the identity numbers of the people concerned stand, as `OperationDescription.subjects` wants it.

    Only where the class allows it: what a person has called `open` or `internal` identifies nobody.
    """
    asked = [
        f"parameter:{parameter.name}"
        for parameter in parameters
        if (parameter.format in _PERSON_FORMATS) or (not parameter.format and propose(parameter.name).subject)
    ]
    sent = [f"body:{path}" for path in body_paths if propose(path).subject]
    answered = [
        f"answer:{field.path}"
        for field in fields
        if not field.structural
        and field.class_ in (FieldClass.PERSONAL, FieldClass.SENSITIVE)
        and propose(field.path).subject
    ]
    return (*asked, *sent, *answered)


def is_plausible_identity_number(value: str) -> bool:
    """Tell whether `value` could be a số định danh: 12 digits, the first three a province's code."""
    return _IDENTITY.fullmatch(value) is not None and 1 <= int(value[:3]) <= _LAST_PROVINCE


def is_plausible_name(value: str) -> bool:
    """Tell whether `value` reads like a Vietnamese person's name: two to six words, the first a family name."""
    words = unicodedata.normalize("NFC", value).split()
    return (
        2 <= len(words) <= 6
        and all(word.isalpha() and word[0].isupper() for word in words)
        and fold(words[0]).lower() in FAMILY_NAMES
    )


def _by_name(words: Words) -> ClassRule | None:
    return next((rule for rule in CLASS_RULES if _fits(rule, words)), None)


def _fits(rule: ClassRule, words: Words) -> bool:
    if any(_contains(words, phrase) for phrase in rule.unless):
        return False
    return words in rule.exact or any(_contains(words, phrase) for phrase in rule.phrases)


def _contains(words: Words, phrase: Words) -> bool:
    length = len(phrase)
    return any(words[at : at + length] == phrase for at in range(len(words) - length + 1))


def _in_container(parents: Sequence[str], words: Words) -> ClassRule | None:
    """Return the rule of `ChuSoHuu.Ten` or `DiaChi.MaXa`: what says something of a person by what it stands in."""
    above = [words_of(name) for name in parents]
    said = OF_A_PERSON.get(words)
    if said is not None and any(_contains(name, person) for name in above for person in PERSON_WORDS):
        return ClassRule(FieldClass.PERSONAL, f"{said} của một người", "of a person, by what it stands in", ())
    for name in above:
        rule = _by_name(name)
        if rule is not None and rule.class_ is not FieldClass.INTERNAL:
            return ClassRule(rule.class_, f"nằm trong: {rule.vi}", f"stands in: {rule.en}", ())
    return None


_VALUE_RULES: tuple[tuple[Callable[[str], bool], ClassRule], ...] = (
    (
        is_plausible_identity_number,
        ClassRule(
            FieldClass.PERSONAL,
            "giá trị có dạng số định danh cá nhân",
            "its values look like identity numbers",
            (),
            format="so-dinh-danh",
            subject=True,
        ),
    ),
    (
        lambda value: _PHONE.fullmatch(value) is not None,
        ClassRule(FieldClass.PERSONAL, "giá trị có dạng số điện thoại", "its values look like telephone numbers", ()),
    ),
    (
        lambda value: _EMAIL.fullmatch(value) is not None,
        ClassRule(FieldClass.PERSONAL, "giá trị có dạng thư điện tử", "its values look like e-mail addresses", ()),
    ),
    (
        is_plausible_name,
        ClassRule(FieldClass.PERSONAL, "giá trị có dạng họ tên", "its values look like people's names", ()),
    ),
)


def _by_values(values: Sequence[str]) -> ClassRule | None:
    if not values:
        return None
    for looks, rule in _VALUE_RULES:
        if sum(1 for value in values if looks(value)) >= _ENOUGH * len(values):
            return rule
    return None


def _format_for(rule: ClassRule, values: Sequence[str]) -> str:
    """Return the rule's format when all values keep it: a parameter MUST NOT refuse what the provider holds."""
    wanted = [rule.format, "so-dinh-danh-hoac-cmnd"] if rule.subject and values else [rule.format]
    return next((name for name in wanted if name and all(FORMATS[name][0](value) for value in values)), "")


def _is_vietnamese(words: Words) -> bool:
    return title_of("_".join(words)).lower().split() != [*words]
