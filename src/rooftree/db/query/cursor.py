"""Pages by where the last one ended: a condition instead of an offset."""

from __future__ import annotations

import base64
import binascii
from typing import Any, Generic, TypeVar

import msgspec

from rooftree.base import HTTPError
from rooftree.db.expressions.base import Condition, Expression, Ordering, Value
from rooftree.db.expressions.columns import Column
from rooftree.db.expressions.kinds import BOOLEAN
from rooftree.db.expressions.select import Select
from rooftree.db.model_errors import QueryError
from rooftree.db.query.operation import Operation
from rooftree.db.query.page import CursorPage, check_page
from rooftree.db.query.read import fetch_all

__all__ = ["CursorInvalid", "CursorPageOf"]

M = TypeVar("M")
_MOST = 2048  # characters of a cursor


class CursorInvalid(HTTPError):
    """400: a cursor that this query did not make."""

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
        order = tuple(Ordering(column, "desc" if descending else "asc") for column, descending in self._steps)
        select = self._select.replace(order=order, limit=self._size + 1)
        if self._after is not None:
            select = select.replace(conditions=(*select.conditions, _behind(self._steps, self._read(self._after))))
        found = await fetch_all(self._found(), select)
        if len(found) <= self._size:
            return CursorPage(found, None)
        items = found[: self._size]
        return CursorPage(items, self._written(items[-1]))

    def _written(self, last: Any) -> str:
        values = [getattr(last, column.info.name) for column, _ in self._steps]
        return base64.urlsafe_b64encode(msgspec.json.encode(values)).decode().rstrip("=")

    def _read(self, cursor: str) -> list[Any]:
        if len(cursor) > _MOST:
            raise CursorInvalid
        try:
            raw = msgspec.json.decode(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=list[Any])
            if len(raw) != len(self._steps):
                raise CursorInvalid
            pairs = zip(raw, self._steps, strict=True)
            return [msgspec.convert(value, column.info.type.python, strict=True) for value, (column, _) in pairs]
        except (ValueError, binascii.Error, UnicodeError, msgspec.MsgspecError):
            raise CursorInvalid from None


def _steps(select: Select) -> list[tuple[Column[Any], bool]]:
    """The columns of an order and their directions; the key comes last, so that no two rows are equal."""
    if not select.order:
        raise QueryError("Q181", "cursor_page() of a query without an order.", "Add order_by(...).")
    found: list[tuple[Column[Any], bool]] = []
    for step in select.order:
        expression = step.expression if isinstance(step, Ordering) else step
        if not isinstance(expression, Column) or expression.path or expression.nullable or expression.info.private:
            raise QueryError(
                "Q182",
                f"cursor_page() ordered by {expression!r}.",
                "Order by the model's own columns that are never None and not private.",
            )
        found.append((expression, isinstance(step, Ordering) and step.direction == "desc"))
    ordered = {id(column) for column, _ in found}
    own = [select.info.own[column.name] for column in select.info.key]
    return [*found, *((column, False) for column in own if id(column) not in ordered)]


def _behind(steps: list[tuple[Column[Any], bool]], values: list[Any]) -> Condition:
    """``a > x or (a = x and (b > y or (b = y and ...)))``, with ``<`` where the order falls."""
    found: Expression[Any] | None = None
    for (column, descending), value in reversed(list(zip(steps, values, strict=True))):
        beyond = Condition("lt" if descending else "gt", (column, Value(value, column.type)), BOOLEAN)
        if found is None:
            found = beyond
        else:
            equal = Condition("eq", (column, Value(value, column.type)), BOOLEAN)
            found = Condition("or", (beyond, Condition("and", (equal, found), BOOLEAN)), BOOLEAN)
    assert isinstance(found, Condition)  # noqa: S101 - there is always a key
    return found
