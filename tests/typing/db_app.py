"""What checkers see of a database in an application."""

from __future__ import annotations

from typing import Annotated, assert_type

from rooftree import App, Col, Find, Found, Group, Model, Settings, col, transaction
from rooftree.db import Databases
from rooftree.testing import Factory


class Plank(Model):
    name: Col[str] = col()


app = App(Settings(database="sqlite://"), transaction=True)
group = Group("/planks", transaction=transaction(read_only=True))


@group.get("/{plank}", transaction=False)
async def show(plank: Found[Plank]) -> str:
    assert_type(plank, Plank)
    return assert_type(plank.name, str)


@group.get("/new")
async def edit(plank: Found[Plank] | None = None) -> None:
    assert_type(plank, Plank | None)


@group.get("/{id}/more")
def more(plank: Annotated[Plank, Find(include=[])]) -> None:
    assert_type(plank, Plank)


@app.seed
async def planks() -> None: ...


class PlankFactory(Factory[Plank]): ...


async def rows() -> None:
    assert_type(app.databases, Databases)
    assert_type(PlankFactory.build(), Plank)
    assert_type(await PlankFactory.create(name="oak"), Plank)
    assert_type(await PlankFactory.create_many(2), list[Plank])
