"""What becomes of each construct of an OpenAPI document, and of a document that is wrong?

Small documents of our own, for what the documents of others do not show.
"""

import contextlib
import copy
import json
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.descriptions import FieldType, OperationDescription
from catalog.importers.draft import Draft, ImportRefused, Wanted
from catalog.importers.openapi import import_openapi
from catalog.importers.openapi_reading import find_root

WANTED = Wanted(database="datdai", service="s", title_vi="Dịch vụ", agency="H49", provider="so-xd")
TEXT = {"type": "string"}


def document(version: str = "3.1.0", **members: Any) -> dict[str, Any]:
    """Return a document with one server and what is given."""
    return {"openapi": version, "info": {"title": "t", "version": "1"}, "servers": [{"url": "https://a.example/v1"}],
            **members}  # fmt: skip


def answering(schema: Any, version: str = "3.1.0", **members: Any) -> dict[str, Any]:
    """Return a document with one GET that answers a schema."""
    good = {"200": {"description": "", "content": {"application/json": {"schema": schema}}}}
    return document(version, paths={"/a": {"get": {"responses": good, **members.pop("operation", {})}}}, **members)


def taking(*parameters: Any, path: str = "/a", **operation: Any) -> dict[str, Any]:
    """Return a document with one GET that takes parameters."""
    made = answering({"type": "object", "properties": {"x": TEXT}})
    made["paths"] = {path: made["paths"]["/a"]}
    made["paths"][path]["get"] |= {"parameters": list(parameters), **operation}
    return made


def imported(content: Any, *, wanted: Wanted = WANTED, **others: Any) -> Draft:
    """Import a document, with other files beside it (`_` for `/` and `.`: `types_yaml`)."""
    named = {name.replace("__", "/").replace("_", "."): json.dumps(one).encode() for name, one in others.items()}
    return import_openapi({"api.json": json.dumps(content).encode(), **named}, "api.json", wanted=wanted)


def paths_of(content: Any, **others: Any) -> list[str]:
    """Return the paths of the fields of the one operation."""
    return [field.path for field in only(imported(content, **others)).fields]


def only(draft: Draft) -> OperationDescription:
    """Return the one operation."""
    assert len(draft.service.operations) == 1
    return draft.service.operations[0]


def binding(draft: Draft) -> dict[str, Any]:
    """Return the binding of the one operation."""
    return msgspec.json.decode(only(draft).binding)


def left_out(draft: Draft) -> dict[str, str]:
    """Return the reasons by the places of what is not in the draft."""
    return {note.where: note.en for note in draft.notes if note.left_out}


NODE = {"type": "object", "properties": {"ma": TEXT, "con": {"type": "array", "items": {"$ref": "#/$defs/Node"}}}}
OBJECT = {"type": "object", "properties": {"a": TEXT}}


