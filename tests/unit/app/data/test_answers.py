"""Shapes as bodies and answers, and what errors of the data room become."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from rooftree import (
    App,
    Col,
    Found,
    Input,
    IntegrityError,
    Model,
    Output,
    Ref,
    Request,
    Response,
    Settings,
    col,
    ref,
)
from rooftree.base import (
    CheckError,
    ConnectionFailed,
    ConnectionLost,
    DatabaseError,
    DeadlockError,
    ExclusionError,
    HTTPError,
    LockTimeout,
    NotNullError,
    PermissionRefused,
    PoolExhausted,
    SerializationError,
    StatementError,
    StatementTimeout,
    StorageFull,
    ValueRefused,
)
from rooftree.db import Check, Constraint, Unique, create_tables, drop_tables
from rooftree.testing import Client


class Maker(Model, table="answer_makers"):
    name: Col[str] = col(max_length=20, unique=True)


class Plank(Model, table="answer_planks"):
    name: Col[str] = col(max_length=20)
    price: Col[Decimal] = col(max_digits=6, decimal_places=2, ge=0)
    cost: Col[Decimal] = col(max_digits=6, decimal_places=2, default=0, private=True)
    maker: Ref[Maker] = ref(on_delete="restrict")
    version: Col[int] = col(role="version", default=1)

    @classmethod
    def constraints(cls) -> list[Constraint]:
        return [Unique(cls.maker, cls.name), Check(cls.price >= cls.cost, name="profit")]


class MakerOut(Output[Maker], fields=(Maker.id, Maker.name)): ...


class NewPlank(Input[Plank], fields=(Plank.name, Plank.price, Plank.maker)): ...


class PlankChange(Input[Plank], fields=(Plank.name, Plank.price), partial=True): ...


class PlankOut(Output[Plank], fields=(Plank.id, Plank.name, Plank.price, Plank.maker)):
    maker: MakerOut


def shop(url: str) -> App:
    app = App(Settings(database=url, access_log=False))

    @app.lifespan
    async def tables() -> AsyncIterator[None]:
        await drop_tables(Plank, Maker)
        await create_tables(Plank, Maker)
        await Maker.create(name="ann")
        yield
        await drop_tables(Plank, Maker)

    @app.post("/planks", status=201, returns=PlankOut)
    async def add(data: NewPlank) -> Plank:
        plank = await Plank.create(**data.values())
        return await Plank.get(plank.id).include(Plank.maker)

    @app.get("/planks", returns=list[PlankOut])
    async def index() -> list[Plank]:
        return await Plank.where().order_by(Plank.id).include(Plank.maker)

    @app.patch("/planks/{plank}", returns=PlankOut)
    async def change(plank: Found[Plank], data: PlankChange) -> Plank:
        await data.apply(plank).save()
        return await Plank.get(plank.id).include(Plank.maker)

    @app.delete("/makers/{maker}")
    async def remove(maker: Found[Maker]) -> None:
        await maker.delete()

    return app


OAK = {"name": "oak", "price": "9.90", "maker": 1}


async def test_a_shape_comes_in_and_goes_out(url: str) -> None:
    async with Client(shop(url)) as client:
        answer = await client.post("/planks", json=OAK)
        oak = {"id": 1, "name": "oak", "price": "9.90", "maker": {"id": 1, "name": "ann"}}
        assert (answer.status_code, answer.json()) == (201, oak)
        assert (await client.get("/planks")).json() == [oak]
        changed = await client.patch("/planks/1", json={"price": "12.00"})
        assert changed.json() == {**oak, "price": "12.00"}
        ignored = await client.post("/planks", json={**OAK, "name": "ash", "cost": "5", "id": 99})
        assert ignored.status_code in {201, 422}
        assert all(plank.cost == 0 for plank in await Plank.where())


async def test_all_errors_of_a_body_at_once(url: str) -> None:
    async with Client(shop(url)) as client:
        answer = await client.post("/planks", json={"name": "x" * 21, "price": "-1", "maker": "ann"})
        assert answer.status_code == 422
        found = {error["pointer"]: error["detail"] for error in answer.json()["errors"]}
        assert set(found) == {"#/name", "#/price", "#/maker"}
        empty = (await client.post("/planks", json={})).json()["errors"]
        assert [(e["pointer"], e["code"]) for e in empty] == [(f"#/{n}", "missing") for n in ("name", "price", "maker")]


async def test_constraints_of_the_database(url: str) -> None:
    async with Client(shop(url)) as client:
        await client.post("/planks", json=OAK)
        again = await client.post("/planks", json=OAK)
        assert again.headers["content-type"] == "application/problem+json"
        document = again.json()
        assert (again.status_code, document["title"]) == (409, "Conflict")
        assert [(e["pointer"], e["code"]) for e in document["errors"]] == [
            ("#/maker", "unique"),
            ("#/name", "unique"),
        ]
        assert document["errors"][0]["params"] == {"together": ["maker", "name"]}
        stranger = await client.post("/planks", json={**OAK, "maker": 99})
        assert (stranger.status_code, stranger.json()["detail"]) == (
            409,
            "What this refers to is not there, or something else still refers to this.",
        )
        assert (await client.delete("/makers/1")).status_code == 409


async def test_a_check_and_rules_at_their_fields(url: str) -> None:
    app = shop(url)

    @app.post("/raw")
    async def raw() -> None:
        await Plank.where().update(cost=100)

    @app.post("/row")
    async def row() -> None:
        await Plank.create(name="", price=Decimal(-1), maker=1)

    @app.post("/stale")
    async def stale() -> None:
        first, second = await Plank.get(1), await Plank.get(1)
        first.name = "elm"
        await first.save()
        second.name = "ash"
        await second.save()

    async with Client(app) as client:
        await client.post("/planks", json=OAK)
        refused = await client.post("/raw")
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "check")
        assert "profit" in refused.json()["errors"][0]["params"]["constraint"]
        invalid = await client.post("/row")
        assert (invalid.status_code, [e["pointer"] for e in invalid.json()["errors"]]) == (422, ["#/price"])
        changed = await client.post("/stale")
        assert (changed.status_code, changed.json()["detail"]) == (
            409,
            "This was changed or deleted by someone else. Load it again and repeat the change.",
        )


async def test_numbers_that_no_column_holds(url: str) -> None:
    app = shop(url)

    @app.get("/cheap")
    async def cheap(id: int = 0, page: int = 1) -> int:
        return (await Plank.where(Plank.id > id).order_by(Plank.id).page(page, size=1)).total

    async with Client(app) as client:
        assert (await client.get("/cheap")).json() == 0
        assert (await client.get(f"/cheap?id={10**30}")).status_code == 422
        assert (await client.get(f"/cheap?page={10**30}")).status_code == 422
        for page in (0, -7):
            answer = await client.get(f"/cheap?page={page}")
            assert (answer.status_code, answer.json()["detail"]) == (404, "There is no such page.")


async def test_an_application_answers_otherwise(url: str) -> None:
    app = shop(url)

    @app.error(IntegrityError)
    async def mine(request: Request, error: IntegrityError) -> Response:
        return Response(",".join(error.columns).encode(), 400, "text/plain")

    async with Client(app) as client:
        await client.post("/planks", json=OAK)
        again = await client.post("/planks", json=OAK)
        assert (again.status_code, again.text) == (400, "maker_id,name")


def made(kind: type[DatabaseError]) -> DatabaseError:
    return kind("T999", "It failed.")


@pytest.mark.parametrize(
    ("kind", "status", "retry"),
    [
        (ConnectionFailed, 503, "5"),
        (ConnectionLost, 503, "5"),
        (PoolExhausted, 503, "1"),
        (SerializationError, 503, "1"),
        (DeadlockError, 503, "1"),
        (LockTimeout, 503, "1"),
        (StatementTimeout, 503, "5"),
        (StorageFull, 503, "60"),
        (CheckError, 422, None),
        (ExclusionError, 409, None),
        (ValueRefused, 422, None),
        (NotNullError, 500, None),
        (PermissionRefused, 500, None),
        (StatementError, 500, None),
    ],
)
async def test_what_each_error_is_to_a_visitor(kind: type[DatabaseError], status: int, retry: str | None) -> None:
    app = App(Settings(access_log=False))
    failed: list[Any] = []
    app.failed.connect(lambda failure: failed.append(failure.error))

    @app.get("/")
    async def index() -> None:
        raise made(kind)

    async with Client(app, raise_errors=False) as client:
        answer = await client.get("/")
        assert (answer.status_code, answer.headers.get("retry-after")) == (status, retry)
        assert "T999" not in answer.text
        assert len(failed) == (status >= 500)  # the operator hears of what a visitor cannot mend
        page = await client.get("/", headers={"accept": "text/html"})
        assert (page.status_code, page.headers["content-type"]) == (status, "text/html; charset=utf-8")


async def test_development_shows_the_error_itself() -> None:
    app = App(Settings(mode="development", access_log=False))

    @app.get("/")
    async def index() -> None:
        raise made(ConnectionFailed)

    async with Client(app, raise_errors=False) as client:
        assert "T999" in (await client.get("/")).text


def test_an_error_that_says_nothing_is_a_500() -> None:
    assert made(StatementError).to_http() is None
    said = made(ConnectionFailed).to_http()
    assert isinstance(said, HTTPError)
