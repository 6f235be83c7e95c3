"""One row by its key: the shortest way from a call to an instance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, TypeVar, cast

from rooftree.base import NotFound
from rooftree.db.codecs import Encoder, encoder
from rooftree.db.database import Database
from rooftree.db.drivers.capabilities import Dialect
from rooftree.db.expressions.base import Condition, Value
from rooftree.db.expressions.kinds import BOOLEAN
from rooftree.db.expressions.paths import key_values
from rooftree.db.expressions.select import Select
from rooftree.db.model_errors import DoesNotExist, QueryError
from rooftree.db.policies import OBEYED, is_policed
from rooftree.db.query.include import include_in, load_includes
from rooftree.db.query.obey import obeyed
from rooftree.db.query.operation import Operation
from rooftree.db.sql.plan import ReadPlan
from rooftree.db.sql.plans import read_plan
from rooftree.db.table import TableInfo

__all__ = ["Get", "key_conditions"]

M = TypeVar("M")


class _KeyPlan:
    """How a row is fetched by its key in one database."""

    __slots__ = ("encoders", "one", "positions", "statement")

    def __init__(self, info: TableInfo, dialect: Dialect) -> None:
        conditions = tuple(
            Condition("eq", (info.own[column.name], Value(None, column.type)), BOOLEAN) for column in info.key
        )
        plan, _ = read_plan(Select(info).replace(conditions=conditions, leave=OBEYED), dialect)
        self.statement = plan.statement
        self.one = plan.one
        self.positions = tuple(column.position for column in info.key)
        self.encoders = tuple(encoder(column.type, dialect) for column in info.key)


def key_conditions(info: TableInfo, key: Any) -> tuple[Condition, ...]:
    """The conditions that fit one key."""
    values = key_values(info, key)
    pairs = zip(info.key, values, strict=True)
    return tuple(
        Condition("eq", (info.own[column.name], Value(value, column.type)), BOOLEAN) for column, value in pairs
    )


class Get(Operation[M], Generic[M]):
    """One row by its key."""

    __slots__ = ("_info", "_key", "_or_404", "_select")

    def __init__(self, info: TableInfo, key: Any, *, or_404: bool = False, select: Select | None = None) -> None:
        self._database = info.database
        self._info = info
        self._key = key
        self._or_404 = or_404
        self._select = select

    def include(self, *relations: Any) -> Get[M]:
        """Load relations with the row."""
        select = include_in(self._select or Select(self._info), relations)
        other: Get[M] = Get(self._info, self._key, or_404=self._or_404, select=select)
        other._database = self._database
        return other

    def _gives(self) -> TableInfo | None:
        return self._info

    async def run(self) -> M:
        """Run it.

        Raises:
            DoesNotExist: there is no such row (NotFound of ``get_or_404``).
        """
        database = self._found()
        if self._select is not None:
            return await self._included(database, self._select)
        info = self._info
        if is_policed(info):
            await obeyed(Select(info))  # which tells what to write instead
        plan: _KeyPlan | None = info.plans.get(database.dialect)
        if plan is None:
            plan = info.plans[database.dialect] = _KeyPlan(info, database.dialect)
        parameters = self._encoded(plan.encoders)
        row = await database.fetch_by_key(plan.statement, parameters, plan.positions)
        if row is None or (info.deleted is not None and row[info.deleted.position] is not None):
            raise self._missing()
        found: M = plan.one(row)  # cast() would be a call
        return found

    def _encoded(self, encoders: Sequence[Encoder]) -> list[Any]:
        info, key = self._info, self._key
        try:
            if len(encoders) == 1 and not isinstance(key, tuple):
                return [encoders[0](key)]
            values = key_values(info, key)
            return [encode(value) for encode, value in zip(encoders, values, strict=True)]
        except (TypeError, ValueError) as error:
            if self._or_404 and isinstance(error, ValueError):  # no row has a key that no column can hold
                raise self._missing() from None
            raise QueryError(
                "Q160", f"{info.model}.get() was given the key {key!r}: {error}.", "Convert it first."
            ) from None

    async def _included(self, database: Database, select: Select) -> M:
        self._encoded([encoder(column.type, database.dialect) for column in self._info.key])
        select = await obeyed(select.replace(conditions=(*select.conditions, *key_conditions(self._info, self._key))))
        plan: ReadPlan
        plan, values = read_plan(select, database.dialect)
        found = plan.many(await database.fetch(plan.statement, plan.parameters(values)))
        if not found:
            raise self._missing()
        await load_includes(database, found, select.includes)
        return cast("M", found[0])

    def _missing(self) -> Exception:
        if self._or_404:
            return NotFound(f"There is no such {self._info.model.lower()}.")
        names = ", ".join(column.name for column in self._info.key)
        return DoesNotExist(self._info.model, f"{names} = {self._key!r}")

    def __repr__(self) -> str:
        return f"<get {self._info.model}>"
