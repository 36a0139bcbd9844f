"""In which words does a page say what was done to an agreement, by whom it was signed, and how versions differ?"""

from collections.abc import Mapping
from dataclasses import dataclass

from catalog.agreement_differences import Direction
from catalog.agreement_signatures import SignedAct
from catalog.agreement_standing import DRAFTED
from catalog.states import AgreementState, AgreementStep, Side
from catalog.terms import Comparison
from gateway.console.agreements.typed import Step
from gateway.console.words import Status, Tone, Words

STEP_WORDS: Mapping[Step, Words] = {
    Step.WHO: Words("Ai khai thác", "Who"),
    Step.OPERATIONS: Words("Thao tác", "Operations"),
    Step.FIELDS: Words("Trường dữ liệu", "Fields"),
    Step.WHY: Words("Mục đích, căn cứ", "Why"),
    Step.LIMITS: Words("Giới hạn", "Limits"),
    Step.TERM: Words("Thời hạn, tài liệu", "Term, files"),
    Step.REVIEW: Words("Xem lại và gửi", "Review"),
}

DONE: Mapping[str, Words] = {
    DRAFTED: Words("Lập phiên bản", "Drafted"),
    AgreementStep.SUBMIT: Words("Gửi đề nghị", "Submitted"),
    AgreementStep.RETURN: Words("Trả lại để bổ sung", "Returned for changes"),
    AgreementStep.REFUSE: Words("Từ chối", "Refused"),
    AgreementStep.APPROVE: Words("Duyệt", "Approved"),
    AgreementStep.ACTIVATE: Words("Cho có hiệu lực", "Put into force"),
    AgreementStep.NARROW: Words("Thu hẹp, có hiệu lực ngay", "Narrowed, in force at once"),
    AgreementStep.SUSPEND: Words("Tạm dừng", "Suspended"),
    AgreementStep.RESUME: Words("Cho tiếp tục", "Resumed"),
    AgreementStep.END: Words("Chấm dứt hoặc rút lại", "Ended or withdrawn"),
    AgreementStep.EXPIRE: Words("Hết hạn", "Expired"),
    AgreementStep.SUPERSEDE: Words("Thay bằng phiên bản khác", "Superseded"),
}

TOLD: Mapping[str, Words] = {
    "request": Words(
        "Đã gửi đề nghị. Bên cung cấp sẽ xem xét; kết quả hiện ở trang này.",
        "The request was sent. The provider decides; the result is shown here.",
    ),
    "submit": Words("Đã gửi đề nghị cho bên cung cấp.", "The request was sent to the provider."),
    "standard": Words(
        "Đề nghị nằm trong điều khoản chuẩn: đã có hiệu lực.", "Within the standard terms: it is in force already."
    ),
    "narrow": Words("Đã thu hẹp, có hiệu lực ngay.", "It was narrowed and is in force."),
    "approve": Words("Đã duyệt. Bước tiếp theo: cho có hiệu lực.", "Approved. What is left: put it into force."),
    "return": Words("Đã trả lại để bổ sung.", "It was returned for changes."),
    "refuse": Words("Đã từ chối. Có thể in văn bản từ chối bên dưới.", "Refused. The letter can be printed below."),
    "withdraw": Words("Đã rút lại.", "It was withdrawn."),
    "activate": Words(
        "Đã có hiệu lực: hệ thống khai thác gọi được ngay.", "It is in force: the consumer's systems may call now."
    ),
    "suspend": Words("Đã tạm dừng: mọi lượt gọi bị từ chối.", "Suspended: every call is refused."),
    "resume": Words("Đã cho tiếp tục.", "Resumed."),
    "end": Words("Đã chấm dứt.", "Ended."),
}
"""What a page says once something was done."""

ACTS: Mapping[SignedAct, Words] = {
    SignedAct.REQUEST: Words("Đề nghị", "Request"),
    SignedAct.APPROVE: Words("Duyệt", "Approval"),
    SignedAct.STANDARD: Words("Duyệt theo điều khoản chuẩn đã công bố", "Approval by the standard terms declared"),
    SignedAct.ACTIVATE: Words("Xác nhận có hiệu lực", "Entry into force"),
    SignedAct.NARROW: Words("Thu hẹp", "Narrowing"),
}

