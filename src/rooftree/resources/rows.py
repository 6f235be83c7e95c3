"""The rows of a resource: those that the model has, or those that its `rows()` returns; one of them by its key."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, Literal

from rooftree.base import NotFound
from rooftree.binding import Depends, Path
from rooftree.db import Policies, Query, TableInfo, policies_in_force
from rooftree.http import Request
from rooftree.resources.overrides import Override

__all__ = ["Rows"]


Action = Literal["view", "change", "delete"]


class Rows:
    """Finds the rows of a resource, each those that whoever asks may see, change or delete.

    Args:
        model: The model.
        narrowed: The resource's own `rows()`, `None` where it has none.
        elsewhere: Its queries may lead to other tables.
        relations: Those that it loads, or may be asked for.
        tables: Those that it goes by way of, to columns that lie behind relations.

    Attributes:
        names: The parameters of the path that hold the key.
        key: The same, as parameters of a handler.
        whole: Every row; `None` where the resource says for each request which there are.
        dependency: Gives the rows of a request, where each has its own.
    """

    def __init__(
        self,
        model: Any,
        narrowed: Override | None,
        *,
        elsewhere: bool,
        relations: Sequence[Any],
        tables: Sequence[TableInfo],
    ) -> None:
        info: TableInfo = model.__table_info__
        self._model = model
        self._info = info
        self._elsewhere = elsewhere
        self._relations = relations
        self._tables = tables
        self.names = tuple(column.name for column in info.key)
        self.key = [
            inspect.Parameter(
                f"_key_{column.name}",
                inspect.Parameter.POSITIONAL_ONLY,
                annotation=Annotated[column.type.python, Path(column.name)],
            )
            for column in info.key
        ]
        self._every: Query[Any] = model.all()
        self.whole: Query[Any] | None = self._every if narrowed is None else None
        self.dependency: Any = None if narrowed is None else Depends(_awaited(narrowed))

    @property
    def are_policed(self) -> bool:
        """Whether the application has a policy for the model, or for one that a query of it may lead to."""
        policies = policies_in_force()
        return policies is not None and (bool(policies) if self._elsewhere else self._info in policies)

    def concern(self, policies: Policies | None) -> bool:
        """Tell whether policies are about the model, or about one that it says to lead to: for its description."""
        return policies is not None and (
            policies.concerns(self._info, self._relations) or any(table in policies for table in self._tables)
        )

    async def of(self, request: Request, query: Query[Any] | None, action: Action) -> Query[Any]:
        """Return the rows of a request: those that whoever sends it may see, change or delete."""
        if query is not None:
            return query.acting(action)
        return await self.scoped(request, action) if self.are_policed else self._every

    async def scoped(self, request: Request, action: Action) -> Query[Any]:
        """Return every row that whoever sends a request may see, change or delete."""
        return self._every.scoped(await request.app.viewer(request), action)

    async def one(self, rows: Query[Any], key: Sequence[Any], relations: Sequence[Any] = ()) -> Any:
        """Return the row of a key.

        Args:
            rows: Those that it is looked for in.
            key: The key's values.
            relations: What to load with it.

        Raises:
            NotFound: There is none.
        """
        whole = key[0] if len(key) == 1 else tuple(key)
        found = self._model.get_or_404(whole) if rows is self._every else rows.get_or_404(whole)
        return await (found.include(*relations) if relations else found)

    async def again(self, request: Request, item: Any, relations: Sequence[Any]) -> Any:
        """Return a row that was just written as it is now, with relations."""
        key = [getattr(item, name) for name in self.names]
        if not self.are_policed:
            return await self.one(self._every, key, relations)
        try:
            return await self.one(await self.scoped(request, "view"), key, relations)
        except NotFound:  # whoever wrote it sees once what they wrote, though the policy hides it from them
            return await self.one(self._every.unscoped("a row is shown to whoever just wrote it"), key, relations)


def _awaited(narrowed: Override) -> Callable[..., Awaitable[Query[Any]]]:
    """Return `rows()` as a dependency that is no step on a thread: it makes a query, and asks nothing."""
    method = narrowed.method

    async def rows(*args: Any, **named: Any) -> Query[Any]:
        found: Query[Any] = method(*args, **named)
        return found

    narrowed.dress(rows, narrowed.extra)
    return rows
