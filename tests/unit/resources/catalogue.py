"""A small catalogue, as resources: what the tests of this folder ask."""

from __future__ import annotations

import contextlib
import enum
from collections.abc import AsyncGenerator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from rooftree import App, Col, Included, Many, Model, Ref, Settings, col, many, ref
from rooftree.db import Condition, Input, Output, Search, create_tables, drop_tables
from rooftree.db.expressions.constraints import Constraint
from rooftree.resources import Filter, Resource
from rooftree.testing import Client


class Grade(enum.Enum):
    FINE = "fine"
    ROUGH = "rough"


class Wood(Model, table="res_woods"):
    name: Col[str] = col(max_length=40)
    hardness: Col[float] = col(default=1.0)


class Mark(Model, table="res_marks"):
    text: Col[str] = col(max_length=40)


class Plank(Model, table="res_planks"):
    """No version: its tags are made of its content."""

    name: Col[str] = col(max_length=80)
    price: Col[Decimal] = col(max_digits=10, decimal_places=2, ge=0)
    cost: Col[Decimal] = col(default=Decimal(0), private=True)
    grade: Col[Grade] = col(default=Grade.FINE)
    sold: Col[bool] = col(default=False)
    cut_on: Col[date | None] = col(default=None)
    made_at: Col[datetime] = col(default=datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC))
    wood: Ref[Wood | None] = ref()
    marks: Many[Mark] = many()


class Beam(Model, table="res_beams"):
    """A version, soft delete and a full-text index."""

    name: Col[str] = col(max_length=80, unique=True)
    text: Col[str] = col(default="")
    length: Col[int] = col(default=1, gt=0)
    wood: Ref[Wood] = ref()
    revision: Col[int] = col(default=1, role="version")
    gone_at: Col[datetime | None] = col(default=None, role="deleted")

    @classmethod
    def constraints(cls) -> list[Constraint]:
        return [Search(cls.name, cls.text)]


class WoodOut(Output[Wood], fields=(Wood.id, Wood.name)): ...


class MarkOut(Output[Mark], fields=(Mark.id, Mark.text)): ...


class NewPlank(
    Input[Plank], fields=(Plank.name, Plank.price, Plank.grade, Plank.cut_on, Plank.made_at, Plank.wood)
): ...


class PlankOut(
    Output[Plank],
    fields=(Plank.id, Plank.name, Plank.price, Plank.grade, Plank.sold, Plank.cut_on, Plank.made_at),
):
    wood: Included[WoodOut | None]
    marks: Included[list[MarkOut]]


class NewBeam(Input[Beam], fields=(Beam.name, Beam.text, Beam.length, Beam.wood)): ...


class BeamOut(Output[Beam], fields=(Beam.id, Beam.name, Beam.length)):
    wood: WoodOut


def marked(text: str) -> Condition:
    """Only what bears this mark."""
    return Plank.marks.any(Mark.text == text)


class Planks(
    Resource[Plank, NewPlank, PlankOut],
    path="/planks",
    filters=(
        Filter(Plank.name, "eq", "in", "contains", "startswith"),
        Filter(Plank.price, "eq", "ne", "ge", "gt", "le", "lt", "in"),
        Filter(Plank.grade, "eq", "in"),
        Plank.sold,
        Filter(Plank.cut_on, "eq", "ge", "null"),
        Filter(Plank.made_at, "ge"),
        Plank.wood,
        Filter(Plank.wood.name, "eq", "contains"),
        marked,
    ),
    ordering=(Plank.name, Plank.price, Plank.cut_on, Plank.wood.name),
    search=(Plank.name, Plank.wood.name),
    include=(Plank.wood, Plank.marks),
    page_size=3,
    max_page_size=10,
):
    """Planks."""


class Beams(
    Resource[Beam, NewBeam, BeamOut],
    path="/beams",
    filters=(Beam.name,),
    ordering=(Beam.length,),
    order=(Beam.name.desc(),),
    search=(Beam.text, Beam.name),
): ...


MODELS: tuple[Any, ...] = (Wood, Mark, Plank, Beam)


def make_app(url: str, *resources: Any) -> App:
    app = App(Settings(database=url))
    app.include(*(resources or (Planks, Beams)))
    return app


@contextlib.asynccontextmanager
async def opened(url: str, *resources: Any) -> AsyncGenerator[Client]:
    """A client of an application whose tables are made, with a few rows."""
    app = make_app(url, *resources)
    async with Client(app) as client:
        with app.current():
            await drop_tables(*MODELS)
            await create_tables(*MODELS)
            await fill()
            yield client


async def fill() -> None:
    oak, pine = await Wood.create(name="Oak"), await Wood.create(name="Pine")
    old, new = await Mark.create(text="old"), await Mark.create(text="new")
    for number in range(1, 8):
        await Plank.create(
            name=f"Plank {number}",
            price=Decimal(number),
            cost=Decimal(77),
            grade=Grade.FINE if number % 2 else Grade.ROUGH,
            sold=number > 5,
            cut_on=date(2024, 1, number) if number < 4 else None,
            wood=None if number == 7 else oak if number < 4 else pine,
            marks=[old, new] if number == 1 else [new] if number == 2 else [],
        )
    for number in range(1, 4):
        await Beam.create(
            name=f"Beam {number}", text="a long solid one" if number == 2 else "short", length=number, wood=oak
        )