@pytest.mark.parametrize(
    ("schema", "paths"),
    [
        ({"properties": {"a": TEXT, "b": {"type": "object", "properties": {"c": TEXT}}}}, ["a", "b.c"]),
        ({"type": "array", "items": OBJECT}, ["[].a"]),
        ({"type": "array", "items": TEXT}, ["[]"]),
        ({"properties": {"m": {"type": "array", "items": {"type": "array", "items": TEXT}}}}, ["m[][]"]),
        ({"allOf": [OBJECT, {"properties": {"b": TEXT}}]}, ["a", "b"]),
        ({"oneOf": [OBJECT, {"type": "object", "properties": {"b": TEXT}}]}, ["a", "b"]),
        ({"anyOf": [OBJECT, {"type": "null"}]}, ["a"]),
        ({"type": ["object", "null"], "properties": {"a": {"type": ["integer", "null"]}}}, ["a"]),
        ({"properties": {"a": {"enum": ["x"]}, "b": {"const": 1}}}, ["a", "b"]),
        ({"if": OBJECT, "then": {"properties": {"b": TEXT}}, "else": {"properties": {"c": TEXT}}}, ["b", "c"]),
        ({"type": "array", "prefixItems": [OBJECT, {"properties": {"b": TEXT}}]}, ["[].a", "[].b"]),
        ({"$ref": "#/components/schemas/A~1B", "properties": {"c": TEXT}}, ["c", "a"]),
        ({"$ref": "#/components/schemas/C%25D"}, ["a"]),
        ({"$ref": "#ten"}, ["a"]),
        ({"$ref": "https://e.example/kieu"}, ["a"]),
        ({"$ref": "types/nha.json#/Nha"}, ["so", "pho.ten"]),
        ({"$dynamicRef": "#dong"}, ["d"]),
        ({"$ref": "#/components/schemas/Goc"}, ["ma", "con[].ma", "con[].con[].ma"]),
        ({"type": "object", "properties": {"a": TEXT, "pw": {"type": "string", "writeOnly": True}}}, ["a"]),
        ({"discriminator": {"propertyName": "a", "mapping": {"x": "Meo"}}, "properties": {"a": TEXT}}, ["a", "keu"]),
        ({"type": "string"}, ["value"]),
        ({"type": "integer"}, ["value"]),
    ],
)  # fmt: skip
def test_the_leaves_of_an_answer_are_its_fields(schema: Any, paths: list[str]) -> None:
    schemas = {
        "A/B": OBJECT, "C%D": OBJECT, "N": {"$anchor": "ten", **OBJECT},
        "I": {"$id": "https://e.example/kieu", **OBJECT},
        "D": {"$dynamicAnchor": "dong", "properties": {"d": TEXT}},
        "Goc": {"$id": "goc", **NODE, "$defs": {"Node": NODE}},
        "Meo": {"properties": {"keu": TEXT}},
    }  # fmt: skip
    house = {"Nha": {"properties": {"so": TEXT, "pho": {"$ref": "../pho.json"}}}}

    made = paths_of(
        answering(schema, components={"schemas": schemas}),
        types__nha_json=house,
        pho_json={"properties": {"ten": TEXT}},
    )

    assert made == paths


@pytest.mark.parametrize(
    ("schema", "place", "reason"),
    [
        ({"$ref": "https://other.example/a.json"}, "x", "leads out of the bundle, and nothing is fetched"),
        ({"$ref": "//other.example/a.json"}, "x", "leads out of the bundle"),
        ({"$ref": "../../etc/passwd"}, "x", "names a file that is not in the bundle"),
        ({"$ref": "file:///etc/passwd"}, "x", "leads out of the bundle"),
        ({"$ref": "#/components/schemas/None"}, "x", "leads nowhere"),
        ({"$ref": "broken.json"}, "x", "neither JSON nor YAML"),
        ({"type": "object", "additionalProperties": TEXT}, "x/additionalProperties", "nobody declared"),
        ({"type": "object"}, "x", "declares no member"),
        ({}, "x", "declares no type"),
        (True, "x", "declares no type"),
        ({"type": "array"}, "x", "declares no element"),
        ({"oneOf": [TEXT, OBJECT]}, "x", "now object and now scalar"),
        ({"$recursiveRef": "#"}, "x", "$recursiveRef is not supported"),
        ({"$dynamicRef": "#hai"}, "x", "may lead to several"),
    ],
)
def test_what_cannot_be_released_is_left_out_by_name(schema: Any, place: str, reason: str) -> None:
    two = {"A": {"$dynamicAnchor": "hai"}, "B": {"$dynamicAnchor": "hai"}}
    content = answering({"type": "object", "properties": {"a": TEXT, "x": schema}}, components={"schemas": two})
    documents = {"api.json": json.dumps(content).encode(), "broken.json": b"{a: [}"}

    draft = import_openapi(documents, "api.json", wanted=WANTED)

    where = f"#/paths/~1a/get/responses/200/content/application~1json/schema/properties/{place}"
    assert [field.path for field in only(draft).fields] == ["a"]
    assert reason in left_out(draft)[where]


@pytest.mark.parametrize("name", ["a.b", "a b", "a[]", "a/b", "{a}", ""])
def test_a_member_whose_name_is_no_fields_is_left_out(name: str) -> None:
    draft = imported(answering({"type": "object", "properties": {"a": TEXT, name: TEXT}}))

    assert list(left_out(draft).values()) == ["its name cannot be a field's"]


