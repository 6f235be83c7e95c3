"""A store: models, migrations, an API, rows to begin with."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from rooftree import (
    App,
    Col,
    Find,
    Found,
    Ge,
    Group,
    HTTPError,
    Input,
    Le,
    Many,
    Model,
    Output,
    Ref,
    Settings,
    col,
    many,
    now,
    on_commit,
    ref,
    transaction,
)


class Kind(Model, table="kinds"):
    name: Col[str] = col(max_length=80, unique=True)
    planks: Many[Plank] = many(by="kind")


class Plank(Model, table="planks"):
    name: Col[str] = col(max_length=80, unique=True)
    price: Col[Decimal] = col(max_digits=8, decimal_places=2, gt=0)
    stock: Col[int] = col(default=0, ge=0)
    cost: Col[Decimal] = col(max_digits=8, decimal_places=2, default=0, private=True)
    kind: Ref[Kind] = ref(on_delete="restrict")
    created_at: Col[datetime] = col(default=now)


class KindOut(Output[Kind], fields=(Kind.id, Kind.name)): ...


class PlankOut(Output[Plank], fields=(Plank.id, Plank.name, Plank.price, Plank.stock, Plank.kind)):
    kind: KindOut


class NewPlank(Input[Plank], fields=(Plank.name, Plank.price, Plank.kind)): ...


class PlankChange(Input[Plank], fields=(Plank.name, Plank.price), partial=True): ...


app = App(Settings.load(database="sqlite:///store.db"))
planks = Group("/planks", transaction=True)
app.include(planks)

sold: list[str] = []


@app.get("/planks", returns=list[PlankOut])
async def index(q: str = "", page: Annotated[int, Ge(1), Le(1000)] = 1) -> list[Plank]:
    found = await Plank.where(Plank.name.contains(q)).order_by(Plank.name).include(Plank.kind).page(page, size=20)
    return found.items


@app.get("/planks/{plank}", returns=PlankOut)
async def show(plank: Annotated[Plank, Find(include=[Plank.kind])]) -> Plank:
    return plank


@planks.post(status=201, returns=PlankOut)
async def add(data: NewPlank) -> Plank:
    plank = await Plank.create(**data.values())
    return await Plank.get(plank.id).include(Plank.kind)


@planks.patch("/{plank}", returns=PlankOut)
async def change(plank: Found[Plank], data: PlankChange) -> Plank:
    await data.apply(plank).save()
    return await Plank.get(plank.id).include(Plank.kind)


@planks.post("/{plank}/sale", transaction=transaction(isolation="serializable", retries=3))
async def sell(plank: Found[Plank], count: Annotated[int, Ge(1)] = 1) -> int:
    if plank.stock < count:
        raise HTTPError(409, f"Only {plank.stock} are left.")
    await Plank.where(Plank.id == plank.id).update(stock=Plank.stock - count)
    on_commit(lambda: sold.append(plank.name))
    return plank.stock - count


@planks.delete("/{plank}")
def remove(plank: Found[Plank]) -> None:
    plank.delete().sync()


@app.seed
async def kinds() -> None:
    for name in ("Wood", "Stone"):
        await Kind.get_or_create(name=name)
