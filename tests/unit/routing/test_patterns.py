from __future__ import annotations

import enum
import uuid
from datetime import date

import pytest

from rooftree.base import RouteError
from rooftree.routing.patterns import Converters, Parameter, Pattern


class Color(enum.Enum):
    RED = "red"


def shape(text: str) -> list[str]:
    return [
        part if isinstance(part, str) else f"{part.prefix}<{part.name}:{part.converter.name}>{part.suffix}"
        for part in Pattern(text).segments
    ]


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("/", [""]),
        ("/items", ["items"]),
        ("/items/", ["items", ""]),
        ("/items/{id}", ["items", "<id:str>"]),
        ("/items/{id:int}/edit", ["items", "<id:int>", "edit"]),
        ("/v{n:int}/{name}.json", ["v<n:int>", "<name:str>.json"]),
        ("/{lang:regex([a-z]{2})}/{rest:path}", ["<lang:regex>", "<rest:path>"]),
        (r"/{x:regex(a/\)[)}\]][]}]\d)}", ["<x:regex>"]),
        ("/{x:regex([^]}]{2})}.x", ["<x:regex>.x"]),
        ("/files/{rest:path}/edit", ["files", "<rest:path>", "edit"]),
        ("/café/a b/(c)", ["café", "a b", "(c)"]),
    ],
)
def test_a_pattern_is_read_into_segments(text: str, segments: list[str]) -> None:
    assert shape(text) == segments


def test_a_pattern_knows_its_parameters() -> None:
    pattern = Pattern("/{a}/{b:int}/{c:uuid}/{d:date}/{e:float}/{f:path}")
    assert pattern.params == {"a": str, "b": int, "c": uuid.UUID, "d": date, "e": float, "f": str}
    assert pattern.raw is None
    assert repr(pattern) == "Pattern('/{a}/{b:int}/{c:uuid}/{d:date}/{e:float}/{f:path}')"


def test_a_static_pattern_knows_its_path_on_the_wire() -> None:
    assert Pattern("/café/a b/").raw == b"/caf%C3%A9/a%20b/"
    assert Pattern("/").raw == b"/"
    assert Pattern("/@me;v=1").raw == b"/@me;v=1"


