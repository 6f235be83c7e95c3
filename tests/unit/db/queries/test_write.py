from __future__ import annotations

import asyncio
import copy
import gc
import linecache
import warnings
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pytest

from rooftree.base import ForeignKeyError, UniqueError
from rooftree.db import (
    BareModel,
    Check,
    Col,
    DoesNotExist,
    Model,
    NeverAwaitedWarning,
    NotLoaded,
    QueryCounter,
    QueryError,
    RowInvalid,
    StaleRow,
    Unique,
    col,
    now,
    transaction,
    uuid7,
)
from rooftree.db.expressions.constraints import Constraint
from tests.unit.db.queries.shop import MODELS, Category, Product, Supplier, Tag, filled, opened


async def test_create_gives_back_what_the_database_made(url: str) -> None:
    async with opened(url, *MODELS):
        wood = Category(name="Wood")
        assert not wood.is_saved
        assert wood != Category(name="Wood")
        saved = await Category.create(name="Metal")
        assert saved.is_saved
        assert saved.id == 1
        assert saved.parent is None
        assert saved.parent_id is None  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]


async def test_create_refuses_what_breaks_the_rules_all_at_once(url: str) -> None:
    async with filled(url) as shop:
        with pytest.raises(RowInvalid) as caught:
            await Product.create(name="x" * 201, price=Decimal(-1), stock="3", category=shop.wood)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        assert str(caught.value) == (
            "[Q504] Product cannot be saved: name: Expected `str` of length <= 200; price: Expected `Decimal` >= 0; "
            "stock: Expected `int`, got `str`."
        )
        assert [(problem.column, problem.code) for problem in caught.value.problems] == [
            ("name", "too_long"),
            ("price", "greater_than_equal"),
            ("stock", "type"),
        ]
        with pytest.raises(RowInvalid, match="category_id: A value is missing"):
            await Product.create(name="x", price=Decimal(1))
        with pytest.raises(RowInvalid, match="price: Expected `Decimal` of at most 2 decimal places"):
            await Product.create(name="x", price=Decimal("1.234"), category=shop.wood)
        with pytest.raises(RowInvalid, match="at most 8 digits before the point"):
            await Product.create(name="x", price=Decimal(123456789), category=shop.wood)
        with pytest.raises(RowInvalid, match="price: A value is missing"):
            await Product.create(name="x", category=shop.wood)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
        assert await Product.count() == 3


async def test_typed_errors_come_from_the_database(url: str) -> None:
    async with filled(url) as shop:
        with pytest.raises(UniqueError) as unique:
            await Category.create(name="Wood")
        assert unique.value.columns == ("name",)
        with pytest.raises(ForeignKeyError):
            await Product.create(name="x", price=Decimal(1), category=999)
        with pytest.raises(ForeignKeyError):
            await shop.wood.delete()


async def test_save_writes_only_what_changed(url: str) -> None:
    async with filled(url) as shop:
        product = await Product.get(shop.oak.id)
        await Product.where(Product.id == product.id).update(stock=99)
        product.name = "Oak board"
        assert await product.save() is product
        again = await Product.get(product.id)
        assert (again.name, again.stock) == ("Oak board", 99)
        await product.save()
        product.price = Decimal(-3)
        with pytest.raises(RowInvalid):
            await product.save()


async def test_save_of_a_new_one_creates_and_of_a_relation_moves(url: str) -> None:
    async with filled(url) as shop:
        pine = Product(name="Pine", price=Decimal("3.00"), category=shop.wood)
        await pine.save()
        pine.category = shop.metal
        await pine.save()
        found = await Product.get(pine.id).include(Product.category)
        assert found.category == shop.metal
        found.supplier = 1  # a key will do
        await found.save()
        assert (await Product.get(pine.id).include(Product.supplier)).supplier == await Supplier.get(1)
        with pytest.raises(NotLoaded):
            _ = found.supplier
        found.supplier = None
        await found.save()
        assert (await Product.get(pine.id)).supplier is None


async def test_the_key_of_a_saved_row_stays(url: str) -> None:
    async with filled(url) as shop:
        shop.oak.id = 77
        with pytest.raises(QueryError, match=r"\[Q152\] The key of a saved Product was changed: id"):
            await shop.oak.save()


