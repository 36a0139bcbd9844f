"""What does a REST provider of the demo answer?"""

import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import orjson

from adapters.contract import Json
from gateway.demo.databases.form import Database, DataObject, ProviderOperation
from gateway.demo.draw import HANOI, Record, Records, matches
from gateway.demo.units import COMMUNES
from gateway.demo.web import Reply, Request, error_reply, json_reply

MOST_ROWS = 200
_PAGING = {"offset", "limit", "trang", "kichThuoc"}


class RestProvider:
    """Answers the operations of one REST database from its records. Whoever asks has been admitted already."""

    def __init__(self, database: Database, records: Records, *, inbox: "Inbox | None" = None) -> None:
        self._inbox = inbox
        self._records = records
        self._by_key = {one.code: {str(row[one.key]): row for row in records[one.code]} for one in database.objects}
        self._routes = [
            (operation.method, _pattern(operation.path), one, operation)
            for one in database.objects
            for operation in one.operations
        ]

    def answer(self, request: Request, *, now: datetime) -> Reply:
        """Carry out one request; `now` is when a feedback that it sends was received."""
        for method, pattern, one, operation in self._routes:
            found = pattern.fullmatch(request.path)
            if found and method == request.method:
                if not operation.safe:
                    return self._receive(operation, request, now=now)
                if operation.rows.endswith("[]"):
                    return self._list(one, operation, {**request.query, **found.groupdict()})
                return self._one(one, found.groupdict()[one.key])
        return error_reply(404, "KHONG_CO", "Không có dịch vụ này.")

    def _one(self, one: DataObject, key: str) -> Reply:
        record = self._by_key[one.code].get(key) or (self._inbox.find(key) if self._inbox else None)
        return json_reply(record) if record else error_reply(404, "KHONG_TIM_THAY", "Không tìm thấy dữ liệu.")

    def _list(self, one: DataObject, operation: ProviderOperation, asked: Mapping[str, str]) -> Reply:
        wanted = {
            path: value
            for name, value in asked.items()
            if name not in _PAGING and (path := _path_of(one, name)) is not None
        }
        held = self._records[one.code]
        rows = [row for row in held if all(matches(row, path, value) for path, value in wanted.items())]
        if operation.rows == "[]":
            return Reply(status=200, body=orjson.dumps(rows))
        page = _page(asked)
        if page is None:
            return error_reply(400, "SAI_THAM_SO", "Tham số phân trang không hợp lệ.")
        start, size = page
        envelope: dict[str, Json] = {
            "total": len(rows), "count": len(rows), "tongSo": len(rows), "trang": start // size + 1, "kichThuoc": size,
        }  # fmt: skip
        answer: dict[str, Json] = {name: envelope[name] for name, _ in operation.envelope}
        answer[operation.rows.removesuffix("[]")] = [dict(row) for row in rows[start : start + size]]
        return json_reply(answer)

    def _receive(self, operation: ProviderOperation, request: Request, *, now: datetime) -> Reply:
        if self._inbox is None:
            return error_reply(405, "KHONG_CHO_PHEP", "Không cho phép ghi.")
        return self._inbox.receive(operation, request, now=now)


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+)", re.escape(path)))


def _path_of(one: DataObject, name: str) -> str | None:
    """The path of the leaf called `name`; a raw member such as `DanhMuc` is its own path."""
    paths = [column.field for column in one.columns if column.field.split(".")[-1] == name]
    return paths[0] if paths else name if name == "DanhMuc" else None


def _page(asked: Mapping[str, str]) -> tuple[int, int] | None:
    """Where the page begins and how many rows it has, or None when the numbers are none."""
    texts = (asked.get("limit") or asked.get("kichThuoc") or "20", asked.get("offset", "0"), asked.get("trang", "1"))
    if not all(text.isdecimal() and len(text) < 9 for text in texts):
        return None
    size, offset, page = (int(text) for text in texts)
    size = min(max(size, 1), MOST_ROWS)
    return (offset or (max(page, 1) - 1) * size), size


class Inbox:
    """Keeps the feedback that was sent; the same `Idempotency-Key` never makes a second one, also after a restart."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS phan_anh"
                " (so INTEGER PRIMARY KEY, khoa TEXT NOT NULL UNIQUE, bam TEXT NOT NULL, ho_so TEXT NOT NULL)"
            )

    def find(self, code: str) -> Record | None:
        """The feedback with this code, if it came in here."""
        number = code.removeprefix("PA56-G")
        if number == code or not number.isdecimal():
            return None
        with closing(sqlite3.connect(self._path)) as connection:
            row = connection.execute("SELECT ho_so FROM phan_anh WHERE so = ?", (int(number),)).fetchone()
        return _record(row[0]) if row else None

    def receive(self, operation: ProviderOperation, request: Request, *, now: datetime) -> Reply:
        """Keep a feedback and answer with it: 201 when new, 200 when this key sent the same before, else 409."""
        key = request.headers.get("idempotency-key", "")
        if not key:
            return error_reply(400, "THIEU_KHOA", "Cần đầu mục Idempotency-Key.")
        content = _content(operation, request.body)
        if content is None:
            return error_reply(422, "SAI_DU_LIEU", "Nội dung phản ánh không hợp lệ.")
        digest = sha256(orjson.dumps(dict(content), option=orjson.OPT_SORT_KEYS)).hexdigest()
        with closing(sqlite3.connect(self._path)) as connection, connection:
            connection.execute("BEGIN IMMEDIATE")
            kept = connection.execute("SELECT bam, ho_so FROM phan_anh WHERE khoa = ?", (key,)).fetchone()
            if kept:
                if kept[0] != digest:
                    return error_reply(409, "TRUNG_KHOA", "Khóa này đã dùng cho một phản ánh khác.")
                return json_reply(_record(kept[1]))
            number = connection.execute("SELECT coalesce(max(so), 0) + 1 FROM phan_anh").fetchone()[0]
            record = _received(number, content, now)
            row = (number, key, digest, orjson.dumps(dict(record)).decode())
            connection.execute("INSERT INTO phan_anh VALUES (?, ?, ?, ?)", row)
        return json_reply(record, status=201)


def _record(text: str) -> Record:
    found = orjson.loads(text)
    return found if isinstance(found, dict) else {}


def _content(operation: ProviderOperation, body: bytes) -> Mapping[str, str] | None:
    """The members of a feedback, all texts, none unknown, the required ones there; None when it is not so."""
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    known = {name for name, _ in operation.body}
    if not isinstance(given, dict) or not set(given) <= known:
        return None
    if not all(given.get(name) for name in operation.required):
        return None
    if not all(isinstance(value, str) and len(value) <= 4_000 for value in given.values()):
        return None
    return given if given.get("MaDVHC") in {one.code for one in COMMUNES} else None


def _received(number: int, content: Mapping[str, str], now: datetime) -> Record:
    return {
        "MaPhanAnh": f"PA56-G{number:06d}", "LinhVuc": content["LinhVuc"], "MaDVHC": content["MaDVHC"],
        "TieuDe": content["TieuDe"], "NoiDung": content["NoiDung"], "DiaDiem": content.get("DiaDiem"),
        "TrangThai": "Mới gửi", "ThoiDiemGui": now.astimezone(HANOI).isoformat(timespec="seconds"), "HanXuLy": None,
        "NguoiGui": {
            "HoVaTen": None, "SoDinhDanh": content.get("SoDinhDanh"), "DienThoai": content.get("DienThoai"),
        },
        "XuLy": [], "DanhGia": None, "_thietBi": {"ip": "10.57.0.1", "ungDung": "lgsp"},
    }  # fmt: skip
