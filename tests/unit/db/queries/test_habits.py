"""What people write who come from Django or SQLAlchemy: each is told what it is here."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, cast

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from rooftree.base import HabitError
from rooftree.db import Col, Model, QueryError, col, sql
from rooftree.db.query.get import Get
from tests.unit.db.queries.shop import Category, Product, Tag, filled

C: Any = Category  # what is wrong here is wrong for type checkers too
P: Any = Product
M: Any = Model
S: Any = sql(int, "select 1")

NAMES: list[tuple[Callable[[], Any], str]] = [
    (lambda: P.objects.all("x"), "Product has no 'objects'. Ask Product itself: Product.where(...), Product.all(),"),
    (lambda: P.query, "Ask Product itself"),
    (lambda: P.filter(name="Oak"), "Product has no 'filter'. Write Product.where(Product.name == ...)."),
    (lambda: P.all().filter(), "<query of Product> has no 'filter'. Write .where(Product.name == ...)."),
    (lambda: P.exclude(name="Oak"), "Write Product.where(~(Product.name == ...))."),
    (lambda: P.order_by("name"), "Write Product.all().order_by(...)."),
    (lambda: P.limit(3), "Write Product.all().limit(...)."),
    (lambda: P.update(stock=1), "Write Product.where(...).update(...), or set what changes and await save()."),
    (lambda: P.select_related("category"), "Write Product.all().include(Product.<relation>)."),
    (lambda: P.all().prefetch_related("tags"), "Write .include(Product.<relation>)."),
    (lambda: P.all().values_list("name"), "Write .select(Product.name) for tuples, .values(Product.name) for bare"),
    (lambda: P.all().annotate(n=1), "Write .select(Product.name, count()).group_by(Product.name)."),
    (lambda: P.bulk_create([]), "Write Product.create_many([...])."),
    (lambda: P.update_or_create(id=1), "Write Product.upsert(Product(...), on=[...])."),
    (lambda: P.raw("select 1"), 'Write sql(Product, "select ...", name=value).'),
    (lambda: P.all().all(), "Write `await` before the query: it gives a list."),
    (lambda: P.all().one_or_none(), "Write .first()."),
    (lambda: P.DoesNotExist, "Catch DoesNotExist of rooftree.db."),
    (lambda: S.one, "sql() has no 'one'. It gives a list: write (await sql(...))[0]."),
    (lambda: S.fetchall, "sql() has no 'fetchall'. Write `await` before the query: it gives a list."),
    (lambda: S.limit(3), "sql() has no 'limit'. Write it in the SQL."),
    (lambda: M.objects, "Model has no 'objects'. Ask Product itself"),
]


@pytest.mark.parametrize(("written", "told"), NAMES)
def test_a_name_of_another_framework_is_told_what_it_is_here(written: Callable[[], Any], told: str) -> None:
    with pytest.raises(HabitError) as caught:
        written()
    assert caught.value.code == "Q125"
    assert told in f"{caught.value.fact} {caught.value.remedy}"


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (lambda: P.get(7).name, "<get Product> has no 'name': it was not awaited, and gives a row of Product."),
        (lambda: P.get_or_404(7).delete(), "<get Product> has no 'delete': it was not awaited"),
        (lambda: P.one(P.name == "Oak").category, "<one> has no 'category': it was not awaited"),
        (lambda: P.first().price, "<first> has no 'price'"),
        (
            lambda: P.all().price,
            "gives rows of Product. Write `await` before it, in parentheses, and take one of",
        ),
        (lambda: P.get(7).include(P.category).category.name, "<get Product> has no 'category'"),
    ],
)
def test_what_a_row_has_is_not_asked_of_its_query(written: Callable[[], Any], told: str) -> None:
    with pytest.raises(HabitError, match=r"\[Q129\]") as caught:
        written()
    assert told in f"{caught.value.fact} {caught.value.remedy}"


def test_nor_is_it_set_on_its_query() -> None:
    with pytest.raises(HabitError, match=r"\[Q129\] <get Product> has no 'name': it was not awaited, and gives a row"):
        P.get(7).name = "Elm"
    with pytest.raises(HabitError, match=r"\[Q129\] <query of Product> has no 'price': it was not awaited"):
        P.all().price = 3
    with pytest.raises(AttributeError, match="'Get' object has no attribute 'price'"):
        C.get(7).price = 3  # another model's
    with pytest.raises(AttributeError, match="'Get' object has no attribute 'price'"):
        C.get(7).price  # noqa: B018
    with pytest.raises(AttributeError, match="'Get' object has no attribute 'nam'"):
        P.get(7).nam = "Elm"
    assert not hasattr(Get, "name")


def test_a_name_that_a_model_has_not() -> None:
    with pytest.raises(HabitError, match=r"\[Q119\] Product has no 'nam'. At .*test_habits.py.* Did you mean 'name'\?"):
        P.nam  # noqa: B018
    with pytest.raises(HabitError, match=r"\[Q119\] Product has no 'xyz'. At .* It has name, "):
        P.xyz  # noqa: B018
    assert not hasattr(P, "nam")
    with pytest.raises(AttributeError, match="type object 'Model' has no attribute 'nam'"):
        M.nam  # noqa: B018


async def test_nor_of_a_write(url: str) -> None:
    async with filled(url) as shop:
        made, saved = P.create(name="Elm", price=Decimal(3), category=shop.wood), cast("Any", shop.oak.save())
        with pytest.raises(HabitError, match=r"<create Product> has no 'id': it was not awaited"):
            made.id  # noqa: B018
        with pytest.raises(HabitError, match=r"<save Product> has no 'id': it was not awaited"):
            saved.id  # noqa: B018
        assert (await made).id != (await saved).id


def test_what_nobody_has_is_missing_as_ever() -> None:
    for query in (P.get(7), P.all(), P.first(), P.count(), P.all().values(P.name), P.all().values(P.name).first()):
        with pytest.raises(AttributeError, match=rf"'{type(query).__name__}' object has no attribute 'nam'"):
            query.nam  # noqa: B018
        assert not hasattr(query, "__deepcopy__")
    for query in (P.first(), P.all().values(P.name).one()):
        with pytest.raises(QueryError, match=r"\[Q124\] <\w+> was asked for \[\.\.\.\] before it was awaited"):
            query[0]


def test_for_python_the_names_are_missing() -> None:
    assert not hasattr(Product, "objects")
    assert not hasattr(Product.all(), "filter")
    assert getattr(Product, "query", 7) == 7
    assert not hasattr(type(Product), "objects")


def test_a_model_may_use_the_names_for_its_own() -> None:
    class Filtered(Model):
        query: Col[str] = col()
        objects: Col[int] = col(default=0)

        @classmethod
        def filter(cls) -> str:
            return "mine"

    assert Filtered.filter() == "mine"
    assert repr(Filtered.query) == "Filtered.query"
    assert Filtered(query="x").objects == 0


CONDITIONS: list[tuple[Callable[[], Any], str]] = [
    (lambda: P.where(name="Oak"), "Product.where() was given name=, and takes no conditions by keyword."),
    (lambda: P.where(name="Oak"), "Write where(Product.name == ...)."),
    (lambda: P.all().where(price__lt=3), "Write where(Product.price < ...)."),
    (lambda: P.where(category__name__icontains="w"), "where(Product.category.name.contains(..., ignore_case=True))"),
    (lambda: P.where(category__parent__pk=1), "Write where(Product.category.parent.id == ...)."),
    (lambda: P.where(category=1), "Write where(Product.category.is_(...))."),
    (lambda: P.where(supplier__isnull=True), "Write where(Product.supplier.is_null())."),
    (lambda: P.where(tags__name="hard"), "Write where(Product.tags.any(...))."),
    (lambda: P.where(nothing=1), "where(Product.<column> == ...), its columns are (name, price, "),
    (lambda: P.where(name__nothing=1), "Write where(Product.name == ...)."),
    (lambda: P.first(name="Oak"), "Write where(Product.name == ...)."),
    (lambda: P.one(name="Oak"), "Write where(Product.name == ...)."),
    (lambda: P.count(name="Oak"), "Write where(Product.name == ...)."),
    (lambda: P.exists(name="Oak"), "Write where(Product.name == ...)."),
    (lambda: P.get(pk=1), "Product.get() was given pk=, and takes no conditions by keyword. Write Product.get(key)."),
    (lambda: P.get(id=1), "Write Product.get(key)."),
    (lambda: P.all().get(id=1), "Write Product.get(key)."),
    (lambda: P.get_or_404(id=1), "Write Product.get(key)."),
    (lambda: P.all().get_or_404(name="x"), "Write Product.one(Product.name == ...)."),
]


@pytest.mark.parametrize(("written", "told"), CONDITIONS)
def test_a_condition_by_keyword_is_written_as_it_is_here(written: Callable[[], Any], told: str) -> None:
    with pytest.raises(QueryError) as caught:
        written()
    assert str(caught.value).startswith("[Q126] ")
    assert told in str(caught.value)


OTHERS: list[tuple[Callable[[], Any], str]] = [
    (lambda: P.all()[0], "[Q124] <query of Product> was asked for [...] before it was awaited. Write .offset("),
    (lambda: P.all()[:3], "Write .offset(...).limit(...)."),
    (lambda: P.all().values(), "[Q141] select() or values() was given nothing. Name columns: Product.<column>."),
    (lambda: P.values("name"), "[Q142] select() or values() was given 'name', which is no expression. Name columns"),
    (lambda: P.all().order_by("-price"), "order_by() was given '-price'. Name columns: order_by(Product.price.desc())"),
    (lambda: sa.select(P), "[Q127] SQLAlchemy was given the model Product. Write Product.where(...), or"),
    (lambda: sa.select(P.name), "[Q127] SQLAlchemy was given the expression Product.name. Write Product.select(...)"),
    (lambda: Session().add(Tag(name="x")), "[Q127] SQLAlchemy was given a Tag. Write `await` before its save()"),
]  # fmt: skip


@pytest.mark.parametrize(("written", "told"), OTHERS)
def test_other_habits(written: Callable[[], Any], told: str) -> None:
    with pytest.raises(QueryError) as caught:
        written()
    assert told in str(caught.value)


async def test_get_without_a_key_says_what_it_wants(url: str) -> None:
    async with filled(url):
        with pytest.raises(QueryError, match=r"\[Q160\] Product.get\(\) was given the key MISSING: Expected `int`"):
            await P.get()
        assert (await P.get(1)).price == Decimal("9.90")