@pytest.mark.parametrize(
    ("schema", "type_"),
    [
        ({"type": "string", "format": "date"}, FieldType.DATE),
        ({"type": "string", "format": "date-time"}, FieldType.DATETIME),
        ({"type": ["string", "integer"]}, FieldType.STRING),
        ({"type": ["integer", "number"]}, FieldType.NUMBER),
        ({"anyOf": [{"type": "string", "format": "date"}, {"type": "string"}]}, FieldType.DATE),
        ({"type": "boolean", "nullable": True}, FieldType.BOOLEAN),
    ],
)
def test_a_leaf_has_the_type_of_its_schema(schema: Any, type_: FieldType) -> None:
    assert only(imported(answering({"properties": {"a": schema}}))).fields[0].type is type_


@pytest.mark.parametrize(
    ("schema", "rows"),
    [
        ({"properties": {"total": {"type": "integer"}, "items": {"type": "array", "items": {"properties": {
            "a": TEXT, "b": TEXT}}}}}, "items[]"),
        ({"type": "array", "items": OBJECT}, "[]"),
        ({"properties": {"a": TEXT, "b": TEXT, "c": {"type": "array", "items": OBJECT}}}, ""),
        ({"properties": {"a": TEXT}}, ""),
    ],
)  # fmt: skip
def test_the_list_that_dominates_is_proposed_as_the_rows(schema: Any, rows: str) -> None:
    assert only(imported(answering(schema))).rows == rows


@pytest.mark.parametrize(
    ("parameter", "name", "sent"),
    [
        ({"name": "q", "in": "query", "schema": TEXT}, "q", {"query": {"q": "{q}"}}),
        (
            {"name": "filter[ten]", "in": "query", "schema": TEXT},
            "filter.ten",
            {"query": {"filter[ten]": "{filter.ten}"}},
        ),
        ({"name": "fields", "in": "query", "schema": TEXT}, "fields_2", {"query": {"fields": "{fields_2}"}}),
        ({"name": "X-Ma", "in": "header", "schema": TEXT}, "X-Ma", {"headers": {"X-Ma": "{X-Ma}"}}),
        ({"name": "2d", "in": "query", "schema": TEXT}, "p_2d", {"query": {"2d": "{p_2d}"}}),
        (
            {"name": "f", "in": "query", "style": "deepObject", "schema": {"properties": {"a": TEXT}}},
            "f.a",
            {"query": {"f[a]": "{f.a}"}},
        ),
        ({"name": "f", "in": "query", "schema": {"properties": {"a": TEXT}}}, "a", {"query": {"a": "{a}"}}),
        (
            {"name": "s", "in": "query", "schema": {"type": "array", "items": TEXT}},
            "s",
            {"query": {"s": "{s}"}, "lists": {"s": "repeat"}},
        ),
        (
            {"name": "s", "in": "query", "explode": False, "style": "pipeDelimited", "schema": {"type": "array"}},
            "s",
            {"query": {"s": "{s}"}, "lists": {"s": "pipe"}},
        ),
        (
            {"name": "j", "in": "query", "content": {"application/json": {"schema": OBJECT}}},
            "j",
            {"query": {"j": "{j}"}},
        ),
    ],
)
def test_a_parameter_goes_where_the_provider_wants_it(parameter: Any, name: str, sent: dict[str, Any]) -> None:
    draft = imported(taking(parameter))

    assert [one.name for one in only(draft).parameters] == [name]
    assert binding(draft) == {"method": "GET", "path": "/a", **sent}


@pytest.mark.parametrize(
    ("path", "ours", "theirs"),
    [
        ("/a/{pet-id}", "/a/{pet_id}", "/a/{pet_id}"),
        ("/a/{x}.{y}", "/a/{x}/{y}", "/a/{x}.{y}"),
        ("/a/{x},{y}", "/a/{x}/{y}", "/a/{x},{y}"),
        ("/a:tim", "/a-tim", "/a:tim"),
        ("/a/", "/a", "/a/"),
        ("/đất", "/t", "/%C4%91%E1%BA%A5t"),
        ("/", "/", "/"),
        ("/a?v=1", "/a", "/a"),
    ],
)
def test_a_path_that_is_none_of_ours_becomes_one(path: str, ours: str, theirs: str) -> None:
    draft = imported(taking(path=path))

    assert (only(draft).path, binding(draft)["path"]) == (ours, theirs)


