"""What do those who run the platform look at: processes, queues, record, database, settings in force?"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from fastapi import APIRouter, Request, Response

from gateway.console.desk import Signed
from gateway.console.frame import language_of, render
from gateway.console.listing import Column, Format, asked_of, export
from gateway.console.words import Status, Tone, Words
from gateway.heartbeats import release
from gateway.platform_state import read_state, settings_in_force
from security.audit.encode import moment_of
from security.audit.log import Head
from security.audit.notes import NoteWrong, read_checkpoint, read_note
from security.staff import Permission

router = APIRouter(prefix="/console/platform", include_in_schema=False)
_USUAL_LAG = timedelta(seconds=30)
ROLES: Mapping[str, Words] = {
    "gateway": Words("Cổng (nhận lời gọi)", "Gateway (takes calls)"),
    "worker": Words("Tiến trình nền", "Worker"),
}
CHECKS: Mapping[str, Words] = {
    "database": Words("Cơ sở dữ liệu của nền tảng", "The platform's database"),
    "record": Words("Ghi nhật ký", "Recording"),
    "log": Words("Sổ nhật ký có ký số", "The signed log"),
    "limits": Words("Bộ đếm hạn mức", "Counters of limits"),
}
WELL = Status(Words("Bình thường", "Well"), Tone.GOOD)
TROUBLED = Status(Words("Có lỗi", "Trouble"), Tone.BAD)
ALIVE = Status(Words("Đang chạy", "Alive"), Tone.GOOD)
SILENT = Status(Words("Im lặng", "Silent"), Tone.BAD)
KEEPS_UP = Status(Words("Theo kịp", "Keeps up"), Tone.GOOD)
BEHIND = Status(Words("Đang chậm", "Behind"), Tone.WAITING)
JOBS: Mapping[str, Words] = {
    "expire-agreements": Words("Cho thỏa thuận hết hạn", "Expire agreements"),
    "forget-idempotency-keys": Words("Xóa khóa chống gọi lặp đã cũ", "Forget old idempotency keys"),
    "forget-loose-files": Words("Xóa tệp đính kèm không dùng", "Forget files of no agreement"),
    "forget-policy-changes": Words("Xóa thay đổi chính sách đã cũ", "Forget old changes of the policy"),
    "forget-sessions": Words("Xóa phiên đăng nhập đã hết", "Forget sessions that are over"),
    "forget-assertions": Words("Xóa chứng thực đã dùng", "Forget used assertions"),
    "index-exchanges": Words("Lập danh mục tra cứu nhật ký", "List exchanges"),
    "count-exchanges": Words("Đếm lượt trao đổi", "Count exchanges"),
    "write-feed": Words("Ghi số liệu cho IOC", "Write figures for the IOC"),
    "tell-news": Words("Tạo thông báo", "Notify people"),
    "watch-providers": Words("Theo dõi nguồn dữ liệu", "Watch providers"),
    "post-letters": Words("Gửi thư điện tử", "Send letters"),
    "plan-quality-profiles": Words("Lên lịch đo chất lượng", "Plan quality profiles"),
    "measure-quality": Words("Đo chất lượng", "Measure quality"),
    "watch-misuse": Words("Tìm dấu hiệu sử dụng sai", "Watch for misuse"),
    "record-alerts": Words("Ghi cảnh báo vào nhật ký", "Put alerts on record"),
    "watch-log": Words("Theo dõi sổ nhật ký", "Watch the log"),
    "stamp-log": Words("Xin dấu thời gian cho sổ", "Have the log stamped"),
    "sequence": Words("Đưa bản ghi vào sổ ký số", "Sign the log"),
    "make-exports": Words("Lập bản xuất nhật ký", "Make exports of the record"),
    "forget-exports": Words("Xóa bản xuất quá hạn", "Forget old exports"),
    "siem-tls": Words("Gửi sự kiện cho SIEM", "Tell a SIEM by TLS"),
    "siem-file": Words("Ghi sự kiện cho SIEM ra tệp", "Tell a SIEM by a file"),
    "settle-dead-streams": Words("Khép dòng ghi của tiến trình chết", "Settle dead streams"),
    "keep-record-months": Words("Lập bảng nhật ký cho các tháng tới", "Make tables for months to come"),
}
SETTING_COLUMNS = (
    Column("variable", Words("Biến", "Variable")),
    Column("value", Words("Giá trị đang dùng", "Value in force")),
    Column("origin", Words("Nguồn", "Where from")),
)
DEFAULT = Words("mặc định", "default")
SET = Words("đã đặt", "set")


@router.get("")
async def show_platform(request: Request, desk: Signed) -> Response:
    """Show how the platform does, or send the settings in force as a file."""
    from gateway import migrations  # this page alone needs them in a gateway: 10 MiB

    desk.require(Permission.PLATFORM_READ)
    control, language = desk.control, language_of(request)
    asked = asked_of(request, sorts=())
    settings = settings_in_force(control.settings)
    if asked.format is not Format.PAGE:
        rows = [
            (one.variable, one.value, (DEFAULT if one.is_default else SET).in_language(language)) for one in settings
        ]
        return await export("lienthong-settings", SETTING_COLUMNS, rows, form=asked.format, language=language)
    faults = {name: await check() for name, check in control.checks.items()}
    async with desk.reading() as session:
        state = await read_state(session, now=desk.now)
    waiting = (
        (Words("Số liệu báo cáo", "Figures of the reports"), state.queues.figures),
        (Words("Danh mục tra cứu nhật ký", "The list of exchanges"), state.queues.index),
        (Words("Sổ nhật ký có ký số", "The signed log"), state.queues.log),
    )
    return render(
        request,
        "platform.html",
        desk=desk,
        asked=asked,
        state=state,
        settings=settings,
        release=release(),
        head_revision=migrations.head_revision(),
        checks=[(CHECKS[name], TROUBLED if fault else WELL, fault) for name, fault in faults.items()],
        processes=[
            (one, ROLES.get(one.role, Words(one.role, one.role)), ALIVE if one.is_fresh(desk.now) else SILENT)
            for one in state.heartbeats
        ],
        waiting=[
            (words, BEHIND if since is not None and desk.now - since > _USUAL_LAG else KEEPS_UP, since)
            for words, since in waiting
        ],
        jobs=[(one.node, [_job(name, last) for name, last in one.facts.jobs.items()]) for one in state.heartbeats],
        heads=[(one, moment_of(one.signed_at_us), _witnesses(one)) for one in state.heads],
        has_redis=bool(control.settings.redis_url),
        reserve=control.settings.disk_reserve_bytes,
        columns=SETTING_COLUMNS,
        default=DEFAULT,
        set_by=SET,
    )


def _witnesses(head: Head) -> list[str]:
    """Return who signed the last checkpoint of a log besides the log itself; nobody where it cannot be read."""
    try:
        note = read_note(head.checkpoint)
        return [name for name, _ in note.signatures if name != read_checkpoint(note.text).origin]
    except NoteWrong:
        return []


def _job(name: str, last: str) -> tuple[str, Words | None, datetime | None, str]:
    """Return a job's name, its words, and when it last went well, or else how it failed."""
    try:
        return name, JOBS.get(name), datetime.fromisoformat(last), ""
    except ValueError:
        return name, JOBS.get(name), None, last
