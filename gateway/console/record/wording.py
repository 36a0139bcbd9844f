"""In which words do pages say what stands in the record?"""

from collections.abc import Mapping

from gateway.console.words import Status, Tone, Words
from gateway.exports.orders import Form, State, WhyNot
from gateway.problem_texts import PROBLEMS
from security.audit.index import Ending, Happened
from security.audit.record import Kind
from security.audit.search import Side

HAPPENED: Mapping[Happened, Words] = {
    Happened.CALL: Words("Lời gọi", "Call"),
    Happened.SANDBOX: Words("Thử trong hộp cát", "Sandbox try"),
    Happened.PAGE: Words("Trang, API quản trị", "Page, control API"),
    Happened.TOKEN: Words("Xác thực", "Authentication"),
    Happened.CHANGE: Words("Thay đổi", "Change"),
    Happened.READING: Words("Xem nhật ký", "Reading of the record"),
}
ENDINGS: Mapping[Ending, Status] = {
    Ending.OPEN: Status(Words("Đang xử lý", "Under way"), Tone.WAITING),
    Ending.DONE: Status(Words("Đã thực hiện", "Done"), Tone.GOOD),
    Ending.REFUSED: Status(Words("Bị từ chối", "Refused"), Tone.BAD),
    Ending.UNKNOWN: Status(Words("Không rõ kết quả", "Outcome unknown"), Tone.BAD),
}
SIDES_OF_SEARCH: Mapping[Side, Words] = {
    Side.CONSUMER: Words("Hệ thống của đơn vị gọi đi", "Called by the agency's systems"),
    Side.PROVIDER: Words("Gọi tới dữ liệu của đơn vị", "Asked of the agency's data"),
}
KINDS: Mapping[Kind, Words] = {
    Kind.OPEN: Words("Mở chuỗi", "Stream opened"),
    Kind.CLOSE: Words("Đóng chuỗi", "Stream closed"),
    Kind.INTENT: Words("Ghi trước khi hỏi bên cung cấp", "Recorded before the provider was asked"),
    Kind.OUTCOME: Words("Ghi trước khi trả kết quả", "Recorded before the answer left"),
    Kind.DENY: Words("Từ chối", "Refused"),
    Kind.UNKNOWN: Words("Không rõ kết quả, do nền tảng dừng giữa chừng", "Outcome unknown: the platform stopped"),
    Kind.AUTH: Words("Xác thực", "Authentication"),
    Kind.ADMIN: Words("Thay đổi", "Change"),
    Kind.READ: Words("Xem nhật ký", "Reading of the record"),
    Kind.KEY: Words("Khóa", "Key"),
    Kind.ALERT: Words("Cảnh báo sử dụng sai", "Alert of misuse"),
    Kind.HOLD: Words("Lệnh giữ nhật ký", "Hold of the record"),
    Kind.ERASE: Words("Gỡ hoặc xóa nhật ký", "Removal or erasure of the record"),
}
DOORS: Mapping[str, Words] = {
    "rest": Words("REST", "REST"),
    "soap": Words("SOAP", "SOAP"),
    "xroad": Words("X-Road", "X-Road"),
    "axis": Words("Trục quốc gia", "National axis"),
    "console": Words("Thử gọi thật", "Tried in earnest"),
    "sandbox": Words("Thử trong hộp cát", "Sandbox"),
    "oauth": Words("Cấp mã truy cập", "Token endpoint"),
    "control": Words("Trang, API quản trị", "Page, control API"),
}


def reason_words(slug: str) -> Words:
    """Return what a reason is called; of one that is no problem of ours, itself."""
    kind = PROBLEMS.get(slug)
    return Words(kind.title_vi, kind.title_en) if kind is not None else Words(slug, slug)


READINGS: Mapping[str, Words] = {
    "search": Words("Tìm trong nhật ký", "Searched the record"),
    "export": Words("Yêu cầu xuất, hoặc tải danh sách", "Asked for an export, or took a list along"),
    "export-made": Words("Bản xuất đã làm xong", "An export was made"),
    "export-taken": Words("Tải bản xuất", "Took an export along"),
    "exchange": Words("Xem một lượt trao đổi", "Looked at one exchange"),
    "subject-usage": Words("Công dân xem lượt khai thác dữ liệu của mình", "A citizen looked at the use of his data"),
    "why": Words("Xem vì sao bị từ chối", "Asked why it was refused"),
    "count": Words("So số lượt gọi với bên cung cấp", "Compared counts with a provider"),
    "alert": Words("Xem một cảnh báo", "Looked at an alert"),
    "alerts": Words("Tải danh sách cảnh báo", "Took the list of alerts along"),
    "person": Words("Tìm theo người", "Searched by a person"),
    "manifest": Words("Lấy biên bản kết quả tìm", "Took the signed result of a search along"),
    "reveal-asked": Words("Yêu cầu mở danh tính", "Asked for sealed values"),
    "reveal-agreed": Words("Đồng ý mở danh tính", "Agreed to open sealed values"),
    "reveal-refused": Words("Từ chối mở danh tính", "Refused to open sealed values"),
    "reveal-taken": Words("Lấy tệp danh tính đã niêm phong", "Took sealed values along"),
    "case-file": Words("Tìm theo hồ sơ", "Searched by a case file"),
}
"""What somebody did who read the record."""