@pytest.mark.parametrize(
    ("operation", "reason"),
    [
        ({"parameters": [{"name": "c", "in": "cookie", "required": True, "schema": TEXT}]}, "a parameter in cookie"),
        ({"parameters": [{"name": "o", "in": "query", "required": True, "schema": {"type": "object"}}]}, "an object"),
        ({"parameters": [{"$ref": "https://x.example/p.json"}]}, "nothing is fetched"),
        ({"requestBody": {"required": True, "content": {"application/json": {}}}}, "a GET has no body"),
        ({"servers": [{"url": "https://elsewhere.example"}]}, "is served from elsewhere: https://elsewhere.example"),
        ({"responses": {"200": {"description": "", "content": {"text/csv": {}}}}}, "it answers text/csv and no JSON"),
        ({"responses": {"200": {"description": ""}}}, "declares no answer"),
        ({"responses": {"200": {"$ref": "#/components/responses/None"}}}, "leads nowhere"),
    ],
)
def test_an_operation_that_cannot_be_offered_is_refused_with_the_place(operation: Any, reason: str) -> None:
    with pytest.raises(ImportRefused) as refusal:
        imported(taking(**operation))

    assert any(reason in note.en and note.where.startswith("#/paths/~1a/get") for note in refusal.value.notes)


def posting(content: Any, version: str = "3.1.0", **members: Any) -> dict[str, Any]:
    """Return a document with one POST that takes a body and answers nothing."""
    body = {"required": True, "content": content}
    return document(version, paths={"/a": {"post": {"requestBody": body, "responses": {"204": {}}}}}, **members)


@pytest.mark.parametrize(
    ("version", "schema", "expected"),
    [
        ("3.0.3", {"type": "string", "nullable": True}, {"anyOf": [{"type": "string"}, {"type": "null"}]}),
        ("3.0.3", {"type": "integer", "minimum": 0, "exclusiveMinimum": True},
         {"type": "integer", "exclusiveMinimum": 0}),
        ("3.0.3", {"$ref": "#/components/schemas/A", "nullable": True}, {"$ref": "#/$defs/A", "$defs": {"A": OBJECT}}),
        ("3.1.0", {"$ref": "#/components/schemas/A", "title": "t"}, {"allOf": [{"$ref": "#/$defs/A"}, {"title": "t"}],
         "$defs": {"A": OBJECT}}),
        ("3.1.0", {"type": "string", "pattern": "["}, {"type": "string"}),
        ("3.1.0", {"type": "object", "required": ["a", "b"], "properties": {"a": {"type": "string", "readOnly": True}}},
         {"type": "object", "required": ["b"], "properties": {"a": TEXT}}),
        ("3.1.0", {"type": "string", "required": True, "example": 1, "xml": {}}, {"type": "string"}),
    ],
)  # fmt: skip
def test_a_bodys_schema_becomes_json_schema(version: str, schema: Any, expected: Any) -> None:
    content = posting({"application/json": {"schema": schema}}, version, components={"schemas": {"A": OBJECT}})

    assert msgspec.json.decode(only(imported(content)).body_schema) == expected


def test_a_body_that_contains_itself_is_kept_with_its_references() -> None:
    schema = {"$ref": "#/components/schemas/Node"}
    node = {"type": "object", "properties": {"con": {"type": "array", "items": schema}}}
    kept = only(imported(posting({"application/json": {"schema": schema}}, components={"schemas": {"Node": node}})))

    assert msgspec.json.decode(kept.body_schema)["$defs"]["Node"]["properties"]["con"]["items"] == {
        "$ref": "#/$defs/Node"
    }


@pytest.mark.parametrize("media", ["application/x-www-form-urlencoded", "multipart/form-data", "application/xml"])
def test_a_body_that_is_not_json_is_refused_by_its_name(media: str) -> None:
    with pytest.raises(ImportRefused, match=f"its body is not JSON .{media}"):
        imported(posting({media: {"schema": OBJECT}}))


