"""Which flows of people who look into the record do marked values go through?

Each function is one part of the console, of the control API or of the citizen's own view, and tells the bureau of every
flow whether its answer was right. A mark stands where it belongs, and where somebody typed it by mistake.
"""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx2
from bureau import ADMIN, FIRST, LONG_AGO, OFFICER, SECOND, Bureau
from citizens import CLAIM, PORTAL_CLIENT
from gateways import CONSUMER_AGENCY, NO_TLS, PARCELS, SYSTEM, token
from leftovers import unpacked, unpacked_all
from logged import soon
from visitors import Visitor

RECORD, ALERTS, HOLDS = "/console/record", "/console/alerts", "/console/holds"
PERSON, INCIDENTS, REVEALS = f"{RECORD}/person", f"{RECORD}/incidents", f"{RECORD}/reveals"
EXPORTS, FOUND = "/api/v1/record/exports", "/api/v1/record/exchanges"
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def go_through(bureau: Bureau) -> str:
    """Go through every flow but exports, and return the exchange that all of them are about."""
    watch_people(bureau)
    called = call_for_the_person(bureau)
    bureau.await_log()
    archive_long_ago(bureau)
    alert = await_alert(bureau, called)
    bureau.start_worker()  # it tells what was found until now
    type_it_in_the_wrong_place(bureau)
    search_people(bureau, called)
    search_the_record(bureau, called)
    judge_alert(bureau, alert, called)
    show_the_citizen(bureau, called)
    follow_an_incident(bureau, called)
    hold_months(bureau)
    await_letters(bureau)
    look_around(bureau)
    return called


def take_along(bureau: Bureau, called: str) -> None:
    """Take the record of all flows along, when they are over."""
    take_exports(bureau, order_exports(bureau, called), called)
    bureau.await_log()


def watch_people(bureau: Bureau) -> None:
    """Put people on the list of those of whom each look is to be explained, before anybody asks for them."""
    auditor = bureau.office.visitor(FIRST)
    place = f"{ALERTS}/people"
    auditor.go(place)
    for name, mark in bureau.marks.items():
        typed = {"kind": "flagged", "number": mark, "reason": f"Nhân chứng được bảo vệ, công văn về {name}"}
        status = auditor.send(place, typed).status_code
        bureau.flow(f"watch {name}", status == (303 if mark.isascii() else 422))
        bureau.flow(f"watch {name} without why", auditor.send(place, typed | {"reason": ""}).status_code == 422)
        auditor.go(place)
    officer = {"kind": "officer", "number": bureau.identity, "agency": CONSUMER_AGENCY, "officer": "cb-07"}
    bureau.flow("watch an officer", auditor.send(place, officer | {"reason": "tự tra cứu"}).status_code == 303)
    auditor.go(place)
    person = auditor.page.split("công văn về case file")[1].split(f"{place}/")[1].split("/remove")[0]
    bureau.flow("unwatch", auditor.send(f"{place}/{person}/remove").status_code == 303)


def call_for_the_person(bureau: Bureau) -> str:
    """Call for the person under his case file as a system does, and return the exchange's id."""
    headers = {"authorization": f"Bearer {token(bureau.gateway)}", "case-file": bureau.marks["case file"]}
    address = f"{bureau.gateway.url}{PARCELS}?SoDinhDanh={bureau.identity}"
    answer = httpx2.get(address, headers=headers, timeout=20, verify=NO_TLS)
    bureau.flow("call for the person", answer.status_code == 200)
    return str(answer.headers["exchange-id"])


def archive_long_ago(bureau: Bureau) -> None:
    """Put the month of long ago into files, and remove it from the database."""
    month, directory = f"{LONG_AGO:%Y-%m}", str(bureau.directory / "archive")
    archived = bureau.command("record", "archive", month, directory, "--by", ADMIN)
    removed = bureau.command("record", "remove", month, directory, "--by", ADMIN)
    bureau.handed += [archived.encode(), removed.encode()]
    files = unpacked_all((bureau.directory / "archive").iterdir())
    bureau.flow("archive", "verified" in archived and bureau.long_ago.encode() in files)
    bureau.flow("remove", f"{month}: records" in removed)