async def test_a_row_that_is_gone_cannot_be_saved_or_deleted(url: str) -> None:
    async with filled(url) as shop:
        await Product.where(Product.id == shop.oak.id).delete()
        shop.oak.name = "x"
        with pytest.raises(DoesNotExist):
            await shop.oak.save()
        with pytest.raises(DoesNotExist):
            await shop.oak.delete()
        with pytest.raises(QueryError, match="never saved"):
            await Product(name="x", price=Decimal(1)).delete()


async def test_delete_takes_the_row_and_its_links(url: str) -> None:
    async with filled(url) as shop:
        await shop.oak.delete()
        assert not shop.oak.is_saved
        assert not await Product.exists(Product.id == shop.oak.id)
        assert await Tag.where(Tag.products.any()).count() == 1


async def test_update_of_a_query_is_one_statement_with_exact_decimals(url: str) -> None:
    async with filled(url) as shop:
        changed = await Product.where(Product.price < 50).update(
            price=Product.price * Decimal("1.1"), stock=Product.stock + 1
        )
        assert changed == 2
        assert (await Product.get(shop.oak.id)).price == Decimal("10.89")
        assert (await Product.get(shop.ash.id)).price == Decimal("13.20")
        await Product.where(Product.id == shop.iron.id).update(Product.price.to(Product.price / 3))
        assert (await Product.get(shop.iron.id)).price == Decimal("33.52")
        await Product.where(Product.id == shop.iron.id).update(
            price=Product.price - 1, cost=Product.price + Decimal("0.0005")
        )
        iron = await Product.get(shop.iron.id)
        assert (iron.price, iron.cost) == (Decimal("32.52"), Decimal("33.5205"))
        await Product.where(Product.id == shop.iron.id).update(price=Product.stock * Decimal("1.005"))
        assert (await Product.get(shop.iron.id)).price == Decimal("7.04")  # 7 * 1.005 = 7.035, half away from zero


async def test_update_across_relations(url: str) -> None:
    async with filled(url) as shop:
        assert await Product.where(Product.category.name == "Wood").update(stock=50) == 2
        assert await Product.where(Product.stock == 50).update(category=shop.metal, supplier=None) == 2
        assert await Product.count(Product.category.is_(shop.metal)) == 3
        assert await Category.where(Category.products.none()).update(name="Empty") == 1
        assert await Product.all().update(name=Product.category.name) == 3
        assert set(await Product.values(Product.name)) == {"Metal"}
        assert await Product.all().order_by(Product.price).limit(1).update(stock=1) == 1
        assert (await Product.get(shop.oak.id)).stock == 1


async def test_update_gives_back_rows(url: str) -> None:
    async with filled(url) as shop:
        rows = (
            await Product.where(Product.stock > 0)
            .update(stock=Product.stock + 1)
            .returning(Product.id, Product.price, Product.stock)
        )
        assert sorted(rows) == [(shop.oak.id, Decimal("9.90"), 4), (shop.iron.id, Decimal("100.55"), 8)]


async def test_update_refuses_what_cannot_be_set(url: str) -> None:
    async with filled(url):
        query = Product.where(Product.stock > 0)
        cases: tuple[tuple[dict[str, Any], str], ...] = (
            ({}, "sets nothing"),
            ({"wrong": 1}, "has no column 'wrong'"),
            ({"id": 1}, "part of the key"),
            ({"tags": []}, "has no column 'tags'"),
        )
        for values, text in cases:
            with pytest.raises(QueryError, match=text):
                _ = query.update(**values)
        with pytest.raises(RowInvalid, match="price: Expected `Decimal` >= 0"):
            await query.update(price=Decimal(-1))
        with pytest.raises(RowInvalid, match="name: A value is missing"):
            await query.update(name=None)
        with pytest.raises(QueryError, match="twice"):
            _ = query.update(Product.stock.to(1), stock=2)


async def test_delete_of_a_query(url: str) -> None:
    async with filled(url):
        assert await Product.where(Product.category.name == "Wood").delete() == 2
        assert await Product.all().delete() == 1
        assert await Product.all().delete() == 0