def test_another_json_type_is_sent_as_it_is_declared() -> None:
    assert binding(imported(posting({"application/merge-patch+json": {"schema": OBJECT}})))["content_type"] == (
        "application/merge-patch+json"
    )


def test_a_post_that_answers_nothing_answers_that_it_was_done() -> None:
    draft = imported(posting({"application/json": {"schema": OBJECT}}))

    assert [field.path for field in only(draft).fields] == ["done"]
    assert binding(draft)["answer_is"] == {"done": True}


@pytest.mark.parametrize(
    ("scheme", "options", "secrets"),
    [
        ({"type": "apiKey", "in": "header", "name": "X-K"}, {"auth": "api-key", "api_key_header": "X-K"}, ["api_key"]),
        ({"type": "apiKey", "in": "query", "name": "k"}, {"auth": "api-key", "api_key_query": "k"}, ["api_key"]),
        ({"type": "http", "scheme": "basic"}, {"auth": "basic"}, ["username", "password"]),
        (
            {"type": "http", "scheme": "Bearer"},
            {"auth": "api-key", "api_key_header": "Authorization", "api_key_scheme": "Bearer"},
            ["api_key"],
        ),
        (
            {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "/token", "scopes": {"doc": ""}}}},
            {"auth": "oauth2", "token_url": "https://a.example/token", "scope": "doc"},
            ["client_id", "client_secret"],
        ),
        ({"type": "oauth2", "flows": {"implicit": {"authorizationUrl": "https://a.example"}}}, {}, []),
        ({"type": "apiKey", "in": "cookie", "name": "k"}, {}, []),
        ({"type": "openIdConnect", "openIdConnectUrl": "https://a.example"}, {}, []),
    ],
)
def test_a_security_scheme_becomes_the_providers_options(scheme: Any, options: Any, secrets: list[str]) -> None:
    content = answering(OBJECT, security=[{"s": ["doc"]}], components={"securitySchemes": {"s": scheme}})

    draft = imported(content)

    assert msgspec.json.decode(draft.provider.options) == options
    assert list(draft.provider.secrets) == secrets
    assert any(note.where == "#/components/securitySchemes/s" for note in draft.notes)


@pytest.mark.parametrize(
    ("servers", "endpoint"),
    [
        ([{"url": "https://a.example/v1/"}], "https://a.example/v1"),
        ([{"url": "https://{h}.example", "variables": {"h": {"default": "b"}}}], "https://b.example"),
        ([{"url": "/v1"}, {"url": "http://c.example"}], "http://c.example"),
    ],
)
def test_the_first_whole_server_is_the_endpoint(servers: Any, endpoint: str) -> None:
    assert imported(answering(OBJECT) | {"servers": servers}).provider.endpoint == endpoint


@pytest.mark.parametrize("servers", [[], [{"url": "/v1"}], [{"url": "https://u:p@a.example"}], [{"url": "http://["}]])
def test_without_a_whole_address_the_owner_is_asked_for_one(servers: Any) -> None:
    with pytest.raises(ImportRefused, match="say which endpoint"):
        imported(answering(OBJECT) | {"servers": servers})


def test_the_owners_endpoint_comes_before_the_documents() -> None:
    wanted = msgspec.structs.replace(WANTED, endpoint="https://noi-bo.example")

    assert imported(answering(OBJECT) | {"servers": []}, wanted=wanted).provider.endpoint == "https://noi-bo.example"


def test_a_swagger_document_imports() -> None:
    content = {"swagger": "2.0", "host": "a.example", "basePath": "/v2", "schemes": ["http", "https"], "paths": {
        "/p/{id}": {"get": {"operationId": "p.get", "parameters": [
            {"name": "id", "in": "path", "required": True, "type": "integer"},
            {"name": "s", "in": "query", "type": "array", "items": {"type": "string", "enum": ["a", "b"]},
             "collectionFormat": "multi"}],
            "responses": {"200": {"description": "", "schema": {"$ref": "#/definitions/P"}}}}}},
        "definitions": {"P": OBJECT}}  # fmt: skip

    draft = imported(content)

    assert draft.provider.endpoint == "https://a.example/v2"
    assert (only(draft).code, binding(draft)["lists"]) == ("p-get", {"s": "repeat"})
    assert only(draft).parameters[1].pattern == "(?:a|b)(?:,(?:a|b))*"


