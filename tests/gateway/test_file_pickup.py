"""Is a new file of a department served soon, and is a broken one refused where somebody sees it, the old one staying?

A whole gateway serves a CSV file published as an importer drafts it.
"""

import asyncio
import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import msgspec
import pytest
from conftest import in_a_thread, migrate
from gateways import NO_TLS, PROVIDER_AGENCY, SYSTEM, TERMS, GatewayProcess, ask, grant, token
from providers.surroundings import AROUND
from technologies import settle

from adapters.inspection.files import inspect_files
from catalog.importers.draft import Draft, Wanted
from catalog.importers.file import draft_file
from catalog.terms import AgreementTerms

HEADER = "Mã trạm;Chỉ số;NgayCap"
GOOD = f"{HEADER}\n01;1,5;31/01/2026\n02;2;01/02/2026\n"
PATIENCE_SECONDS = 60.0  # what was promised

pytestmark = pytest.mark.xdist_group("file-pickup")


@dataclass(frozen=True)
class Share:
    """The share of a department, and the gateway that serves its file."""

    gateway: GatewayProcess
    file: Path
    token: str

    def put(self, text: str) -> None:
        """Replace the file as a careful program does: written beside, renamed over."""
        beside = self.file.with_suffix(".dang-ghi")
        beside.write_text(text)
        beside.rename(self.file)

    def ask(self, key: str) -> int:
        path = f"/x/moitruong/tram/v1/chi-tiet/{key}"
        return ask(self.gateway, path, authorization=f"Bearer {self.token}").status_code

    def standing(self) -> str:
        """How the provider stands after a call, which makes the gateway look."""
        self.ask("02")
        return self.standing_by_itself()

    def standing_by_itself(self) -> str:
        ready = httpx2.get(f"{self.gateway.url}/readyz", timeout=10, verify=NO_TLS)
        return str(ready.json()["providers"]["mt.tram"])

    def logged(self) -> list[str]:
        lines = [json.loads(line) for line in self.gateway.log().splitlines() if line.startswith("{")]
        return [line.get("remark", line["event"]) for line in lines if line.get("provider") == "mt.tram"]

    def until(self, happens: Callable[[], bool]) -> bool:
        end = time.monotonic() + PATIENCE_SECONDS
        while not happens() and time.monotonic() < end:
            time.sleep(0.2)
        return happens()


def terms_of(draft: Draft) -> AgreementTerms:
    operation = draft.service.operations[1]
    fields = tuple(field.path for field in operation.fields)
    agreed = msgspec.structs.replace(grant(operation.code, fields), service="tram")
    return msgspec.structs.replace(TERMS, database="moitruong", systems=(SYSTEM,), grants=(agreed,))


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Share]:
    directory = tmp_path_factory.mktemp("nhan-tep")
    file = directory / "nguon" / "tram.csv"
    file.parent.mkdir()
    file.write_text(GOOD)
    wanted = Wanted(
        database="moitruong", service="tram", title_vi="Trạm", agency=PROVIDER_AGENCY, provider="mt.tram",
        endpoint=str(file),
    )  # fmt: skip
    draft = draft_file(in_a_thread(lambda: asyncio.run(inspect_files(str(file), AROUND))), wanted)
    options = msgspec.json.decode(draft.provider.options) | {"poll_seconds": 0, "settle_seconds": 0.6}
    provider = msgspec.structs.replace(draft.provider, options=msgspec.Raw(msgspec.json.encode(options)))
    url = f"sqlite:///{directory / 'lienthong.db'}"
    migrate(url)
    in_a_thread(lambda: asyncio.run(settle(url, [(provider, draft.service)], terms_of(draft))))
    gateway = GatewayProcess(directory, url)
    gateway.start()
    yield Share(gateway, file, token(gateway))
    gateway.stop()


@pytest.fixture
def share(running: Share) -> Share:
    """The share with the good file on it, served."""
    running.put(GOOD)
    assert running.until(lambda: running.standing() == "ok" and running.ask("02") == 200)
    return running


def test_a_new_file_is_served_within_a_minute(share: Share) -> None:
    share.put(f"{GOOD}03;3;02/02/2026\n")

    assert share.until(lambda: share.ask("03") == 200)


BROKEN = [
    (f"{GOOD}03;3;30/02/2026\n", "tram.csv, row 4, column 'NgayCap': is no date"),
    (f"{GOOD}01;3;01/02/2026\n", "tram.csv, row 4, column 'Mã trạm': the key stands twice"),
    (GOOD.replace("NgayCap", "Ngày"), "tram.csv, column 'NgayCap': the column is missing"),
]


@pytest.mark.parametrize(("text", "says"), BROKEN, ids=["value", "key", "heading"])
def test_a_broken_file_is_refused_where_an_operator_sees_it(text: str, says: str, share: Share) -> None:
    share.put(text)

    assert share.until(lambda: says in share.standing())
    assert share.standing().startswith("ok: serving tram.csv of 20")
    assert share.ask("02") == 200


def test_a_refusal_is_told_without_a_call_and_without_a_value(share: Share) -> None:
    share.put(f"{GOOD}03;bi-mat;01/02/2026\n")

    assert share.until(lambda: "row 4, column 'Chỉ số'" in share.standing_by_itself())
    assert share.until(lambda: any("row 4, column 'Chỉ số'" in said for said in share.logged()))
    assert "bi-mat" not in share.gateway.log()


def test_a_file_that_is_mended_is_served(share: Share) -> None:
    share.put("broken")
    assert share.until(lambda: "refused" in share.standing())
    share.put(f"{GOOD}09;9;01/02/2026\n")

    assert share.until(lambda: share.ask("09") == 200 and share.standing() == "ok")


def test_a_file_that_is_still_being_written_is_not_served(share: Share) -> None:
    answers = []
    with share.file.open("a") as growing:
        for number in range(10, 22):
            growing.write(f"{number};1;01/02/2026\n")
            growing.flush()
            time.sleep(0.1)
            answers.append(share.ask("10"))

    assert set(answers) == {404}
    assert share.until(lambda: share.ask("21") == 200)


def test_a_file_that_is_gone_stays_served_and_is_missed(share: Share) -> None:
    share.file.unlink()

    assert share.until(lambda: "there is no such file" in share.standing())
    assert share.ask("02") == 200


def test_a_link_that_leads_elsewhere_is_not_followed(share: Share) -> None:
    outside = share.gateway.directory / "ngoai.csv"
    outside.write_text(f"{HEADER}\n99;1;01/02/2026\n")
    link = share.file.with_suffix(".lien-ket")
    link.symlink_to(outside)
    link.rename(share.file)

    assert share.until(lambda: "lies outside" in share.standing())
    assert (share.ask("99"), share.ask("02")) == (404, 200)


def test_a_file_of_the_same_size_and_time_is_noticed(share: Share) -> None:
    was = share.file.stat()
    beside = share.file.with_suffix(".moi")
    beside.write_text(GOOD.replace("02;2", "77;2"))
    os.utime(beside, ns=(was.st_atime_ns, was.st_mtime_ns))
    beside.rename(share.file)

    assert share.until(lambda: share.ask("77") == 200)
