"""How does a list of agencies come from a spreadsheet into the catalogue, seen line by line before it is taken?

The preview carries the lines in its own form: nothing is kept in between, and what is taken is judged again.
"""

import asyncio
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
from fastapi import APIRouter, Request, Response

from adapters.lines import FileBroken, Line, Reading, open_lines
from adapters.lines import Format as FileFormat
from catalog.agency_lists import MOST_LINES, ListedAgency, ListedStep, plan_list, take_list
from catalog.changes import Change
from catalog.descriptions import AgencyDescription
from catalog.errors import ContentInvalid, Fault
from catalog.folding import fold
from gateway.console.desk import Desk, Signed
from gateway.console.forms import NOTHING_REFUSED, Form, Refused, Upload, attempted
from gateway.console.frame import redirect, render
from gateway.console.words import Status, Tone, Words
from security.staff import Permission

router = APIRouter(prefix="/console/agencies/import", include_in_schema=False)
MAX_FILE_BYTES = 2 * 1024 * 1024
_HEADINGS: Mapping[str, str] = {
    "CODE": "code", "MA": "code", "MA DINH DANH": "code", "MA DON VI": "code", "MA CO QUAN": "code",
    "NAME_VI": "name_vi", "TEN": "name_vi", "TEN DON VI": "name_vi", "TEN CO QUAN": "name_vi",
    "NAME_EN": "name_en", "TEN TIENG ANH": "name_en",
    "PARENT": "parent", "CAP TREN": "parent", "MA CAP TREN": "parent", "DON VI CAP TREN": "parent",
}  # fmt: skip
_STEPS: Mapping[ListedStep, Status] = {
    ListedStep.ADD: Status(Words("Thêm mới", "Add"), Tone.GOOD),
    ListedStep.REVISE: Status(Words("Sửa", "Revise"), Tone.WAITING),
    ListedStep.KEEP: Status(Words("Không đổi", "No change"), Tone.QUIET),
    ListedStep.REFUSE: Status(Words("Có lỗi", "Wrong"), Tone.BAD),
}
Lines = list[tuple[int, AgencyDescription]]


@router.get("")
async def show_import(request: Request, desk: Signed) -> Response:
    """Ask for the file."""
    desk.require(Permission.AGENCY_CREATE)
    return _page(request, desk)


@router.post("")
async def take_file(request: Request, desk: Signed) -> Response:
    """Read the file and show what each line would do."""
    form = await desk.read_form(request, most_bytes=MAX_FILE_BYTES)
    desk.require(Permission.AGENCY_CREATE)
    read = await attempted(asyncio.to_thread(_read, form.uploads.get("list")))
    if isinstance(read, Refused):
        return _page(request, desk, refused=read)
    return await _preview(request, desk, read)


@router.post("/take")
async def take_lines(request: Request, desk: Signed) -> Response:
    """Take the lines that were shown, whole or not at all."""
    form = await desk.read_form(request, most_bytes=2 * MAX_FILE_BYTES)
    desk.require(Permission.AGENCY_CREATE)
    done = await attempted(_take(desk, form))
    if isinstance(done, Refused):
        return _page(request, desk, refused=done)
    return redirect("/console/agencies")


async def _take(desk: Desk, form: Form) -> Change:
    try:
        lines = msgspec.json.decode(form.text("lines"), type=Lines)
    except msgspec.MsgspecError as error:
        raise ContentInvalid([Fault("list", "hãy nạp lại tệp", "load the file again")]) from error
    return await desk.change("import", lambda session: take_list(session, lines, by=desk.actor))


async def _preview(request: Request, desk: Desk, lines: Lines) -> Response:
    async with desk.reading() as session:
        planned: Sequence[ListedAgency] = await plan_list(session, lines)
    counted = Counter(one.step for one in planned)
    return render(
        request,
        "agencies/preview.html",
        desk=desk,
        planned=planned,
        steps=_STEPS,
        counted=[(_STEPS[step], counted[step]) for step in ListedStep if counted[step]],
        may_take=not counted[ListedStep.REFUSE] and bool(counted[ListedStep.ADD] + counted[ListedStep.REVISE]),
        wrong=counted[ListedStep.REFUSE],
        lines=msgspec.json.encode(lines).decode(),
    )


def _page(request: Request, desk: Desk, *, refused: Refused = NOTHING_REFUSED) -> Response:
    status = 422 if refused is not NOTHING_REFUSED else 200
    return render(request, "agencies/import.html", status=status, desk=desk, refused=refused, most=MOST_LINES)


def _read(upload: Upload | None) -> Lines:
    """Return the lines of a spreadsheet. Raises ContentInvalid at `list`."""
    if upload is None:
        raise ContentInvalid([Fault("list", "hãy chọn một tệp", "choose a file")])
    reading = _reading(upload)
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / f"danh-sach.{reading.format}"  # openpyxl believes a name only
        file.write_bytes(upload.content)
        try:
            with open_lines(file, reading) as (header, rows):
                places = _places(header)
                return [(number, _described(cells, places)) for number, cells in _bounded(rows)]
        except FileBroken as error:
            raise ContentInvalid(
                [Fault("list", f"không đọc được: {error.vi}", f"cannot be read: {error.en}")]
            ) from error


def _reading(upload: Upload) -> Reading:
    suffix = upload.name.rpartition(".")[2].lower()
    if suffix == "xlsx":
        return Reading(FileFormat.XLSX)
    if suffix != "csv":
        raise ContentInvalid([Fault("list", "phải là tệp .csv hoặc .xlsx", "must be a .csv or .xlsx file")])
    first = upload.content.split(b"\n", 1)[0]
    return Reading(FileFormat.CSV, delimiter=";" if first.count(b";") > first.count(b",") else ",")


def _places(header: Sequence[str]) -> dict[str, int]:
    """Return in which column each member stands. Raises ContentInvalid when code or name stands in none."""
    found = {_HEADINGS[fold(title)]: place for place, title in enumerate(header) if fold(title) in _HEADINGS}
    if not {"code", "name_vi"} <= found.keys():
        vi = "dòng đầu phải có cột “Mã” và cột “Tên” (có thể thêm “Tên tiếng Anh”, “Mã cấp trên”)"
        raise ContentInvalid([Fault("list", vi, "the first line must have the columns code and name_vi")])
    return found


def _bounded(rows: Iterator[Line]) -> Iterator[Line]:
    for count, row in enumerate(rows, start=1):
        if count > MOST_LINES:
            told = Fault("list", f"không quá {MOST_LINES} dòng", f"must have at most {MOST_LINES} lines")
            raise ContentInvalid([told])
        yield row


def _described(cells: Sequence[str | None], places: Mapping[str, int]) -> AgencyDescription:
    said = {name: " ".join((cells[place] or "").split()) for name, place in places.items()}
    return AgencyDescription(**said)
