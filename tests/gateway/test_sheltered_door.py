"""What does a caller get, and what is recorded, when a door itself fails in a way that nobody foresaw?"""

from pathlib import Path

import orjson

from gateway.doors.arrival import Arrivals
from gateway.doors.asgi import Message, Receive, Scope, Send
from gateway.doors.rest import RestDoor
from gateway.node import open_node
from gateway.settings import Settings
from security.audit.read import find_exchange

SCOPE: Scope = {"type": "http", "method": "POST", "raw_path": b"/soap/x/y/v1", "query_string": b"", "headers": []}


async def broken(scope: Scope, receive: Receive, send: Send) -> None:
    raise ZeroDivisionError(f"{scope['method']} {receive} {send}")


async def broken_later(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await broken(scope, receive, send)


async def test_a_door_that_breaks_refuses_and_the_refusal_is_recorded(migrated_url: str, tmp_path: Path) -> None:
    said = await ask(broken, migrated_url, tmp_path)

    problem = orjson.loads(said[1]["body"])
    records = await find_exchange(migrated_url, problem["correlation_id"])
    assert (said[0]["status"], problem["status"], [record.kind for record in records]) == (500, 500, ["DENY"])


async def test_a_door_that_breaks_half_way_says_nothing_more(migrated_sqlite_url: str, tmp_path: Path) -> None:
    said = await ask(broken_later, migrated_sqlite_url, tmp_path)

    assert [message["type"] for message in said] == ["http.response.start"]


async def ask(door: object, url: str, directory: Path) -> list[Message]:
    """Let the door answer one request, and return what was sent."""
    environment = {
        "LIENTHONG_DATABASE_URL": url,
        "LIENTHONG_VAR_DIR": str(directory / "var"),
        "LIENTHONG_KEYS_DIR": str(directory / "keys"),
    }
    said: list[Message] = []

    async def send(message: Message) -> None:
        said.append(message)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async with open_node(Settings.from_environment(environment)) as node:
        rest = RestDoor(node.exchange, Arrivals(deadline_seconds=30, most_body_bytes=1000))
        await rest.sheltered(door, dict(SCOPE), receive, send)  # type: ignore[arg-type] # one of the two above
    return said
