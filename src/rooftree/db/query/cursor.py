"""Pages by where the last one ended: a condition instead of an offset."""

from __future__ import annotations

import base64
import binascii
import functools
from typing import Any, Generic, Literal, NamedTuple, TypeVar

import msgspec

from rooftree.base import HTTPError
from rooftree.db.expressions.base import Condition, Ordering, Value
from rooftree.db.expressions.columns import Column
from rooftree.db.expressions.kinds import BOOLEAN
from rooftree.db.expressions.select import Select
from rooftree.db.model_errors import QueryError
from rooftree.db.query.operation import Operation
from rooftree.db.query.page import CursorPage, check_page
from rooftree.db.query.results import fetch_all

__all__ = ["CursorInvalid", "CursorPageOf"]

M = TypeVar("M")
_MOST = 2048  # characters of a cursor


class CursorInvalid(HTTPError):
    """400: a cursor that this query did not make."""

    status = 400

    def __init__(self) -> None:
        super().__init__(400, "The cursor of this page cannot be read.")


class CursorPageOf(Operation[CursorPage[M]], Generic[M]):
    """The results of a query after a place in its order."""

    __slots__ = ("_after", "_select", "_size", "_steps")

    def __init__(self, select: Select, after: str | None, size: int) -> None:
        super().__init__()
        check_page(1, size)
        if select.limit is not None or select.offset is not None or select.combined:
            raise QueryError(
                "Q180", "cursor_page() of a query with a limit, an offset or others combined.", "Leave them out."
            )
        self._select = select
        self._after = after
        self._size = size
        self._steps = _steps(select)

    async def run(self) -> CursorPage[M]:
        """Run it.

        Raises:
            CursorInvalid: the cursor is not one of this query.
        """
        order = tuple(Ordering(step.column, "desc" if step.descending else "asc", step.nulls) for step in self._steps)
        select = self._select.replace(order=order, limit=self._size + 1)
        if self._after is not None:
            behind = _behind(self._steps, self._read(self._after))
            select = select.replace(conditions=(*select.conditions, behind))
        found = await fetch_all(self._found(), select)
        if len(found) <= self._size:
            return CursorPage(found, None)
        items = found[: self._size]
        return CursorPage(items, self._written(items[-1]))

    def _written(self, last: Any) -> str:
        values = [getattr(last, column.info.name) for column in (step.column for step in self._steps)]
        return base64.urlsafe_b64encode(msgspec.json.encode(values)).decode().rstrip("=")

    def _read(self, cursor: str) -> list[Any]:
        if len(cursor) > _MOST:
            raise CursorInvalid
        try:
            raw = msgspec.json.decode(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=list[Any])
            if len(raw) != len(self._steps):
                raise CursorInvalid
            return [_converted(value, step.column) for value, step in zip(raw, self._steps, strict=True)]
        except (ValueError, binascii.Error, UnicodeError, msgspec.MsgspecError, RecursionError):
            raise CursorInvalid from None


class _Step(NamedTuple):
    """One column of an order, and where rows without a value stand in it."""

    column: Column[Any]
    descending: bool
    nulls: Literal["first", "last"] | None


def _converted(value: Any, column: Column[Any]) -> Any:
    if value is None and column.nullable:
        return None
    return msgspec.convert(value, column.info.type.python, strict=True)


def _steps(select: Select) -> list[_Step]:
    """The columns of an order and their directions; the key comes last, so that no two rows are equal."""
    if not select.order:
        raise QueryError("Q181", "cursor_page() of a query without an order.", "Add order_by(...).")
    found: list[_Step] = []
    for step in select.order:
        expression = step.expression if isinstance(step, Ordering) else step
        if not isinstance(expression, Column) or expression.path or expression.info.private:
            raise QueryError(
                "Q182",
                f"cursor_page() ordered by {expression!r}.",
                "Order by the model's own columns that are not private.",
            )
        descending = isinstance(step, Ordering) and step.direction == "desc"
        nulls = step.nulls if isinstance(step, Ordering) else None
        found.append(_Step(expression, descending, (nulls or _default(descending)) if expression.nullable else None))
    ordered = {id(step.column) for step in found}
    own = [select.info.own[column.name] for column in select.info.key]
    return [*found, *(_Step(column, False, None) for column in own if id(column) not in ordered)]


def _default(descending: bool) -> Literal["first", "last"]:
    return "first" if descending else "last"


def _behind(steps: list[_Step], values: list[Any]) -> Condition:
    """``a > x or (a = x and (b > y or (b = y and ...)))``, with ``<`` where the order falls.

    Rows without a value are beyond every value where they stand last, and before each where they stand first.
    """
    found: Condition | None = None
    for step, value in reversed(list(zip(steps, values, strict=True))):
        column = step.column
        parts: list[Condition] = []
        if value is None:
            equal = column.is_null()
            if step.nulls == "first":
                parts.append(column.is_not_null())
        else:
            equal = Condition("eq", (column, Value(value, column.type)), BOOLEAN)
            parts.append(Condition("lt" if step.descending else "gt", (column, Value(value, column.type)), BOOLEAN))
            if step.nulls == "last":
                parts.append(column.is_null())
        if found is not None:
            parts.append(Condition("and", (equal, found), BOOLEAN))
        found = functools.reduce(_either, parts)  # never empty: the last step is of the key, which has a value
    assert found is not None  # noqa: S101 - there is always a key
    return found


def _either(one: Condition, two: Condition) -> Condition:
    return Condition("or", (one, two), BOOLEAN)
