"""Of what are people told, who is told of it, and in which words? Pure.

The words name agreements, databases, systems and agencies, never a person whose data are exchanged, never a secret.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from security.staff import Role


class Kind(StrEnum):
    """What has happened, or soon will."""

    REQUEST_WAITING = "request-waiting"
    DECISION_MADE = "decision-made"
    AGREEMENT_CHANGED = "agreement-changed"
    AGREEMENT_EXPIRING = "agreement-expiring"
    KEY_EXPIRING = "key-expiring"
    PROVIDER_DOWN = "provider-down"
    PROVIDER_UP = "provider-up"
    QUALITY_FALLEN = "quality-fallen"
    ACCOUNT_LOCKED = "account-locked"
    LOG_BEHIND = "log-behind"
    LOG_STOPPED = "log-stopped"
    ALERTS_RAISED = "alerts-raised"
    REVIEW_OVERDUE = "review-overdue"
    ALERTS_OF_WEEK = "alerts-of-week"
    INCIDENT_DUE = "incident-due"


@dataclass(frozen=True, slots=True)
class Audience:
    """Members of a role, of one agency; an empty agency means every member of the role."""

    role: Role
    agency: str = ""


@dataclass(frozen=True, slots=True)
class Happening:
    """Something to tell. `key` is the same however often it is found, and never that of anything else.

    `facts` are the parts of its words; `address` is the page to read on at.
    """

    key: str
    kind: Kind
    at: datetime
    audience: tuple[Audience, ...]
    address: str
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Told:
    """The words of a happening in both languages."""

    vi: str
    en: str


TITLES: Mapping[Kind, Told] = {
    Kind.REQUEST_WAITING: Told("Yêu cầu chờ quyết định", "Request waiting for a decision"),
    Kind.DECISION_MADE: Told("Đã có quyết định", "Decision made"),
    Kind.AGREEMENT_CHANGED: Told("Thỏa thuận thay đổi hiệu lực", "Agreement changed its effect"),
    Kind.AGREEMENT_EXPIRING: Told("Thỏa thuận sắp hết hạn", "Agreement about to expire"),
    Kind.KEY_EXPIRING: Told("Khóa hoặc mã bí mật sắp hết hạn", "Key or secret about to expire"),
    Kind.PROVIDER_DOWN: Told("Nguồn dữ liệu không trả lời", "Provider does not answer"),
    Kind.PROVIDER_UP: Told("Nguồn dữ liệu hoạt động trở lại", "Provider answers again"),
    Kind.QUALITY_FALLEN: Told("Chất lượng dữ liệu giảm", "Data quality has fallen"),
    Kind.ACCOUNT_LOCKED: Told("Tài khoản bị khóa", "Account locked"),
    Kind.LOG_BEHIND: Told("Sổ nhật ký đang chậm", "The log is behind"),
    Kind.LOG_STOPPED: Told("Ngừng trao đổi vì sổ nhật ký", "Exchanges stopped for the log"),
    Kind.ALERTS_RAISED: Told("Cảnh báo sử dụng sai", "Alerts of misuse"),
    Kind.REVIEW_OVERDUE: Told("Truy cập khẩn cấp quá hạn rà soát", "Review of an emergency is overdue"),
    Kind.INCIDENT_DUE: Told("Sự cố phải báo cáo", "Incident to be reported"),
    Kind.ALERTS_OF_WEEK: Told("Tổng hợp cảnh báo trong tuần", "Alerts of the week"),
}
_STEPS: Mapping[str, Told] = {
    "approve": Told("được duyệt", "was approved"),
    "return": Told("được trả lại để bổ sung", "was returned for changes"),
    "refuse": Told("bị từ chối", "was refused"),
    "activate": Told("bắt đầu có hiệu lực", "came into force"),
    "suspend": Told("bị tạm dừng", "was suspended"),
    "resume": Told("được tiếp tục", "was resumed"),
    "end": Told("đã chấm dứt", "was ended"),
    "expire": Told("đã hết hạn", "has expired"),
}
_BANDS: Mapping[str, Told] = {
    "green": Told("xanh", "green"),
    "yellow": Told("vàng", "yellow"),
    "red": Told("đỏ", "red"),
    "unmeasured": Told("chưa đo được", "not measurable"),
}


def told(kind: Kind, facts: Mapping[str, str]) -> Told:
    """Return the sentence that says what happened. A fact that is missing is left empty, never made up."""
    name, database = facts.get("name", ""), facts.get("database", "")
    match kind:
        case Kind.REQUEST_WAITING:
            agency = facts.get("agency", "")
            return Told(
                f"{agency} xin khai thác {database} theo thỏa thuận {name}; bên cung cấp cần quyết định.",
                f"{agency} asks for {database} under agreement {name}; the provider has to decide.",
            )
        case Kind.DECISION_MADE | Kind.AGREEMENT_CHANGED:
            step = _STEPS.get(facts.get("step", ""), Told("thay đổi", "changed"))
            return Told(f"Thỏa thuận {name} về {database} {step.vi}.", f"Agreement {name} about {database} {step.en}.")
        case Kind.AGREEMENT_EXPIRING:
            until = facts.get("until", "")
            return Told(
                f"Thỏa thuận {name} về {database} hết hạn sau ngày {until}; sau đó mọi lời gọi bị từ chối.",
                f"Agreement {name} about {database} ends after {until}; every call is refused then.",
            )
        case Kind.KEY_EXPIRING:
            until = facts.get("until", "")
            return Told(
                f"Khóa hoặc mã bí mật của hệ thống {name} hết hạn lúc {until}; hãy đổi trước khi đó.",
                f"A key or secret of system {name} expires at {until}; replace it before that.",
            )
        case Kind.PROVIDER_DOWN:
            return Told(
                f"Nguồn dữ liệu {name} lỗi nhiều lần liên tiếp; lời gọi đến nguồn này đang bị từ chối.",
                f"Provider {name} failed again and again; calls to it are refused for now.",
            )
        case Kind.PROVIDER_UP:
            return Told(f"Nguồn dữ liệu {name} đã trả lời trở lại.", f"Provider {name} answers again.")
        case Kind.QUALITY_FALLEN:
            before = _BANDS.get(facts.get("before", ""), _BANDS["unmeasured"])
            now = _BANDS.get(facts.get("now", ""), _BANDS["unmeasured"])
            return Told(
                f"Chất lượng của {database} giảm từ mức {before.vi} xuống mức {now.vi}.",
                f"The quality of {database} fell from {before.en} to {now.en}.",
            )
        case Kind.ACCOUNT_LOCKED:
            return Told(
                f"Tài khoản {name} bị khóa tạm thời vì đăng nhập sai nhiều lần.",
                f"Account {name} is locked for a while after too many failed sign-ins.",
            )
        case Kind.LOG_BEHIND:
            minutes = facts.get("minutes", "")
            return Told(
                f"Bản ghi chờ ký số đã hơn một phút; chờ tới {minutes} phút thì ngừng trao đổi. Xem tiến trình nền.",
                f"Records have waited a minute to be signed; exchanges stop at {minutes} minutes. See to it.",
            )
        case Kind.LOG_STOPPED:
            minutes = facts.get("minutes", "")
            return Told(
                f"Bản ghi chờ ký số đã {minutes} phút; mọi lời gọi bị từ chối cho tới khi sổ nhật ký theo kịp.",
                f"Records have waited {minutes} minutes to be signed; every call is refused until the log catches up.",
            )
        case Kind.ALERTS_RAISED:
            many, rule = facts.get("many", ""), facts.get("rule", "")
            return Told(f"Có {many} cảnh báo mới theo quy tắc {rule}.", f"{many} new alerts by rule {rule}.")
        case Kind.REVIEW_OVERDUE:
            return Told(
                "Một truy cập khẩn cấp chưa được rà soát trong thời hạn.",
                "An access for an emergency was not looked at in time.",
            )
        case Kind.INCIDENT_DUE:
            if facts.get("late"):
                return Told("Một sự cố đã quá 72 giờ mà chưa báo cáo.", "An incident was not reported within 72 hours.")
            return Told("Một sự cố còn 24 giờ để báo cáo.", "24 hours are left to report an incident.")
        case Kind.ALERTS_OF_WEEK:
            many, waiting = facts.get("many", ""), facts.get("open", "")
            return Told(
                f"Tuần qua có {many} cảnh báo, còn {waiting} chưa xem xét.",
                f"There were {many} alerts last week; {waiting} are open.",
            )
        case _:
            assert_never(kind)


def is_addressed(audience: Sequence[Audience], *, role: Role, agency: str) -> bool:
    """Tell whether a member of this role and agency is among those to be told."""
    return any(one.role is role and (not one.agency or one.agency == agency) for one in audience)
