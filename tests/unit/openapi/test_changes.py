"""What has changed between two documents, and whether it breaks those who ask."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from rooftree.openapi import Change, changes

PRICE = r"^lines\[[0-9]+\]\.price$"
ITEM: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 9},
        "count": {"type": "integer", "minimum": 0},
        "kind": {"enum": ["a", "b"]},
        "inner": {"$ref": "#/components/schemas/Item"},
        "maybe": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]},
        "many": {"type": "array", "items": {"type": "number"}},
        "table": {"type": "object", "additionalProperties": {"type": "string"}},
        "pair": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "items": False},
        "text": {"type": "string", "contentSchema": {"type": "integer"}},
        "rows": {"type": "object", "patternProperties": {PRICE: {"type": "number"}}},
    },
    "required": ["name"],
}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "A", "version": "1"},
    "paths": {
        "/items/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
            "put": {
                "operationId": "items.put",
                "parameters": [{"name": "X-Way", "in": "header", "schema": {"type": "string"}}],
                "requestBody": {"content": {
                    "application/json": {"schema": {"$ref": "#/components/schemas/Item"}},
                    "application/msgpack": {"schema": {"$ref": "#/components/schemas/Item"}},
                }},
                "responses": {
                    "200": {
                        "headers": {"ETag": {"schema": {"type": "string"}}},
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Item"}}},
                    },
                    "404": {"description": "Gone"},
                },
                "security": [{"key": []}],
            },
        },
    },
    "components": {"schemas": {"Item": ITEM}},
}  # fmt: skip


def properties(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["components"]["schemas"]["Item"]["properties"]
    return found


def put(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["paths"]["/items/{id}"]["put"]
    return found


def after(change: Callable[[dict[str, Any]], object]) -> list[tuple[bool, str, str]]:
    """What `changes` says of a change: without the name of the operation."""
    new = copy.deepcopy(DOCUMENT)
    change(new)
    return [
        (each.breaking, each.where.removeprefix("PUT /items/{id}").removeprefix(", "), each.what)
        for each in changes(DOCUMENT, new)
    ]


def test_nothing_has_changed() -> None:
    assert changes(DOCUMENT, copy.deepcopy(DOCUMENT)) == []


def test_names_and_texts_mean_nothing() -> None:
    new = copy.deepcopy(DOCUMENT)
    new["paths"]["/items/{number}"] = new["paths"].pop("/items/{id}")
    new["paths"]["/items/{number}"]["parameters"][0]["name"] = "number"
    new["paths"]["/items/{number}"]["put"]["summary"] = "Other"
    new["components"]["schemas"] = {"Thing": new["components"]["schemas"]["Item"]}
    text = str(new).replace("schemas/Item", "schemas/Thing")
    assert changes(DOCUMENT, eval(text)) == []  # noqa: S307 - our own data


def test_operations_that_come_and_go() -> None:
    new = copy.deepcopy(DOCUMENT)
    new["paths"]["/items/{id}"]["delete"] = new["paths"]["/items/{id}"].pop("put")
    assert changes(DOCUMENT, new) == [
        Change(breaking=True, where="PUT /items/{id}", what="the operation was removed"),
        Change(breaking=False, where="DELETE /items/{id}", what="the operation is new"),
    ]


def test_websockets_that_come_and_go() -> None:
    with_socket = {**DOCUMENT, "x-websockets": {"/news/{id}": {"name": "news"}}}
    renamed = {**DOCUMENT, "x-websockets": {"/news/{number}": {"name": "news"}}}
    assert changes(with_socket, renamed) == []
    assert changes(with_socket, DOCUMENT) == [
        Change(breaking=True, where="WebSocket /news/{id}", what="the operation was removed")
    ]
    assert changes(DOCUMENT, with_socket) == [
        Change(breaking=False, where="WebSocket /news/{id}", what="the operation is new")
    ]


def test_what_websockets_take_and_ask_for() -> None:
    """Messages go both ways: what is new to whoever reads them breaks, and what may no longer be sent."""
    old = socket(message={"type": "object", "properties": {"text": {"enum": ["a", "b"]}}})
    new = socket(
        message={"type": "object", "properties": {"text": {"enum": ["b", "c"]}, "at": {"type": "string"}}},
        security=[{"session": []}],
    )
    assert [(each.breaking, each.where, each.what) for each in changes(old, new)] == [
        (True, "WebSocket /news, security", "nobody in particular is no longer enough: it takes session"),
        (True, "WebSocket /news, message.text", '"a" is no longer a value'),
        (True, "WebSocket /news, message.text", '"c" is a new value'),
        (False, "WebSocket /news, message.at", "the property is new"),
    ]
    assert changes(old, old) == []


def socket(**more: Any) -> dict[str, Any]:
    return {**DOCUMENT, "x-websockets": {"/news": {"name": "news", **more}}}


Expected = list[tuple[bool, str, str]]
OPERATIONS: list[tuple[Callable[[dict[str, Any]], object], Expected]] = [
        (lambda d: put(d).update(operationId="x"), [(True, "", "the operationId is 'x' and was 'items.put'")]),
        (lambda d: put(d).update(deprecated=True), [(False, "", "the operation is deprecated")]),
        (lambda d: put(d)["parameters"].clear(), [(True, "header parameter 'X-Way'", "the parameter was removed")]),
        (lambda d: put(d)["parameters"][0].update(required=True),
            [(True, "header parameter 'X-Way'", "the parameter is required")]),
        (lambda d: put(d)["parameters"].append({"name": "q", "in": "query", "required": True}),
            [(True, "query parameter 'q'", "the required parameter is new")]),
        (lambda d: put(d)["parameters"].append({"name": "q", "in": "query"}),
            [(False, "query parameter 'q'", "the parameter is new")]),
        (lambda d: put(d).pop("requestBody"), [(True, "body", "no body is taken any more")]),
        (lambda d: put(d)["requestBody"].update(required=True), [(True, "body", "a body is required")]),
        (lambda d: put(d)["requestBody"]["content"].pop("application/msgpack"),
            [(True, "body", "application/msgpack is no longer taken")]),
        (lambda d: put(d)["responses"].pop("200"), [(True, "answer 200", "the status was removed")]),
        (lambda d: put(d)["responses"].pop("404"), [(False, "answer 404", "the status was removed")]),
        (lambda d: put(d)["responses"].update({"409": {}}), [(False, "answer 409", "the status is new")]),
        (lambda d: put(d)["responses"]["200"].update(headers={}),
            [(True, "answer 200", "the header ETag was removed")]),
        (lambda d: put(d)["responses"]["200"]["headers"].update(ETag={"schema": {"type": "integer"}}),
            [(True, "answer 200, header 'ETag'", "the type is integer and was string")]),
        (lambda d: put(d)["responses"]["200"].update(content={}),
            [(True, "answer 200", "application/json is no longer answered")]),
        (lambda d: put(d).update(security=[{"key": ["staff"]}]),
            [(True, "security", "key is no longer enough: it takes key (staff)")]),
        (lambda d: put(d).update(security=[{}]), []),
]  # fmt: skip


@pytest.mark.parametrize(("change", "expected"), OPERATIONS)
def test_operations_that_change(change: Any, expected: list[tuple[bool, str, str]]) -> None:
    assert after(change) == expected


def both(where: str, sent: tuple[bool, str], answered: tuple[bool, str]) -> list[tuple[bool, str, str]]:
    """What is said of a property that is sent and answered."""
    found = [(sent[0], f"body{where}", sent[1]), (answered[0], f"answer 200{where}", answered[1])]
    return sorted(found, key=lambda each: not each[0])


VALUES: list[tuple[Callable[[dict[str, Any]], object], str, bool, bool, str]] = [
        (lambda p: p["name"].update(type="integer"), ".name", True, True, "the type is integer and was string"),
        (lambda p: p["count"].update(type="number"), ".count", False, True, "the type is number and was integer"),
        (lambda p: p["name"].pop("type"), ".name", False, True, "the type is anything and was string"),
        (lambda p: p["name"].update(maxLength=5), ".name", True, False, "maxLength is 5 and was 9"),
        (lambda p: p["name"].update(maxLength=15), ".name", False, True, "maxLength is 15 and was 9"),
        (lambda p: p["name"].pop("minLength"), ".name", False, True, "minLength is gone"),
        (lambda p: p["count"].update(maximum=5), ".count", True, False, "maximum is 5"),
        (lambda p: p["name"].update(pattern="a"), ".name", True, False, "the pattern is 'a'"),
        (lambda p: p["kind"].update(enum=["a"]), ".kind", True, False, '"b" is no longer a value'),
        (lambda p: p["kind"].update(enum=["a", "b", "c"]), ".kind", False, True, '"c" is a new value'),
        (lambda p: p["many"]["items"].update(type="integer"), ".many[]", True, False,
            "the type is integer and was number"),
        (lambda p: p["table"]["additionalProperties"].update(type="integer"), ".table.*", True, True,
            "the type is integer and was string"),
        (lambda p: p["maybe"]["anyOf"].pop(), ".maybe", True, False, "null is no longer one of what it may be"),
        (lambda p: p["maybe"]["anyOf"].append({"type": "integer"}), ".maybe", False, True,
            "integer is one more of what it may be"),
        (lambda p: p["pair"]["prefixItems"][1].update(type="string"), ".pair[1]", True, True,
            "the type is string and was integer"),
        (lambda p: p["table"].update(additionalProperties=True), ".table.*", False, True,
            "the type is anything and was string"),
        (lambda p: p["table"].update(propertyNames={"maxLength": 3}), ".table.* as a name", True, False,
            "maxLength is 3"),
        (lambda p: p["table"].update(propertyNames=True), "", False, False, ""),
        (lambda p: p["text"]["contentSchema"].update(minimum=1), ".text", True, False, "minimum is 1"),
        (lambda p: p["rows"]["patternProperties"][PRICE].update(minimum=1), ".rows.lines[].price", True, False,
            "minimum is 1"),
        (lambda p: p["rows"]["patternProperties"].pop(PRICE), ".rows.lines[].price", False, True,
            "the property was removed"),
        (lambda p: p.update(many={"type": "string", "format": "date"}), ".many", True, True,
            "the type is string and was array"),
        (lambda p: p.update(more={"type": "string"}), ".more", False, False, "the property is new"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "where", "sent", "answered", "what"), VALUES)
def test_values_narrow_and_widen(change: Any, where: str, sent: bool, answered: bool, what: str) -> None:
    found = after(lambda d: change(properties(d)))
    assert found == (both(where, (sent, what), (answered, what)) if what else [])


def test_properties_that_go_and_are_needed() -> None:
    assert after(lambda d: properties(d).pop("count")) == [
        (True, "answer 200.count", "the property was removed"),
        (False, "body.count", "the property was removed"),
    ]
    assert after(lambda d: properties(d).pop("name"))[0] == (True, "body.name", "the property was removed")
    schema = "components", "schemas"
    assert after(lambda d: d[schema[0]][schema[1]]["Item"].update(required=["name", "count"])) == [
        (True, "body.count", "the property is required"),
        (False, "answer 200.count", "the property is required"),
    ]
    assert after(lambda d: d[schema[0]][schema[1]]["Item"].update(required=[])) == [
        (True, "answer 200.name", "the property may be missing"),
        (False, "body.name", "the property may be missing"),
    ]
    assert after(lambda d: d[schema[0]][schema[1]]["Item"].update(additionalProperties=False)) == [
        (True, "body", "other properties are refused"),
        (False, "answer 200", "other properties are refused"),
    ]


def test_unions_of_classes_and_parts_of_all() -> None:
    def document(*names: str, size: str = "integer") -> dict[str, Any]:
        def kind(name: str) -> dict[str, Any]:
            own = {"type": "object", "properties": {"kind": {"const": name}, "size": {"type": size}}}
            return {"allOf": [{"$ref": "#/components/schemas/Base"}, own]} if name == "c" else own

        schemas: dict[str, Any] = {name: kind(name) for name in "abc"}
        schemas["Base"] = {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]}
        union = {"oneOf": [{"$ref": f"#/components/schemas/{name}"} for name in names]}
        content = {"application/json": {"schema": union}}
        paths = {"/": {"post": {"requestBody": {"content": content}, "responses": {}}}}
        return {"paths": paths, "components": {"schemas": schemas}}

    assert changes(document("a", "b", "c"), document("b", "a", "c")) == []
    assert changes(document("a", "b", "c"), document("a", "b")) == [
        Change(breaking=True, where="POST /, body", what="c is no longer one of what it may be")
    ]
    assert changes(document("a"), document("a", "b")) == [
        Change(breaking=False, where="POST /, body", what="b is one more of what it may be")
    ]
    found = changes(document("a", "c"), document("a", "c", size="string"))
    assert [change.where for change in found] == ["POST /, body.size"]  # of both alike, and told once


def test_documents_that_lead_nowhere() -> None:
    looped = {"paths": {"/": {"get": {"responses": {"200": {"$ref": "#/components/responses/A"}}}}},
              "components": {"responses": {"A": {"$ref": "#/components/responses/A"}}}}  # fmt: skip
    assert changes(looped, looped) == []
    assert changes({}, {}) == []
