"""Which concepts of the European vocabularies say to a machine what our catalogue says in words?

DCAT-AP 3 asks for them (`mdr-vocabularies.shape.ttl`). Each concept is written with its label and its scheme, so that a
document is whole without a look at the internet. What has no concept of its own there is left unsaid.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from catalog.descriptions import SharingMode
from catalog.folding import fold
from catalog.graph import Iri, Node, Text, both, node
from catalog.states import ServiceState

AUTHORITY: Final = "http://publications.europa.eu/resource/authority"
MEDIA_TYPES: Final = "https://www.iana.org/assignments/media-types"
THEMES: Final = Iri(f"{AUTHORITY}/data-theme")
STATUSES: Final = Iri(f"{AUTHORITY}/distribution-status")


class Frequency(StrEnum):
    """How often a database changes: codes of the authority table `frequency`."""

    CONTINUOUS = "UPDATE_CONT"
    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    QUARTERLY = "QUARTERLY"
    TWICE_A_YEAR = "ANNUAL_2"
    YEARLY = "ANNUAL"
    IRREGULAR = "IRREG"
    OTHER = "OTHER"


# What data owners write, folded; the first that is contained counts.
_FREQUENCIES: Final[tuple[tuple[str, Frequency], ...]] = (
    ("TUC THOI", Frequency.CONTINUOUS),
    ("THOI GIAN THUC", Frequency.CONTINUOUS),
    ("LIEN TUC", Frequency.CONTINUOUS),
    ("KHI THAY DOI", Frequency.IRREGULAR),
    ("KHI CO", Frequency.IRREGULAR),
    ("6 THANG", Frequency.TWICE_A_YEAR),
    ("NUA NAM", Frequency.TWICE_A_YEAR),
    ("HANG NGAY", Frequency.DAILY),
    ("HANG TUAN", Frequency.WEEKLY),
    ("HANG THANG", Frequency.MONTHLY),
    ("HANG QUY", Frequency.QUARTERLY),
    ("HANG NAM", Frequency.YEARLY),
)
_FREQUENCY_LABELS: Final[Mapping[Frequency, tuple[str, str]]] = {
    Frequency.CONTINUOUS: ("liên tục", "continuously updated"),
    Frequency.DAILY: ("hằng ngày", "daily"),
    Frequency.WEEKLY: ("hằng tuần", "weekly"),
    Frequency.MONTHLY: ("hằng tháng", "monthly"),
    Frequency.QUARTERLY: ("hằng quý", "quarterly"),
    Frequency.TWICE_A_YEAR: ("sáu tháng một lần", "semiannual"),
    Frequency.YEARLY: ("hằng năm", "annual"),
    Frequency.IRREGULAR: ("không định kỳ", "irregular"),
    Frequency.OTHER: ("khác", "other"),
}

# A word of a domain, folded, and the theme of the European table under which a harvester would look for it.
_THEMES: Final[tuple[tuple[str, str], ...]] = (
    ("NONG NGHIEP", "AGRI"),
    ("THUY SAN", "AGRI"),
    ("DOANH NGHIEP", "ECON"),
    ("CONG THUONG", "ECON"),
    ("TAI CHINH", "ECON"),
    ("THUE", "ECON"),
    ("KINH TE", "ECON"),
    ("DU LICH", "EDUC"),
    ("VAN HOA", "EDUC"),
    ("GIAO DUC", "EDUC"),
    ("MOI TRUONG", "ENVI"),
    ("Y TE", "HEAL"),
    ("HO TICH", "JUST"),
    ("TU PHAP", "JUST"),
    ("DAT DAI", "REGI"),
    ("XAY DUNG", "REGI"),
    ("AN SINH", "SOCI"),
    ("DAN CU", "SOCI"),
    ("BAO HIEM", "SOCI"),
    ("GIAO THONG", "TRAN"),
    ("HA TANG DU LIEU", "TECH"),
)
_THEME_LABELS: Final[Mapping[str, tuple[str, str]]] = {
    "AGRI": ("Nông nghiệp, thủy sản, lâm nghiệp và thực phẩm", "Agriculture, fisheries, forestry and food"),
    "ECON": ("Kinh tế và tài chính", "Economy and finance"),
    "EDUC": ("Giáo dục, văn hóa và thể thao", "Education, culture and sport"),
    "ENVI": ("Môi trường", "Environment"),
    "GOVE": ("Chính quyền và khu vực công", "Government and public sector"),
    "HEAL": ("Y tế", "Health"),
    "JUST": ("Tư pháp và trật tự công cộng", "Justice, legal system and public safety"),
    "REGI": ("Vùng và đô thị", "Regions and cities"),
    "SOCI": ("Dân số và xã hội", "Population and society"),
    "TECH": ("Khoa học và công nghệ", "Science and technology"),
    "TRAN": ("Giao thông", "Transport"),
}
_RIGHTS: Final[Mapping[SharingMode, str]] = {
    SharingMode.OPEN: "PUBLIC",
    SharingMode.DEFAULT: "RESTRICTED",
    SharingMode.ON_REQUEST: "NON_PUBLIC",
}
_RIGHTS_LABELS: Final[Mapping[str, tuple[str, str]]] = {
    "PUBLIC": ("công khai", "public"),
    "RESTRICTED": ("có điều kiện", "restricted"),
    "NON_PUBLIC": ("không công khai", "non-public"),
}
_FORMATS: Final[Mapping[str, str]] = {"JSON": "application/json", "XML": "text/xml"}


def frequency_of(text: str) -> Frequency | None:
    """Return how often `text` says that something changes; None when it says nothing."""
    folded = fold(text)
    if not folded:
        return None
    return next((found for words, found in _FREQUENCIES if words in folded), Frequency.OTHER)


def frequency_concept(text: str) -> Node | None:
    """Return the concept of a frequency in a data owner's words; None when nothing is said."""
    found = frequency_of(text)
    if found is None:
        return None
    return _concept("frequency", found, _FREQUENCY_LABELS[found], "dct:Frequency")


