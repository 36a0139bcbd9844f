"""What does a data owner have on the first day? A directory with a table, a workbook, two documents and providers.

The commands of docs/publishing.md are run in it, one after the other, as processes of their own.
"""

import re
import shlex
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import msgspec
import openpyxl
from conftest import administrate, with_database
from gateways import RestProvider
from nursery import run_command
from soap_province import WSDL, XSD, SoapProvider

PAGE = Path(__file__).parent.parent / "docs" / "publishing.md"
CATALOGUE = {
    "agencies": [{"code": "000.00.06.H32", "name_vi": "Sở Nông nghiệp và Môi trường"}],
    "databases": [
        {
            "code": "datdai",
            "title_vi": "Đất đai",
            "title_en": "Land",
            "owner": "000.00.06.H32",
            "domain_vi": "Đất đai",
        }
    ],
}
OPENAPI = """openapi: 3.1.0
info: {title: Thửa đất, version: "1.0"}
servers: [{url: "http://127.0.0.1:9101"}]
paths:
  /thua-dat/{SoGCN}:
    get:
      operationId: traCuu
      summary: Tra cứu một thửa đất
      parameters:
        - {name: SoGCN, in: path, required: true, schema: {type: string}}
      responses:
        "200":
          description: Thửa đất
          content:
            application/json:
              schema:
                type: object
                properties:
                  SoGCN: {type: string}
                  DienTich: {type: number}
                  ChuSoHuu:
                    type: object
                    properties:
                      HoVaTen: {type: string}
                      SoDinhDanh: {type: string}
"""
SETTINGS = {
    "LIENTHONG_PROVIDER_DIRS": "nguon",
    "LIENTHONG_SECRET_DIRS": "bi-mat",
    "LIENTHONG_EGRESS_NETWORKS": "127.0.0.0/8",
    "LIENTHONG_DISK_RESERVE_BYTES": "1048576",
}
TABLE = """CREATE TABLE giay_chung_nhan (
  so_gcn varchar(20) PRIMARY KEY, so_dinh_danh varchar(12) NOT NULL, ho_ten varchar(100), dan_toc varchar(30),
  dien_tich numeric(12, 1), ngay_cap date, c17 varchar(40))"""
ROWS = "INSERT INTO giay_chung_nhan VALUES " + ", ".join(
    f"('CD{n}', '05609900000{n}', 'Nguyễn Văn Thử', 'Kinh', {100.5 + n}, '2020-01-0{n + 1}', 'thu{n}@vi-du.vn')"
    for n in range(5)
)


@dataclass(frozen=True)
class Step:
    """One command of the page, and the lines that it must print, in this order."""

    command: str
    expected: tuple[str, ...]


def steps_of(section: str) -> list[Step]:
    """Return the commands of a section of the page; `…` lines are left out of what is expected."""
    text = PAGE.read_text(encoding="utf-8").split(f"\n## {section}\n")[1].split("\n## ")[0]
    steps: list[Step] = []
    for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.replace("\\\n", " ").partition("\n")
            lines = tuple(plain(line) for line in output.splitlines() if line.strip() not in ("", "…"))
            steps.append(Step(command, lines))
    return steps


def plain(line: str) -> str:
    """Return a line with blanks joined and durations left out: what differs between two machines."""
    return re.sub(r"\d+ ms", "N ms", " ".join(line.split()))


def sections() -> list[str]:
    """Return the sections of the page that have commands."""
    text = PAGE.read_text(encoding="utf-8")
    return [part.splitlines()[0] for part in text.split("\n## ")[1:] if "```console" in part]


@dataclass
class FirstDay:
    """The directory, its providers, and how the page's addresses are called here."""

    directory: Path
    postgresql_url: str
    rest: RestProvider = field(default_factory=RestProvider)
    soap: SoapProvider = field(default_factory=SoapProvider)

    @classmethod
    def begin(cls, directory: Path, admin_url: str) -> "FirstDay":
        """Return the first day in `directory`, with a database of its own on the PostgreSQL at `admin_url`."""
        name = f"so_{uuid.uuid4().hex}"
        administrate(admin_url, f'CREATE DATABASE "{name}" TEMPLATE template0')
        return cls(directory, with_database(admin_url, name))

    def __post_init__(self) -> None:
        source = self.directory / "nguon"
        source.mkdir()
        (self.directory / "bi-mat").mkdir()
        (self.directory / "danh-muc.json").write_bytes(msgspec.json.encode(CATALOGUE))
        self._write_tables(source / "datdai.sqlite")
        self._write_workbook(source / "tau-ca.xlsx")
        (self.directory / "thua-dat.yaml").write_text(self.here(OPENAPI), encoding="utf-8")
        bundle = self.directory / "ho-gia-dinh" / "types"
        bundle.mkdir(parents=True)
        (bundle.parent / "ho.wsdl").write_text(WSDL, encoding="utf-8")
        (bundle / "ho.xsd").write_text(XSD, encoding="utf-8")
        (self.directory / "yeu-cau.json").write_text('{"SoHo": "H1"}')

    def _write_tables(self, path: Path) -> None:
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(TABLE)
            connection.execute(ROWS)
        administrate(self.postgresql_url, TABLE)
        administrate(self.postgresql_url, ROWS)

    @staticmethod
    def _write_workbook(path: Path) -> None:
        book = openpyxl.Workbook()
        sheet = book.active
        assert sheet is not None
        sheet.append(["Số đăng ký", "Chủ sở hữu", "Số định danh", "Điện thoại", "Ngày cấp", "Công suất (CV)"])
        for n in range(6):
            sheet.append([f"KH-{n}", "Trần Văn Thử", f"05609900000{n}", f"090000000{n}", date(2020, 1, 1 + n), 90 + n])
        book.save(path)

    def here(self, text: str) -> str:
        """Return text of the page with the addresses of this machine."""
        return (
            text.replace("http://127.0.0.1:9101", self.rest.url)
            .replace("http://127.0.0.1:9102", self.soap.url)
            .replace("postgresql://nguoi-doc@127.0.0.1:5432/datdai", self.postgresql_url)
        )

    def run(self, command: str) -> list[str]:
        """Run `lienthong …` as a process and return its lines; what went wrong is among them."""
        words = shlex.split(self.here(command))
        assert words[0] == "lienthong", command
        _, printed = run_command(words[1:], settings=SETTINGS, directory=self.directory)
        return [plain(line) for line in printed.splitlines()]

    def close(self) -> None:
        """Let the providers go."""
        self.rest.close()
        self.soap.close()


def missing(expected: tuple[str, ...], printed: list[str]) -> Iterator[str]:
    """Yield the expected lines that do not stand in `printed`, in this order."""
    rest = iter(printed)
    for line in expected:
        if not any(line == other for other in rest):
            yield line