async def test_create_many_gives_keys_in_order(url: str) -> None:
    async with filled(url) as shop:
        rows = [Product(name=f"p{number}", price=Decimal(number), category=shop.wood) for number in range(627)]
        made = await Product.create_many(rows)
        assert made == rows
        assert [product.id for product in made] == list(range(made[0].id, made[0].id + 627))
        found = await Product.where(Product.name.startswith("p")).order_by(Product.id)
        assert [product.name for product in found] == [f"p{number}" for number in range(627)]
        assert await Product.create_many([]) == []
        made[3].stock = 5
        await made[3].save()
        assert (await Product.get(made[3].id)).stock == 5


async def test_create_many_is_all_or_none(url: str) -> None:
    async with filled(url):
        with pytest.raises(UniqueError):
            await Category.create_many([Category(name=f"c{number}") for number in range(130)] + [Category(name="Wood")])
        assert await Category.count() == 2
        with pytest.raises(RowInvalid):
            await Category.create_many([Category(name="fine"), Category(name="x" * 81)])
        assert await Category.count() == 2


async def test_update_many(url: str) -> None:
    async with filled(url) as shop:
        for product in (shop.oak, shop.ash):
            product.stock += 10
        assert await Product.update_many([shop.oak, shop.ash], Product.stock) == 2
        assert [product.stock for product in await Product.all().order_by(Product.id)] == [13, 10, 7]
        assert await Product.update_many([], Product.stock) == 0
        shop.oak.stock, shop.ash.name = 1, "Old ash"
        assert await Product.update_many([shop.oak, shop.ash]) == 2  # what was changed in any of them
        assert [(row.name, row.stock) for row in await Product.all().order_by(Product.id).limit(2)] == [
            (shop.oak.name, 1),
            ("Old ash", shop.ash.stock),
        ]
        assert await Product.update_many([shop.oak, shop.ash]) == 0
        with pytest.raises(QueryError, match="Q191"):
            await Product.update_many([Product(name="New", price=Decimal(1), category=shop.wood)])


async def test_get_or_create(url: str) -> None:
    async with filled(url) as shop:
        found, new = await Category.get_or_create(name="Wood")
        assert (found, new) == (shop.wood, False)
        made, new = await Category.get_or_create(defaults={"parent": shop.wood}, name="Stone")
        assert new
        assert (await Category.get(made.id).include(Category.parent)).parent == shop.wood
        assert (await Category.get_or_create(parent=shop.wood, name="Stone"))[1] is False
        with pytest.raises(QueryError, match="no values"):
            _ = Category.get_or_create()
        many = await asyncio.gather(*[_get_or_create("Glass") for _ in range(5)])
        assert sum(new for _, new in many) == 1
        assert len({category.id for category, _ in many}) == 1


async def _get_or_create(name: str) -> tuple[Category, bool]:
    return await Category.get_or_create(name=name)


async def test_upsert(url: str) -> None:
    async with filled(url) as shop:
        (row,) = await Category.upsert(Category(name="Wood", parent=shop.metal), on=[Category.name])
        assert row.id == shop.wood.id
        assert (await Category.get(row.id).include(Category.parent)).parent == shop.metal
        rows = await Category.upsert([Category(name="Wood"), Category(name="Clay")], on=[Category.name], update=[])
        assert [row.is_saved for row in rows] == [False, True]
        assert (await Category.get(shop.wood.id).include(Category.parent)).parent == shop.metal
        with pytest.raises(QueryError, match="no columns"):
            _ = Category.upsert(Category(name="x"), on=[])


