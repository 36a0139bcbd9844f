"""Where do the documents of other people lie that tests try, and how many are there?

They are no part of the project. Without them their tests have nothing to ask, and the run says so at its end.
"""

import os
from pathlib import Path
from typing import Final

EXTERNAL: Final = Path(os.environ.get("LIENTHONG_EXTERNAL") or Path(__file__).resolve().parents[2] / "shared/external")
WSDL: Final = EXTERNAL / "wsdl"
OPENAPI: Final = EXTERNAL / "openapi"
DCAT: Final = EXTERNAL / "dcat"


def openapi_documents() -> list[Path]:
    """Return the OpenAPI documents of others, in order; none when they are not there."""
    return sorted(path for path in OPENAPI.rglob("*") if path.suffix in (".json", ".yaml"))


def dcat_shapes() -> list[Path]:
    """Return the official SHACL shapes of DCAT-AP 3: mandatory, ranges, vocabularies; none when they are not there."""
    names = ("shapes.ttl", "range.ttl", "mdr-vocabularies.shape.ttl")
    return [path for name in names for path in sorted(DCAT.glob(f"shacl-3*/{name}"))]


def what_is_there() -> str:
    """Return the sentence that says how many documents of others were found, and where they were looked for."""
    wsdl, openapi, shapes = len(list(WSDL.glob("*.wsdl"))), len(openapi_documents()), len(dcat_shapes())
    if not wsdl and not openapi and not shapes:
        return f"no documents of other people below {EXTERNAL} (LIENTHONG_EXTERNAL): their tests had nothing to ask"
    return f"documents of other people: {wsdl} WSDL, {openapi} OpenAPI, {shapes} of SHACL shapes below {EXTERNAL}"
