"""Full-text search with ranks, kept in step with the rows, on both databases."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from rooftree.db import (
    BareModel,
    Col,
    Constraint,
    Model,
    ModelError,
    QueryError,
    Ref,
    Rows,
    Search,
    col,
    ref,
    sql,
    text_match,
    text_rank,
    transaction,
    uuid7,
)
from rooftree.db.expressions.search import alternatives_of
from rooftree.db.sql.tables import create_statements
from tests.unit.db.queries.shop import opened


class Article(Model):
    title: Col[str] = col(max_length=200)
    body: Col[str | None] = col(default=None)
    stars: Col[int] = col(default=0)

    @classmethod
    def constraints(cls) -> list[Constraint]:
        return [Search(cls.title, cls.body, language="english"), Search(cls.body, name="bodies")]


class Comment(Model):
    article: Ref[Article] = ref(on_delete="cascade")
    text: Col[str] = col()


MODELS: tuple[Any, ...] = (Article, Comment)


def found(text: str) -> Rows[str]:
    return Article.where(text_match(Article, text)).order_by(Article.id).values(Article.title)


async def fill() -> list[Article]:
    rows = [
        ("Oak tables", "A table of oak, planed by hand."),
        ("Ash chairs", "Chairs that go with an oak table: of ash, steamed and bent."),
        ("Caf\u00e9 benches", "Benches for cafes. It's 100% larch; \u00dcber-strong."),
        ("Nails", None),
    ]
    return await Article.create_many([Article(title=title, body=body) for title, body in rows])


async def test_words_are_found(url: str) -> None:
    async with opened(url, *MODELS):
        await fill()
        assert await found("oak") == ["Oak tables", "Ash chairs"]
        assert await found("OAK chair") == ["Ash chairs"]
        assert await found('"oak table"') == ["Oak tables", "Ash chairs"]
        assert await found('"table oak"') == []
        assert await found("chair or nail") == ["Ash chairs", "Nails"]
        assert await found("oak -ash") == ["Oak tables"]
        assert await found('oak -"planed by hand"') == ["Ash chairs"]
        assert await found("oak chair or nail -ash") == ["Ash chairs", "Nails"]
        assert await found("tables") == await found("table") == ["Oak tables", "Ash chairs"]
        assert await found("-oak") == await found("") == await found("or") == await found("& | ! *") == []
        assert await found("oak -") == ["Oak tables", "Ash chairs"]
        assert await found("pine") == []


async def test_the_best_come_first(url: str) -> None:
    async with opened(url, *MODELS):
        await fill()
        assert [row.title for row in await Article.search("oak")] == ["Oak tables", "Ash chairs"]
        assert {row.title for row in await Article.search("ash or oak")} == {"Oak tables", "Ash chairs"}
        assert [row.title for row in await Article.all().order_by(Article.id.desc()).search("oak")] == [
            "Ash chairs", "Oak tables",
        ]  # fmt: skip
        ranked = await Article.select(Article.title, text_rank(Article, "oak")).order_by(Article.id)
        ranks = dict(ranked)
        assert ranks["Oak tables"] > ranks["Ash chairs"] > ranks["Nails"] == 0.0
        assert all(type(rank) is float for rank in ranks.values())
        assert await Article.search("table").count() == 2
        assert (await Article.search("oak").page(2, size=1)).items[0].title == "Ash chairs"
        assert await Article.search("oak").update(stars=5) == 2
        assert await Article.where(Article.stars == 5).count() == 2


async def test_another_search_of_the_same_model(url: str) -> None:
    async with opened(url, *MODELS):
        await fill()
        assert await Article.search("tables", name="bodies").count() == 0  # its language is simple: no other forms
        assert [row.title for row in await Article.search("table", name="bodies")] == ["Oak tables", "Ash chairs"]
        assert await Article.where(text_match(Article, "nails", search="bodies")).count() == 0


async def test_what_is_written_is_found_and_what_is_deleted_is_not(url: str) -> None:
    async with opened(url, *MODELS):
        oak, ash, bench, nails = await fill()
        nails.body = "For oak too"
        await nails.save()
        assert await found("oak") == ["Oak tables", "Ash chairs", "Nails"]
        oak.title, oak.body = "Pine tables", None
        await oak.save()
        assert await found("oak") == ["Ash chairs", "Nails"]
        await Article.where(Article.title == "Ash chairs").update(body="Chairs of ash")
        await bench.delete()
        assert await found("oak") == ["Nails"]
        assert await found("larch") == []
        await Article.upsert(Article(id=ash.id, title="Elm stools", body="oak"), on=[Article.id])
        assert await found("oak") == ["Elm stools", "Nails"]
        with pytest.raises(ZeroDivisionError):
            async with transaction():
                await Article.create(title="Oak doors")
                assert len(await found("oak")) == 3
                raise ZeroDivisionError
        assert await found("door") == []


async def test_a_search_through_a_reference(url: str) -> None:
    async with opened(url, *MODELS):
        oak, ash, *_ = await fill()
        one, two = await Comment.create_many([Comment(article=oak, text="1"), Comment(article=ash, text="2")])
        assert await Comment.where(text_match(Comment.article, "oak")).order_by(Comment.id) == [one, two]
        assert await Comment.where(text_match(Comment.article, "chair") | (Comment.text == "1")).count() == 2
        best = Comment.all().order_by(text_rank(Comment.article, "oak").desc())
        assert await best == [one, two]
        assert await Comment.where(Comment.article.in_([oak, ash])).where(text_match(Comment.article, "pine")) == []
        some = Article.where(text_match(Article, "chair")).values(Article.id)
        assert await Comment.where(Comment.article.id.in_(some)) == [two]


@pytest.mark.parametrize(
    "text",
    ['"', '""', '"oak', 'oak"', "oak*", "title:oak", "^oak", "NEAR(oak)", "oak AND", "AND OR NOT", "(oak", "oak)",
     "{oak}", "oak' or 1=1 --", "a:b & !c | (d)", "\x00oak", "\udcff", "\u202e", "-" * 500, "oak " * 5000,
     '"a" ' * 2000, "\\", "''", ":*", "<->", "oak <2> ash", "or or or", "--", "-or", "\U0001f332", "$1", "%s"],
)  # fmt: skip
async def test_nothing_that_a_person_types_is_an_error(url: str, text: str) -> None:
    async with opened(url, *MODELS):
        await fill()
        assert await Article.search(text).count() <= 4
        assert len(await Article.search(text)) <= 4


def test_how_a_search_is_read() -> None:
    def read(text: str) -> list[list[tuple[str, bool, bool]]]:
        return [[(term.text, term.phrase, term.wanted) for term in terms] for terms in alternatives_of(text)]

    assert read('a "b c" -d') == [[("a", False, True), ("b c", True, True), ("d", False, False)]]
    assert read("a OR b or -c") == [[("a", False, True)], [("b", False, True)]]
    assert read('-"x y" + a-b') == [[("x y", True, False), ("a-b", False, True)]]
    assert len(read("w " * 100)[0]) == 32


class ByText(BareModel):
    key: Col[UUID] = col(primary=True, default=uuid7)
    text: Col[str] = col()

    @classmethod
    def constraints(cls) -> list[Constraint]:
        return [Search(cls.text)]


class Plain(Model):
    text: Col[str] = col()


def test_what_a_search_refuses() -> None:
    with pytest.raises(ModelError, match=r"\[M302\] ByText has a Search, which SQLite finds rows by one integer k"):
        create_statements([ByText.__table_info__], "sqlite")
    assert "USING gin" in " ".join(create_statements([ByText.__table_info__], "postgresql"))

    class Ranked(Model):
        rank: Col[str] = col()
        number: Col[int] = col()

        @classmethod
        def constraints(cls) -> list[Constraint]:
            return [Search(cls.rank)]

    with pytest.raises(ModelError, match=r"\[M302\] Ranked\.rank is in a Search, and SQLite's search has a column of"):
        create_statements([Ranked.__table_info__], "sqlite")
    for columns, text in (((), "names no column"), ((Ranked.number,), "names Ranked.number"), (("x",), "names 'x'")):

        class Wrong(Model):
            text: Col[str] = col()

            @classmethod
            def constraints(cls, columns: Any = columns) -> list[Constraint]:
                return [Search(*columns)]

        with pytest.raises(ModelError, match=rf"\[M209\] A Search of Wrong {text}"):
            create_statements([Wrong.__table_info__], "postgresql")
    hostile: Any = "english'); drop table x; --"
    with pytest.raises(ModelError, match=r"\[M125\] Search\(\) was given the language"):
        Search(Plain.text, language=hostile)
    with pytest.raises(ModelError, match=r"\[M107\] Search\(\) was given the name"):
        Search(Plain.text, name=hostile)
    for use, text in (
        (lambda: Plain.search("x"), r"\[Q237\] Plain has no full-text search\. Add Search\(Plain\."),
        (lambda: Article.search("x", name="no"), r"\[Q237\] Article has 0 full-text searches named 'no'\."),
        (lambda: Article.search(hostile.encode()), r"\[Q236\] A search was given b\"english"),
        (lambda: text_match("x", "x"), r"\[Q237\] A search was made of 'x'\."),
        (lambda: Plain.where(text_match(Article, "x")).text("sqlite"), r"\[Q210\] A search of Article was used in a q"),
    ):
        with pytest.raises(QueryError, match=text):
            use()


async def test_a_rank_in_an_update(url: str) -> None:
    async with opened(url, *MODELS) as database:
        await fill()
        query = Article.where(text_rank(Article, "oak") > 0)
        assert await query.count() == 2
        if database.dialect == "sqlite":
            with pytest.raises(QueryError, match=r"\[Q238\] text_rank\(\) stands in an update or delete\."):
                await query.update(stars=1)
        else:
            assert await query.update(stars=1) == 2


async def test_postgresql_finds_words_by_the_index(postgres_url: str) -> None:
    async with opened(postgres_url, *MODELS):
        await fill()
        async with transaction():
            await sql(str, "set local enable_seqscan = off")
            assert "Index Scan on search_articles" in await Article.search("oak").explain()
            assert "Index Scan on bodies" in await Article.search("oak", name="bodies").explain()