async def test_update_many_writes_values_of_every_kind(url: str) -> None:
    async with opened(url, Stocked, Counted) as database:
        rows = await Counted.create_many([Counted(number=at) for at in range(300)])
        for at, row in enumerate(rows):
            row.price, row.details, row.number = (None if at % 2 else Decimal(at) / 8), {"n": at}, 1000 + at
        seen = QueryCounter()
        with database.observe(seen):
            assert await Counted.update_many(rows, Counted.price, Counted.details, Counted.number) == 300
        assert len(seen.events) <= 3
        found = await Counted.all().order_by(Counted.number)
        assert [(row.key, row.price, row.details) for row in found] == [
            (row.key, row.price, row.details) for row in rows
        ]
        stocked = await Stocked.create_many([Stocked(code=str(at)) for at in range(3)])
        for each in stocked:
            each.labels, each.amount = ["x", "y"], Decimal("1.25")
        assert await Stocked.update_many(stocked, Stocked.labels, Stocked.amount) == 3
        assert await Stocked.update_many([stocked[0], stocked[1]], Stocked.amount) == 2
        assert [each.version for each in stocked] == [3, 3, 2]
        assert (await Stocked.get(stocked[0].id)).labels == ["x", "y"]
        stale = await Stocked.get(stocked[2].id)
        await Stocked.where(Stocked.id == stale.id).update(amount=Decimal(9))
        with pytest.raises(StaleRow):
            await Stocked.update_many([stocked[0], stale], Stocked.amount)
        assert (await Stocked.get(stocked[0].id)).version == 3  # all or none
        twice = [await Counted.get(rows[0].key), await Counted.get(rows[0].key)]
        twice[1].price = Decimal(5)
        assert await Counted.update_many(twice, Counted.price) == 2
        assert (await Counted.get(rows[0].key)).price == Decimal(5)


async def test_update_many_takes_own_columns(url: str) -> None:
    async with filled(url) as shop:
        for wrong in ("name", Category.name, Product.category.name):
            with pytest.raises(QueryError, match=r"\[Q195\] update_many\(\) was given .*\. Name columns of Product\."):
                await Product.update_many([shop.oak], wrong)


class Stocked(Model):
    code: Col[str | None] = col(default=None)
    place: Col[str] = col(default="")
    amount: Col[Decimal] = col(default=0, max_digits=10, decimal_places=2)
    labels: Col[list[str]] = col(default=list)
    version: Col[int] = col(role="version", default=1)

    @classmethod
    def constraints(cls) -> list[Constraint]:
        return [Unique(cls.code, cls.place)]


class Counted(BareModel):
    key: Col[UUID] = col(primary=True, default=uuid7)
    number: Col[int] = col(unique=True)
    price: Col[Decimal | None] = col(default=None)
    details: Col[dict[str, Any]] = col(default=dict)
    seen: Col[datetime] = col(default=now)


async def test_upsert_of_many_goes_in_few_statements(url: str) -> None:
    async with opened(url, Stocked) as database:
        on = [Stocked.code, Stocked.place]
        first = [Stocked(code=f"c{at}", place="a", amount=Decimal(at)) for at in range(700)]
        seen = QueryCounter()
        with database.observe(seen):
            assert await Stocked.upsert(first, on=on) == first
        assert len(seen.events) <= 4
        assert len({row.id for row in first}) == 700
        ids = {row.code: row.id for row in first}
        seen = QueryCounter()
        with database.observe(seen):
            again = await Stocked.upsert(
                [Stocked(code=f"c{at}", place="a", amount=Decimal(at) * 2) for at in range(650, 750)], on=on
            )
        assert len(seen.events) <= 3
        assert all(
            ids.get(row.code, row.id) == row.id and row.amount == Decimal(row.code[1:]) * 2 for row in again if row.code
        )
        assert [row.version for row in again] == [2] * 50 + [1] * 50
        assert await Stocked.count() == 750
        again[0].amount = Decimal(1)
        await again[0].save()  # each holds the row that it is
        assert (await Stocked.get(again[0].id)).amount == Decimal(1)


async def test_upsert_of_the_same_row_twice(url: str) -> None:
    async with opened(url, Stocked):
        on = [Stocked.code, Stocked.place]
        rows = await Stocked.upsert(
            [Stocked(code="x", amount=Decimal(1)), Stocked(amount=Decimal(2)), Stocked(code="x", amount=Decimal(3)),
             Stocked(amount=Decimal(4)), Stocked(code="y", amount=Decimal(5))],
            on=on,
        )  # fmt: skip
        assert rows[0].id == rows[2].id
        assert len({row.id for row in rows}) == 4  # rows without a value are the same as no other
        assert (await Stocked.get(rows[0].id)).amount == Decimal(3)
        assert [row.amount for row in rows] == [Decimal(1), Decimal(2), Decimal(3), Decimal(4), Decimal(5)]
        assert await Stocked.upsert([], on=on) == []
        kept = await Stocked.upsert(
            [Stocked(code="x", amount=Decimal(9)), Stocked(code="z", amount=Decimal(9))], on=on, update=[]
        )
        assert [row.is_saved for row in kept] == [False, True]
        assert (await Stocked.get(rows[0].id)).amount == Decimal(3)


