"""How is a draft, or a try, written for a person in front of a terminal?"""

from collections.abc import Iterator, Sequence

from gateway.publication.preview import OperationPreview, Preview
from gateway.publication.trial import Trial

_WIDEST = 46
_ROWS = 5


def preview_lines(shown: Preview) -> Iterator[str]:
    """Yield the lines of a preview: what it is, its operations with their fields, some rows, and what to know."""
    yield f"{shown.code} ({shown.state}): {shown.title_vi}"
    yield f"  địa chỉ      {shown.address}"
    yield f"  nguồn        {shown.source}, {shown.adapter}, {shown.endpoint}"
    yield f"  nơi cung cấp {shown.provider}"
    if shown.secrets:
        yield f"  bí mật       {', '.join(shown.secrets)}"
    yield f"  đã thử       {shown.tried or 'chưa'}"
    for operation in shown.operations:
        yield ""
        yield from _operation_lines(operation)
    if shown.rows:
        yield ""
        yield "Vài dòng (dữ liệu cá nhân được che):"
        names = list(shown.rows[0])
        yield from table(names, [[row.get(name) or "" for name in names] for row in shown.rows[:_ROWS]])
    if shown.notes:
        yield ""
        yield "Cần biết:"
        for note in shown.notes:
            yield f"  {'bỏ qua' if note.left_out else 'lưu ý'} {note.where}: {note.vi}"
    yield from _comparison_lines(shown)


def trial_lines(trial: Trial) -> Iterator[str]:
    """Yield the lines of a try: how it ended, what came, what nobody declared."""
    yield f"{trial.operation}: {trial.outcome} ({trial.milliseconds} ms, {trial.rows} dòng)"
    yield f"  {trial.says_vi}"
    if trial.outcome != "answered":
        yield f"  {trial.says_en}"
    yield from table(
        ["trường", "lớp", "số lần", "giá trị"],
        [[one.path, one.class_, str(one.times), one.sample] for one in trial.fields],
    )
    if trial.missing:
        yield f"  không thấy: {', '.join(trial.missing)}"
    if trial.undeclared:
        yield f"  không khai, sẽ không trả cho ai: {', '.join(trial.undeclared)}"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield aligned lines; nothing when there are no rows."""
    if not rows:
        return
    cells = [[_cut(cell) for cell in line] for line in (heads, *rows)]
    widths = [max(len(line[at]) for line in cells) for at in range(len(heads))]
    for line in cells:
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()


def _operation_lines(operation: OperationPreview) -> Iterator[str]:
    changes = "" if operation.safe else " (làm thay đổi dữ liệu)"
    yield f"{operation.code}: {operation.method} {operation.path} — {operation.title_vi}{changes}"
    if operation.parameters:
        yield f"  tham số: {', '.join(operation.parameters)}"
    if operation.takes_body:
        yield f"  nội dung JSON: {', '.join(operation.body) or 'xem tài liệu'}"
    if operation.subjects:
        yield f"  dữ liệu về ai, ghi nhật ký theo: {', '.join(operation.subjects)}"
    rows = [[one.path, one.type, one.class_, one.title_vi, one.why_vi] for one in operation.fields]
    yield from table(["trường", "kiểu", "lớp", "tên", "vì"], rows)


def _comparison_lines(shown: Preview) -> Iterator[str]:
    if not shown.compared_with:
        return
    yield ""
    if not shown.breaks:
        yield f"So với phiên bản {shown.compared_with} đã công bố: không làm hỏng gì của bên gọi."
        return
    yield f"So với phiên bản {shown.compared_with} đã công bố, bên gọi sẽ hỏng:"
    for one in shown.breaks:
        yield f"  {one.where}: {one.vi} / {one.en}"


def _cut(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _WIDEST else f"{plain[: _WIDEST - 1]}…"
