"""In which words do the catalogue's pages speak of what they show, and where do they mark what was looked for?"""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from catalog.browsing import Facet, Scope, Technology
from catalog.folding import find_words, fold
from catalog.quality.criteria import Band, Criterion
from catalog.states import ServiceState
from gateway.console.words import Status, Tone, Words

FACETS: Mapping[Facet, Words] = {
    Facet.SCOPE: Words("Cấp", "Level"),
    Facet.DOMAIN: Words("Lĩnh vực", "Domain"),
    Facet.OWNER: Words("Cơ quan chủ quản", "Owner"),
    Facet.SHARING: Words("Hình thức chia sẻ", "Sharing mode"),
    Facet.TECHNOLOGY: Words("Nguồn dữ liệu", "Source"),
    Facet.QUALITY: Words("Chất lượng", "Quality"),
}
SCOPES: Mapping[Scope, Words] = {
    Scope.PROVINCE: Words("Dùng chung của tỉnh", "The province's own"),
    Scope.NATIONAL: Words("Quốc gia", "National"),
}
TECHNOLOGIES: Mapping[Technology, Words] = {
    Technology.REST: Words("Dịch vụ REST", "REST service"),
    Technology.SOAP: Words("Dịch vụ SOAP", "SOAP service"),
    Technology.SQL: Words("Bảng cơ sở dữ liệu", "Database table"),
    Technology.FILE: Words("Tệp dữ liệu", "Data file"),
    Technology.NATIONAL: Words("Dịch vụ quốc gia", "National service"),
    Technology.OTHER: Words("Nguồn khác", "Another source"),
    Technology.UNSPECIFIED: Words("Chưa có đặc tả", "No specification yet"),
}
SERVICE_STATES: Mapping[ServiceState, Status] = {
    ServiceState.PUBLISHED: Status(Words("Đang phục vụ", "Published"), Tone.GOOD),
    ServiceState.DEPRECATED: Status(Words("Sắp ngừng", "Deprecated"), Tone.WAITING),
    ServiceState.RETIRED: Status(Words("Đã ngừng", "Retired"), Tone.QUIET),
}
UNSPECIFIED = Status(Words("Chưa có đặc tả", "No specification yet"), Tone.QUIET)
BANDS: Mapping[Band, Status] = {
    Band.GREEN: Status(Words("Tốt", "Good"), Tone.GOOD),
    Band.YELLOW: Status(Words("Cần cải thiện", "To be improved"), Tone.WAITING),
    Band.RED: Status(Words("Kém", "Poor"), Tone.BAD),
    Band.UNMEASURED: Status(Words("Chưa đo", "Not measured"), Tone.QUIET),
}
CRITERIA: Mapping[Criterion, Words] = {
    Criterion.ACCURACY: Words("Đúng", "Accuracy"),
    Criterion.COMPLETENESS: Words("Đủ", "Completeness"),
    Criterion.CLEANNESS: Words("Sạch", "Cleanness"),
    Criterion.TIMELINESS: Words("Sống", "Timeliness"),
}


def named(vi: str, en: str) -> Words:
    """Return a name in both languages; where there is no English one, the Vietnamese stands for it."""
    return Words(vi, en or vi)


class Marker:
    """Marks in a text what was looked for, as it was written."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = tuple(words)

    def __call__(self, text: str) -> Markup:
        """Return the text, escaped, with `<mark>` around each word that was looked for."""
        parts, done = [], 0
        for start, end in find_words(text, self._words):
            parts += [Markup("{}<mark>{}</mark>").format(text[done:start], text[start:end])]
            done = end
        return Markup().join([*parts, Markup("{}").format(text[done:])])

    def hits(self, text: str) -> bool:
        """Tell whether any of the words stands in the text."""
        folded = fold(text) if self._words else ""
        return any(word in folded for word in self._words)
