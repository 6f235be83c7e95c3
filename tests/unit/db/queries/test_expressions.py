# ruff: noqa: E501 - a table of cases reads best with one on each line
from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple, cast

import msgspec
import pytest

from rooftree.db import (
    QueryError,
    abs_,
    avg,
    case,
    coalesce,
    count,
    cume_dist,
    current_time,
    dense_rank,
    first_value,
    lag,
    last_value,
    lead,
    max_,
    min_,
    ntile,
    nullable,
    outer,
    percent_rank,
    rank,
    row_number,
    string_agg,
    sum_,
    value,
)
from tests.unit.db.queries.shop import Category, Product, Supplier, Tag, filled


class Line(NamedTuple):
    name: str
    price: Decimal


class Total(msgspec.Struct):
    category: str
    number: int
    dearest: Decimal


async def test_select_groups_and_having(url: str) -> None:
    async with filled(url):
        query = Product.select(Product.category.name, count(), max_(Product.price)).group_by(Product.category.name)
        assert await query.order_by(count().desc()) == [("Wood", 2, Decimal("12.00")), ("Metal", 1, Decimal("100.55"))]
        assert await query.having(count() > 1) == [("Wood", 2, Decimal("12.00"))]
        assert await query.order_by(Product.category.name).into(Total) == [
            Total("Metal", 1, Decimal("100.55")),
            Total("Wood", 2, Decimal("12.00")),
        ]
        assert await query.count() == 2
        assert await query.exists()
        assert await query.order_by(Product.category.name).first() == ("Metal", 1, Decimal("100.55"))


async def test_aggregates(url: str) -> None:
    async with filled(url):
        (row,) = await Product.select(
            count(), count(Product.supplier.name), count(Product.supplier.name, distinct=True), sum_(Product.stock),
            sum_(Product.price), avg(Product.stock), min_(Product.name), sum_(Product.stock).where(Product.price < 50),
            count().where(Product.stock > 0).where(Product.price > 50),
        )  # fmt: skip
        assert row == (3, 2, 1, 10, Decimal("122.45"), pytest.approx(10 / 3), "Ash", 3, 1)
        assert isinstance(row[3], int)
        nothing: Any = await Product.where(Product.price < 0).select(sum_(Product.price), count())
        assert nothing == [(None, 0)]
        names = await Product.values(string_agg(Product.name, "|"))
        assert sorted(names[0].split("|")) == ["Ash", "Iron_100%", "Oak"]
        assert (await Product.values(avg(Product.price)))[0].quantize(Decimal("0.0001")) == Decimal("40.8167")
        assert sorted(await Product.values(Product.category.name).distinct()) == ["Metal", "Wood"]


async def test_windows(url: str) -> None:
    async with filled(url):
        rows = await Product.select(
            Product.name,
            row_number().over(partition_by=Product.category.name, order_by=Product.price.desc()),
            sum_(Product.price).over(order_by=Product.price),
            lag(Product.name).over(order_by=Product.price),
            lead(Product.name).over(order_by=Product.price),
            rank().over(order_by=Product.category.name),
            dense_rank().over(order_by=(Product.category.name, Product.id)),
            count().over(),
        ).order_by(Product.price)
        assert rows == [
            ("Oak", 2, Decimal("9.90"), None, "Ash", 2, 2, 3),
            ("Ash", 1, Decimal("21.90"), "Oak", "Iron_100%", 2, 3, 3),
            ("Iron_100%", 1, Decimal("122.45"), "Ash", None, 1, 1, 3),
        ]


