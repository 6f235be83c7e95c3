"""Keys of several columns, everywhere a key can stand, on both databases."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from rooftree.base import ForeignKeyError, UniqueError
from rooftree.db import (
    BareModel,
    Col,
    Derived,
    DoesNotExist,
    Many,
    Model,
    QueryError,
    Ref,
    StaleRow,
    col,
    count,
    many,
    max_,
    outer,
    ref,
)
from tests.unit.db.queries.shop import opened


class Shelf(BareModel):
    hall: Col[str] = col(primary=True, max_length=5)
    number: Col[int] = col(primary=True)
    label: Col[str] = col(default="")
    version: Col[int] = col(role="version", default=1)
    boxes: Many[Box] = many(by="shelf")
    marks: Many[Mark] = many()


class Mark(BareModel):
    group: Col[str] = col(primary=True)
    name: Col[str] = col(primary=True)
    shelves: Many[Shelf] = many(by="marks")


class Box(Model):
    weight: Col[Decimal] = col(default=0)
    shelf: Ref[Shelf | None] = ref(on_delete="set null")


class Slot(BareModel):
    shelf: Ref[Shelf] = ref(primary=True, on_delete="restrict")
    place: Col[int] = col(primary=True)
    box: Ref[Box | None] = ref()


class Heaviest(Derived):
    shelf: Ref[Shelf] = ref()
    weight: Col[Decimal] = col()


MODELS: tuple[Any, ...] = (Slot, Box, Shelf, Mark)


async def shelves() -> list[Shelf]:
    made = await Shelf.create_many([Shelf(hall=hall, number=number) for hall in "ab" for number in (1, 2)])
    for at, shelf in enumerate(made):
        await Box.create_many([Box(shelf=shelf, weight=Decimal(at * 10 + box)) for box in range(3)])
    return made


async def test_a_row_by_its_key(url: str) -> None:
    async with opened(url, *MODELS):
        a1, a2, b1, b2 = await shelves()
        assert await Shelf.get(("a", 2)) == a2
        assert await Shelf.in_bulk([("b", 1), a1, ("z", 9)]) == {("b", 1): b1, ("a", 1): a1}
        assert await Shelf.first() == a1
        assert [shelf.number for shelf in await Shelf.all().page(2, size=3)] == [2]
        page = await Shelf.all().order_by(Shelf.number.desc()).cursor_page(size=3)
        assert [*page, *await Shelf.all().order_by(Shelf.number.desc()).cursor_page(page.next, size=3)] == [
            a2,
            b2,
            a1,
            b1,
        ]
        for key in ("a", ("a",), ("a", 1, 2), ("a", None)):
            with pytest.raises(QueryError, match=r"\[Q116\]|\[Q160\]"):
                await Shelf.get(key)
        with pytest.raises(DoesNotExist, match=r"hall, number = \('a', 7\)"):
            await Shelf.get(("a", 7))
        with pytest.raises(UniqueError) as caught:
            await Shelf.create(hall="a", number=1)
        assert caught.value.columns == ("hall", "number")


async def test_a_row_is_written_by_its_key(url: str) -> None:
    async with opened(url, *MODELS):
        a1, a2, *_ = await shelves()
        stale = await Shelf.get(("a", 1))
        a1.label = "first"
        await a1.save()
        with pytest.raises(StaleRow, match=r"\('a', 1\)"):
            await stale.delete()
        a1.label, a2.label = "x", "y"
        assert await Shelf.update_many([a1, a2], Shelf.label) == 2
        (same, new) = await Shelf.upsert(
            [Shelf(hall="a", number=1, label="up"), Shelf(hall="c", number=1)], on=[Shelf.hall, Shelf.number]
        )
        assert (same, same.label, same.version, new.version) == (a1, "up", 4, 1)
        assert await Shelf.get_or_create(hall="c", number=1) == (new, False)
        assert await Shelf.where(Shelf.boxes.any(Box.weight > 30)).update(label="heavy") == 1
        await new.delete()
        assert await Shelf.where(Shelf.number == 2).order_by(Shelf.hall).limit(1).delete() == 1
        assert await Box.where(Box.shelf.is_null()).count() == 3  # set null of every column of the key


async def test_references_to_a_key_of_several_columns(url: str) -> None:
    async with opened(url, *MODELS):
        a1, a2, b1, b2 = await shelves()
        assert await Box.where(Box.shelf.is_(a2)).count() == 3
        assert await Box.where(Box.shelf.is_(("a", 2))).count() == 3
        assert await Box.where(Box.shelf.is_not(a2)).count() == 9
        assert await Box.where(Box.shelf.in_([a1, ("b", 2)])).count() == 6
        assert await Box.where(Box.shelf.hall == "b", Box.shelf.label == "").count() == 6
        (box,) = await Box.where(Box.weight == 31).include(Box.shelf)
        assert box.shelf == b2
        box.shelf = a1
        await box.save()
        again = await Box.get(box.id).include(Box.shelf)
        assert again.shelf == a1
        assert await Box.where(Box.shelf.is_(a1)).update(shelf=b1) == 4
        assert await Box.where(Box.id == box.id).update(shelf=None) == 1
        assert (await Box.get(box.id).include(Box.shelf)).shelf is None
        slot = await Slot.create(shelf=b1, place=1, box=box)
        assert await Slot.get(("b", 1, 1)) == slot
        assert await Slot.where(Slot.shelf.is_(b1), Slot.place == 1).include(Slot.shelf, Slot.box) == [slot]
        with pytest.raises(ForeignKeyError):
            await b1.delete()
        with pytest.raises(ForeignKeyError):
            await Box.create(shelf=("z", 1))


async def test_many_rows_of_a_key_of_several_columns(url: str) -> None:
    async with opened(url, *MODELS):
        a1, _, b1, _ = await shelves()
        top = (
            await Shelf.all()
            .order_by(Shelf.hall, Shelf.number)
            .include(Shelf.boxes.order_by(Box.weight.desc()).limit(2))
        )
        assert [[int(box.weight) for box in shelf.boxes] for shelf in top] == [[2, 1], [12, 11], [22, 21], [32, 31]]
        assert await Shelf.select(Shelf.hall, Shelf.boxes.count()).where(Shelf.number == 1).order_by(Shelf.hall) == [
            ("a", 3), ("b", 3),
        ]  # fmt: skip
        red, blue = await Mark.create_many([Mark(group="colour", name=name) for name in ("red", "blue")])
        await Shelf.marks.add(a1, red, blue)
        await Mark.shelves.add(red, b1)
        (marked,) = await Shelf.where(Shelf.marks.any(Mark.name == "blue")).include(Shelf.marks.order_by(Mark.name))
        assert (marked, marked.marks) == (a1, [blue, red])
        (mark,) = await Mark.where(Mark.name == "red").include(Mark.shelves.order_by(Shelf.hall))
        assert mark.shelves == [a1, b1]
        assert await Shelf.marks.of(a1).count() == 2
        await Shelf.marks.remove(a1, red)
        assert await Shelf.where(Shelf.marks.any(Mark.name == "red")) == [b1]


async def test_queries_over_queries_with_a_key_of_several_columns(url: str) -> None:
    async with opened(url, *MODELS):
        *_, b2 = await shelves()
        heaviest = Heaviest.of(
            Box.select(Box.shelf.hall, Box.shelf.number, max_(Box.weight)).group_by(Box.shelf.hall, Box.shelf.number)
        )
        (row,) = await heaviest.where(Heaviest.weight > 30).include(Heaviest.shelf)
        assert row.shelf == b2
        assert await heaviest.where(Heaviest.shelf.is_(b2)).values(Heaviest.weight) == [Decimal(32)]
        assert await Box.all().join(heaviest, Box.weight == Heaviest.weight).count() == 4
        busy = Box.where(Box.shelf.hall == outer(Shelf.hall), Box.weight > 20).as_exists()
        assert await Shelf.where(busy).select(Shelf.hall, count()).group_by(Shelf.hall) == [("b", 2)]