async def test_many_rows_whose_values_are_all_given_go_by_the_fastest_way(url: str) -> None:
    async with opened(url, Counted) as database:
        rows = [Counted(number=at, price=Decimal(at) / 4, details={"at": at}) for at in range(1000)]
        seen = QueryCounter()
        with database.observe(seen):
            assert await Counted.create_many(rows) is not None
        assert len(seen.events) <= 1 if database.dialect == "postgresql" else len(seen.events) <= 5
        assert all(row.is_saved for row in rows)
        found = await Counted.all().order_by(Counted.number)
        assert [(row.key, row.price, row.details, row.seen) for row in found] == [
            (row.key, row.price, row.details, row.seen) for row in rows
        ]
        rows[3].price = None
        await rows[3].save()
        assert (await Counted.get(rows[3].key)).price is None
        more = [Counted(number=2000 + at) for at in range(300)]
        more[150] = Counted(number=7)
        with pytest.raises(UniqueError) as caught:
            await Counted.create_many(more)
        assert caught.value.columns == ("number",)
        assert await Counted.count() == 1000


class Note(Model):
    text: Col[str] = col(max_length=20)
    version: Col[int] = col(role="version", default=1)
    deleted_at: Col[datetime | None] = col(role="deleted", default=None)
    changed_at: Col[datetime] = col(default=now, on_update=now)


async def test_the_optimistic_lock_refuses_a_stale_row(url: str) -> None:
    async with opened(url, Note):
        note = await Note.create(text="one")
        other = await Note.get(note.id)
        note.text = "two"
        before = note.changed_at
        await note.save()
        assert note.version == 2
        assert note.changed_at > before
        other.text = "three"
        with pytest.raises(StaleRow) as caught:
            await other.save()
        assert str(caught.value) == (
            "[Q503] Note 1 was changed or deleted since it was loaded: its 'version' is no longer the one loaded. "
            "Load it again and repeat the change."
        )
        with pytest.raises(StaleRow):
            await other.delete(hard=True)
        assert await Note.all().update(text="four") == 1
        assert (await Note.get(note.id)).version == 3


async def test_soft_delete_hides_rows_everywhere(url: str) -> None:
    async with opened(url, Note):
        one, two = await Note.create_many([Note(text="one"), Note(text="two")])
        await one.delete()
        assert one.deleted_at is not None
        assert await Note.all() == [two]
        assert await Note.count() == 1
        assert await Note.all().with_deleted().count() == 2
        assert await Note.all().only_deleted() == [one]
        with pytest.raises(DoesNotExist):
            await Note.get(one.id)
        assert await Note.all().update(text="x") == 1
        assert await Note.all().delete() == 1
        assert await Note.all().with_deleted().count() == 2
        assert await Note.all().with_deleted().delete(hard=True) == 2


LOG: list[str] = []


class Hooked(Model):
    name: Col[str] = col()

    async def before_save(self, *, new: bool) -> None:
        LOG.append(f"before {self.name} {new}")
        self.name = self.name.strip()

    async def after_save(self, *, new: bool) -> None:
        LOG.append(f"after {self.name} {new}")

    async def before_delete(self) -> None:
        LOG.append("before delete")

    async def after_delete(self) -> None:
        LOG.append("after delete")


async def test_hooks_run_for_single_rows_and_not_for_bulk(url: str) -> None:
    LOG.clear()
    async with opened(url, Hooked):
        row = await Hooked.create(name=" a ")
        assert row.name == "a"
        row.name = "b "
        await row.save()
        await row.delete()
        assert LOG == [
            "before  a  True",
            "after a True",
            "before b  False",
            "after b False",
            "before delete",
            "after delete",
        ]
        LOG.clear()
        await Hooked.create_many([Hooked(name="c")])
        await Hooked.all().update(name="d")
        await Hooked.all().delete()
        assert LOG == []


class Range(Model):
    low: Col[int] = col()
    high: Col[int | None] = col()
    label: Col[str] = col(default="")

    @classmethod
    def constraints(cls) -> list[Constraint]:
        return [
            Check(cls.low < cls.high, name="order", message="low must be below high"),
            Unique(cls.low, cls.high),
            Check(cls.label.length() <= 5, name="short"),
        ]


