from __future__ import annotations

import gc
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from rooftree.base import HTTPError, NotFound, ValueRefused
from rooftree.db import CursorInvalid, DoesNotExist, MultipleResults, NotLoaded, QueryError
from tests.unit.db.queries.shop import Category, Product, Supplier, Tag, filled


async def test_get_gives_the_row_of_a_key_with_every_value_as_saved(url: str) -> None:
    async with filled(url) as shop:
        found = await Product.get(shop.oak.id)
        assert found == shop.oak
        assert found is not shop.oak
        assert (found.name, found.price, found.cost, found.stock) == ("Oak", Decimal("9.90"), Decimal(0), 3)
        assert found.created_at == datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
        assert str(found.price) == "9.90"


async def test_get_of_a_missing_key_names_model_and_key(url: str) -> None:
    async with filled(url):
        with pytest.raises(DoesNotExist) as caught:
            await Product.get(999)
        assert (
            str(caught.value)
            == "[Q501] There is no Product with id = 999. Use first() or get_or_404() where it may miss."
        )
        with pytest.raises(NotFound):
            await Product.get_or_404(999)


async def test_get_of_a_key_of_the_wrong_type_never_reaches_the_database(url: str) -> None:
    async with filled(url):
        for key in ("1", "1 or 1=1", None, 1.0, True, (1, 2), 2**70):
            with pytest.raises(QueryError):
                await Product.get(key)


async def test_where_compares_across_relations_without_joins_being_written(url: str) -> None:
    async with filled(url) as shop:
        assert await Product.where(Product.category.name == "Wood").order_by(Product.name) == [shop.ash, shop.oak]
        assert await Product.where(Product.category.parent.name == "Wood") == [shop.iron]
        assert await Product.where(Product.supplier.country == "DE", Product.price > 50) == [shop.iron]
        assert await Product.where(Product.supplier.name.is_null()) == [shop.ash]
        assert await Product.where(Product.category.is_(shop.metal)) == [shop.iron]
        assert await Product.where(Product.category.is_(shop.metal.id)) == [shop.iron]
        assert await Product.where(Product.category.in_([shop.metal, 999])) == [shop.iron]
        assert await Product.where(Product.category.is_not(shop.wood)) == [shop.iron]
        assert await Product.where(Product.supplier.is_null()) == [shop.ash]
        assert len(await Product.where(Product.supplier.is_not_null())) == 2


async def test_a_key_behind_a_reference_needs_no_join(url: str) -> None:
    async with filled(url):
        text = Product.where(Product.category.id == 1).text("sqlite")
        assert "JOIN" not in text
        assert '"products"."category_id" = ?' in text


async def test_decimals_compare_exactly_whatever_digits_the_limit_has(url: str) -> None:
    async with filled(url) as shop:
        assert await Product.where(Product.price < Decimal("9.904"), Product.price > Decimal("9.896")) == [shop.oak]
        assert await Product.where(Product.price <= Decimal("9.90")) == [shop.oak]
        assert await Product.where(Product.price < Decimal("9.90")) == []
        assert await Product.where(Product.price == Decimal("9.9")) == [shop.oak]
        assert await Product.where(Product.price == Decimal("9.901")) == []
        assert len(await Product.where(Product.price != Decimal("9.901"))) == 3
        assert await Product.where(Product.price.between(9, 10)) == [shop.oak]
        assert await Product.where(Product.price.in_([Decimal("9.90"), Decimal("1.234")])) == [shop.oak]
        assert len(await Product.where(Product.price < Decimal("1e30"))) == 3
        assert await Product.where(Product.price > Decimal("1e30")) == []
        assert len(await Product.where(Product.price > Decimal("-1e30"))) == 3
        assert await Product.where(Product.price < 9.904) == [shop.oak]


async def test_and_or_not_in_and_null(url: str) -> None:
    async with filled(url) as shop:
        both = (Product.name == "Oak") | (Product.name == "Ash")
        assert await Product.where(both & ~(Product.stock == 0)) == [shop.oak]
        assert await Product.where(Product.name.in_([])) == []
        assert len(await Product.where(Product.name.not_in([]))) == 3
        assert await Product.where(Product.name.not_in(["Oak", "Ash"])) == [shop.iron]
        assert await Product.where(Product.id.in_([shop.oak.id, 10**15])) == [shop.oak]
        assert await Supplier.where(Supplier.country == None) == []  # noqa: E711 - a column answers with a condition
        assert len(await Supplier.where(Supplier.country != None)) == 1  # noqa: E711