def search_people(bureau: Bureau, called: str) -> None:
    """Look for each mark as a person's number and as a case file's, in the database and in the archive."""
    finds = {("identity", "person"): True, ("case file", "case-file"): True}
    for code in (FIRST, OFFICER):
        visitor = bureau.office.visitor(code)
        for name, mark in bureau.marks.items():
            for kind in ("person", "case-file"):
                visitor.go(PERSON)
                status = visitor.send(PERSON, {"kind": kind, "number": mark}).status_code
                found = (status, called in visitor.page) == (200, finds.get((name, kind), False))
                bureau.flow(f"{code} looks for {name} as {kind}", found)
                if code == FIRST and name in ("identity", "case file", "old card") and finds.get((name, kind)):
                    bureau.flow(f"{name} is found in the archive", bureau.long_ago in visitor.page)
        visitor.go(PERSON)
        bureau.flow(f"{code} types too much", visitor.send(PERSON, {"number": bureau.identity * 20}).status_code == 422)


def search_the_record(bureau: Bureau, called: str) -> None:
    """Search by what a search is by, keep one, take signed results and lists along, and look at what is archived."""
    auditor = bureau.office.visitor(FIRST)
    auditor.go(f"{RECORD}?system={SYSTEM}&ending=done")
    bureau.flow("search the record", called in auditor.page)
    bureau.handed.append(auditor.page.encode())
    kept = auditor.send(f"{RECORD}/searches", {"name": "Của Một cửa", "system": SYSTEM, "shared": "on"})
    bureau.flow("keep a search", kept.status_code == 303)
    said = auditor.go(f"{RECORD}/manifest?system={SYSTEM}").json()["manifest"]
    bureau.flow("take a signed result", said["count"] > 0)
    table = auditor.go(f"{RECORD}?system={SYSTEM}&ending=done&format=csv").content
    bureau.flow("take the list", called.encode() in table)
    api = bureau.api(FIRST, "GET", f"{FOUND}?system={SYSTEM}&ending=done")
    bureau.flow("search over the API", called in api.text)
    old = bureau.api(FIRST, "GET", f"{FOUND}/{bureau.long_ago}")
    bureau.flow("read an archived exchange", [one["kind"] for one in old.json()["records"]] == ["INTENT", "OUTCOME"])
    span = f"since={quote((LONG_AGO - timedelta(1)).isoformat())}&until={quote((LONG_AGO + timedelta(1)).isoformat())}"
    archived = bureau.api(FIRST, "GET", f"{FOUND}?{span}")
    bureau.flow("search the archive", bureau.long_ago in archived.text)
    auditor.go(f"{RECORD}/{bureau.long_ago}")
    bureau.flow("look at an archived exchange", bureau.long_ago in auditor.page)
    bureau.handed += [json.dumps(said).encode(), table, api.content, old.content, archived.content]
    bureau.handed.append(auditor.page.encode())


def await_alert(bureau: Bureau, called: str) -> str:
    """Return the alert that was raised because a watched person was asked for."""
    listed = soon(lambda: bureau.api(FIRST, "GET", "/api/v1/alerts?rule=R5"), lambda found: called in found.text)
    bureau.flow("list alerts over the API", listed.status_code == 200)
    bureau.handed.append(listed.content)
    return next(str(one["id"]) for one in listed.json() if called in one["exchanges"])


def judge_alert(bureau: Bureau, alert: str, called: str) -> None:
    """Look at the alert that a watched person made, over pages and addresses, and say what it was."""
    auditor, place = bureau.office.visitor(FIRST), f"{ALERTS}/{alert}"
    shown = bureau.api(FIRST, "GET", f"/api/v1/alerts/{alert}")
    told = {"step": "explain", "note": "Đã hỏi trưởng phòng"}
    bureau.flow("read an alert over the API", called in shown.text)
    bureau.handed.append(shown.content)
    for address in (ALERTS, place, f"{ALERTS}?format=csv", f"{ALERTS}/week", f"{ALERTS}/people"):
        answer = auditor.go(address)
        bureau.flow(f"page {address.replace(alert, '…')}", answer.status_code == 200)
        bureau.handed.append(answer.content)
    auditor.go(place)
    bureau.flow("triage", auditor.send(place, told).status_code == 303)
    again = bureau.api(SECOND, "POST", f"/api/v1/alerts/{alert}/triage", json=told | {"step": "reopen"})
    bureau.flow("triage over the API", again.status_code == 200)
    bureau.handed.append(again.content)


