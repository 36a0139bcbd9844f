"""Where does anybody paste a receipt and see whether its promise was kept?

Public, and without an account: whoever was answered may hold us to it. The receipt stands in the address, so that a
finding can be passed on; it names nobody.
"""

from collections.abc import Mapping

from fastapi import APIRouter, Request, Response

from gateway.api.control import control_of
from gateway.console.desk import Visitor
from gateway.console.frame import render
from gateway.console.words import Status, Tone, Words
from gateway.exchange import clock
from gateway.receipts import Finding, Promise, find_promise
from security.audit.encode import moment_of
from security.audit.proving import Proof

router = APIRouter(include_in_schema=False)
HERE = "/log/receipt"
PROMISES: Mapping[Promise, Status] = {
    Promise.UNREADABLE: Status(Words("Không phải biên nhận", "No receipt"), Tone.BAD),
    Promise.FORGED: Status(Words("Không phải do nền tảng này ký", "Not signed by this platform"), Tone.BAD),
    Promise.INCLUDED: Status(Words("Lời hứa đã được giữ", "The promise was kept"), Tone.GOOD),
    Promise.PENDING: Status(Words("Đang chờ đưa vào sổ", "On its way into the log"), Tone.WAITING),
    Promise.LATE: Status(Words("Quá hạn đưa vào sổ", "Late"), Tone.BAD),
    Promise.ABSENT: Status(Words("Bản ghi không còn", "The record is not there"), Tone.BAD),
    Promise.REPLACED: Status(Words("Bản ghi đã bị thay", "The record was replaced"), Tone.BAD),
}
NEXT: Mapping[Promise, Words] = {
    Promise.UNREADABLE: Words(
        "Dán nguyên giá trị của trường Exchange-Receipt trong câu trả lời, không thêm bớt ký tự nào.",
        "Paste the whole value of the answer's Exchange-Receipt field, without a change.",
    ),
    Promise.FORGED: Words(
        "Hãy dán lại nguyên văn. Nếu vẫn vậy thì biên nhận này không do nền tảng cấp, hoặc đã bị sửa.",
        "Paste it again, word for word. If it stays so, this receipt was not given by this platform, or was changed.",
    ),
    Promise.INCLUDED: Words(
        "Bản ghi nằm trong sổ có ký số. Tải chứng minh bên dưới để ai cũng tự kiểm được, không cần hỏi nền tảng.",
        "The record is in the signed log. Take the proof below along: anybody can check it without asking us.",
    ),
    Promise.PENDING: Words(
        "Bản ghi đã có trong nhật ký; thường một, hai giây sau là vào sổ có ký số. Hãy xem lại.",
        "The record is there, and mostly in the signed log a second or two later. Look again.",
    ),
    Promise.LATE: Words(
        "Quá một phút mà bản ghi chưa vào sổ có ký số. Hãy giữ biên nhận và báo đơn vị vận hành.",
        "After more than a minute the record is in no signed log. Keep the receipt, and tell the operator.",
    ),
    Promise.ABSENT: Words(
        "Nền tảng đã ký rằng có bản ghi này mà nay không còn. Hãy giữ biên nhận: đó là bằng chứng. Báo thanh tra.",
        "We signed that the record exists, and it is not there. Keep the receipt: it is evidence. Tell the inspectors.",
    ),
    Promise.REPLACED: Words(
        "Ở chỗ đã hứa có một bản ghi khác. Hãy giữ biên nhận: đó là bằng chứng nhật ký đã bị sửa. Báo thanh tra.",
        "Another record stands in its place. Keep the receipt: it is evidence of a change. Tell the inspectors.",
    ),
}
"""What whoever holds the receipt does next."""


@router.get(HERE)
async def show_receipt(request: Request, desk: Visitor) -> Response:
    """Ask for a receipt, or say what became of its promise."""
    text = request.query_params.get("receipt", "")
    control = control_of(request)
    found: Finding | None = None
    if text.strip():
        async with control.database.reading() as session:
            found = await find_promise(await session.connection(), text, keys=control.receipt_keys, now=clock())
    says = None if found is None else found.statement
    return render(
        request,
        "record/receipt.html",
        desk=desk,
        text=text,
        found=found,
        says=says,
        at=None if says is None else moment_of(says.at_us),
        promise=None if found is None else PROMISES[found.promise],
        next_step=None if found is None else NEXT[found.promise],
        proof=proof_of(found),
    )


def proof_of(found: Finding | None) -> Proof | None:
    """Return the proof of a promise that was kept."""
    if found is None or found.kept is None or found.promise is not Promise.INCLUDED:
        return None
    return found.kept.proof