async def test_one_condition_used_twice_keeps_each_value(url: str) -> None:
    async with filled(url) as shop:
        one = Product.name == "Oak"
        assert await Product.where(one | one) == [shop.oak]
        assert len(await Product.where((Product.name == "Oak") | (Product.name == "Ash"))) == 2


async def test_texts_stand_for_themselves(url: str) -> None:
    async with filled(url) as shop:
        assert await Product.where(Product.name.contains("_1")) == [shop.iron]
        assert await Product.where(Product.name.contains("%")) == [shop.iron]
        assert await Product.where(Product.name.contains("a")) == [shop.oak]
        assert await Product.where(Product.name.contains("A", ignore_case=True)).count() == 2
        assert await Product.where(Product.name.startswith("A")) == [shop.ash]
        assert await Product.where(Product.name.startswith("a")) == []
        assert await Product.where(Product.name.endswith("%")) == [shop.iron]
        assert await Product.where(Product.name.endswith("K", ignore_case=True)) == [shop.oak]
        assert await Product.where(Product.name.equals("OAK")) == [shop.oak]
        assert await Product.where(Product.name.matches("^(Oak|Ash)$")).count() == 2
        assert await Product.where(Product.name.matches("^OAK$", ignore_case=True)) == [shop.oak]
        assert len(await Product.where(Product.name.contains(""))) == 3
        assert len(await Product.where(Product.name.endswith(""))) == 3


@pytest.mark.parametrize(("pattern", "name"), [("(", "Oak"), ("(a|aa)+$", "a" * 60 + "b!")])
async def test_a_pattern_that_cannot_be_read_or_never_ends_is_an_error_on_sqlite(pattern: str, name: str) -> None:
    async with filled("sqlite://") as shop:
        await Product.where(Product.id == shop.oak.id).update(name=name)
        with pytest.raises(ValueRefused, match=r"\[T402\] A function could not be worked out: the pattern of matches"):
            await Product.where(Product.name.matches(pattern))
        assert await Product.count() == 3


async def test_case_is_folded_beyond_ascii(url: str) -> None:
    async with filled(url) as shop:
        await Product.where(Product.id == shop.oak.id).update(name="Ölweide")
        assert await Product.where(Product.name.contains("ÖLW", ignore_case=True)) == [shop.oak]
        assert await Product.where(Product.name.contains("ÖLW")) == []
        assert await Product.where(Product.id == shop.oak.id).values(Product.name.upper()) == ["ÖLWEIDE"]
        assert await Product.where(Product.id == shop.oak.id).values(Product.name.length()) == [7]


async def test_dates_have_parts_in_a_zone(url: str) -> None:
    async with filled(url) as shop:
        oak = Product.where(Product.id == shop.oak.id)
        assert await oak.values(Product.created_at.part("hour")) == [0]
        assert await oak.values(Product.created_at.part("hour", zone="Europe/Berlin")) == [1]
        assert await oak.values(Product.created_at.part("weekday")) == [7]
        assert await Product.where(Product.created_at.part("month", zone="Europe/Berlin") == 4) == [shop.ash]
        iron = Product.where(Product.id == shop.iron.id)
        assert await iron.values(Product.created_at.day(zone="Asia/Tokyo")) == [datetime(2027, 1, 1).date()]  # noqa: DTZ001
        assert await iron.values(Product.created_at.part("second")) == [59]
        assert await iron.values(Product.created_at.part("quarter")) == [4]
        assert await iron.values(Product.created_at.part("day_of_year")) == [365]
        assert await iron.values(Product.created_at.part("week")) == [53]
        berlin = await oak.values(Product.created_at.truncate("day", zone="Europe/Berlin"))
        assert berlin == [datetime(2026, 3, 28, 23, tzinfo=UTC)]
        for unit, expected in {
            "year": datetime(2026, 1, 1, tzinfo=UTC), "quarter": datetime(2026, 10, 1, tzinfo=UTC),
            "month": datetime(2026, 12, 1, tzinfo=UTC), "week": datetime(2026, 12, 28, tzinfo=UTC),
            "hour": datetime(2026, 12, 31, 23, tzinfo=UTC), "minute": datetime(2026, 12, 31, 23, 59, tzinfo=UTC),
        }.items():  # fmt: skip
            assert await iron.values(Product.created_at.truncate(unit)) == [expected], unit  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        with pytest.raises(QueryError, match="There is no time zone 'Mars/Base'"):
            Product.created_at.part("hour", zone="Mars/Base")