async def test_checks_hold_in_python_and_in_the_database(url: str) -> None:
    from rooftree.base import CheckError

    async with opened(url, Range):
        await Range.create(low=1, high=None)
        row = await Range.create(low=1, high=2)
        with pytest.raises(RowInvalid) as caught:
            await Range.create(low=3, high=2)
        assert [(p.column, p.code, p.message) for p in caught.value.problems] == [
            ("low", "check_order", "low must be below high")
        ]
        row.high = 0
        with pytest.raises(RowInvalid):
            await row.save()
        with pytest.raises(CheckError):
            await Range.where(Range.id == row.id).update(high=Range.low - 1)
        with pytest.raises(UniqueError) as unique:
            await Range.create(low=1, high=2)
        assert unique.value.columns == ("low", "high")


async def test_links_are_added_removed_and_set(url: str) -> None:
    async with filled(url) as shop:
        hard = await Tag.one(Tag.name == "hard")
        brown = await Tag.one(Tag.name == "brown")
        await Product.tags.add(shop.iron, hard, brown)
        await Product.tags.add(shop.iron, hard)
        await Product.tags.remove(shop.oak, brown)
        await Product.tags.set(shop.ash, [brown])
        found = await Product.all().include(Product.tags.order_by(Tag.id)).order_by(Product.id)
        assert [[tag.name for tag in product.tags] for product in found] == [["hard"], ["brown"], ["hard", "brown"]]
        assert await Product.tags.of(shop.iron).order_by(Tag.name) == [brown, hard]
        assert await Category.products.of(shop.wood).count() == 2
        await Product.tags.set(shop.iron, [])
        assert await Product.tags.of(shop.iron) == []


async def test_a_write_that_is_never_awaited_warns_with_its_line() -> None:
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        lost: Any = Category.create
        lost(name="lost")
        gc.collect()
    assert [warning.category for warning in seen] == [NeverAwaitedWarning]
    assert (
        str(seen[0].message) == "<create Category> was never awaited, so nothing was written. Write `await` before it."
    )
    assert seen[0].filename == __file__
    line = linecache.getline(__file__, seen[0].lineno)
    assert 'lost(name="lost")' in line


async def test_a_copy_is_new(url: str) -> None:
    async with filled(url) as shop:
        twin = copy.copy(shop.oak)
        assert not twin.is_saved
        assert twin == shop.oak
        with pytest.raises(UniqueError):
            await twin.save()


async def test_what_msgspec_makes_is_new(url: str) -> None:
    async with filled(url) as shop:
        wood: Any = shop.wood  # for checkers a model is no struct
        replaced: Category = msgspec.structs.replace(wood, id=msgspec.UNSET, name="Glass")
        converted = msgspec.convert({"id": 77, "name": "Stone"}, Category)
        decoded = msgspec.json.decode(b'{"id": 78, "name": "Cloth"}', type=Category)
        for made in (replaced, converted, decoded):
            assert not made.is_saved
            await made.save()
        names = await Category.where(Category.id >= 77).order_by(Category.id).values(Category.name)
        assert names == ["Stone", "Cloth"]
        assert await Category.exists(Category.name == "Glass")
        assert (await Category.get(shop.wood.id)).name == shop.wood.name


async def test_writes_join_the_transaction(url: str) -> None:
    async with filled(url) as shop:
        with pytest.raises(KeyError):
            async with transaction():
                await Category.create(name="Gone")
                shop.oak.stock = 1000
                await shop.oak.save()
                raise KeyError
        assert await Category.count() == 2
        assert (await Product.get(shop.oak.id)).stock == 3


async def test_moments_are_kept_exactly(url: str) -> None:
    async with filled(url) as shop:
        moment = datetime(2026, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
        assert (await Product.get(shop.iron.id)).created_at == moment
        assert await Product.where(Product.created_at == moment) == [shop.iron]
        assert await Product.where(Product.created_at > moment) == []
        with pytest.raises(QueryError, match="Expected `datetime` with a zone"):
            await Product.where(Product.created_at == datetime(2026, 1, 1))  # noqa: DTZ001
