"""Models of several databases; tables that are there already; where relations lead."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rooftree.base import DatabaseError
from rooftree.db import (
    Col,
    Database,
    Databases,
    Many,
    Model,
    ModelError,
    Ref,
    col,
    create_tables,
    known_models,
    many,
    mistakes_of_models,
    ref,
    transaction,
)
from tests.unit.db.queries.shop import MODELS, Category, Product, Tag, opened


class Visit(Model, database="reports"):
    path: Col[str] = col(unique=True)
    tags: Many[VisitTag] = many()


class VisitTag(Model, database="reports"):
    name: Col[str] = col()


async def test_the_queries_of_a_model_go_to_its_database(url: str, tmp_path: Path) -> None:
    async with opened(url, *MODELS), Database(f"sqlite:///{tmp_path / 'reports.db'}") as reports:
        await create_tables(Visit, database=reports)
        main = Databases({"default": url, "reports": reports})
        with main.current():
            visit = await Visit.create(path="/")
            await Visit.create_many([Visit(path="/a")])
            await Visit.tags.add(visit, await VisitTag.create(name="first"))
            visit.path = "/b"
            await visit.save()
            assert (await Visit.get_or_create(path="/b"))[1] is False
            await Visit.upsert(Visit(path="/c"), on=[Visit.path])
            async with transaction("reports"):
                await Visit.where(Visit.path == "/c").update(path="/d")
            assert await Visit.all().order_by(Visit.id).values(Visit.path) == ["/b", "/a", "/d"]
            assert [tag.name for tag in (await Visit.get(visit.id).include(Visit.tags)).tags] == ["first"]
            assert (await Visit.count(), await Visit.exists(), len(await Visit.in_bulk([1]))) == (3, True, 1)
            assert [each.path async for each in Visit.where(Visit.id == 1)] == ["/b"]
            assert await Visit.update_many([await Visit.one(Visit.path == "/a")], Visit.path) == 1
            await visit.delete()
            assert await Visit.where(Visit.id > 0).delete() == 2
            assert (await Visit.all().page(1, size=5)).total == 0


def test_each_database_has_the_models_that_name_it() -> None:
    assert {Visit, VisitTag} <= set(known_models("reports"))
    assert Product not in known_models("reports")
    assert not {Visit, VisitTag} & set(known_models("default"))
    assert {Visit, Product} <= set(known_models())


async def test_a_relation_to_another_database_is_a_mistake(url: str) -> None:
    class Far(Model, database="reports"):
        tag: Ref[Tag] = ref()

    told = r"\[M210\] Far.tag leads from the database 'reports' to Tag in 'default'\. Keep both in one, or hold the key"
    async with opened(url):
        with pytest.raises(ModelError, match=told):
            await create_tables(Far)
    assert "M210" in {each.code for each in mistakes_of_models()}


def test_where_relations_lead_is_found_before_a_query() -> None:
    class LedShelf(Model):
        boxes: Many[LedBox] = many(by="shelve")
        things: Many[NoSuchRow] = many(by="shelf")  # type: ignore[name-defined]  # noqa: F821  # pyright: ignore[reportUndefinedVariable]

    class LedBox(Model):
        shelf: Ref[LedShelf] = ref()

    found = [str(each) for each in mistakes_of_models()]
    assert any(
        "[M204] LedShelf.boxes says by='shelve', and LedBox.shelve does not lead back to LedShelf." in e for e in found
    )
    assert any("[M201] LedShelf.things names NoSuchRow, and no such model exists." in e for e in found)


async def test_tables_that_are_there_are_left_alone(url: str) -> None:
    async with opened(url, Category):
        await Category.create(name="Wood")
        with pytest.raises(DatabaseError):
            await create_tables(*MODELS)
        for _ in range(2):
            await create_tables(*MODELS, where_missing=True)
            assert await Category.values(Category.name) == ["Wood"]
            assert await Product.count() == await Tag.count() == 0
        models: tuple[Any, ...] = MODELS
    async with opened(url, *models):
        assert await Category.count() == 0