async def test_choices_and_functions(url: str) -> None:
    async with filled(url) as shop:
        label = case(Product.price > 50, "dear").when(Product.stock == 0, "gone").otherwise("cheap")
        assert await Product.select(Product.name, label).order_by(Product.id) == [
            ("Oak", "cheap"),
            ("Ash", "gone"),
            ("Iron_100%", "dear"),
        ]
        price = case(Product.stock == 0, Decimal("0.5")).otherwise(Product.price)
        assert await Product.values(price).order_by(Product.id) == [Decimal("9.90"), Decimal("0.5"), Decimal("100.55")]
        assert await Product.values(case(Product.stock == 0, 1).otherwise_none()).order_by(Product.id) == [
            None,
            1,
            None,
        ]
        assert await Product.where(label == "gone") == [shop.ash]
        assert await Product.all().order_by(label.desc(), Product.id).first() == shop.ash
        assert await Product.values(coalesce(nullable(Product.supplier.name), "-")).order_by(Product.id) == [
            "Acme",
            "-",
            "Acme",
        ]
        assert await Product.values(abs_(Product.stock - 5)).order_by(Product.id) == [2, 5, 2]
        assert await Product.values(Product.name.lower() + "!").order_by(Product.id) == ["oak!", "ash!", "iron_100%!"]
        assert await Product.values(Product.name.replace("_100%", "")).order_by(Product.id) == ["Oak", "Ash", "Iron"]
        assert await Product.values(Product.stock % 2).order_by(Product.id) == [1, 0, 1]
        assert await Product.values(Product.stock / 2).order_by(Product.id) == [1.5, 0.0, 3.5]
        assert await Product.values(10 - Product.stock).order_by(Product.id) == [7, 10, 3]
        assert await Product.values(2 * Product.price).order_by(Product.id) == [
            Decimal("19.80"),
            Decimal("24.00"),
            Decimal("201.10"),
        ]
        assert await Product.values(Product.stock.cast(str)).order_by(Product.id) == ["3", "0", "7"]
        assert await Product.values(Product.price.cast(str)).order_by(Product.id).first() == "9.90"
        assert await Product.where(Product.created_at < current_time()).exists()
        assert await Product.where(-Product.stock == -7) == [shop.iron]


async def test_subqueries(url: str) -> None:
    async with filled(url) as shop:
        dearest = Product.select(max_(Product.price)).as_scalar()
        assert await Product.where(Product.price == dearest) == [shop.iron]
        wooden = Category.where(Category.name == "Wood").values(Category.id)
        assert await Product.where(Product.category.id.in_(wooden)).count() == 2
        assert await Product.where(Product.category.id.not_in(wooden)) == [shop.iron]
        stocked = Product.where(Product.category.id == outer(Category.id), Product.stock > 5).as_exists()
        assert await Category.where(stocked) == [shop.metal]
        assert await Category.where(~stocked) == [shop.wood]
        dearer = Product.where(Product.price > outer(Product.price)).as_exists()
        assert await Product.where(~dearer) == [shop.iron]
        mean = Product.where(Product.category.id == outer(Product.category.id)).select(avg(Product.stock)).as_scalar()
        assert await Product.where(Product.stock > mean) == [shop.oak]
        assert await Product.where(Product.category.id.in_(wooden)).update(stock=1) == 2
        assert await Product.where(Product.price == dearest).delete() == 1
        with pytest.raises(QueryError, match="2 columns"):
            Product.select(Product.id, Product.name).as_scalar()


async def test_for_update_locks_in_a_transaction(url: str) -> None:
    from rooftree.db import transaction

    async with filled(url) as shop:
        async with transaction():
            assert await Product.where(Product.id == shop.oak.id).for_update() == [shop.oak]
            assert await Product.where(Product.supplier.name == "Acme").for_update(nowait=True).count() == 2
        text = Product.all().for_update(skip_locked=True, key_share=True).text("postgresql")
        assert text.endswith('FOR NO KEY UPDATE OF "products" SKIP LOCKED')
        with pytest.raises(QueryError, match="no locked row can be skipped"):
            Product.all().for_update(skip_locked=True).text("sqlite")


async def test_distinct_on_takes_the_first_of_each(url: str) -> None:
    async with filled(url) as shop:
        query = Product.all().distinct(Product.category.id).order_by(Product.category.id, Product.price.desc())
        if url.startswith("sqlite"):
            with pytest.raises(QueryError, match="PostgreSQL's"):
                await query
        else:
            assert await query == [shop.ash, shop.iron]


# What checkers refuse, and what must be refused at run time all the same.
P: Any = Product
C: Any = Category
S: Any = Supplier
any_sum: Any = sum_


