"""How does the test service misbehave, so that each refusal of the gateway can be seen?"""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from gateway.demo.web import Receive, Reply, Request, Scope, Send, error_reply, json_reply, send_reply

SLOW_SECONDS = 60.0
CUT = "lienthong.cut"  # ASGI extension of `CuttingProtocol`: closes the connection at once


class Trials:
    """One path for each way of going wrong. What `/ghi` and `/ghi-roi-ngat` write is kept, to be counted."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("CREATE TABLE IF NOT EXISTS ghi (so INTEGER PRIMARY KEY, noi_dung TEXT NOT NULL)")

    async def answer(self, request: Request, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or do not."""
        match request.method, request.path:
            case "GET", "/cham":
                try:
                    await asyncio.wait_for(receive(), SLOW_SECONDS)  # returns when the caller leaves
                except TimeoutError:
                    await send_reply(send, self._told("Chậm 60 giây."))
            case "GET", "/ngat":
                _cut(scope)
            case "POST", "/ghi-roi-ngat":
                self._write(request)
                await receive()  # returns when the caller has gone
                _cut(scope)
            case _:
                await send_reply(send, self._reply(request))

    def _reply(self, request: Request) -> Reply:
        match request.method, request.path:
            case "GET", "/binh-thuong":
                return self._told("Bình thường.")
            case "GET", "/rac":
                return Reply(status=200, body=b'{"Ma": "TN-1", "ThongDiep": ')
            case "GET", "/tuchoi":
                return error_reply(403, "TU_CHOI", "Hệ thống nguồn từ chối.")
            case "GET", "/hong":
                return error_reply(500, "LOI", "Lỗi hệ thống nguồn.")
            case "POST", "/ghi":
                self._write(request)
                return self._told("Đã ghi.")
            case _:
                return error_reply(404, "KHONG_TIM_THAY", "Không tìm thấy dữ liệu.")

    def _told(self, text: str) -> Reply:
        return json_reply({"Ma": "TN-1", "ThongDiep": text, "SoLanGhi": self.written(), "NguoiThu": "Nguyễn Văn Thử"})

    def _write(self, request: Request) -> None:
        with closing(sqlite3.connect(self._path)) as connection, connection:
            text = request.body.decode("utf-8", "replace")
            connection.execute("INSERT INTO ghi (noi_dung) VALUES (?)", (text,))

    def written(self) -> int:
        """How many times something was written."""
        with closing(sqlite3.connect(self._path)) as connection:
            return int(connection.execute("SELECT count(*) FROM ghi").fetchone()[0])


def _cut(scope: Scope) -> None:
    """Close the connection without a byte; a server without the extension answers 500 by itself, which is as useful."""
    extensions = scope.get("extensions")
    if isinstance(extensions, dict):
        cut: Callable[[], None] = extensions[CUT][CUT]
        cut()