def test_a_path_item_may_stand_in_another_file() -> None:
    item = {"get": {"responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/T"}}}}}}, "T": OBJECT}

    assert paths_of(document(paths={"/a": {"$ref": "items.json"}}), items_json=item) == ["a"]


def test_a_reference_may_lead_to_a_path_with_braces() -> None:
    good = {"200": {"content": {"application/json": {"schema": OBJECT}}}}
    there = {"get": {"parameters": [{"name": "id", "in": "path", "schema": TEXT}], "responses": good}}
    pointer = "#/paths/~1a~1%7Bid%7D/get/responses/200/content/application~1json/schema"
    again = {"200": {"content": {"application/json": {"schema": {"$ref": pointer}}}}}

    draft = imported(document(paths={"/a/{id}": there, "/b": {"get": {"responses": again}}}))

    assert [[field.path for field in one.fields] for one in draft.service.operations] == [["a"], ["a"]]


def test_webhooks_callbacks_and_links_do_no_harm() -> None:
    extras = {"callbacks": {"x": {"{$request.body#/url}": {"post": {}}}}}
    draft = imported(answering(OBJECT, operation=extras, webhooks={"moi": {"post": {}}}))

    assert left_out(draft) == {"#/webhooks": "webhooks are not taken"}


def test_two_addresses_that_cannot_be_told_apart_get_two_of_ours() -> None:
    one = taking()["paths"]["/a"]
    draft = imported(document(paths={"/a": one, "/a/": one}))

    assert len({operation.path for operation in draft.service.operations}) == 2


def test_a_default_of_the_wrong_type_is_a_warning() -> None:
    draft = imported(taking({"name": "n", "in": "query", "schema": {"type": "integer", "default": "ten"}}))

    assert ("#/paths/~1a/get/parameters/0/schema/default", "is not of type integer: ignored") in {
        (note.where, note.en) for note in draft.notes
    }


# --- documents that are wrong, or ill-meant ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"[]", "is no OpenAPI document"),
        (b"{", "neither JSON nor YAML"),
        (b"\xff\xfe\xfa", "not a text|neither JSON nor YAML"),
        (b"a: 1\n---\nb: 2", "several YAML documents"),
        (b"openapi: 4.0.0", "the version 4.0.0 is not supported"),
        (b"swagger: 1.2", "the version"),
        (b"openapi: 3.1.0\npaths: []", "there is no operation"),
        (b"openapi: 3.1.0\npaths: {a: *b}", "leads nowhere"),
        (b"a: &a [*a]", "leads nowhere"),
        (b"a: !!python/object/apply:os.system ['id']", "the tag .* is not supported|neither JSON"),
        (b"[" * 5000, "nested deeper"),
        (b"[" * 300 + b"]" * 300, "nested deeper"),
        (b"? [a]\n: b", "a key must be a text"),
        (b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
            f"b{n}: &b{n} [{','.join([f'*b{n - 1}' if n else '*a'] * 9)}]\n".encode() for n in range(9)
        ), "has more than"),
    ],
)  # fmt: skip
def test_what_is_no_document_is_refused_with_the_reason(content: bytes, reason: str) -> None:
    with pytest.raises(ImportRefused, match=reason):
        import_openapi({"api.yaml": content}, "api.yaml", wanted=WANTED)


def test_yaml_is_read_by_the_rules_of_its_version_1_2() -> None:
    content = yaml.safe_dump(taking({"name": "c", "in": "query", "schema": {"enum": ["NO"]}})).replace("'NO'", "NO")

    assert only(import_openapi({"a.yaml": content.encode()}, "a.yaml", wanted=WANTED)).parameters[0].choices == ("NO",)


