"""What a new row may be given, and what it is told that was given something else."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from typing import Any, Literal, cast

import pytest

from rooftree.base import CheckError, UniqueError
from rooftree.db import (
    BareModel,
    Col,
    Index,
    Input,
    Many,
    Model,
    Output,
    QueryError,
    Ref,
    RowInvalid,
    Unique,
    col,
    fields_of,
    many,
    nullable,
    ref,
    sql,
)
from rooftree.db.expressions.constraints import Constraint
from rooftree.testing import Factory
from tests.unit.db.queries.shop import opened


class Shelf(Model):
    name: Col[str] = col()
    state: Col[Literal["open", "closed"]] = col(default="open")
    four: Col[IPv4Address | None] = col(default=None)
    size: Col[int] = col(default=2)
    double: Col[int] = col(generated="size * 2")
    gone: Col[bool] = col(default=False)
    marks: Many[Mark] = many(through="Marked")

    @classmethod
    def constraints(cls) -> list[Constraint]:
        return [Index(cls.name.lower(), name="ux_shelf", unique=True, where=~cls.gone)]


class Mark(Model):
    name: Col[str] = col()


class Marked(BareModel):
    shelf: Ref[Shelf] = ref(primary=True)
    mark: Ref[Mark] = ref(primary=True)
    weight: Col[int] = col(default=1)
    reasons: Col[list[str]] = col(default=list)


class Box(BareModel):
    shop: Col[int] = col(primary=True)
    number: Col[int] = col(primary=True)


class Thing(Model):
    shelf: Ref[Shelf] = ref()
    box: Ref[Box | None] = ref()


MODELS: tuple[Any, ...] = (Shelf, Mark, Marked, Box, Thing)
T: Any = Thing
S: Any = Shelf


async def _problem(made: Any) -> str:
    with pytest.raises(RowInvalid) as caught:
        await made
    return "; ".join(f"{each.column} {each.code}: {each.message}" for each in caught.value.problems)


async def test_names_that_a_model_has_not_and_names_that_are_missing() -> None:
    with pytest.raises(QueryError, match=r"\[Q128\] A new Shelf was given 'nam'. Did you mean 'name'\? It has name, "):
        S.create(nam="x")
    with pytest.raises(RowInvalid, match=r"Shelf cannot be saved: name: A value is missing\."):
        S.create(size=3)


async def test_so_does_get_or_create_where_it_creates(url: str) -> None:
    async with opened(url, *MODELS):
        with pytest.raises(RowInvalid, match=r"Shelf cannot be saved: name: A value is missing\."):
            await S.get_or_create(id=7)
        with pytest.raises(QueryError, match=r"\[Q128\] A new Shelf was given 'nam'. Did you mean 'name'\?"):
            await S.get_or_create(id=7, defaults={"nam": "x"})
        assert await Shelf.where().count() == 0


async def test_a_reference_takes_its_own_model_alone(url: str) -> None:
    async with opened(url, *MODELS):
        shelf, mark = await Shelf.create(name="a"), await Mark.create(name="m")
        assert shelf.id == mark.id  # the key of one would be taken for the other's
        assert await _problem(T.create(shelf=mark)) == "shelf_id missing: Expected a Shelf, got a Mark"
        assert await _problem(T.create(shelf=Shelf(name="b"))) == "shelf_id missing: Expected a Shelf that is saved"
        assert await _problem(T.create(shelf=(1, 2))) == "shelf_id missing: Expected the key of a Shelf: (id)"
        wanted = "missing: Expected the key of a Box: (shop, number)"
        for key in (7, (7,), (7, 8, 9)):
            told = await _problem(T.create(shelf=shelf, box=key))
            assert told == f"box_shop {wanted}; box_number {wanted}"
        box = await Box.create(shop=1, number=2)
        assert (await Thing.create(shelf=(shelf.id,), box=(1, 2))).id == 1
        assert [thing.box for thing in await Thing.all().include(Thing.box)] == [box]


async def test_a_literal_is_one_of_its_texts_here_and_in_the_database(url: str) -> None:
    async with opened(url, *MODELS):
        shelf = await Shelf.create(name="a", state="closed")
        wrong = "state choice: Expected one of 'open', 'closed'"
        assert await _problem(S.create(name="b", state="half")) == wrong
        shelf.state = "half"  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]
        assert await _problem(shelf.save()) == wrong
        assert await _problem(Shelf.where(Shelf.id == 1).update(state="half")) == wrong
        assert await Shelf.where(Shelf.state == "closed").count() == 1
        assert await Shelf.where(S.state.contains("los")).values(Shelf.state) == ["closed"]
        with pytest.raises(CheckError, match="ck_shelfs_state_choice"):
            await sql(tuple[int], "update shelfs set state = 'half' returning id")


async def test_shapes_and_factories_know_a_literal(url: str) -> None:
    class NewShelf(Input[Shelf], fields=(Shelf.name, Shelf.state)): ...

    class ShelfOut(Output[Shelf], fields=(Shelf.state,)): ...

    assert NewShelf.__annotations__["state"] == Literal["open", "closed"]
    assert ShelfOut.__annotations__["state"] == Literal["open", "closed"]

    class Shelves(Factory[Shelf]): ...

    async with opened(url, *MODELS):
        assert {(await Shelves.create()).state for _ in range(2)} <= {"open", "closed"}


async def test_an_address_of_one_version_is_of_no_other(url: str) -> None:
    async with opened(url, *MODELS):
        wrong = "four type: Expected `IPv4Address`, got `IPv6Address`"
        assert await _problem(S.create(name="a", four=IPv6Address("::1"))) == wrong
        await Shelf.create(name="a", four=IPv4Address("10.0.0.1"))
        assert await Shelf.values(Shelf.four) == [IPv4Address("10.0.0.1")]


async def test_what_the_database_computes_is_given_by_nobody(url: str) -> None:
    async with opened(url, *MODELS):
        wrong = "double generated: Expected no value: the database computes it"
        assert await _problem(S.create(name="a", double=9)) == wrong
        assert await _problem(Shelf.create_many([S(name="a", double=9)])) == wrong
        shelf = await Shelf.create(name="a")
        assert shelf.double == 4
        shelf.size = 5
        await shelf.save()
        assert (await Shelf.get(shelf.id)).double == 10


async def test_a_violation_of_an_index_names_what_is_indexed(url: str) -> None:
    async with opened(url, *MODELS):
        await Shelf.create(name="a")
        with pytest.raises(UniqueError) as caught:
            await Shelf.create(name="A")
        assert (caught.value.columns, caught.value.constraint) == (("name",), "ux_shelf")
        assert fields_of(caught.value) == ("name",)


async def test_links_of_a_model_between_have_its_defaults(url: str) -> None:
    async with opened(url, *MODELS):
        shelf, mark = await Shelf.create(name="a"), await Mark.create(name="m")
        await Shelf.marks.add(shelf, mark)
        await Shelf.marks.add(shelf, mark)
        assert [(link.weight, link.reasons) for link in await Marked.all()] == [(1, [])]


class Priced(Model):
    marks: Many[Mark] = many(through="PricedMark")


class PricedMark(BareModel):
    priced: Ref[Priced] = ref(primary=True)
    mark: Ref[Mark] = ref(primary=True)
    price: Col[int] = col()

    @classmethod
    def constraints(cls) -> list[Constraint]:
        return [Unique(cls.mark, cls.price)]


async def test_a_model_between_that_needs_more_says_so(url: str) -> None:
    async with opened(url, Mark, Priced, PricedMark):
        priced, mark = await Priced.create(), await Mark.create(name="m")
        with pytest.raises(RowInvalid, match=r"PricedMark cannot be saved: price: A value is missing\."):
            await Priced.marks.add(priced, mark)
        assert await PricedMark.count() == 0


async def test_deleted_rows_come_back(url: str) -> None:
    async with opened(url, *MODELS):
        await Shelf.create_many([Shelf(name=name, size=len(name)) for name in ("a", "bb", "ccc")])
        gone = await Shelf.where(Shelf.size > 1).delete().returning(Shelf.name, Shelf.size * 10)
        assert sorted(gone) == [("bb", 20), ("ccc", 30)]
        assert await Shelf.values(Shelf.name) == ["a"]
        assert await Shelf.where(Shelf.size > 1).delete().returning(Shelf.name) == []


async def test_references_can_be_written_of_many(url: str) -> None:
    async with opened(url, *MODELS):
        a, b = await Shelf.create(name="a"), await Shelf.create(name="b")
        box = await Box.create(shop=1, number=2)
        things = await Thing.create_many([Thing(shelf=a), Thing(shelf=a)])
        for thing in things:
            thing.shelf, thing.box = b, box
        assert await Thing.update_many(things, Thing.shelf, Thing.box) == 2
        assert await Thing.where(Thing.shelf.is_(b), Thing.box.is_((1, 2))).count() == 2
        with pytest.raises(QueryError, match=r"\[Q195\] update_many\(\) was given Thing.shelf.name\."):
            await Thing.update_many(things, Thing.shelf.name)


async def test_values_by_their_column(url: str) -> None:
    async with opened(url, *MODELS):
        shelf, box = await Shelf.create(name="a"), await Box.create(shop=1, number=2)
        await Thing.create_many([Thing(shelf=shelf, box=box), Thing(shelf=shelf.id)])
        one, two = await Thing.all().order_by(Thing.id)
        assert (one[Thing.shelf.id], one[Thing.box.shop], one[Thing.box.number]) == (shelf.id, 1, 2)
        assert (two[Thing.id], two[nullable(Thing.box.shop)]) == (two.id, None)
        assert Thing(shelf=shelf)[Thing.shelf.id] == shelf.id
        anything: Any = one
        told = "A Thing has the values of its columns, Thing.<column>, and was asked for"
        for wrong in (T.shelf.name, T.shelf, S.name, S.id, "id", 0):
            with pytest.raises(TypeError) as caught:
                anything[wrong]
            assert str(caught.value).startswith(told)
        with pytest.raises(TypeError):
            list(anything)


class Playlist(Model):
    marks: Many[Mark] = many(through="Entry")
    pieces: Many[Mark] = many(through="Piece")


class Entry(Model):
    playlist: Ref[Playlist] = ref()
    mark: Ref[Mark] = ref()
    place: Col[int] = col(default=0)

    @classmethod
    def constraints(cls) -> list[Constraint]:
        return [Unique(cls.playlist, cls.place), Unique(cls.playlist, cls.mark, where=cls.place > 0)]


class Piece(Model):
    playlist: Ref[Playlist] = ref()
    mark: Ref[Mark] = ref()

    @classmethod
    def constraints(cls) -> list[Constraint]:
        return [
            Index(cls.mark, cls.playlist.id, unique=True),
            Index((cls.mark.id * 2 + 1).desc(nulls="last"), cls.mark.id + 1, name="ix_pieces_twice"),
        ]


async def test_a_model_between_that_may_link_twice_is_not_added_to(url: str) -> None:
    async with opened(url, Mark, Playlist, Entry, Piece):
        playlist, mark = await Playlist.create(), await Mark.create(name="m")
        with pytest.raises(QueryError) as caught:
            await Playlist.marks.add(playlist, mark)
        assert "[Q155]" in str(caught.value)
        assert "Entry may link the same two more than once" in str(caught.value)
        assert "Add Unique(cls.playlist, cls.mark) to the constraints() of Entry, or make its rows" in str(caught.value)
        await Entry.create(playlist=playlist, mark=mark, place=1)
        with pytest.raises(QueryError, match="Q155"):
            await Playlist.marks.set(playlist, [mark])
        assert await Entry.count() == 1  # set() took nothing away
        await Playlist.marks.remove(playlist, mark)
        assert await Entry.count() == 0
        await Playlist.pieces.add(playlist, mark)
        await Playlist.pieces.add(playlist, mark)
        assert await Piece.count() == 1


def test_an_upsert_goes_by_what_is_unique() -> None:
    with pytest.raises(QueryError) as caught:
        cast("Any", Entry).upsert(Entry(playlist=1, mark=1), on=[Entry.playlist, Entry.mark])
    assert "[Q196] upsert() was given on=[Entry.playlist_id, Entry.mark_id], and several rows" in str(caught.value)
    assert "Add Unique(cls.playlist_id, cls.mark_id) to its constraints()" in str(caught.value)
    able = Entry.upsert(Entry(playlist=1, mark=1), on=[Entry.place, Entry.playlist])
    able._ran = True