def follow_an_incident(bureau: Bureau, called: str) -> None:
    """Open an incident, count whom it concerns, and have what is sealed in it handed out by two people."""
    auditor, other = bureau.office.visitor(FIRST), bureau.office.visitor(SECOND)
    noticed = {"noticed": (datetime.now(UTC) - timedelta(hours=9)).strftime("%Y-%m-%dT%H:%M")}
    auditor.go(f"{INCIDENTS}/new")
    said = noticed | {"title": "Lộ dữ liệu", "what": "Gửi nhầm", "exchanges": called}
    incident = _made(auditor.send(f"{INCIDENTS}/new", said))
    auditor.go(f"{INCIDENTS}/{incident}")
    bureau.flow("affected people", re.search(r'<td class="number">1</td><td class="number">2</td>', auditor.page))
    bureau.handed.append(auditor.page.encode())
    noted = auditor.send(f"{INCIDENTS}/{incident}", {"step": "contain", "text": "Đã khóa hệ thống"})
    bureau.flow("contain an incident", noted.status_code == 303)
    bureau.handed.append(auditor.go(f"{INCIDENTS}?format=csv").content)

    auditor.go(f"{REVEALS}/new")
    asked = {"reason": "Điều tra", "incident": incident, "exchanges": f"{called} {bureau.long_ago}"}
    reveal = _made(auditor.send(f"{REVEALS}/new", asked))
    other.go(f"{REVEALS}/{reveal}")
    bureau.flow("agree to a reveal", other.send(f"{REVEALS}/{reveal}/agree").status_code == 303)
    auditor.go(f"{REVEALS}/{reveal}")
    taken = auditor.send(f"{REVEALS}/{reveal}/file")
    bureau.flow("take a reveal", called in taken.text)
    bureau.handed += [taken.content, auditor.go(f"{REVEALS}?format=csv").content]
    # What the recovery key opens is clear by design, and printed where the gateway is not: it is no place of ours.
    sealed = bureau.directory / "sealed.json"
    sealed.write_bytes(taken.content)
    opened = bureau.command("reveal", str(sealed), "--recovery-key", str(bureau.directory / "keys" / "recovery.key"))
    clear = {bureau.identity, bureau.marks["case file"]}
    bureau.flow("open what was sealed", clear <= set(opened.split()))


def show_the_citizen(bureau: Bureau, called: str) -> None:
    """Show the person himself who has asked for him: through a portal, in Estonia's shapes, and on our own page."""
    access = token(bureau.gateway)
    proof = bureau.issuer.id_token(**{"aud": PORTAL_CLIENT, "jti": "t-1", CLAIM: bureau.identity})
    for path, holds in (
        ("usage", called),
        ("findUsage", "totalUsages"),
        ("usagePeriod", "periodStart"),
        ("heartbeat", "OK"),
    ):
        answer = _subject(bureau, access, path, proof)
        bureau.flow(f"subject {path}", (answer.status_code, holds in answer.text) == (200, True))
        # Though it goes to the person himself, it need not hold his number, nor the case files: so it is looked into.
        bureau.handed.append(answer.content)
    for name, mark in bureau.marks.items():
        asked = quote(mark, safe="")
        for path in (f"usage?so_dinh_danh={asked}", f"usage?before={asked}", f"findUsage?periodStart={asked}"):
            bureau.flow(
                f"subject {path.split('=')[0]} {name}", _subject(bureau, access, path, proof).status_code == 400
            )
        for why, claims in (
            ("audience", {"aud": mark}),
            ("claim", {CLAIM: f"{mark}x"}),
            ("subject", {"sub": mark, CLAIM: None}),
        ):
            bad = bureau.issuer.id_token(**{"aud": PORTAL_CLIENT, "jti": "t-2", CLAIM: mark, **claims})
            bureau.flow(f"subject with a bad {why} {name}", _subject(bureau, access, "usage", bad).status_code == 401)

    bureau.issuer.change = lambda claims: {**claims, CLAIM: bureau.identity}
    pages = [_citizen(bureau) for _ in range(2)]
    bureau.issuer.change = lambda claims: claims
    bureau.flow("citizen's page", all(called in one.page for one in pages))
    bureau.handed += [one.page.encode() for one in pages]
    # One session is ended and one is not: both have left a row, or what was one.
    bureau.flow("citizen signs out", pages[0].send("/citizen/sign-out").status_code == 303)


