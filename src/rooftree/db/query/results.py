"""What a query gives: all of its results, the first, the only one, how many, whether any, a page of them."""

from __future__ import annotations

from typing import Any, Final, Generic, TypeVar, cast

from rooftree.db.database import Database
from rooftree.db.expressions.base import Expression, Ordering
from rooftree.db.expressions.columns import Column
from rooftree.db.expressions.kinds import INTEGER
from rooftree.db.expressions.select import Select
from rooftree.db.model_errors import DoesNotExist, MultipleResults
from rooftree.db.policies import policies_in_force
from rooftree.db.query.include import load_includes
from rooftree.db.query.obey import obeyed
from rooftree.db.query.operation import Operation
from rooftree.db.query.page import Page
from rooftree.db.sql.plans import read_plan
from rooftree.db.table import TableInfo

__all__ = ["COUNT", "ONE", "Count", "Exists", "First", "One", "PageOf", "bare", "fetch_all"]

R = TypeVar("R")
ONE: Final = Expression[int]("one", (), INTEGER)
COUNT: Final = Expression[int]("aggregate", (), INTEGER, ("count", False, False, None))
_OF_ROWS: Final = {"info", "conditions", "order", "includes", "joined", "deleted", "source", "joins", "leave"}
"""What a query may say whose rows can be counted as they are."""


async def fetch_all(database: Database, select: Select) -> list[Any]:
    """Run a query and return all of its results, with the relations it includes."""
    if policies_in_force() is not None:
        select = await obeyed(select)
    plan, values = read_plan(select, database.dialect)
    found = plan.many(await database.fetch(plan.statement, plan.parameters(values)))
    if select.includes and found:
        await load_includes(database, found, select.includes)
    return found


class _OfQuery(Operation[R], Generic[R]):
    """What runs a query and gives something of its results."""

    __slots__ = ("_select",)

    def __init__(self, select: Select) -> None:
        self._database = select.info.database
        self._select = select


class First(_OfQuery[R | None], Generic[R]):
    """The first result of a query, or ``None``."""

    __slots__ = ()

    def _gives(self) -> TableInfo | None:
        return None if self._select.columns else self._select.info

    async def run(self) -> R | None:
        """Run it."""
        found = await fetch_all(self._found(), self._select)
        return found[0] if found else None


class One(_OfQuery[R], Generic[R]):
    """The only result of a query."""

    __slots__ = ()

    def _gives(self) -> TableInfo | None:
        return None if self._select.columns else self._select.info

    async def run(self) -> R:
        """Run it."""
        found = await fetch_all(self._found(), self._select)
        if len(found) != 1:
            model = self._select.info.model
            raise MultipleResults(model) if found else DoesNotExist(model, "these conditions")
        return cast("R", found[0])


def bare(select: Select) -> Select:
    """The query without what does not change how many results it has."""
    return select.replace(order=(), includes=(), joined=())


class Count(_OfQuery[int]):
    """The number of results of a query."""

    __slots__ = ()

    async def run(self) -> int:
        """Run it."""
        select = bare(await obeyed(self._select))
        simple = set(select.__dict__) <= _OF_ROWS
        select = select.replace(columns=(COUNT,)) if simple else select.replace(counted=True)
        return cast("int", (await fetch_all(self._found(), select))[0][0])


class Exists(_OfQuery[bool]):
    """Whether a query has any result."""

    __slots__ = ()

    async def run(self) -> bool:
        """Run it."""
        select = bare(await obeyed(self._select)).replace(limit=1)
        if not select.group and not select.combined and not select.distinct:
            select = select.replace(columns=(ONE,))
        return bool(await fetch_all(self._found(), select))


class PageOf(_OfQuery[Page[R]], Generic[R]):
    """One page of a query's results."""

    __slots__ = ("_number", "_size")

    def __init__(self, select: Select, number: int, size: int) -> None:
        super().__init__(select)
        self._number = number
        self._size = size

    async def run(self) -> Page[R]:
        """Run it."""
        database = self._found()
        select = whole = await obeyed(self._select)
        if not select.order and not select.columns:
            select = select.replace(order=tuple(select.info.own[column.name] for column in select.info.key))
        elif not select.columns and not select.combined:
            select = select.replace(order=(*select.order, *_missing_key(select)))
        items = await fetch_all(database, select.replace(limit=self._size, offset=(self._number - 1) * self._size))
        count = Count(whole)
        count._database = database
        total = len(items) if self._number == 1 and len(items) < self._size else await count.run()
        return Page(items, self._number, self._size, total)


def _missing_key(select: Select) -> list[Column[Any]]:
    """The key columns that an order lacks: without them rows that are equal in it could appear on two pages."""
    ordered = {id(step.expression if isinstance(step, Ordering) else step) for step in select.order}
    own = [select.info.own[column.name] for column in select.info.key]
    return [column for column in own if id(column) not in ordered]
