"""What tests of an application with a database use: rolled back, counted, filled."""

from __future__ import annotations

import asyncio
import datetime as dt
import enum
from collections.abc import Iterator
from decimal import Decimal
from ipaddress import IPv4Address
from pathlib import Path
from uuid import UUID

import pytest

from rooftree import App, Col, Model, Ref, Settings, UsageError, col, on_commit, ref, transaction
from rooftree.db import Database, Migrations, NeverAwaitedWarning
from rooftree.testing import Client, Factory, SyncClient, assert_queries, database_for_tests


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Kind(Model, table="factory_kinds"):
    name: Col[str] = col(max_length=6, unique=True)


class Thing(Model, table="factory_things"):
    name: Col[str] = col(max_length=20, min_length=5, unique=True)
    email: Col[str] = col(format="email", unique=True)
    slug: Col[str] = col(format="slug")
    price: Col[Decimal] = col(max_digits=6, decimal_places=2, gt=0, le=3)
    amount: Col[int] = col(ge=5, le=7)
    even: Col[int] = col(multiple_of=2, gt=2)
    below: Col[int] = col(lt=0)
    ratio: Col[float] = col(ge=0)
    flag: Col[bool] = col()
    data: Col[bytes] = col()
    day: Col[dt.date] = col(ge=dt.date(2030, 1, 1))
    at: Col[dt.datetime] = col()
    clock: Col[dt.time] = col()
    span: Col[dt.timedelta] = col()
    key: Col[UUID] = col(unique=True)
    color: Col[Color] = col()
    tags: Col[list[str]] = col()
    extra: Col[dict[str, int]] = col()
    address: Col[IPv4Address] = col()
    note: Col[str | None] = col()
    level: Col[int] = col(default=3)
    kind: Ref[Kind] = ref(on_delete="cascade")
    other: Ref[Kind | None] = ref()


class ThingFactory(Factory[Thing]):
    level = 9

    @staticmethod
    def slug(number: int) -> str:
        return f"thing-{number}"


@pytest.fixture(params=["sqlite", "postgresql"])
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[App]:
    sqlite = request.param == "sqlite"
    url = "sqlite://" if sqlite else request.getfixturevalue("postgres_url")
    app = App(Settings(access_log=False), root=tmp_path)
    folder = tmp_path / "migrations"
    scratch = Database(f"sqlite:///{tmp_path}/scratch.db" if sqlite else url)
    asyncio.run(Migrations(folder, scratch).make("First", [Kind, Thing]))
    with database_for_tests(app, url) as own:
        assert own != url

        @app.post("/things", transaction=True)
        async def add() -> int:
            await Kind.create(name="new")
            committed: list[int] = []
            on_commit(lambda: committed.append(1))
            return await Kind.where().count()

        yield app


async def test_every_test_begins_with_the_same_rows(app: App) -> None:
    for _ in range(2):
        async with Client(app, rollback=True) as client:
            assert await Kind.where().count() == 0
            await Kind.create(name="test")
            assert (await client.post("/things")).json() == 2
            assert await Kind.where().count() == 2
            async with transaction():
                await Kind.create(name="inner")
    async with Client(app) as client:
        assert (await client.post("/things")).json() == 1
        await Kind.where().delete()


async def test_statements_are_counted(app: App) -> None:
    async with Client(app, rollback=True) as client:
        with assert_queries(2) as counter:
            await client.post("/things")
        assert "INSERT" in counter.report()
        with pytest.raises(AssertionError) as wrong, assert_queries(2):
            await Kind.where().count()
        assert str(wrong.value).startswith("2 statements were expected, 1 ran:\n1. SELECT")
        assert "test_databases.py:" in str(wrong.value)


class Loop(Model, table="factory_loops"):
    over: Ref[Coil] = ref()


class Coil(Model, table="factory_coils"):
    under: Ref[Loop] = ref()


async def test_references_in_a_circle_are_no_row_that_could_be_the_first() -> None:
    class LoopFactory(Factory[Loop]): ...

    told = (
        "[U424] Coil.under may not be None and leads back to Loop: no row can be the first. "
        "Give it, CoilFactory.create(under=...), or let it be None in the model."
    )
    for _ in range(2):
        with pytest.raises(UsageError) as refused:
            await LoopFactory.create()
        assert str(refused.value) == told


async def test_a_reference_is_made_by_the_factory_of_its_model(app: App) -> None:
    class KindFactory(Factory[Kind]):  # pyright: ignore[reportUnusedClass]
        @staticmethod
        def name(number: int) -> str:
            return f"made {number}"

    async with Client(app, rollback=True):
        thing = await ThingFactory.create()
        assert (await Kind.get(thing[Thing.kind.id])).name.startswith("made ")


async def test_a_factory_makes_valid_rows(app: App) -> None:
    async with Client(app, rollback=True):
        first = await ThingFactory.create(name="a name of its own")
        assert (first.name, first.level, first.note) == ("a name of its own", 9, None)
        assert await Kind.where().count() == 1
        kind = await Kind.where().one()
        more = await ThingFactory.create_many(12, kind=kind)
        assert len({thing.name for thing in more}) == len({thing.email for thing in more}) == 12
        assert {thing.amount for thing in more} == {5, 6, 7}
        assert all(Decimal(0) < thing.price <= 3 and thing.even % 2 == 0 and thing.below < 0 for thing in more)
        assert more[0].slug.startswith("thing-")
        assert await Kind.where().count() == 1
        assert await Thing.where().count() == 13


def test_a_factory_in_a_plain_test(app: App) -> None:
    with SyncClient(app, rollback=True):
        first = ThingFactory.create(name="a name of its own").sync()
        assert Thing.get(first.id).sync().name == "a name of its own"
        assert len(ThingFactory.create_many(2, kind=Kind.where().one().sync()).sync()) == 2
        with pytest.warns(NeverAwaitedWarning, match="<saving> was never awaited"):
            ThingFactory.create()  # type: ignore[unused-awaitable]
        assert Thing.where().count().sync() == 3


async def test_what_a_factory_does_not_save(app: App) -> None:
    built = ThingFactory.build(kind=Kind(name="k"), name="built")
    assert built.name == "built"
    assert ThingFactory.values()["name"] != ThingFactory.values()["name"]


def test_values_that_no_rule_tells() -> None:
    class Code(Model, table="factory_codes"):
        code: Col[str] = col(pattern="^[A-Z]{3}$")

    class CodeFactory(Factory[Code]): ...

    with pytest.raises(UsageError) as refused:
        CodeFactory.values()
    assert str(refused.value) == (
        "[U420] A factory cannot make a value of Code.code, which has the pattern '^[A-Z]{3}$'. Say it in the factory: "
        "code = ..., or where it is called: create(code=...)."
    )
    assert CodeFactory.values(code="OAK") == {"code": "OAK"}


def test_mistakes_in_a_factory() -> None:
    with pytest.raises(UsageError) as unknown:

        class Bad(Factory[Kind]):  # pyright: ignore[reportUnusedClass]
            nmae = "x"

    assert str(unknown.value) == "[U422] Bad gives a value for 'nmae', and Kind has no such column. It has id, name."
    with pytest.raises(UsageError) as nobody:

        class Nobody(Factory):  # type: ignore[type-arg]  # pyright: ignore[reportMissingTypeArgument, reportUnusedClass]
            ...

    assert str(nobody.value) == "[U421] Nobody names no model. Write class Nobody(Factory[Product])."


def test_an_application_without_a_database() -> None:
    with (
        pytest.raises(UsageError, match=r"\[U423\] The application app has no database\."),
        database_for_tests(App(Settings())),
    ):
        pass
