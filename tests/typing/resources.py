"""What checkers see of a resource: its model, what comes in and what goes out, in methods that are written anew."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, assert_type

from rooftree import (
    App,
    Col,
    Filter,
    Included,
    Input,
    Listing,
    Model,
    Output,
    Ref,
    Request,
    Resource,
    Results,
    col,
    ref,
)
from rooftree.db import Condition, Query


class Shelf(Model):
    name: Col[str] = col()


class Box(Model):
    name: Col[str] = col()
    weight: Col[Decimal] = col()
    shelf: Ref[Shelf] = ref()


class ShelfOut(Output[Shelf], fields=(Shelf.id, Shelf.name)): ...


class NewBox(Input[Box], fields=(Box.name, Box.weight, Box.shelf)): ...


class BoxOut(Output[Box], fields=(Box.id, Box.name)):
    shelf: Included[ShelfOut]


class BoxChange(Input[Box], fields=(Box.name,), partial=True): ...


def heavy(least: Decimal) -> Condition:
    return Box.weight >= least


class Boxes(
    Resource[Box, NewBox, BoxOut],
    path="/boxes",
    filters=(Box.name, Filter(Box.weight, "ge", "le"), Box.shelf.name, heavy),
    ordering=(Box.name,),
    include=(Box.shelf,),
    page_size=10,
):
    def rows(self, request: Request) -> Query[Box]:
        return Box.where(Box.name != request.path)

    async def list(self, listing: Listing[Box], verbose: bool = False) -> Results[Box]:
        found = assert_type(await super().list(listing.where(Box.weight > 0)), Results[Box] | Results[BoxOut])
        assert_type(await listing.query.first(), Box | None)
        return Results([each for each in found if isinstance(each, Box)], total=int(verbose))

    async def create(self, data: NewBox, *, note: str = "") -> Box:
        assert_type(data[Box.weight], Decimal)
        assert_type(await super().create(data), Box | BoxOut)
        return await Box.create(name=data[Box.name] + note, weight=data[Box.weight], shelf=1)

    async def read(self, item: Box) -> Box:
        assert_type(item.weight, Decimal)
        return item

    async def update(self, item: Box, data: NewBox) -> Box:
        assert_type(data.apply(item), Box)
        return await item.save()

    async def delete(self, item: Box, request: Request) -> None:
        await item.delete(hard=bool(request.query))


class Narrow(Resource[Box, NewBox, BoxOut, BoxChange], path="/narrow", verbs=("list", "update")):
    async def update(self, item: Box, data: BoxChange) -> Box:
        return await data.apply(item).save()


class ReadOnly(Resource[Box], path="/read-only"): ...


class Wrong(Resource[Box, NewBox, BoxOut], path="/wrong"):
    async def create(self, data: BoxChange) -> Box:  # type: ignore[override]
        raise NotImplementedError

    async def read(self, item: Shelf) -> Box:  # type: ignore[override]
        raise NotImplementedError

    async def delete(self, item: Box) -> str:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        raise NotImplementedError


class Misspelt(Resource[Box], path="/misspelt", filter=()): ...  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue, reportGeneralTypeIssues]


app = App()
app.include(Boxes, Narrow, ReadOnly)
kept: Any = app
