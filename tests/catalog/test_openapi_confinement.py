"""Does an import touch the network, a process or a file beside its bundle?

Asked of the interpreter itself: an audit hook (PEP 578) in a process of its own hears every such step.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from external import openapi_documents

WATCHED = """
import json, sys
from pathlib import Path
from catalog.importers.bundle import read_bundle
from catalog.importers.draft import ImportRefused, Wanted
from catalog.importers.openapi import import_openapi
from catalog.importers.openapi_reading import find_root

wanted = Wanted(database="d", service="s", title_vi="x", agency="H49", provider="p", endpoint="https://a.example")
heard = []
families = ("socket", "subprocess", "urllib", "http", "ftplib", "shutil")
steps = ("os.system", "os.exec", "os.posix_spawn", "os.fork", "open")

def hear(event, arguments):
    if event.split(".")[0] in families or event in steps:
        heard.append((event, str(arguments[0]) if arguments else ""))

sys.addaudithook(hear)
said = []
for bundle in map(Path, sys.argv[1:]):
    heard.clear()
    documents = read_bundle(bundle)
    root = find_root(documents)
    try:
        found = len(import_openapi(documents, root, wanted=wanted).service.operations)
    except ImportRefused:
        found = 0
    # A directory is walked by descriptors, which were opened by a name before.
    own = (".", "types", "t.json", "api.json")
    inside = lambda event, what: event == "open" and (str(bundle) in what or what.isdigit() or what in own)
    said.append({"found": found, "outside": [one for one in heard if not inside(*one)], "opened": len(heard)})
print(json.dumps(said))
"""
REFERENCES = ["https://a.example/t.json", "http://127.0.0.1:1/t.json", "file:///etc/passwd", "../secret.json",
              "/etc/passwd", "//a.example/t.json", "%2e%2e/secret.json", "types/t.json"]  # fmt: skip


def imported(*bundles: Path) -> list[dict[str, object]]:
    """Import bundles in a process of its own and return what it heard of each."""
    command = [sys.executable, "-c", WATCHED, *map(str, bundles)]
    return list(json.loads(subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout))


def bundle_with(directory: Path, reference: str) -> Path:
    """Return a bundle whose document refers to something, with a secret beside it."""
    schema = {"properties": {"a": {"type": "string"}, "x": {"$ref": reference}}}
    good = {"200": {"content": {"application/json": {"schema": schema}}}}
    (directory / "bundle" / "types").mkdir(parents=True)
    (directory / "secret.json").write_text('{"type": "string"}')
    (directory / "bundle" / "types" / "t.json").write_text('{"type": "string"}')
    document = {"openapi": "3.1.0", "paths": {"/a": {"get": {"responses": good}}}}
    (directory / "bundle" / "api.json").write_text(json.dumps(document))
    return directory / "bundle"


def test_a_reference_makes_nothing_outside_the_bundle_be_touched(tmp_path: Path) -> None:
    bundles = [bundle_with(tmp_path / str(number), reference) for number, reference in enumerate(REFERENCES)]

    heard = imported(*bundles)

    assert [(one["found"], one["outside"]) for one in heard] == [(1, [])] * len(REFERENCES)
    assert all(one["opened"] for one in heard)


@pytest.mark.parametrize("documents", [found] if (found := openapi_documents()) else [])
def test_the_documents_of_others_make_nothing_outside_be_touched(documents: list[Path]) -> None:
    assert [one["outside"] for one in imported(*documents)] == [[]] * len(documents)