NOTES: Mapping[str, Words] = {
    "member": Words("Người thử gọi", "Who tried"),
    "synthetic": Words("Dữ liệu giả", "Made-up data"),
    "as_if_from": Words("Giả định gọi từ", "Pretended to call from"),
    "where": Words("Sai ở đâu", "Where it was wrong"),
    "cause": Words("Nguyên nhân xác thực thất bại", "Why it was not proven"),
    "action": Words("Việc đã làm", "What was done"),
    "noun": Words("Với loại", "To what kind of thing"),
    "code": Words("Với mã", "To which"),
    "version": Words("Phiên bản", "Version"),
    "state": Words("Trạng thái", "State"),
    "before": Words("Mã băm trước", "Digest before"),
    "after": Words("Mã băm sau", "Digest after"),
    "asked_by": Words("Người đề nghị", "Asked by"),
    "approved_by": Words("Người duyệt", "Approved by"),
    "agencies": Words("Đơn vị liên quan", "Agencies concerned"),
    "done": Words("Đã thực hiện", "Done"),
    "what": Words("Đã xem gì", "What was looked at"),
    "subject": Words("Bí danh của công dân trong tháng", "Pseudonym of the citizen in this month"),
    "exchange": Words("Mã tra cứu đã xem", "Correlation id looked at"),
    "auditor": Words("Với quyền kiểm tra", "As an auditor"),
    "export": Words("Mã bản xuất", "Export"),
    "format": Words("Dạng", "Form"),
    "alert": Words("Mã cảnh báo", "Alert"),
    "rule": Words("Quy tắc", "Rule"),
    "reveal": Words("Mã yêu cầu mở danh tính", "Request for sealed values"),
    "incident": Words("Sự cố", "Incident"),
    "measure": Words("Đếm được", "Counted"),
    "usual": Words("Ngưỡng", "Limit"),
    "exchanges": Words("Số lượt gọi", "Exchanges"),
    "records": Words("Số bản ghi", "Records"),
    "leaves": Words("Từ lá đến lá", "From leaf to leaf"),
    "digest": Words("SHA-256 của tệp", "SHA-256 of the file"),
}
"""What the members of an entry's notes are called; others are shown by their own names."""

EXPORT_FORMS: Mapping[Form, Words] = {
    Form.BUNDLE: Words("Gói bằng chứng: mỗi bản ghi kèm chứng minh", "Evidence bundle: each record with its proof"),
    Form.JSONL: Words("JSON Lines: cho chương trình", "JSON Lines: for programs"),
    Form.CSV: Words("CSV: cho bảng tính", "CSV: for spreadsheets"),
    Form.PARQUET: Words("Parquet: cho phân tích", "Parquet: for analysis"),
}
EXPORT_STATES: Mapping[State, Status] = {
    State.WAITING: Status(Words("Đang chờ", "Waiting"), Tone.WAITING),
    State.MAKING: Status(Words("Đang làm", "Being made"), Tone.WAITING),
    State.READY: Status(Words("Tải được", "Ready"), Tone.GOOD),
    State.FAILED: Status(Words("Không làm được", "Failed"), Tone.BAD),
    State.FORGOTTEN: Status(Words("Đã xóa khỏi máy chủ", "Removed from the server"), Tone.QUIET),
}
WHY_NOT: Mapping[WhyNot, Words] = {
    WhyNot.NO: Words("", ""),
    WhyNot.NOTHING: Words(
        "Không có bản ghi nào khớp. Mở rộng khoảng thời gian hoặc bớt điều kiện, rồi yêu cầu lại.",
        "No record fits. Widen the span or ask for less, then ask again.",
    ),
    WhyNot.ARCHIVED: Words(
        "Khoảng thời gian này có tháng đã chuyển sang kho lưu trữ; tệp của kho tự chứng minh được. Chọn khoảng khác.",
        "The span has a month that was removed into the archive, whose files prove themselves. Choose another span.",
    ),
    WhyNot.TOO_MANY: Words(
        "Quá 5 triệu bản ghi. Chia khoảng thời gian ra nhiều lần xuất.",
        "More than 5 million records. Divide the span into several exports.",
    ),
    WhyNot.NO_ROOM: Words(
        "Máy chủ sắp hết chỗ, mà nhật ký cần chỗ trước. Xuất ít hơn, hoặc báo người vận hành.",
        "The server is short of room, and the record comes first. Export less, or tell the operator.",
    ),
    WhyNot.BROKEN: Words(
        "Đã thử ba lần không được; người vận hành xem nhật ký của tiến trình nền. Yêu cầu lại sau.",
        "It was tried three times; the operator finds the reason in the worker's journal. Ask again later.",
    ),
}
