"""The rows of a resource: those that the model has, or those that its `rows()` returns; one of them by its key."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any

from rooftree.base import NotFound
from rooftree.binding import Depends, Path
from rooftree.db import Query, QueryError, TableInfo
from rooftree.resources.overrides import Override

__all__ = ["Rows"]


class Rows:
    """Finds the rows of a resource.

    Args:
        model: The model.
        narrowed: The resource's own `rows()`, `None` where it has none.

    Attributes:
        names: The parameters of the path that hold the key.
        key: The same, as parameters of a handler.
        whole: Every row, where that is the same for every request.
        dependency: Gives the rows of a request, where each has its own.
    """

    def __init__(self, model: Any, narrowed: Override | None) -> None:
        self._model = model
        self._info: TableInfo = model.__table_info__
        self.names = tuple(column.name for column in self._info.key)
        self.key = [
            inspect.Parameter(
                f"_key_{column.name}",
                inspect.Parameter.POSITIONAL_ONLY,
                annotation=Annotated[column.type.python, Path(column.name)],
            )
            for column in self._info.key
        ]
        self.whole: Query[Any] | None = model.all() if narrowed is None else None
        self.dependency: Any = None if narrowed is None else Depends(_awaited(narrowed))

    async def one(
        self, query: Query[Any] | None, key: Sequence[Any], relations: Sequence[Any] = (), *, lock: bool = False
    ) -> Any:
        """Return the row of a key.

        Args:
            query: The rows of this request; `None` for every row.
            key: The key's values.
            relations: What to load with it.
            lock: Keep others from changing it until the transaction ends.

        Raises:
            NotFound: There is none.
        """
        if query is None and not lock:
            found = self._model.get_or_404(key[0] if len(key) == 1 else tuple(key))
            return await (found.include(*relations) if relations else found)
        rows: Query[Any] = self._model.all() if query is None else query
        columns = [self._info.own[column.name] for column in self._info.key]
        rows = rows.where(_all(columns, key))
        if lock:
            rows = rows.for_update()
        try:
            item = await (rows.include(*relations) if relations else rows).first()
        except QueryError as error:
            if error.to_http() is None:
                raise
            item = None  # no row has a key that no column can hold
        if item is None:
            raise NotFound(f"There is no such {self._info.model.lower()}.")
        return item

    def again(self, item: Any, relations: Sequence[Any]) -> Awaitable[Any]:
        """Return a row as it is now, with relations."""
        key = tuple(getattr(item, name) for name in self.names)
        found: Awaitable[Any] = self._model.get(key[0] if len(key) == 1 else key).include(*relations)
        return found


def _all(columns: Sequence[Any], key: Sequence[Any]) -> Any:
    whole = columns[0] == key[0]
    for column, value in zip(columns[1:], key[1:], strict=True):
        whole &= column == value
    return whole


def _awaited(narrowed: Override) -> Callable[..., Awaitable[Query[Any]]]:
    """Return `rows()` as a dependency that is no step on a thread: it makes a query, and asks nothing."""
    method = narrowed.method

    async def rows(*args: Any, **named: Any) -> Query[Any]:
        found: Query[Any] = method(*args, **named)
        return found

    narrowed.dress(rows, narrowed.extra)
    return rows