async def test_order_puts_null_last_and_first_when_falling(url: str) -> None:
    async with filled(url) as shop:
        assert (await Product.all().order_by(Product.supplier.name, Product.id))[-1] == shop.ash
        assert (await Product.all().order_by(Product.supplier.name.desc(), Product.id))[0] == shop.ash
        assert (await Product.all().order_by(Product.supplier.name.desc(nulls="last"), Product.id))[-1] == shop.ash
        assert await Product.all().order_by(Product.price.desc()).limit(1) == [shop.iron]
        assert await Product.all().order_by(Product.price).offset(1).limit(1) == [shop.ash]


async def test_first_one_count_exists(url: str) -> None:
    async with filled(url) as shop:
        assert await Product.first() == shop.oak
        assert await Product.first(Product.name == "Pine") is None
        assert await Product.one(Product.name == "Oak") == shop.oak
        with pytest.raises(DoesNotExist):
            await Product.one(Product.name == "Pine")
        with pytest.raises(MultipleResults, match=r"\[Q502\] More than one Product fits"):
            await Product.one()
        assert (
            await Product.all().order_by(Product.price).limit(1).one()
            == await Product.all().order_by(Product.price).first()
        )
        assert await Product.count() == 3
        assert await Product.count(Product.category.name == "Wood") == 2
        assert await Product.all().limit(2).count() == 2
        assert await Product.select(Product.category.name).distinct().count() == 2
        assert await Product.exists()
        assert not await Product.exists(Product.stock > 100)
        assert await Product.all().include(Product.category).order_by(Product.name).count() == 3


async def test_pages(url: str) -> None:
    async with filled(url) as shop:
        page = await Product.all().order_by(Product.price).page(2, size=2)
        assert list(page) == [shop.iron]
        assert (page.number, page.size, page.total, page.pages) == (2, 2, 3, 2)
        assert (page.has_next, page.has_previous, len(page), page[0]) == (False, True, 1, shop.iron)
        first = await Product.where(Product.category.name == "Wood").page(1, size=10)
        assert (first.total, first.pages, first.has_next) == (2, 1, False)
        for number, size in ((0, 5), (1, 0), (-1, 5), (True, 5)):
            with pytest.raises(QueryError):
                _ = Product.all().page(number, size=size)


async def test_cursor_pages_walk_every_row_once(url: str) -> None:
    async with filled(url):
        names: list[str] = []
        cursor: str | None = None
        query = Product.all().order_by(Product.stock.desc(), Product.created_at)
        for _ in range(5):
            page = await query.cursor_page(cursor, size=1)
            names += [product.name for product in page]
            cursor = page.next
            if cursor is None:
                break
        assert names == ["Iron_100%", "Oak", "Ash"]
        for bad in ("x", "%%%", "W10", "eyJhIjoxfQ", "A" * 3000, "WyJhIiwiYiIsImMiXQ", "é"):
            with pytest.raises(CursorInvalid) as caught:
                await query.cursor_page(bad, size=1)
            assert isinstance(caught.value, HTTPError)
            assert caught.value.status == 400
        with pytest.raises(QueryError, match="without an order"):
            _ = Product.all().cursor_page(size=1)
        with pytest.raises(QueryError, match="that are not private"):
            _ = Product.all().order_by(Product.cost).cursor_page(size=1)


async def test_streams(url: str) -> None:
    async with filled(url):
        found = [product.name async for product in Product.all().order_by(Product.id).include(Product.tags)]
        assert found == ["Oak", "Ash", "Iron_100%"]
        batches = [
            product.tags async for product in Product.all().order_by(Product.id).include(Product.tags).stream(batch=1)
        ]
        assert [len(tags) for tags in batches] == [2, 1, 0]


async def test_in_bulk(url: str) -> None:
    async with filled(url) as shop:
        assert await Product.in_bulk([shop.oak.id, shop.ash.id, 999]) == {shop.oak.id: shop.oak, shop.ash.id: shop.ash}
        assert await Product.in_bulk([]) == {}


async def test_a_query_runs_from_a_thread(url: str) -> None:
    import asyncio

    async with filled(url) as shop:
        found = await asyncio.to_thread(lambda: Product.get(shop.oak.id).sync())
        assert found == shop.oak
        assert await asyncio.to_thread(lambda: Product.where(Product.stock > 5).count().sync()) == 1


async def test_an_unloaded_relation_names_the_include(url: str) -> None:
    async with filled(url) as shop:
        product = await Product.get(shop.oak.id)
        with pytest.raises(NotLoaded) as caught:
            _ = product.category
        assert str(caught.value) == (
            "[Q401] Product.category was read, and the query that made this Product did not load it. "
            "Add .include(Product.category) to that query."
        )
        with pytest.raises(NotLoaded, match=r"Add \.include\(Product\.tags\)"):
            _ = product.tags
        ash = await Product.get(shop.ash.id)
        assert ash.supplier is None  # its key says so


