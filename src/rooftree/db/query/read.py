"""What every query that reads can do, whether its results are instances or tuples."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, Generic, Literal, Never, NoReturn, Self, TypeVar, cast

from rooftree.db.expressions.base import Condition, Expression, Ordering
from rooftree.db.expressions.kinds import INTEGER
from rooftree.db.expressions.select import Select, Subquery
from rooftree.db.habits import put_habits_on_queries, refuse_named, written
from rooftree.db.model_errors import QueryError
from rooftree.db.policies import Scoped, Unscoped
from rooftree.db.query.include import load_includes
from rooftree.db.query.obey import obeyed, obeyed_text
from rooftree.db.query.operation import Operation
from rooftree.db.query.page import check_page
from rooftree.db.query.results import Count, Exists, First, One, PageOf, fetch_all
from rooftree.db.sql.plans import read_plan
from rooftree.db.statement import Statement
from rooftree.db.table import TableInfo

__all__ = ["ReadQuery", "check_condition"]

R = TypeVar("R")
_new = object.__new__


class ReadQuery(Operation[list[R]], Generic[R]):
    """A query: made step by step, each step a new one. Awaiting it gives a list; ``async for`` streams."""

    __slots__ = ("_select",)

    def __init__(self, select: Select) -> None:
        self._database = select.info.database
        self._select = select

    def _with(self, **changes: Any) -> Self:
        other = _new(self.__class__)
        other._database = self._database
        select = other._select = _new(Select)
        select.__dict__ = {**self._select.__dict__, **changes}
        return other

    def _asked(self, operation: Any) -> Any:
        operation._database = self._database
        return operation

    _gives_one = False

    def _gives(self) -> TableInfo | None:
        return None if self._select.columns else self._select.info

    async def run(self) -> list[R]:
        """Run it and return every result."""
        return await fetch_all(self._found(), self._select)

    @property
    def table(self) -> TableInfo:
        """The table that is asked."""
        return self._select.info

    @property
    def is_ordered(self) -> bool:
        """Whether it has an order."""
        return bool(self._select.order)

    @property
    def most(self) -> int | None:
        """The limit that it has."""
        return self._select.limit

    @property
    def asked_for(self) -> Scoped | Unscoped | None:
        """For whom it is asked, or why for nobody."""
        leave: Scoped | Unscoped | None = self._select.leave
        return leave

    @property
    def is_asked_for_somebody(self) -> bool:
        """Whether it says for whom it is asked, or why for nobody."""
        return self._select.leave is not None

    @property
    def is_selection(self) -> bool:
        """Whether it takes some of the rows that fit, by a limit, an offset or one of each kind, or combines others.

        A condition that is added to it is asked before that, and so finds rows that are none of its own.
        """
        select = self._select
        return select.limit is not None or select.offset is not None or bool(select.distinct_on or select.combined)

    # ---- narrowing

    def where(self, *conditions: Expression[bool], **named: Never) -> Self:
        """Only the rows that fit every condition."""
        if named:
            refuse_named("where", self._select.info, named)
        for condition in conditions:
            check_condition(condition)
        return self._with(conditions=(*self._select.conditions, *conditions))

    def order_by(self, *order: Expression[Any] | Ordering) -> Self:
        """In this order, instead of any before. NULL comes last, and first with ``desc()``, on every database."""
        for step in order:
            if not isinstance(step, (Expression, Ordering)):  # pyright: ignore[reportUnnecessaryIsInstance]
                raise QueryError(
                    "Q132",
                    f"order_by() was given {step!r}.",
                    f"Name columns: order_by({written(self._select.info, step)}).",
                )
        return self._with(order=order)

    def limit(self, count: int) -> Self:
        """At most this many."""
        return self._with(limit=_number(count, "limit"))

    def offset(self, count: int) -> Self:
        """Without the first ones, so many."""
        return self._with(offset=_number(count, "offset"))

    def distinct(self, *on: Expression[Any]) -> Self:
        """Equal results once; with ``on`` the first of each combination of these (PostgreSQL)."""
        return self._with(distinct_on=on) if on else self._with(distinct=True)

    def for_update(self, *, nowait: bool = False, skip_locked: bool = False, key_share: bool = False) -> Self:
        """Lock the rows until the transaction ends. On SQLite the one writer has every row to itself already.

        Args:
            nowait: Raise instead of waiting for a row that is locked.
            skip_locked: Leave locked rows out (PostgreSQL).
            key_share: Let others refer to the rows meanwhile.
        """
        wait: Literal["wait", "nowait", "skip locked"] = (
            "nowait" if nowait else "skip locked" if skip_locked else "wait"
        )
        return self._with(lock=("no key update" if key_share else "update", wait))

    # ---- combining

    def union(self, other: ReadQuery[R], *, all: bool = False) -> Self:
        """The results of both; ``all`` keeps those that both have twice."""
        return self._combined("union all" if all else "union", other)

    def intersect(self, other: ReadQuery[R]) -> Self:
        """The results that both have."""
        return self._combined("intersect", other)

    def except_(self, other: ReadQuery[R]) -> Self:
        """The results of this one that the other does not have."""
        return self._combined("except", other)

    def _combined(self, how: Any, other: ReadQuery[R]) -> Self:
        mine, theirs = self._select, other._select
        if mine.includes or mine.joined or theirs.includes or theirs.joined:
            raise QueryError(
                "Q133", "A query that includes relations was combined with another.", "Combine first, include after."
            )
        if mine.order or mine.limit is not None or mine.offset is not None:
            raise QueryError(
                "Q134",
                "A query with an order or a limit was combined with another.",
                "Combine first, order and limit after.",
            )
        return self._with(combined=(*mine.combined, (how, theirs)))

    # ---- results

    def first(self) -> First[R]:
        """The first result, or ``None``; by key where there is no order."""
        select = self._select
        if not select.order and not select.columns:
            select = select.replace(order=tuple(select.info.own[column.name] for column in select.info.key))
        return cast("First[R]", self._asked(First(select.replace(limit=1))))

    def one(self) -> One[R]:
        """The only result.

        Raises:
            DoesNotExist: there is none.
            MultipleResults: there are more; none of those that a limit leaves out counts.
        """
        limit = self._select.limit
        return cast("One[R]", self._asked(One(self._select.replace(limit=2 if limit is None else min(limit, 2)))))

    def count(self) -> Count:
        """The number of results."""
        return cast("Count", self._asked(Count(self._select)))

    def exists(self) -> Exists:
        """Whether there is any result."""
        return cast("Exists", self._asked(Exists(self._select)))

    def page(self, number: int, *, size: int) -> PageOf[R]:
        """One page of results, counted from 1, and how many there are in all.

        Raises:
            QueryError: ``number`` or ``size`` is below 1.
        """
        check_page(number, size)
        return cast("PageOf[R]", self._asked(PageOf(self._select, number, size)))

    def stream(self, *, batch: int = 500) -> AsyncGenerator[R]:
        """Yield the results, read in batches; a connection is held until the end. Close it where you leave early."""
        return self._stream(batch)

    async def _stream(self, batch: int) -> AsyncGenerator[R]:
        database = self._found()
        select = await obeyed(self._select)
        plan, values = read_plan(select, database.dialect)
        batches = database.stream(plan.statement, plan.parameters(values), batch=batch)
        async with contextlib.aclosing(batches):
            async for rows in batches:
                found = plan.many(rows)
                if select.includes and found:
                    await load_includes(database, found, select.includes)
                for result in found:
                    yield result

    def __aiter__(self) -> AsyncIterator[R]:
        return self._stream(500)

    async def explain(self, *, analyze: bool = False) -> str:
        """The database's plan for this query, as text; ``analyze`` runs it (PostgreSQL)."""
        database = self._found()
        plan, values = read_plan(await obeyed(self._select), database.dialect)
        sqlite = database.dialect == "sqlite"
        prefix = "EXPLAIN QUERY PLAN " if sqlite else "EXPLAIN (ANALYZE) " if analyze else "EXPLAIN "
        statement = Statement(prefix + plan.statement.text, "read", returns_rows=True, prepare=False)
        rows = await database.fetch(statement, plan.parameters(values))
        return "\n".join(str(row[3] if sqlite else row[0]) for row in rows)

    def text(self, dialect: Literal["sqlite", "postgresql"]) -> str:
        """The SQL of this query in a database's own words, for people to read."""
        return read_plan(obeyed_text(self._select), dialect)[0].statement.text

    # ---- inside other queries

    def as_exists(self) -> Condition:
        """A condition of another query: true where this one has any row. Name that one's columns with ``outer()``."""
        return cast("Condition", _as_condition(Subquery("exists", self._select, INTEGER)))

    def __getitem__(self, place: int | slice) -> NoReturn:
        wanted = ".offset(...).limit(...)" if isinstance(place, slice) else ".offset(...).first()"
        raise QueryError("Q124", f"{self!r} was asked for [...] before it was awaited.", f"Write {wanted}.")

    def __repr__(self) -> str:
        return f"<query of {self._select.info.model}>"


put_habits_on_queries(ReadQuery)


def _as_condition(subquery: Subquery) -> Expression[bool]:
    from rooftree.db.expressions.kinds import BOOLEAN

    subquery.type = BOOLEAN
    return subquery


def check_condition(condition: Any) -> None:
    """Refuse what is no condition.

    Raises:
        QueryError: it is not an expression of truth.
    """
    if not isinstance(condition, Expression) or condition.type.kind != "boolean":
        raise QueryError(
            "Q135",
            f"where() was given {condition!r}, which is no condition.",
            "Compare columns: where(Product.price < 10).",
        )


def _number(count: Any, what: str) -> int:
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        raise QueryError("Q136", f"{what}() was given {count!r}.", "Pass a number of rows, 0 or more.")
    return count