def test_patterns_that_match_the_same_paths_have_one_key() -> None:
    assert Pattern("/{a}").key == Pattern("/{b:str}").key
    assert Pattern("/{a}").key != Pattern("/{a:int}").key
    assert Pattern("/{a}").key != Pattern("/v{a}").key
    assert Pattern("/{a:regex(x)}").key == Pattern("/{b:regex(x)}").key
    assert Pattern("/{a:regex(x)}").key != Pattern("/{b:regex(y)}").key


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("items", "[R101] The pattern 'items' does not start with '/'. At app.py:3. Write '/items'."),
        ("", "[R101] The pattern '' does not start with '/'. At app.py:3. Write '/'."),
        (
            "/a?b",
            (
                "[R102] The pattern '/a?b' holds '?', which is no part of a path as people read it. At app.py:3. "
                "Leave out query and fragment, and write characters themselves: escapes are undone before comparing."
            ),
        ),
        ("/a%20b", "[R102] The pattern '/a%20b' holds '%', which is no part of a path as people read it."),
        ("/a\\b", "[R102] The pattern '/a\\b' holds '\\\\', which is no part"),
        (
            "/a//b",
            (
                "[R102] The pattern '/a//b' has an empty, '.' or '..' segment, and no path with one ever matches. "
                "At app.py:3. "
                "Leave it out."
            ),
        ),
        ("/a/../b", "[R102] The pattern '/a/../b' has an empty, '.' or '..' segment"),
        ("//", "[R102] The pattern '//' has an empty, '.' or '..' segment"),
        (
            "/{a",
            (
                "[R103] '/{a' has braces that are no parameter. At app.py:3. "
                "Write {name}, {name:converter} or {name:regex(...)}."
            ),
        ),
        (
            "/items/<int:id>",
            "[R103] '/items/<int:id>' has '<int:id>', which is no parameter here. At app.py:3. Write {id:int}.",
        ),
        ("/<name>", "[R103] '/<name>' has '<name>', which is no parameter here. At app.py:3. Write {name}."),
        ("/a}", "[R103] '/a}' has braces that are no parameter."),
        ("/{a{b}}", "[R103] '/{a{b}}' has braces that are no parameter."),
        ("/{a:}", "[R103] '/{a:}' has braces that are no parameter."),
        ("/{a:regex(x}", "[R103] '/{a:regex(x}' has braces that are no parameter."),
        ("/{a:regex(x)y}", "[R103] '/{a:regex(x)y}' has braces that are no parameter."),
        ("/{a:regex([)}", "[R103] '/{a:regex([)}' has braces that are no parameter."),
        (
            "/{}",
            (
                "[R103] '/{}' has a parameter '', which cannot be the name of a Python parameter. At app.py:3. "
                "Use letters, digits and '_'."
            ),
        ),
        ("/{class}", "[R103] '/{class}' has a parameter 'class', which cannot be the name of a Python parameter."),
        ("/{a-b}", "[R103] '/{a-b}' has a parameter 'a-b', which cannot be"),
        ("/{a}/{a}", "[R104] '/{a}/{a}' has two parameters called 'a'. At app.py:3. Give each a name of its own."),
        (
            "/{a:itn}",
            (
                "[R105] '/{a:itn}' names a converter 'itn' that is not known. At app.py:3. Did you mean 'int'? "
                "Known are date, float, int, path, str, uuid, regex; app.converter('itn', ...) adds one."
            ),
        ),
        ("/{a:zzzz}", "[R105] '/{a:zzzz}' names a converter 'zzzz' that is not known. At app.py:3. Known are date,"),
        (
            "/{a:int(5)}",
            (
                "[R105] '/{a:int(5)}' gives the converter 'int' an argument, '5', but it takes none. At app.py:3. "
                "Write {...:int}."
            ),
        ),
        (
            "/{a}-{b}",
            (
                "[R106] '/{a}-{b}' has the parameters 'a' and 'b' in one segment. At app.py:3. "
                "Put a '/' between them, or take the segment as one parameter and split it in the handler."
            ),
        ),
        (
            "/{a:path}/{b:path}",
            (
                "[R107] '/{a:path}/{b:path}' has two parameters that take several segments, 'a' and 'b': "
                "where one ends would be a guess. At app.py:3. Keep one ':path'."
            ),
        ),
        (
            "/x{a:path}",
            (
                "[R107] '/x{a:path}' has 'x' in one segment with 'a', which takes whole segments. At app.py:3. "
                "Put a '/' between them."
            ),
        ),
        ("/{a:path}.x", "[R107] '/{a:path}.x' has '.x' in one segment with 'a'"),
        (
            "/{a:regex}",
            "[R108] '/{a:regex}' has a regex without an expression. At app.py:3. Write {name:regex([a-z]+)}.",
        ),
        ("/{a:regex()}", "[R108] '/{a:regex()}' has a regex without an expression."),
        ("/{a:regex([z-a])}", "[R108] 'regex([z-a])' does not compile: bad character range z-a at position 1."),
        ("/{a:regex((x+)+)}", "[R109] 'regex((x+)+)' could take a very long time for some paths"),
        (
            "/" + "a" * 9000,
            (
                f"[R113] The pattern '/{'a' * 39}...' has 9001 characters in 1 segments, and no path of more than "
                "8192 bytes or 255 segments matches. At app.py:3. Shorten it."
            ),
        ),
        ("/a" * 300, "[R113] The pattern '/a/a/a"),
    ],
)
def test_a_pattern_that_cannot_work_says_why(text: str, message: str) -> None:
    with pytest.raises(RouteError) as error:
        Pattern(text, at="app.py:3")
    assert str(error.value).startswith(message)


def test_converters_are_added_by_name() -> None:
    converters = Converters()
    converters.add("color", Color)
    converters.add("color", Color)
    parameter = Pattern("/{c:color}", converters).parameters[0]
    assert isinstance(parameter, Parameter)
    assert parameter.converter.type is Color


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("int", "[R110] There is already a converter 'int'. At app.py:3. Choose another name."),
        ("a-b", "[R110] A converter cannot be called 'a-b'. At app.py:3. Use a name like 'slug' of its own."),
        ("regex", "[R110] A converter cannot be called 'regex'."),
    ],
)
def test_a_converter_needs_a_name_of_its_own(name: str, message: str) -> None:
    with pytest.raises(RouteError) as error:
        Converters().add(name, Color, at="app.py:3")
    assert str(error.value).startswith(message)
