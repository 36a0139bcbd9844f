"""In which words does a page say what a code or a state means?

Both languages stand beside each other where a text is used ([ADR 17](docs/adr/0017-both-languages-stand-together.md));
this is for what many pages say. A value without words here is a mistake that a test finds, never a raw code on a page.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from adapters.circuit import CircuitState
from catalog.descriptions import FieldClass, FieldType, SharingMode
from catalog.importers.draft import Source
from catalog.states import AgreementState, PublicationState, Side, SystemState
from security.sessions import Method
from security.staff import Role


class Language(StrEnum):
    """In which language a page is written."""

    VI = "vi"
    EN = "en"


@dataclass(frozen=True, slots=True)
class Words:
    """The same in both languages."""

    vi: str
    en: str

    def in_language(self, language: Language) -> str:
        """Return the text in one language."""
        return self.vi if language is Language.VI else self.en


class Tone(StrEnum):
    """How good or bad a status is: a class of the style sheet. The word says it too (WCAG 2.2, 1.4.1)."""

    GOOD = "good"
    WAITING = "waiting"
    BAD = "bad"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True)
class Status:
    """A state as a word and a tone."""

    words: Words
    tone: Tone


ROLES: Mapping[Role, Words] = {
    Role.PLATFORM_ADMIN: Words("Quản trị nền tảng", "Platform administrator"),
    Role.DATA_OWNER: Words("Chủ quản dữ liệu", "Data owner"),
    Role.AGENCY_OFFICER: Words("Cán bộ đầu mối", "Agency officer"),
    Role.AUDITOR: Words("Kiểm tra, giám sát", "Auditor"),
    Role.OBSERVER: Words("Người theo dõi", "Observer"),
}

AGREEMENT_STATES: Mapping[AgreementState, Status] = {
    AgreementState.DRAFT: Status(Words("Bản nháp", "Draft"), Tone.QUIET),
    AgreementState.SUBMITTED: Status(Words("Chờ quyết định", "Awaiting decision"), Tone.WAITING),
    AgreementState.RETURNED: Status(Words("Trả lại để bổ sung", "Returned for changes"), Tone.WAITING),
    AgreementState.REFUSED: Status(Words("Từ chối", "Refused"), Tone.BAD),
    AgreementState.APPROVED: Status(Words("Đã duyệt, chờ hiệu lực", "Approved, not yet in force"), Tone.WAITING),
    AgreementState.ACTIVE: Status(Words("Đang có hiệu lực", "In force"), Tone.GOOD),
    AgreementState.SUSPENDED: Status(Words("Tạm dừng", "Suspended"), Tone.BAD),
    AgreementState.ENDED: Status(Words("Đã chấm dứt", "Ended"), Tone.QUIET),
    AgreementState.EXPIRED: Status(Words("Hết hạn", "Expired"), Tone.QUIET),
    AgreementState.SUPERSEDED: Status(Words("Đã thay bằng phiên bản khác", "Superseded"), Tone.QUIET),
}

SIDES: Mapping[Side, Words] = {
    Side.CONSUMER: Words("bên khai thác", "consumer"),
    Side.PROVIDER: Words("bên cung cấp", "provider"),
    Side.PLATFORM: Words("nền tảng", "platform"),
}

SIGN_IN_METHODS: Mapping[Method, Words] = {
    Method.TOTP: Words("Mật khẩu và mã trên thiết bị", "Password and code of a device"),
    Method.RECOVERY: Words("Mật khẩu và mã dự phòng", "Password and recovery code"),
    Method.OIDC: Words("Đăng nhập một lần của tỉnh", "The province's single sign-on"),
}

SYSTEM_STATES: Mapping[SystemState, Status] = {
    SystemState.ACTIVE: Status(Words("Hoạt động", "Active"), Tone.GOOD),
    SystemState.SUSPENDED: Status(Words("Tạm dừng", "Suspended"), Tone.BAD),
}

FIELD_CLASSES: Mapping[FieldClass, Status] = {
    FieldClass.OPEN: Status(Words("Mở", "Open"), Tone.GOOD),
    FieldClass.INTERNAL: Status(Words("Nội bộ", "Internal"), Tone.QUIET),
    FieldClass.PERSONAL: Status(Words("Cá nhân cơ bản", "Personal"), Tone.WAITING),
    FieldClass.SENSITIVE: Status(Words("Cá nhân nhạy cảm", "Sensitive"), Tone.BAD),
}

FIELD_TYPES: Mapping[FieldType, Words] = {
    FieldType.STRING: Words("chuỗi ký tự", "text"),
    FieldType.INTEGER: Words("số nguyên", "whole number"),
    FieldType.NUMBER: Words("số thập phân", "number"),
    FieldType.BOOLEAN: Words("đúng/sai", "yes/no"),
    FieldType.DATE: Words("ngày", "date"),
    FieldType.DATETIME: Words("ngày giờ", "date and time"),
}

SHARING_MODES: Mapping[SharingMode, Words] = {
    SharingMode.OPEN: Words("Dữ liệu mở", "Open data"),
    SharingMode.DEFAULT: Words("Chia sẻ mặc định", "Shared by default"),
    SharingMode.ON_REQUEST: Words("Chia sẻ theo yêu cầu đặc thù", "Shared on special request"),
}

PUBLICATION_STATES: Mapping[PublicationState, Status] = {
    PublicationState.DRAFT: Status(Words("Đang chuẩn bị", "Being prepared"), Tone.WAITING),
    PublicationState.PUBLISHED: Status(Words("Đã công bố", "Published"), Tone.GOOD),
    PublicationState.DROPPED: Status(Words("Đã bỏ", "Given up"), Tone.QUIET),
}

SOURCES: Mapping[Source, Words] = {
    Source.TABLE: Words("Bảng hoặc khung nhìn", "Table or view"),
    Source.FILE: Words("Tệp dữ liệu", "Data file"),
    Source.OPENAPI: Words("Tài liệu OpenAPI", "OpenAPI document"),
    Source.WSDL: Words("Tài liệu WSDL", "WSDL document"),
}

CIRCUITS: Mapping[CircuitState, Status] = {
    CircuitState.CLOSED: Status(Words("Hoạt động", "Working"), Tone.GOOD),
    CircuitState.HALF_OPEN: Status(Words("Đang thử lại", "Being tried again"), Tone.WAITING),
    CircuitState.OPEN: Status(Words("Đang lỗi, tạm ngừng gọi", "Failing, left alone for a moment"), Tone.BAD),
}

TECHNOLOGIES: Mapping[str, Words] = {
    "file": Words("Tệp dữ liệu", "Data file"),
    "sql": Words("Cơ sở dữ liệu SQL", "SQL database"),
    "rest": Words("Dịch vụ REST", "REST service"),
    "soap": Words("Dịch vụ SOAP", "SOAP service"),
    "national.population": Words("Dân cư quốc gia", "National population service"),
    "national.business": Words("Đăng ký doanh nghiệp quốc gia", "National business registration"),
    "national.categories": Words("Danh mục dùng chung quốc gia", "National common categories"),
    "national.social_insurance": Words("Bảo hiểm xã hội quốc gia", "National social insurance"),
    "national.civil_status": Words("Hộ tịch quốc gia", "National civil status"),
}
"""How providers are reached. A province's own adapter has its name only."""


def technology(adapter: str) -> Words:
    """Return what an adapter is called, its own name where a province has installed it."""
    return TECHNOLOGIES.get(adapter, Words(adapter, adapter))
