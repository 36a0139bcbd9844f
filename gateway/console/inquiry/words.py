"""In which words is told how far an incident is, or a request to open sealed values?"""

from collections.abc import Mapping
from typing import Final

from gateway.console.words import Status, Tone, Words
from gateway.inquiry.incidents import IncidentState, IncidentStep
from gateway.inquiry.reveals import RevealState

INCIDENT_STATES: Final[Mapping[IncidentState, Status]] = {
    IncidentState.OPEN: Status(Words("Đang mở", "Open"), Tone.BAD),
    IncidentState.CONTAINED: Status(Words("Đã ngăn chặn", "Contained"), Tone.WAITING),
    IncidentState.REPORTED: Status(Words("Đã báo cáo", "Reported"), Tone.WAITING),
    IncidentState.CLOSED: Status(Words("Đã đóng", "Closed"), Tone.GOOD),
}
INCIDENT_STEPS: Final[Mapping[IncidentStep, Words]] = {
    IncidentStep.NOTE: Words("Chỉ ghi thêm", "Only say something"),
    IncidentStep.CONTAIN: Words("Đã ngăn chặn", "It is contained"),
    IncidentStep.REPORT: Words("Đã báo cáo cơ quan chuyên trách (A05)", "It was reported to the authority (A05)"),
    IncidentStep.CLOSE: Words("Đóng sự cố", "Close it"),
    IncidentStep.REOPEN: Words("Mở lại", "Open it again"),
}
REVEAL_STATES: Final[Mapping[RevealState, Status]] = {
    RevealState.ASKED: Status(Words("Chờ người thứ hai", "Waits for a second person"), Tone.WAITING),
    RevealState.AGREED: Status(Words("Đã đồng ý", "Agreed"), Tone.GOOD),
    RevealState.REFUSED: Status(Words("Từ chối", "Refused"), Tone.BAD),
    RevealState.TAKEN: Status(Words("Đã lấy tệp", "Taken"), Tone.QUIET),
}