def theme_concept(domain: str) -> Node:
    """Return the European theme of a domain: the public sector where none is nearer."""
    folded = fold(domain)
    code = next((theme for words, theme in _THEMES if words in folded), "GOVE")
    return _concept("data-theme", code, _THEME_LABELS[code])


def rights_concept(sharing: SharingMode) -> Node:
    """Return who may have the data: the access right of a sharing mode."""
    code = _RIGHTS[sharing]
    return _concept("access-right", code, _RIGHTS_LABELS[code], "dct:RightsStatement")


def restricted_access() -> Node:
    """Return the access right of every service: a call needs an agreement."""
    return rights_concept(SharingMode.DEFAULT)


def format_concept(code: str) -> Node:
    """Return the concept of a file type, `JSON` or `XML`."""
    return _concept("file-type", code, (code, code), "dct:MediaTypeOrExtent")


def media_type(code: str) -> Node:
    """Return the IANA media type in which a file type travels here."""
    return node(Iri(f"{MEDIA_TYPES}/{_FORMATS[code]}"), "dct:MediaType", said={})


def status_concept(state: ServiceState) -> Node:
    """Return the status of a service version."""
    match state:
        case ServiceState.PUBLISHED:
            return _concept("distribution-status", "COMPLETED", ("đang phục vụ", "completed"))
        case ServiceState.DEPRECATED:
            return _concept("distribution-status", "DEPRECATED", ("sắp ngừng", "deprecated"))
        case ServiceState.RETIRED:
            return _concept("distribution-status", "WITHDRAWN", ("đã ngừng", "withdrawn"))


def availability_concept(state: ServiceState) -> Node:
    """Return how long one may count on a service version."""
    if state is ServiceState.PUBLISHED:
        return _concept("planned-availability", "AVAILABLE", ("sẵn sàng", "available"))
    return _concept("planned-availability", "TEMPORARY", ("tạm thời", "temporary"))


def languages() -> tuple[Node, Node]:
    """Return the languages of the catalogue: Vietnamese and English."""
    return vietnamese(), _concept("language", "ENG", ("tiếng Anh", "English"), "dct:LinguisticSystem")


def vietnamese() -> Node:
    """Return the language of the data."""
    return _concept("language", "VIE", ("tiếng Việt", "Vietnamese"), "dct:LinguisticSystem")


def viet_nam() -> Node:
    """Return the country."""
    return _concept("country", "VNM", ("Việt Nam", "Viet Nam"), "dct:Location")


def schemes() -> tuple[Node, Node]:
    """Return the vocabularies that the shapes want to know by their class."""
    return (
        node(THEMES, "skos:ConceptScheme", said={"dct:title": [Text("Data theme", "en")]}),
        node(STATUSES, "skos:ConceptScheme", said={"dct:title": [Text("Distribution status", "en")]}),
    )


def _concept(scheme: str, code: str, labels: tuple[str, str], *types: str) -> Node:
    return node(
        Iri(f"{AUTHORITY}/{scheme}/{code}"),
        "skos:Concept",
        *types,
        said={"skos:prefLabel": both(*labels), "skos:inScheme": [Iri(f"{AUTHORITY}/{scheme}")]},
    )