def hold_months(bureau: Bureau) -> None:
    """Hold a month and lift it, by two people, with reasons that hold no number."""
    asked = {"code": "CV-7", "reason": "Theo công văn của cơ quan điều tra", "first": f"{datetime.now(UTC):%Y-%m}"}
    made = bureau.api(FIRST, "POST", "/api/v1/record/holds", json=asked)
    lifted = bureau.api(SECOND, "POST", "/api/v1/record/holds/CV-7/lift", json={"note": "đã xong"})
    again = bureau.api(SECOND, "POST", "/api/v1/record/holds", json=asked | {"code": "CV-8"})
    bureau.flow("hold", (made.status_code, again.status_code) == (201, 201))
    bureau.flow("lift a hold", lifted.status_code == 200)
    bureau.handed += [one.content for one in (made, lifted, again)]
    bureau.handed.append(bureau.api(FIRST, "GET", "/api/v1/record/holds").content)


def order_exports(bureau: Bureau, called: str) -> dict[str, str]:
    """Order all of the last hour as a bundle, and an exchange in each other form; return the forms by order."""
    now = datetime.now(UTC)
    hour = {"since": (now - timedelta(hours=1)).isoformat(), "until": (now + timedelta(minutes=1)).isoformat()}
    orders = {}
    for form in ("bundle", "jsonl", "csv", "parquet"):
        about = {"search": hour} if form == "bundle" else {"exchanges": [called]}
        asked = bureau.api(FIRST, "POST", EXPORTS, json={"form": form, **about})
        bureau.flow(f"order a {form}", asked.status_code == 202)
        orders[asked.json()["id"]] = form
    return orders


def take_exports(bureau: Bureau, orders: dict[str, str], called: str) -> None:
    """Take what the worker has made: the exchange is in each, once it is unpacked."""
    for order, form in orders.items():
        place = f"{EXPORTS}/{order}"
        soon(lambda at=place: bureau.api(FIRST, "GET", at).json()["file"], bool)
        taken = bureau.api(FIRST, "GET", f"{place}/file").content
        path = bureau.directory / f"taken-{form}.zip"
        path.write_bytes(taken)
        bureau.flow(f"take a {form}", called.encode() in unpacked(path.name, taken))
    bureau.handed.append(bureau.api(FIRST, "GET", EXPORTS).content)


