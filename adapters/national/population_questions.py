"""How is a question to the population database written, element after element?"""

from dataclasses import dataclass, field
from typing import Final, Literal

from adapters.contract import Json
from adapters.national.formats import (
    BirthDate,
    Precision,
    is_identity_number,
    is_old_card_number,
    parse_birth_date,
    text_parameter,
    unacceptable,
)
from adapters.soap.envelope import EnvelopeWriter
from adapters.soap.shapes import Element, Kind, Plan, Shape, SoapVersion

REQUEST_NAMESPACE: Final = "http://dancuquocgia.bca"
RELATIVES_NAMESPACE: Final = "http://gtel.vn/qldc"
EXISTENCE_PROCEDURE: Final = "033"
EXISTENCE_INTEGRATION: Final = "003"
QUESTIONS: Final = frozenset({"TraCuuThongTinCongDan", "XacThucThongTinCongDan", "XacMinhThongTinNhanThan"})

_OFFICER: Final = ("MaCanBo", "MaDonVi", "TaiKhoan", "SoDienThoai")
_PERSON: Final = ("SoDinhDanh", "SoCMND", "HoVaTen")
MAX_NAME_LENGTH: Final = 100


@dataclass(frozen=True, slots=True)
class Heading:
    """Who asks, for which licensed procedure, and under which number."""

    request_id: str
    procedure: str
    integration: str
    officer: str
    unit: str
    account: str
    phone: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PersonAsked:
    """Whom the question is about: one of the two numbers, the name, and a birth date if it was given."""

    identity: str = field(repr=False)
    old_card: str = field(repr=False)
    name: str = field(repr=False)
    born: BirthDate | None = field(repr=False)


def person_of(parameters: dict[str, Json]) -> PersonAsked:
    """Return whom a call asks about. Raises `CallUnacceptable`: one number, well-formed, and the name are needed."""
    identity = text_parameter(parameters, "SoDinhDanh")
    old_card = text_parameter(parameters, "SoCMND")
    if identity and not is_identity_number(identity):
        raise unacceptable("SoDinhDanh", vi="phải gồm đúng 12 chữ số", en="must be exactly 12 digits")
    if old_card and not is_old_card_number(old_card):
        raise unacceptable("SoCMND", vi="phải gồm đúng 9 chữ số", en="must be exactly 9 digits")
    if bool(identity) == bool(old_card):
        raise unacceptable(
            "SoDinhDanh",
            vi="hoặc SoCMND phải được cung cấp, và chỉ một trong hai",
            en="or SoCMND is required, and not both",
        )
    name = text_parameter(parameters, "HoVaTen")
    if not name or len(name) > MAX_NAME_LENGTH:
        raise unacceptable(
            "HoVaTen",
            vi=f"là bắt buộc, tối đa {MAX_NAME_LENGTH} ký tự",
            en=f"is required, at most {MAX_NAME_LENGTH} characters",
        )
    birth = text_parameter(parameters, "NgaySinh")
    born = parse_birth_date(birth) if birth else None
    if birth and (born is None or born.precision is Precision.MONTH):
        raise unacceptable("NgaySinh", vi="phải có dạng yyyy-MM-dd hoặc yyyy", en="must be written yyyy-MM-dd or yyyy")
    return PersonAsked(identity=identity, old_card=old_card, name=name, born=born)


def write_question(name: str, heading: Heading, person: PersonAsked, *, spelling: Literal["request", "plain"]) -> bytes:
    """Return the envelope of a question. Raises `CallUnacceptable` for a character that XML cannot carry.

    `spelling` chooses between the two known ways to write the existence check.
    """
    values: dict[str, Json] = {
        "MaYeuCau": heading.request_id,
        "MaDVC": heading.procedure,
        "MaTichHop": heading.integration,
        "MaCanBo": heading.officer,
        "MaDonVi": heading.unit or None,
        "TaiKhoan": heading.account or None,
        "SoDienThoai": heading.phone or None,
        "SoDinhDanh": person.identity or None,
        "SoCMND": person.old_card or None,
        "HoVaTen": person.name,
    }
    if name == "XacThucThongTinCongDan":
        if spelling == "request":
            values["MaDichVu"] = EXISTENCE_PROCEDURE
            return _write(_EXISTENCE_REQUEST, values)
        return _write(_EXISTENCE_PLAIN, values | {"MaTichHop": EXISTENCE_INTEGRATION})
    if person.born is not None:
        whole = person.born.precision is Precision.DAY
        values["NgayThangNamSinh"] = {"NgayThangNam" if whole else "Nam": person.born.compact}
    return _write(_LOOKUP if name == "TraCuuThongTinCongDan" else _RELATIVES, values)


@dataclass(frozen=True, slots=True)
class _Form:
    """One kind of question: which elements it has, and the writer that puts them in their order."""

    names: tuple[str, ...]
    writer: EnvelopeWriter


def _write(form: _Form, values: dict[str, Json]) -> bytes:
    return form.writer.write({name: values[name] for name in form.names if values.get(name) is not None})


def _form(namespace: str, name: str, *names: str, with_birth: bool = False) -> _Form:
    elements = [Element(name=one, tag=f"{{{namespace}}}{one}", kind=Kind.TEXT) for one in names]
    shapes = [Shape()]
    if with_birth:
        tag = f"{{{namespace}}}NgayThangNamSinh"
        elements.append(Element(name="NgayThangNamSinh", tag=tag, kind=Kind.COMPLEX, shape=1))
        shapes.append(
            Shape(
                elements=tuple(
                    Element(name=one, tag=f"{{{namespace}}}{one}", kind=Kind.TEXT) for one in ("NgayThangNam", "Nam")
                )
            )
        )
    shapes[0] = Shape(elements=tuple(elements))
    root = Element(name=name, tag=f"{{{namespace}}}{name}", kind=Kind.COMPLEX, required=True, shape=0)
    plan = Plan(
        operation=name, soap_version=SoapVersion.SOAP_11, action="", request=root, response=root, shapes=tuple(shapes)
    )
    all_names = (*names, "NgayThangNamSinh") if with_birth else names
    return _Form(all_names, EnvelopeWriter(plan, SoapVersion.SOAP_11))


# The service refuses elements in another order than these.
LOOKUP_ORDER: Final = ("MaYeuCau", "MaDVC", "MaTichHop", *_OFFICER, *_PERSON)
EXISTENCE_REQUEST_ORDER: Final = ("MaYeuCau", "MaDichVu", "MaCanBo", *_PERSON)
EXISTENCE_PLAIN_ORDER: Final = ("MaYeuCau", "MaDVC", "MaTichHop", *_OFFICER, *_PERSON)

_LOOKUP: Final = _form(REQUEST_NAMESPACE, "TraCuuThongTinCongDan", *LOOKUP_ORDER, with_birth=True)
_EXISTENCE_REQUEST: Final = _form(REQUEST_NAMESPACE, "XacThucThongTinCongDanRequest", *EXISTENCE_REQUEST_ORDER)
_EXISTENCE_PLAIN: Final = _form(REQUEST_NAMESPACE, "XacThucThongTinCongDan", *EXISTENCE_PLAIN_ORDER)
_RELATIVES: Final = _form(RELATIVES_NAMESPACE, "XacMinhThongTinNhanThan", *LOOKUP_ORDER, with_birth=True)
