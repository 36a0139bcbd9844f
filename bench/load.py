"""How many requests a second does a server carry, how long do they take, and what do they cost it?"""

import os
import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
UNIT_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


class BenchFailed(RuntimeError):
    """A server answered something else than 200, or the load generator said nothing that can be read."""


@dataclass(frozen=True, slots=True)
class Round:
    """One round: requests a second, latencies in milliseconds, CPU in µs a request, memory in MiB."""

    requests_per_second: float
    p50_ms: float
    p99_ms: float
    cpu_us: float
    memory_mib: float


def family(processes: Iterable[int]) -> set[int]:
    """Return these processes and all their descendants."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue  # it ended while we looked
    found = set(processes)
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def cpu_seconds(processes: Iterable[int]) -> float:
    """Return the CPU time that the processes have used, user and system."""
    stats = (Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split() for process in processes)
    return sum(int(fields[11]) + int(fields[12]) for fields in stats) / TICKS_PER_SECOND


def memory_mib(processes: Iterable[int]) -> float:
    """Return the processes' proportional share of memory: what two of them share is counted once."""
    rolled = (Path(f"/proc/{process}/smaps_rollup").read_text() for process in processes)
    return sum(int(re.findall(r"^Pss:\s+(\d+)", text, re.MULTILINE)[0]) for text in rolled) / 1024


def load(
    url: str, token: str, *, processes: tuple[int, ...], seconds: int, connections: int, script: Path | None = None
) -> Round:
    """Load a server with wrk and return what was seen; without `script` by GET. Raises BenchFailed."""
    own = family(processes)
    before = cpu_seconds(own)
    done = subprocess.run(
        [
            *("wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-H", f"Authorization: Bearer {token}"),
            *(("-s", str(script)) if script is not None else ()),
            url,
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    after = cpu_seconds(own)
    text = done.stdout
    total = re.search(r"(\d+) requests in", text)
    if total is None or int(total[1]) == 0 or "Non-2xx" in text or "Socket errors" in text:
        raise BenchFailed(f"{url}:\n{text}")
    return Round(
        requests_per_second=float(_found(r"Requests/sec:\s+([\d.]+)", text)),
        p50_ms=_milliseconds("50%", text),
        p99_ms=_milliseconds("99%", text),
        cpu_us=(after - before) * 1e6 / int(total[1]),
        memory_mib=memory_mib(own),
    )


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    if match is None:
        raise BenchFailed(f"wrk did not say {pattern}:\n{text}")
    return match[1]


def _milliseconds(share: str, text: str) -> float:
    value = _found(rf"{share}\s+([\d.]+\w+)", text)
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", value).groups()  # type: ignore[union-attr]  # wrk's own format
    return float(number) * UNIT_MS[unit]