def test_the_document_to_begin_with_is_found() -> None:
    documents = {"a/api.yaml": b"openapi: 3.0.0\npaths: {}\n", "a/types.yaml": b"A: {type: string}", "x.bin": b"\x00"}

    assert find_root(documents) == "a/api.yaml"


def test_schemas_that_all_contain_each_other_take_no_endless_time() -> None:
    names = [f"T{number}" for number in range(40)]
    everyone = {"properties": {name: {"$ref": f"#/components/schemas/{name}"} for name in names} | {"ma": TEXT}}
    content = answering({"$ref": "#/components/schemas/T0"}, components={"schemas": dict.fromkeys(names, everyone)})

    draft = imported(content)

    assert len(only(draft).fields) > 40
    assert "the rest is left out" in " ".join(left_out(draft).values())


def test_a_document_of_ten_megabytes_is_imported() -> None:
    field = {"type": "string", "description": "x" * 500}
    schema = {"type": "object", "properties": {f"truong{number}": field for number in range(40)}}
    good = {"200": {"content": {"application/json": {"schema": schema}}}}
    content = document(paths={f"/a{n}/{{id}}": {"get": {"responses": good}} for n in range(500)})

    assert len(json.dumps(content)) > 10_000_000
    assert len(imported(content).service.operations) == 500


SEED = taking(
    {"name": "q", "in": "query", "schema": {"type": "array", "items": {"$ref": "#/components/schemas/A"}}},
    {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "pattern": "^a+$", "minLength": 2}},
    path="/a/{id}",
) | {"components": {"schemas": {"A": {"allOf": [OBJECT, {"$ref": "#/components/schemas/A"}]}},
                    "securitySchemes": {"s": {"type": "apiKey", "in": "header", "name": "k"}}},
     "security": [{"s": []}]}  # fmt: skip
JUNK = st.sampled_from(
    [None, True, 0, -1, 1.5, "", "x", "#", "#/", "#/paths", "{", "a.json", "http://[", [], [[]], {}, {"$ref": "#"},
     {"$ref": 1}, {"a": None}, {"type": 7}, {"type": ["string", 1]}, {"allOf": 3}, {"enum": {}}, {"properties": []},
     {"$ref": "#/components/schemas/A"}, {"required": True, "name": "a", "in": "path"}, "\ud800"]
)  # fmt: skip


SEED["paths"]["/b"] = posting({"application/json": {}})["paths"]["/a"]
SEED["paths"]["/b"]["post"]["requestBody"]["content"]["application/json"]["schema"] = {
    "type": "object", "required": ["a"], "properties": {"a": {"type": "string", "pattern": "a", "enum": ["a"]}},
    "additionalProperties": {"oneOf": [{"$ref": "#/components/schemas/A"}]}, "minimum": 1, "exclusiveMinimum": True,
}  # fmt: skip


def places(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the ways to all places of a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [way, *(found for key, one in inner for found in places(one, (*way, key)))]


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(st.tuples(st.sampled_from(places(SEED)[1:]), JUNK), min_size=1, max_size=4))
def test_a_document_with_anything_anywhere_is_imported_or_refused(changes: list[tuple[tuple[Any, ...], Any]]) -> None:
    content = json.loads(json.dumps(SEED))
    for way, junk in changes:
        with contextlib.suppress(KeyError, IndexError, TypeError):
            place = content
            for key in way[:-1]:
                place = place[key]
            place[way[-1]] = copy.deepcopy(junk)

    with contextlib.suppress(ImportRefused):
        assert imported(content).service.operations


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("^[a-z]+$", "^[a-z]+$"),
        ("[0-9]", r"[\s\S]*(?:[0-9])[\s\S]*"),
        ("^a|b$", r"[\s\S]*(?:^a|b$)[\s\S]*"),
        ("^(?!x)a$", ""),
        (r"^(a)\1$", ""),
        ("[", ""),
    ],
)
def test_a_pattern_is_kept_when_it_can_be_checked_in_linear_time(said: str, kept: str) -> None:
    draft = imported(taking({"name": "q", "in": "query", "schema": {"type": "string", "pattern": said}}))

    assert only(draft).parameters[0].pattern == kept
