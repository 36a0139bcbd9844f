"""In which words does a page speak of quality?"""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from catalog.quality.criteria import Band, Check, Criterion
from catalog.quality.profiles import Method
from catalog.quality.sources import Reason
from catalog.states import ProfileState
from gateway.console.frame import Speech
from gateway.console.words import Status, Tone, Words

CRITERIA: Mapping[Criterion, Words] = {
    Criterion.ACCURACY: Words("Đúng", "Right"),
    Criterion.COMPLETENESS: Words("Đủ", "Complete"),
    Criterion.CLEANNESS: Words("Sạch", "Clean"),
    Criterion.TIMELINESS: Words("Sống", "Alive"),
}

CRITERIA_EXPLAINED: Mapping[Criterion, Words] = {
    Criterion.ACCURACY: Words(
        "giá trị đúng định dạng, có trong danh mục, ngày không ở tương lai",
        "values keep their format, are in their list, and no day is of the future",
    ),
    Criterion.COMPLETENESS: Words("trường bắt buộc đã điền", "mandatory fields are filled in"),
    Criterion.CLEANNESS: Words(
        "khóa không trùng, không có giá trị cho có, viết đúng cách",
        "keys are there once, no fillers, properly written",
    ),
    Criterion.TIMELINESS: Words(
        "lần thay đổi mới nhất so với tần suất cập nhật đã công bố",
        "the newest change against the frequency that is announced",
    ),
}

BANDS: Mapping[Band, Status] = {
    Band.GREEN: Status(Words("Xanh – tốt", "Green – good"), Tone.GOOD),
    Band.YELLOW: Status(Words("Vàng – cần chú ý", "Yellow – look into it"), Tone.WAITING),
    Band.RED: Status(Words("Đỏ – phải sửa", "Red – to be mended"), Tone.BAD),
    Band.UNMEASURED: Status(Words("Chưa đo được", "Not measured"), Tone.QUIET),
}

CHECKS: Mapping[Check, Words] = {
    Check.FORMAT: Words("Đúng định dạng", "Keeps its format"),
    Check.ALLOWED: Words("Thuộc các giá trị cho phép", "Among the allowed values"),
    Check.LISTED: Words("Có trong danh mục", "In the shared list"),
    Check.NOT_FUTURE: Words("Ngày không ở tương lai", "Day not of the future"),
    Check.FILLED: Words("Đã điền", "Filled in"),
    Check.NO_JUNK: Words("Không phải giá trị cho có", "No filler"),
    Check.TRIMMED: Words("Không thừa dấu cách", "No stray blanks"),
    Check.COMPOSED: Words("Chữ có dấu dạng dựng sẵn (NFC)", "Composed letters (NFC)"),
    Check.CASED: Words("Tên viết hoa đúng", "Names in proper case"),
    Check.UNIQUE: Words("Không trùng", "There once"),
    Check.FRESH: Words("Còn mới", "Fresh"),
}

METHODS: Mapping[Method, Words] = {
    Method.WHOLE: Words("Đọc toàn bộ", "All rows"),
    Method.SPREAD: Words("Lấy mẫu rải đều", "Sample, spread evenly"),
    Method.FIRST: Words("Lấy mẫu các dòng đầu", "Sample, the first rows"),
    Method.BY_CODES: Words("Lấy mẫu theo mã danh mục", "Sample, by codes of a list"),
    Method.NONE: Words("Không đo được", "Not measured"),
}

REASONS: Mapping[Reason, Words] = {
    Reason.NO_SPECIFICATION: Words("dịch vụ chưa có đặc tả", "the service has no specification"),
    Reason.NO_LIST: Words("dịch vụ không có thao tác liệt kê", "the service has no operation that lists"),
    Reason.ONE_BY_ONE: Words("chỉ hỏi được từng đối tượng một", "it can only be asked about one subject at a time"),
    Reason.NEEDS_OFFICER: Words("phải có cán bộ tra cứu", "an officer must ask"),
    Reason.NO_FIELDS: Words("dịch vụ không mô tả trường nào của dòng", "no field of a row is described"),
    Reason.NO_ROWS: Words("nơi cung cấp không có dòng nào", "the provider has no row"),
    Reason.NO_RIGHT: Words(
        "chưa có thỏa thuận để đối chiếu với danh mục này", "there is no agreement by which to use this list"
    ),
    Reason.NO_REFERENCE: Words("không tìm thấy danh mục để đối chiếu", "the list to compare with is not there"),
    Reason.REFERENCE_TOO_LONG: Words("danh mục quá dài để đối chiếu", "the list is too long to compare with"),
    Reason.PROVIDER_SILENT: Words("nơi cung cấp không trả lời", "the provider did not answer"),
    Reason.PROVIDER_REFUSED: Words("nơi cung cấp từ chối", "the provider refused"),
    Reason.PROVIDER_UNUSABLE: Words("không kết nối được theo cấu hình", "it cannot be asked as it is configured"),
    Reason.NONSENSE: Words("nơi cung cấp trả lời sai mô tả", "the provider's answer was not as described"),
}

PROFILE_STATES: Mapping[ProfileState, Status] = {
    ProfileState.QUEUED: Status(Words("Đang chờ", "Waiting"), Tone.WAITING),
    ProfileState.RUNNING: Status(Words("Đang đo", "Being measured"), Tone.WAITING),
    ProfileState.DONE: Status(Words("Đã đo xong", "Done"), Tone.GOOD),
    ProfileState.CANCELLED: Status(Words("Đã hủy", "Cancelled"), Tone.QUIET),
    ProfileState.FAILED: Status(Words("Không đo xong", "Not finished"), Tone.BAD),
}

ARGUMENTS: Mapping[Check, Words] = {
    Check.FORMAT: Words("Tên định dạng", "Name of the format"),
    Check.ALLOWED: Words("Các giá trị, cách nhau bằng |", "The values, joined by |"),
    Check.LISTED: Words(
        "Danh mục: cơ-sở-dữ-liệu/dịch-vụ/v1/thao-tác#Trường", "The list: database/service/v1/operation#Field"
    ),
    Check.FRESH: Words("Số ngày được phép giữa hai lần thay đổi", "Days that may pass between changes"),
}
"""What the argument of a rule is; the other checks have none."""


Code = TypeVar("Code", bound=StrEnum)


def options_of(told: Mapping[Code, Words] | Mapping[Code, Status], speech: Speech) -> list[tuple[str, str]]:
    """Return what a select offers: each value with its words."""
    return [
        (value.value, speech.say(words.words if isinstance(words, Status) else words)) for value, words in told.items()
    ]


def reason_words(reason: str) -> Words | None:
    """Return why something was not measured; None where nothing is to be said."""
    return REASONS[Reason(reason)] if reason in set(Reason) else None