@pytest.mark.parametrize(
    ("use", "text"),
    [
        (
            lambda: bool(P.price < 10),
            "[Q101] The expression lt(Product.price, <value>) was used as a truth value",
        ),
        (lambda: P.price < 1 and P.price > 2, "[Q101]"),
        (lambda: len(P.name), "[Q102]"),
        (lambda: "a" in P.name, "[Q103]"),
        (lambda: list(P.name), "[Q104]"),
        (
            lambda: bool(P.where(P.price < 10)),
            "[Q120] <query of Product> was used as a truth value before it was awaited",
        ),
        (lambda: len(P.all()), "[Q121]"),
        (lambda: 3 in P.all(), "[Q122]"),
        (lambda: list(P.all()), "[Q123]"),
        (lambda: list(P.get(1)), "[Q123]"),
        (lambda: bool(P.category), "[Q101] The relation Product.category was used as a truth value."),
        (
            lambda: P.category == 3,
            "[Q113] Product.category was compared with ==, which checkers read as False. Write Product.category.is_(...).",
        ),
        (lambda: P.category != 3, "[Q113]"),
        (lambda: bool(C.products), "[Q101]"),
        (lambda: len(C.products), "[Q102]"),
        (lambda: 3 in C.products, "[Q103]"),
        (lambda: P.where(True), "[Q135] where() was given True, which is no condition."),
        (lambda: P.where(P.name), "[Q135]"),
        (lambda: P.all().order_by("name"), "[Q132]"),
        (lambda: P.all().limit(-1), "[Q136]"),
        (lambda: P.all().offset("1; drop table products"), "[Q136]"),
        (lambda: P.all().include("category"), "[Q130]"),
        (lambda: P.all().include(C.products), "[Q131]"),
        (P.select, "[Q141]"),
        (lambda: P.select("name"), "[Q142]"),
        (lambda: P.select(P.category), "[Q142]"),
        (lambda: P.price < None, "[Q106]"),
        (lambda: P.price.in_("12"), "[Q109]"),
        (lambda: P.name.in_(["a", None]), "[Q109]"),
        (lambda: (P.price < 1) & True, "[Q108]"),
        (lambda: P.price.contains("a"), "[Q110]"),
        (lambda: P.name.part("year"), "[Q110]"),
        (lambda: P.name * 2, "[Q112]"),
        (lambda: P.category.is_(S(name="x")), "[Q114] A Category was wanted, got a Supplier."),
        (lambda: P.category.is_(C(name="x")), "[Q115]"),
        (lambda: P.category.is_((1, 2)), "[Q116]"),
        (lambda: P.category.is_(None), "[Q116]"),
        (lambda: outer(P.price + 1), "[Q233]"),
        (lambda: any_sum(P.name), "[Q110]"),
    ],
)
def test_misuse_raises_with_a_remedy(use: Any, text: str) -> None:
    with pytest.raises(QueryError) as caught:
        use()
    assert str(caught.value).startswith(text)
    assert caught.value.remedy


async def test_a_column_of_another_model_is_refused(url: str) -> None:
    async with filled(url):
        with pytest.raises(QueryError) as caught:
            await Product.where(Supplier.name == "Acme")
        assert str(caught.value) == (
            "[Q210] Supplier.name was used in a query of Product, which knows no Supplier. "
            "Go there by a relation of Product."
        )
        with pytest.raises(
            QueryError, match=r"\[Q201\] The value that meets Product.stock does not fit: Expected `int`, got `str`"
        ):
            await P.where(P.stock == "3")
        with pytest.raises(AttributeError, match=r"Category has no column or relation 'nam'\. Did you mean 'name'\?"):
            P.category.nam  # noqa: B018
    assert Tag.name.info.name == "name"


async def test_frames_and_further_window_functions(url: str) -> None:
    async with filled(url):
        order = Product.price
        found = await Product.select(
            sum_(Product.stock).over(order_by=order, rows=(-1, 0)),
            sum_(Product.stock).over(order_by=order, rows=(None, None)),
            count().over(order_by=order, rows=(0, 1)),
            first_value(Product.name).over(order_by=order, rows=(None, None)),
            last_value(Product.name).over(order_by=order, rows=(None, None)),
            ntile(2).over(order_by=order),
            lag(Product.stock, 2).over(order_by=order),
        ).order_by(order)
        assert found == [
            (3, 10, 2, "Oak", "Iron_100%", 1, None),
            (3, 10, 2, "Oak", "Iron_100%", 1, None),
            (7, 10, 1, "Oak", "Iron_100%", 2, 3),
        ]
        shares = await Product.select(
            percent_rank().over(order_by=order),
            cume_dist().over(order_by=order),
            count().over(order_by=Product.category.id, groups=(0, 0)),
        ).order_by(order)
        assert [(first, round(second, 3), third) for first, second, third in shares] == [
            (0.0, 0.333, 2), (0.5, 0.667, 2), (1.0, 1.0, 1),
        ]  # fmt: skip
        assert await Product.select(value("x"), value(3) + Product.stock).order_by(Product.id) == [
            ("x", 6), ("x", 3), ("x", 10),
        ]  # fmt: skip


