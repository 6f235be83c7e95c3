"""A Model never leaves as it is: its private columns would leave with it."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import Any

import pytest

from rooftree import Answer, App, Col, HandlerError, Model, Output, Schema, Settings, UsageError, col
from rooftree.testing import Client


class Offcut(Model, table="offcuts"):
    name: Col[str] = col(max_length=20)
    cost: Col[int] = col(default=7, private=True)


class OffcutOut(Output[Offcut], fields=(Offcut.name,)): ...


class Box(Schema):
    what: object = None
    many: list[Any] = []
    label: str = ""


@dataclass
class Crate:
    box: Box


class Holder(Schema):
    offcut: Offcut


@dataclass
class Shelf:
    holders: dict[str, Holder]


ONE = Offcut(name="oak")
UNTYPED: dict[str, Any] = {
    "in a set": {"set": {ONE}},
    "in a deque": {"deque": deque([1, ONE])},
    "in a field": Box(what=ONE),
    "in one of several fields": {"box": Box(many=[{"x": ONE}])},
    "in a class of a class": {"crate": Crate(Box(what=[ONE]))},
    "in a dict of another kind": {"ordered": OrderedDict(one=ONE)},
    "alone": ONE,
    "in a list": [1, ONE],
    "in a tuple": (ONE,),
    "in a dict": {"offcut": ONE},
    "deep": {"page": 1, "rows": [{"offcut": ONE}]},
}


@pytest.mark.parametrize("value", UNTYPED.values(), ids=list(UNTYPED))
@pytest.mark.parametrize("accept", ["application/json", "application/msgpack"])
@pytest.mark.parametrize("declared", [None, object, dict[str, object], list[Any], Answer[Any]])
async def test_it_is_refused_where_the_type_leaves_it_open(value: Any, accept: str, declared: Any) -> None:
    app = App(Settings(mode="test"))

    async def index():  # type: ignore[no-untyped-def]
        return Answer(value) if declared == Answer[Any] else value

    if declared is not None:
        index.__annotations__["return"] = declared
    app.get("/")(index)
    async with Client(app, raise_errors=False) as client:
        answer = await client.get("/", headers={"accept": accept})
        assert answer.status_code == 500
        assert b"cost" not in answer.content


@pytest.mark.parametrize("declared", [Box, list[Box], Crate, set[Any], dict[str, Crate]])
async def test_it_is_refused_where_a_field_leaves_it_open(declared: Any) -> None:
    app = App(Settings(mode="test"))

    async def index() -> Any:
        box, crate = Box(what={"deep": (ONE,)}), Crate(Box(many=[ONE]))
        made: dict[Any, Any] = {
            Box: box,
            list[Box]: [box],
            Crate: crate,
            set[Any]: {ONE},
            dict[str, Crate]: {"a": crate},
        }
        return made[declared]

    index.__annotations__["return"] = declared
    app.get("/")(index)
    async with Client(app) as client:
        with pytest.raises(UsageError, match="U504"):
            await client.get("/")


async def test_what_the_refusal_says() -> None:
    app = App(Settings(mode="test"))

    @app.get("/")
    async def index() -> object:
        return [ONE]

    async with Client(app) as client:
        with pytest.raises(UsageError) as refused:
            await client.get("/")
    assert str(refused.value) == (
        "[U504] A handler returned the Model Offcut, and its answer does not name what of it may leave. Name it: "
        "class OffcutOut(Output[Offcut], fields=(...)), and declare returns=OffcutOut."
    )


@pytest.mark.parametrize("declared", [Offcut, list[Offcut], dict[str, Offcut], Offcut | None, Answer[Offcut],
                                      set[Offcut], Holder, list[Holder], tuple[int, Shelf]])  # fmt: skip
def test_a_handler_that_declares_one_is_a_mistake(declared: Any) -> None:
    app = App(Settings(mode="test"))

    async def index() -> Any:
        return ONE

    index.__annotations__["return"] = declared
    app.get("/")(index)
    with pytest.raises(HandlerError) as refused:
        _ = app.built
    text = str(refused.value)
    assert "[H123]" in text
    assert "returns the Model Offcut, and a Model never leaves as it is: every column would. At " in text
    assert text.endswith(
        "Name what may leave: class OffcutOut(Output[Offcut], fields=(...)), and declare returns=OffcutOut."
    )


async def test_what_is_named_leaves() -> None:
    app = App(Settings(mode="test"))

    @app.get("/", returns=list[OffcutOut])
    async def index() -> list[Offcut]:
        return [ONE]

    @app.get("/open")
    async def anything() -> dict[str, object]:
        return {"rows": [{"name": "oak"}], "count": 1}

    async with Client(app) as client:
        assert (await client.get("/")).json() == [{"name": "oak"}]
        assert (await client.get("/open")).json() == {"rows": [{"name": "oak"}], "count": 1}
