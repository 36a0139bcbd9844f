"""A provider made from an OpenAPI document alone: it checks what it is asked and answers an example.

It knows nothing of the importer: references, templates and schemas are read by other code (jsonschema, referencing),
so that two readings of the same document meet over HTTP.
"""

import json
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from jsonschema import Draft4Validator
from openapi_schema_validator import OAS30Validator, OAS31Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4, DRAFT202012

METHODS = ("get", "post", "put", "patch", "delete")
_SAMPLES = {
    "date": "2026-01-31", "date-time": "2026-01-31T08:30:00Z", "uuid": "019a0000-0000-7000-8000-000000000001",
    "email": "a@example.org", "uri": "https://example.org/", "hostname": "example.org", "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1", "time": "08:30:00Z", "uri-reference": "/x", "duration": "P1D",
}  # fmt: skip


@dataclass(frozen=True)
class Operation:
    """An operation as the document has it, its parameters those of its path included."""

    template: str
    method: str
    declared: Mapping[str, Any]
    parameters: tuple[Mapping[str, Any], ...]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What a request's path must match."""
        literal = re.split(r"\{[^}]+\}", self.template.split("?")[0])
        return re.compile("([^/]+)".join(re.escape(part) for part in literal))


class Document:
    """An OpenAPI document read for checking and for examples."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self.content = content
        version = str(content.get("openapi") or content.get("swagger"))
        self.old = version.startswith("2")
        self.kind = Draft4Validator if self.old else OAS30Validator if version.startswith("3.0") else OAS31Validator
        specification = DRAFT202012 if self.kind is OAS31Validator else DRAFT4
        resource = Resource(contents=dict(content), specification=specification)
        self.registry: Registry[Any] = Registry().with_resource("doc:", resource)
        self.siblings = self.kind is OAS31Validator

    def operations(self) -> Iterator[Operation]:
        """Yield all operations."""
        for template, item in self.content["paths"].items():
            item = self.resolved(item)
            for method in METHODS:
                if method in item:
                    own = [self.resolved(one) for one in item[method].get("parameters", ())]
                    shared = [self.resolved(one) for one in item.get("parameters", ())]
                    named = {(one["name"], one["in"]): one for one in (*shared, *own)}
                    yield Operation(template, method.upper(), item[method], tuple(named.values()))

    def resolved(self, value: Any) -> Any:
        """Return what stands behind a local reference."""
        while isinstance(value, dict) and "$ref" in value and not (self.siblings and len(value) > 1):
            place: Any = self.content
            for part in unquote(value["$ref"]).removeprefix("#").split("/")[1:]:
                place = place[part.replace("~1", "/").replace("~0", "~")]
            value = place
        return value

    def faults(self, schema: Any, value: Any) -> list[str]:
        """Return what a schema says against a value."""
        moved = json.loads(json.dumps(schema), object_hook=_absolute)
        checker = self.kind(moved, registry=self.registry)
        return [f"{list(error.path)}: {error.message[:200]}" for error in checker.iter_errors(value)]

    def example(self, schema: Any, *, depth: int = 0, answer: bool = True) -> Any:
        """Return a value that the schema allows; optional members are left out where a schema contains itself."""
        if isinstance(schema, dict) and "$ref" in schema and self.siblings and len(schema) > 1:
            rest = {name: one for name, one in schema.items() if name != "$ref"}
            schema = {"allOf": [{"$ref": schema["$ref"]}, rest]}
        schema = self.resolved(schema)
        if not isinstance(schema, dict) or depth > 12:
            return "x"
        if "const" in schema or "enum" in schema:
            return schema["const"] if "const" in schema else schema["enum"][0]
        for keyword in ("oneOf", "anyOf"):
            if schema.get(keyword):
                rest = {name: one for name, one in schema.items() if name != keyword}
                options = [self.example({"allOf": [one, rest]}, depth=depth + 1) for one in schema[keyword]]
                return next((one for one in options if not self.faults(schema, one)), options[0])
        if schema.get("allOf"):
            return self.example(self._together(schema), depth=depth)
        return self._plain(schema, depth=depth)

    def _together(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        whole: dict[str, Any] = {name: one for name, one in schema.items() if name != "allOf"}
        for part in schema["allOf"]:
            part = self.resolved(part)
            part = self._together(part) if isinstance(part, dict) and part.get("allOf") else part
            for name, one in part.items() if isinstance(part, dict) else ():
                if name == "properties":
                    known = whole.get("properties", {})
                    both = {key: {"allOf": [known[key], inner]} for key, inner in one.items() if key in known}
                    whole["properties"] = {**known, **one, **both}
                elif name == "items" and "items" in whole:
                    whole["items"] = {"allOf": [whole["items"], one]}
                elif name == "required":
                    whole["required"] = [*whole.get("required", []), *one]
                else:
                    whole.setdefault(name, one)
        return whole

    def _plain(self, schema: Mapping[str, Any], *, depth: int) -> Any:
        type_ = schema.get("type")
        type_ = next((one for one in type_ if one != "null"), "null") if isinstance(type_, list) else type_
        if type_ == "object" or "properties" in schema:
            required = schema.get("required", [])
            inner = {n: s for n, s in schema.get("properties", {}).items() if n in required or depth < 5}
            return {name: self.example(one, depth=depth + 1) for name, one in inner.items()}
        if type_ == "array" or "items" in schema:
            if depth > 6 and not schema.get("minItems"):
                return []
            count = max(1, schema.get("minItems", 1))
            return [self.example(schema.get("items", {}), depth=depth + 1) for _ in range(count)]
        if type_ in ("integer", "number"):
            low, high = schema.get("minimum"), schema.get("maximum")
            value = low if low is not None else high if high is not None else 1
            return value + 1 if schema.get("exclusiveMinimum") is True else value
        if type_ == "boolean":
            return True
        if type_ == "null":
            return None
        text = str(_SAMPLES.get(str(schema.get("format")), "x")).ljust(schema.get("minLength", 0), "x")
        return text[: schema.get("maxLength", len(text))]


class OpenApiProvider:
    """A real HTTP server on loopback. `faults` are what was wrong with requests, `sent` the last answer."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self.document = Document(content)
        self.faults: list[str] = []
        self.sent: Any = None
        self._operations = sorted(self.document.operations(), key=lambda one: one.template.count("{"))
        provider = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _answer(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                status, body = provider.answer(self.command, self.path, self.headers, self.rfile.read(length))
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815  # names of the standard library

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """Return status and body."""
        parts = urlsplit(target)
        found = [
            one
            for one in self._operations
            if one.method == method and one.pattern.fullmatch(parts.path) and _fixed(one, parts.query)
        ]
        if not found:
            self.faults.append(f"no operation {method} {parts.path}")
            return 404, b"{}"
        query = parse_qsl(parts.query, keep_blank_values=True)
        self._check(found[0], [unquote(one) for one in found[0].pattern.fullmatch(parts.path).groups()], query, headers)  # type: ignore[union-attr]  # it matched
        self._check_body(found[0], body)
        return self._good(found[0])

    def _check(self, one: Operation, path: list[str], query: list[tuple[str, str]], headers: Mapping[str, str]) -> None:
        named = dict(zip(re.findall(r"\{([^}]+)\}", one.template), path, strict=True))
        for parameter in one.parameters:
            name, where = parameter["name"], parameter["in"]
            if where not in ("path", "query", "header"):
                continue
            given = [named[name]] if where == "path" and name in named else []
            given = [value for key, value in query if key == name] if where == "query" else given
            given = [headers[name]] if where == "header" and name in headers else given
            if parameter.get("required") and not given and name.lower() not in ("accept", "authorization"):
                self.faults.append(f"{one.template}: {where} {name} is missing")
            schema = parameter.get("schema", parameter)
            if given and "content" not in parameter:
                self._check_value(one, name, schema, given)

    def _check_value(self, one: Operation, name: str, schema: Any, given: list[str]) -> None:
        says = self.document.resolved(schema)
        says = {k: v for k, v in says.items() if k not in ("required", "in", "name", "example", "description")}
        values: list[Any] = [_coerced(text, self.document.resolved(says)) for text in given]
        if says.get("type") == "array":
            items = self.document.resolved(says.get("items", {}))
            split = given if len(given) > 1 else re.split(r"[,|\t ]", given[0])
            values = [[_coerced(text, items) for text in split]]
        for value in values:
            self.faults += [f"{one.template}: {name} {fault}" for fault in self.document.faults(says, value)]

    def _check_body(self, one: Operation, body: bytes) -> None:
        schema = next((p["schema"] for p in one.parameters if p["in"] == "body"), None)
        content = self.document.resolved(one.declared.get("requestBody", {})).get("content", {})
        for media, says in content.items():
            if "json" in media:
                schema = says.get("schema")
        if schema is not None:
            self.faults += [f"{one.template}: body {fault}" for fault in self.document.faults(schema, json.loads(body))]

    def _good(self, one: Operation) -> tuple[int, bytes]:
        responses = one.declared.get("responses", {})
        codes = sorted(str(code) for code in responses if str(code).startswith("2")) or ["default"] * (
            "default" in responses
        )
        for code in codes:
            response = self.document.resolved(responses.get(code, responses.get(int(code) if code.isdigit() else code)))
            schema = response.get("schema")
            for media, says in response.get("content", {}).items():
                schema = says.get("schema") if "json" in media or "*" in media else schema
            if schema is not None:
                self.sent = self.document.example(schema)
                self.faults += [f"{one.template}: answer {f}" for f in self.document.faults(schema, self.sent)]
                return (int(code) if str(code).isdigit() else 200), json.dumps(self.sent).encode()
        self.sent = None
        return 204 if one.method == "DELETE" else 200, b""


def _fixed(one: Operation, query: str) -> bool:
    wanted = parse_qsl(one.template.partition("?")[2], keep_blank_values=True)
    return set(wanted) <= set(parse_qsl(query, keep_blank_values=True))


def _absolute(members: dict[str, Any]) -> dict[str, Any]:
    reference = members.get("$ref")
    return {**members, "$ref": f"doc:{reference}"} if isinstance(reference, str) and reference[:1] == "#" else members


def _coerced(text: str, schema: Mapping[str, Any]) -> Any:
    types = schema.get("type")
    types = types if isinstance(types, list) else [types]
    if "integer" in types and re.fullmatch(r"-?\d+", text):
        return int(text)
    if "number" in types and re.fullmatch(r"-?\d+(\.\d+)?", text):
        return float(text)
    if "boolean" in types:
        return {"true": True, "false": False}.get(text, text)
    return text
