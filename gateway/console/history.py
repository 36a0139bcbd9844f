"""What has been done to the thing that a page shows, when and by whom?

Taken from the list of changes that the worker makes of the record, a second or two behind. The record is the proof; its
entry is a click away for those who may read it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.console.desk import Desk
from gateway.console.words import Words
from security.audit.search import changes_of
from security.staff import Permission

MOST_SHOWN = 20
DEEDS: Mapping[str, Words] = {
    "add": Words("Thêm", "Added"),
    "import": Words("Nhập từ danh sách", "Imported from a list"),
    "revise": Words("Sửa thông tin", "Said otherwise"),
    "replace": Words("Thay mô tả", "Description replaced"),
    "add-key": Words("Thêm khóa", "Key added"),
    "revoke-key": Words("Thu hồi khóa", "Key revoked"),
    "rotate-secret": Words("Đổi mật khẩu ứng dụng", "Secret replaced"),
    "rotate-digest-secret": Words("Đổi mật khẩu của UsernameToken", "UsernameToken's secret replaced"),
    "mark-legacy": Words("Đổi cách chứng minh của hệ thống cũ", "Marked as legacy, or no longer"),
    "suspend": Words("Tạm dừng", "Suspended"),
    "resume": Words("Cho hoạt động lại", "Resumed"),
    "publish": Words("Công bố", "Published"),
    "redescribe": Words("Sửa mô tả", "Described better"),
    "deprecate": Words("Báo ngừng cung cấp", "Deprecated"),
    "reinstate": Words("Khôi phục", "Reinstated"),
    "retire": Words("Ngừng cung cấp", "Retired"),
    "declare": Words("Công bố điều khoản chung", "Standard terms declared"),
    "withdraw": Words("Rút điều khoản chung", "Standard terms withdrawn"),
    "deactivate": Words("Khóa tài khoản", "Deactivated"),
    "unlock": Words("Mở khóa đăng nhập", "Unlocked"),
    "set-up": Words("Lập tài khoản lần đầu", "Account set up"),
    "set-password": Words("Đặt mật khẩu", "Password set"),
    "set-device": Words("Đặt thiết bị thứ hai", "Second factor set"),
    "reset-device": Words("Gỡ thiết bị thứ hai", "Second factor removed"),
    "replace-recovery-codes": Words("Đổi mã khôi phục", "Recovery codes replaced"),
    "replace-token": Words("Đổi mã cho chương trình", "Token for programs replaced"),
    "withdraw-token": Words("Rút mã cho chương trình", "Token for programs withdrawn"),
    "set": Words("Đặt định danh X-Road", "X-Road identifier set"),
    "remove": Words("Gỡ định danh X-Road", "X-Road identifier removed"),
    "open": Words("Mở sự cố", "Incident opened"),
    "contain": Words("Đã ngăn chặn", "Contained"),
    "report": Words("Đã báo cáo", "Reported"),
    "close": Words("Đóng", "Closed"),
    "note": Words("Ghi thêm", "Said something"),
    "ask": Words("Yêu cầu mở danh tính", "Asked for sealed values"),
    "agree": Words("Đồng ý mở danh tính", "Agreed to open sealed values"),
    "take": Words("Lấy tệp niêm phong", "Took the sealed file"),
    "explain": Words("Kết luận: đã giải trình", "Explained"),
    "call-misuse": Words("Kết luận: sử dụng sai", "Called misuse"),
    "call-false": Words("Kết luận: báo nhầm", "Called a false alarm"),
    "reopen": Words("Mở lại để xem xét", "Opened again"),
    "list": Words("Thêm vào danh sách người", "Put on the list of people"),
    "unlist": Words("Bỏ khỏi danh sách người", "Taken off the list of people"),
    "quality.read-begin": Words("Bắt đầu đọc để đo chất lượng", "Reading for quality began"),
    "quality.read-end": Words("Đọc xong để đo chất lượng", "Reading for quality ended"),
    "quality.read-stopped": Words("Ngừng đọc để đo chất lượng", "Reading for quality stopped"),
    "demo.seed": Words("Tạo cùng dữ liệu mẫu", "Made with the demo"),
    "demo.account": Words("Tạo tài khoản mẫu", "Account made with the demo"),
}
"""What the actions of ADMIN records are called on the pages of what they were done to."""
OTHERWISE = Words("Thay đổi", "Changed")


@dataclass(frozen=True, slots=True)
class Deed:
    """One change. `record` is its correlation id where the reader may look at it; `done` is false where it failed."""

    at: datetime
    what: Words
    by: str
    done: bool
    record: str


async def read_history(desk: Desk, code: str, *nouns: str) -> Sequence[Deed]:
    """Return the newest changes of the things of these nouns that have this code, the newest first.

    Whoever calls this MUST already have found that the reader may see the thing itself.
    """
    async with desk.reading() as session:
        found = await changes_of(await session.connection(), code, nouns=nouns, most=MOST_SHOWN)
    return [
        Deed(
            one.at,
            DEEDS.get(one.operation, OTHERWISE),
            one.actor,
            not one.reason and one.ending == "done",
            one.exchange_id if desk.may(Permission.RECORD_READ, one.agency) else "",
        )
        for one in found
    ]