def type_it_in_the_wrong_place(bureau: Bureau) -> None:
    """Type marks where a code, an id or a moment belongs."""
    auditor = bureau.office.visitor(FIRST)
    # Which shapes are refused is a table (test_conditions.py): here the places count, and one mark with letters.
    for name in ("identity", "case file"):
        mark = bureau.marks[name]
        asked = quote(mark, safe="")
        for path, statuses in (
            (f"{RECORD}?system={asked}", (200, 422)),
            (f"{RECORD}?since={asked}&agreement={asked}&reason={asked}", (200, 422)),
            (f"{RECORD}?service={asked}&format=csv", (200, 422)),
            (f"{RECORD}?q={asked}", (200,)),
            (f"{RECORD}/manifest?database={asked}", (200, 422)),
            (f"{RECORD}/{asked}", (404,)),
            (f"{RECORD}/exports/{asked}", (404,)),
            (f"{ALERTS}?system={asked}&format=csv", (200,)),
            (f"{ALERTS}/{asked}", (404,)),
            (f"{INCIDENTS}/{asked}", (404,)),
            (f"{REVEALS}/{asked}", (404,)),
            (f"{HOLDS}/{asked}/lift", (404,)),
        ):
            bureau.flow(f"{path.replace(asked, '…')} {name}", auditor.go(path).status_code in statuses)
        auditor.go(f"{RECORD}")
        for path, typed, statuses in (
            (f"{RECORD}/searches", {"name": "x", "system": mark}, (422,)),
            (f"{RECORD}/searches", {"name": mark}, (422,)),
            (f"{RECORD}/export", {"form": "csv", "system": mark}, (422,)),
            (f"{RECORD}/export", {"form": "csv", "exchanges": mark}, (422,)),
            (f"{INCIDENTS}/new", {"title": "x", "what": "x", "noticed": "2026-01-01T00:00", "exchanges": mark}, (422,)),
            (f"{REVEALS}/new", {"reason": "x", "exchanges": mark}, (422,)),
            (f"{REVEALS}/new", {"reason": "x", "exchanges": bureau.long_ago, "incident": mark}, (404, 422)),
            (
                f"{ALERTS}/people",
                {"kind": "officer", "number": mark, "agency": CONSUMER_AGENCY, "officer": mark, "reason": "x"},
                (422,),
            ),
            (
                f"{ALERTS}/people",
                {"kind": "officer", "number": "1", "agency": mark, "officer": "cb-07", "reason": "x"},
                (422,),
            ),
        ):
            status = auditor.send(path, typed).status_code
            bureau.flow(f"{path} {' '.join(one for one in typed if typed[one] == mark)} {name}", status in statuses)
        for method, path, statuses, content in (
            ("GET", f"{FOUND}?system={asked}", (200, 422), {}),
            ("GET", f"{FOUND}?{asked}=1", (422,), {}),
            ("GET", f"{FOUND}/{asked}", (404,), {}),
            ("GET", f"/api/v1/alerts/{asked}", (404,), {}),
            ("GET", f"/api/v1/alerts?agency={asked}", (200,), {}),
            ("POST", f"/api/v1/alerts/{asked}/triage", (404,), {"json": {"step": "explain", "note": "vì vậy"}}),
            ("POST", f"/api/v1/record/holds/{asked}/lift", (404,), {"json": {"note": "x"}}),
            ("GET", f"{EXPORTS}/{asked}", (404,), {}),
            ("POST", EXPORTS, (422,), {"json": {"exchanges": [mark]}}),
        ):
            status = bureau.api(FIRST, method, path, **content).status_code
            bureau.flow(f"{method} {path.replace(asked, '…')} {name}", status in statuses)
        nobody = Visitor(bureau.gateway.url)
        nobody.go("/console/sign-in")
        refused = nobody.send("/console/sign-in", {"name": mark, "password": f"{mark} {mark}"})
        bureau.flow(f"sign in as {name}", refused.status_code in (401, 403, 422))


def look_around(bureau: Bureau) -> None:
    """Look at what people see who asked for nobody: none of it may hold a mark."""
    for code, places in (
        (SECOND, (RECORD, ALERTS, f"{ALERTS}/people", INCIDENTS, REVEALS, HOLDS, f"{RECORD}/exports")),
        (ADMIN, (HOLDS, "/console/systems", "/console/staff")),
        (OFFICER, (RECORD, f"{RECORD}/exports")),
    ):
        visitor = bureau.office.visitor(code)
        for place in (*places, "/console", "/console/notifications"):
            bureau.flow(f"{code} sees {place}", visitor.go(place).status_code == 200)
            bureau.handed.append(visitor.page.encode())


def await_letters(bureau: Bureau) -> None:
    """Return when auditors were told of the alert by the console and by letter."""
    letters: Path = bureau.directory / "letters"
    told = soon(lambda: list(letters.glob("*.eml")), lambda found: len(found) > 0)
    auditor = bureau.office.visitor(FIRST)
    auditor.go("/console/notifications")
    bureau.flow("letters", told)
    bureau.flow("notifications", f"{ALERTS}?rule=R5" in auditor.page)
    bureau.handed.append(auditor.page.encode())


def _made(answer: httpx2.Response) -> str:
    assert answer.status_code == 303, answer.text
    return _ID.findall(answer.headers["location"])[-1]


def _subject(bureau: Bureau, access: str, path: str, proof: str) -> httpx2.Response:
    headers = {"authorization": f"Bearer {access}", "citizen-token": proof}
    return httpx2.get(f"{bureau.gateway.url}/subject/v1/{path}", headers=headers, timeout=20, verify=NO_TLS)


def _citizen(bureau: Bureau) -> Visitor:
    visitor = Visitor(bureau.gateway.url)
    away = visitor.go("/citizen/sign-in").headers["location"]
    back = urlsplit(httpx2.get(away, verify=NO_TLS).headers["location"])
    visitor.go(f"{back.path}?{back.query}")
    visitor.go("/citizen")
    return visitor