DIRECTIONS: Mapping[Direction, Status] = {
    Direction.WIDER: Status(Words("Rộng hơn", "Wider"), Tone.WAITING),
    Direction.NARROWER: Status(Words("Hẹp hơn", "Narrower"), Tone.GOOD),
    Direction.OTHER: Status(Words("Khác đi", "Changed"), Tone.QUIET),
}

COMPARISONS: Mapping[Comparison, Words] = {
    Comparison.EQ: Words("bằng", "is"),
    Comparison.NE: Words("khác", "is not"),
    Comparison.IN: Words("là một trong", "is one of"),
    Comparison.PREFIX: Words("bắt đầu bằng", "begins with"),
    Comparison.GTE: Words("từ … trở lên", "is at least"),
    Comparison.LTE: Words("đến … trở xuống", "is at most"),
}

HOUR_CHOICES: Mapping[str, Words] = {
    "always": Words("Mọi lúc", "Always"),
    "office": Words("Giờ hành chính: thứ hai–thứ sáu, 07:00–17:30", "Office hours: Monday to Friday, 07:00–17:30"),
    "chosen": Words("Khung giờ tự chọn bên dưới", "Hours of your own, below"),
}
NETWORK_CHOICES: Mapping[str, Words] = {
    "any": Words("Mọi mạng", "Any network"),
    "listed": Words("Chỉ các mạng sau", "Only these networks"),
}
ROW_CHOICES: Mapping[str, Words] = {
    "all": Words("Mọi dòng", "All rows"),
    "some": Words("Chỉ những dòng thỏa các điều kiện bên dưới", "Only rows that meet the conditions below"),
}

DAYS: Mapping[int, Words] = {
    1: Words("Thứ hai", "Monday"),
    2: Words("Thứ ba", "Tuesday"),
    3: Words("Thứ tư", "Wednesday"),
    4: Words("Thứ năm", "Thursday"),
    5: Words("Thứ sáu", "Friday"),
    6: Words("Thứ bảy", "Saturday"),
    7: Words("Chủ nhật", "Sunday"),
}

SIDE_NAMES: Mapping[Side, Words] = {
    Side.CONSUMER: Words("Bên khai thác", "Consumer"),
    Side.PROVIDER: Words("Bên cung cấp", "Provider"),
    Side.PLATFORM: Words("Nền tảng", "Platform"),
}

GROUNDS: tuple[Words, ...] = (
    Words(
        "Khoản 2 Điều 16 Nghị định số 194/2025/NĐ-CP",
        "Decree 194/2025/NĐ-CP, article 16(2)",
    ),
    Words("Điều 19 Luật số 91/2025/QH15 về bảo vệ dữ liệu cá nhân", "Law 91/2025/QH15, article 19"),
    Words("Luật Bảo vệ bí mật nhà nước", "Law on state secrets"),
)
"""Grounds that limit sharing, to choose from; another may be typed."""


@dataclass(frozen=True, slots=True)
class NextStep:
    """Who has to do what next about a version that is asked for."""

    side: Side
    words: Words


NEXT: Mapping[AgreementState, NextStep] = {
    AgreementState.DRAFT: NextStep(
        Side.CONSUMER, Words("hoàn thiện và gửi đề nghị cho bên cung cấp", "complete the request and submit it")
    ),
    AgreementState.RETURNED: NextStep(
        Side.CONSUMER, Words("bổ sung theo yêu cầu rồi gửi lại", "change what was asked for, and submit it again")
    ),
    AgreementState.SUBMITTED: NextStep(
        Side.PROVIDER, Words("xem xét: duyệt, trả lại hoặc từ chối", "decide: approve, return or refuse")
    ),
    AgreementState.APPROVED: NextStep(
        Side.PROVIDER, Words("hoặc quản trị nền tảng: cho có hiệu lực", "or the platform: put it into force")
    ),
}