async def test_windows_with_a_default(url: str) -> None:
    async with filled(url):
        order = Product.price
        found = await Product.select(
            lag(Product.name, default="none").over(order_by=order),
            lead(Product.price, 2, default=Decimal("0.005")).over(order_by=order),
            lead(Product.stock, default=Product.stock * 10).over(order_by=order),
            lag(Product.created_at, default=datetime(2025, 1, 1, tzinfo=UTC)).over(order_by=order).part("year"),
        ).order_by(order)
        assert found == [
            ("none", Decimal("100.55"), 0, 2025),
            ("Oak", Decimal("0.005"), 7, 2026),
            ("Ash", Decimal("0.005"), 70, 2026),
        ]
        with pytest.raises(QueryError, match=r"\[Q231\] The values are of several types: float, integer"):
            lag(P.stock, default=1.5)


async def test_texts_joined_in_an_order(url: str) -> None:
    async with filled(url):
        await Supplier.create_many([Supplier(name="Zed"), Supplier(name="Bo"), Supplier(name="Ada", country="AT")])
        country, name = Supplier.country, Supplier.name
        orders: list[tuple[Any, str]] = [
            (name, "Acme|Ada|Bo|Zed"),
            (name.desc(), "Zed|Bo|Ada|Acme"),
            ((country, name.desc()), "Ada|Acme|Zed|Bo"),
            ((country.desc(), name), "Bo|Zed|Acme|Ada"),
            ((country.desc(nulls="last"), Supplier.id.desc()), "Acme|Ada|Bo|Zed"),
            ((country.asc(nulls="first"), name.length() % 3, name), "Zed|Bo|Ada|Acme"),
        ]
        for order, joined in orders:
            assert await Supplier.values(string_agg(name, "|", order_by=order)) == [joined]
        assert await Supplier.values(string_agg(country, order_by=country)) == ["AT, DE"]
        here = string_agg(Product.name, order_by=Product.price.desc())
        group = Product.category.name
        assert await Product.select(group, here, here.where(Product.stock > 0)).group_by(group).order_by(group) == [
            ("Metal", "Iron_100%", "Iron_100%"), ("Wood", "Ash, Oak", "Oak"),
        ]  # fmt: skip
        assert await Product.where(Product.id < 0).values(here) == [None]
    with pytest.raises(QueryError, match=r"\[Q248\] .* has an order of its own and over\(\)\. Keep one of them\."):
        here.over(order_by=Product.id)


async def test_a_division_by_zero_is_null_everywhere(url: str) -> None:
    async with filled(url):
        quotients: list[Any] = [
            Product.price / Product.stock, Product.price / Product.cost, Product.id % Product.stock,
            value(7) / Product.stock, value(7) % Product.stock, value(1.5) / Product.stock, Product.stock / 0,
        ]  # fmt: skip
        for quotient in quotients:
            assert await Product.where(Product.name == "Ash").values(quotient) == [None]
            assert not await Product.where(Product.name == "Ash", quotient > 0).exists()
        full = Product.where(Product.stock > 0).order_by(Product.stock)
        assert await full.values(value(21) / Product.stock) == [7.0, 3.0]


@pytest.mark.parametrize(
    ("frame", "text"),
    [
        ({"rows": (1, -1)}, r"rows=\(1, -1\), which ends before it begins"),
        ({"rows": ("1; drop table x", 0)}, r"rows=\('1; drop table x', 0\)\. Pass two numbers"),
        ({"rows": (True, 0)}, r"rows=\(True, 0\)"),
        ({"rows": 3}, r"rows=3"),
        ({"rows": (0, 2**40)}, r"rows=\(0, 1099511627776\)"),
        ({"groups": (0, 0)}, r"groups= and no order"),
        ({"groups": (0, 0), "rows": (0, 0)}, r"rows= and groups="),
    ],
)
def test_a_frame_that_cannot_be(frame: Any, text: str) -> None:
    with pytest.raises(QueryError, match=rf"\[Q234\] over\(\) was given {text}"):
        count().over(**frame)
    with pytest.raises(QueryError, match=r"\[Q235\] lag\(\) was given '1'"):
        cast("Any", lag)(Product.stock, "1")
