"""Routes that take no unknown names in the query string."""

from __future__ import annotations

from typing import Annotated, Any

import pydantic
import pytest

from rooftree import App, Query, Schema
from rooftree.binding.unknown import KNOWN
from rooftree.testing import Client


class Foreign(pydantic.BaseModel):
    width: int = 1


class Box(Schema):
    width: int = 1
    tags: list[str] = []


def make_app() -> App:
    app = App()

    @app.get("/few", strict_query=True)
    async def few(price: int = 0, name: Annotated[tuple[str, ...], Query("name.in")] = ()) -> list[Any]:
        return [price, name]

    @app.get("/none", strict_query=True)
    async def none() -> str:
        return "nothing is taken"

    @app.get("/class", strict_query=True)
    def of_class(box: Annotated[Box, Query()]) -> Box:
        return box

    @app.get("/either", strict_query=True)
    async def either(box: Annotated[Box | None, Query()] = None) -> Box | None:
        return box

    @app.get("/foreign", strict_query=True)
    async def foreign(box: Annotated[Foreign, Query()]) -> int:
        return box.width

    return app


@pytest.mark.parametrize(
    ("path", "parameter", "text"),
    [
        ("/few?prize=1", "prize", "Expected a known name; did you mean `price`?"),
        ("/few?name=1", "name", "Expected a known name; did you mean `name.in`?"),
        ("/few?zzz=1", "zzz", "Expected one of `price`, `name.in`"),
        (f"/few?{'price' * 20}=1", "price" * 20, "Expected one of `price`, `name.in`"),
        ("/none?a=1", "a", "Expected no query string"),
        ("/either?widht=1", "widht", "Expected a known name; did you mean `width`?"),
        ("/class?widht=1", "widht", "Expected a known name; did you mean `width`?"),
    ],
)
async def test_unknown_names_are_refused(path: str, parameter: str, text: str) -> None:
    async with Client(make_app()) as client:
        answer = await client.get(path)
        assert answer.status_code == 422
        (error,) = answer.json()["errors"]
        assert (error["in"], error["parameter"], error["detail"]) == ("query", parameter, text)
        assert error["code"] == "unknown_parameter"


async def test_all_errors_are_told_at_once() -> None:
    async with Client(make_app()) as client:
        answer = await client.get("/few?prize=1&price=cheap&other=2")
        assert [error["parameter"] for error in answer.json()["errors"]] == ["prize", "other", "price"]
        answer = await client.get("/few?" + "&".join(f"n{number}=1" for number in range(500)))
        assert len(answer.json()["errors"]) <= 100


async def test_known_names_are_taken() -> None:
    async with Client(make_app()) as client:
        for _ in range(2):  # the second time the query string is known
            assert (await client.get("/few?price=2&name.in=a&name.in=b")).json() == [2, ["a", "b"]]
            assert (await client.get("/class?width=3&tags[0]=a&tags[1]=b")).json() == {"width": 3, "tags": ["a", "b"]}
        assert (await client.get("/either?width=2")).json()["width"] == 2
        assert (await client.get("/foreign?width=2&more=1")).json() == 2
        assert (await client.get("/none")).text == "nothing is taken"
        for number in range(KNOWN + 5):
            assert (await client.get(f"/few?price={number}")).json() == [number, []]
        long = "&".join(["name.in=abcdefghij"] * 20)
        assert len((await client.get(f"/few?{long}")).json()[1]) == 20
