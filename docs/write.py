"""Which parts of the documents does the code know better than we do? This writes them: `make docs`.

A generated part stands between `<!-- generated: name -->` and `<!-- end -->`; everything else is written by hand.
tests/test_documents.py fails when a part is not what this would write.
"""

import re
import sys
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

import orjson
import typer

from gateway.cli import app
from gateway.problems import PROBLEMS, ProblemType, Side, problem
from gateway.settings import PREFIX, Settings
from security.misuse.limits import Limits
from security.staff import PERMISSIONS, Permission, Role

DOCS = Path(__file__).parent
SAMPLE_ID = "0193f0a2-7c1e-7b3a-9d52-0d6c1f0e8a11"
SAMPLE_ADDRESS = "http://127.0.0.1:8000"
SIDE_VI: Mapping[Side, str] = {
    Side.CALLER: "hệ thống gọi",
    Side.AGREEMENT: "thỏa thuận (hai bên và quản trị thỏa thuận)",
    Side.PROVIDER: "bên cung cấp dữ liệu",
    Side.PLATFORM: "nền tảng",
}
SIDE_EN: Mapping[Side, str] = {
    Side.CALLER: "the calling system",
    Side.AGREEMENT: "the agreement (its two sides and its administrator)",
    Side.PROVIDER: "the data provider",
    Side.PLATFORM: "the platform",
}


def written(text: str, parts: Mapping[str, str]) -> str:
    """Return `text` with each generated part replaced. Raises KeyError for a part that nobody generates."""

    def replaced(match: re.Match[str]) -> str:
        return f"<!-- generated: {match[1]} -->\n{parts[match[1]].strip()}\n<!-- end -->"

    return re.sub(r"<!-- generated: (\S+) -->\n.*?<!-- end -->", replaced, text, flags=re.DOTALL)


def problem_parts(kind: ProblemType) -> dict[str, str]:
    """Return the generated parts of one problem's page."""
    example = orjson.dumps(
        problem(kind.slug).document(SAMPLE_ID, public_url=SAMPLE_ADDRESS), option=orjson.OPT_INDENT_2
    ).decode()
    return {
        "vi": f"**{kind.title_vi}.** {kind.detail_vi}\n\n- HTTP: {kind.status}\n"
        f"- Thuộc về: {SIDE_VI[kind.side]}\n- Cần làm: {kind.next_vi}",
        "en": f"**{kind.title_en}.** {kind.detail_en}\n\n- HTTP: {kind.status}\n"
        f"- Whose side: {SIDE_EN[kind.side]}\n- What to do: {kind.next_en}",
        "example": f"```json\n{example}\n```",
    }


def problem_index() -> str:
    """Return the table of all problems, by side."""
    rows = ["| Slug | HTTP | Tiếng Việt | English | Side |", "|---|---|---|---|---|"]
    order = list(Side)
    rows += [
        f"| [{kind.slug}]({kind.slug}.md) | {kind.status} | {kind.title_vi} | {kind.title_en} | {kind.side} |"
        for kind in sorted(PROBLEMS.values(), key=lambda one: order.index(one.side))
    ]
    return "\n".join(rows)


def settings_table() -> str:
    """Return every setting with its default, in the order in which they are declared."""
    rows = ["| Variable | Default |", "|---|---|"]
    for field in fields(Settings):
        if isinstance(field.default, Limits):
            rows += [_setting(f"MISUSE_{name}", getattr(field.default, name)) for name in Limits.__struct_fields__]
        else:
            rows.append(_setting(field.name, field.default))
    return "\n".join(rows)


def _setting(name: str, default: object) -> str:
    shown = ",".join(default) if isinstance(default, tuple) else str(default)
    return f"| `{PREFIX}{name.upper()}` | {f'`{shown}`' if shown else '(empty)'} |"


def commands_table() -> str:
    """Return every command of `lienthong` with the sentence that its help opens with."""
    rows = ["| Command | Does |", "|---|---|"]
    rows += [f"| `{name}` | {does} |" for name, does in commands_below(typer.main.get_command(app), "lienthong")]
    return "\n".join(rows)


def commands_below(command: object, name: str) -> list[tuple[str, str]]:
    """Return the commands below one, or itself when there are none, as (name, opening sentence)."""
    below: Mapping[str, object] = getattr(command, "commands", {})
    if below:
        return [one for key, inner in below.items() for one in commands_below(inner, f"{name} {key}")]
    return [(name, str(getattr(command, "help", "") or "").split("\n\n")[0].replace("\n", " "))]


def permissions_table() -> str:
    """Return every permission and the roles that have it."""
    rows = [f"| Permission | {' | '.join(Role)} |", f"|---|{'---|' * len(Role)}"]
    for permission in Permission:
        has = ["yes" if permission in PERMISSIONS[role] else "" for role in Role]
        rows.append(f"| `{permission}` | {' | '.join(has)} |")
    return "\n".join(rows)


def pages() -> dict[Path, str]:
    """Return each page that has generated parts, with what it should say."""
    wanted = {
        DOCS / "commands.md": {"commands": commands_table()},
        DOCS / "permissions.md": {"permissions": permissions_table()},
        DOCS / "configuration.md": {"settings": settings_table()},
        DOCS / "problems" / "README.md": {"index": problem_index()},
    }
    wanted |= {DOCS / "problems" / f"{kind.slug}.md": problem_parts(kind) for kind in PROBLEMS.values()}
    return {path: written(path.read_text(encoding="utf-8"), parts) for path, parts in wanted.items()}


def main() -> None:
    """Write the pages that differ, and name them."""
    for path, text in pages().items():
        if path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            sys.stdout.write(f"{path.relative_to(DOCS.parent)}\n")


if __name__ == "__main__":
    main()