async def test_include_loads_references_in_the_same_statement(url: str) -> None:
    async with filled(url) as shop:
        found = await Product.all().include(Product.category.parent, Product.supplier).order_by(Product.id)
        assert [product.category.name for product in found] == ["Wood", "Wood", "Metal"]
        assert found[0].category is found[1].category
        assert found[2].category.parent == shop.wood
        assert found[0].category.parent is None
        assert [product.supplier and product.supplier.name for product in found] == ["Acme", None, "Acme"]


async def test_include_loads_many_narrowed_for_each_parent(url: str) -> None:
    async with filled(url) as shop:
        found = await Category.all().include(Category.products).order_by(Category.id)
        assert [[product.name for product in category.products] for category in found] == [
            ["Oak", "Ash"],
            ["Iron_100%"],
        ]
        top = Category.products.order_by(Product.price.desc()).limit(1).include(Product.tags)
        found = await Category.all().include(top).order_by(Category.id)
        assert [[product.name for product in category.products] for category in found] == [["Ash"], ["Iron_100%"]]
        assert [tag.name for tag in found[0].products[0].tags] == ["hard"]
        narrowed = await Category.all().include(Category.products.where(Product.stock > 0)).order_by(Category.id)
        assert [len(category.products) for category in narrowed] == [1, 1]
        tags = await Tag.all().include(Tag.products.order_by(Product.name.desc())).order_by(Tag.id)
        assert [[product.name for product in tag.products] for tag in tags] == [["Oak", "Ash"], ["Oak"]]
        behind = await Product.get(shop.iron.id).include(Product.category.parent.products)
        assert behind.category.parent is not None
        assert len(behind.category.parent.products) == 2
        children = await Category.all().include(Category.children.include(Category.products)).order_by(Category.id)
        assert children[0].children[0].products == [shop.iron]


async def test_filters_ask_about_many(url: str) -> None:
    async with filled(url) as shop:
        assert await Product.where(Product.tags.any(Tag.name == "brown")) == [shop.oak]
        assert await Product.where(Product.tags.none()) == [shop.iron]
        assert await Category.where(Category.products.any(Product.price > 50)) == [shop.metal]
        assert await Category.where(Category.products.count() >= 2) == [shop.wood]
        assert await Category.all().order_by(Category.products.count().desc()).first() == shop.wood
        assert await Category.where(Category.children.any(Category.name == "Metal")) == [shop.wood]
        assert await Product.where(Product.category.products.any(Product.stock == 0)).count() == 2
        assert await Category.select(Category.name, Category.products.count(Product.stock > 0)).order_by(
            Category.id
        ) == [
            ("Wood", 1),
            ("Metal", 1),
        ]


async def test_combined_queries(url: str) -> None:
    async with filled(url) as shop:
        cheap, wooden = Product.cheap(), Product.where(Product.category.name == "Wood")
        assert await cheap.union(wooden).order_by(Product.name) == [shop.ash, shop.oak]
        assert await cheap.intersect(wooden) == [shop.oak]
        assert await wooden.except_(cheap) == [shop.ash]
        assert await wooden.union(cheap, all=True).count() == 3
        assert await cheap.union(wooden).include(Product.category).order_by(Product.price.desc()).first() == shop.ash
        names = Product.values(Product.name).union(Category.values(Category.name))
        assert sorted(await names) == ["Ash", "Iron_100%", "Metal", "Oak", "Wood"]


async def test_reusable_parts(url: str) -> None:
    async with filled(url) as shop:
        assert await Product.cheap().where(Product.stock > 0) == [shop.oak]
        assert await Product.where(Product.stock > 0).apply(lambda query: query.where(Product.price < 10)) == [shop.oak]


async def test_explain_speaks_of_the_table(url: str) -> None:
    async with filled(url):
        assert "products" in (await Product.where(Product.stock > 5).explain()).lower()


async def test_the_collector_looks_after_a_loaded_row_once_it_may_be_in_a_circle(url: str) -> None:
    async with filled(url) as shop:
        wood, metal = await Category.all().order_by(Category.id).limit(2)
        assert not gc.is_tracked(wood)
        metal.parent = wood
        assert gc.is_tracked(metal)
        with_products = await Category.where(Category.id == shop.wood.id).include(Category.products).one()
        assert gc.is_tracked(with_products)
        product = with_products.products[0]
        product.category = with_products
        product.name = "in a circle"
        del with_products, product
        gc.collect()
        left = [found for found in gc.get_objects() if type(found) is Product and found.name == "in a circle"]
        assert left == []
