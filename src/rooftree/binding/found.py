"""``Found[Product]``: a row loaded by its key from the path.

Nothing of the data room is imported here: a model is told by its table, and loads itself.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Final, cast

from rooftree.base import NotFound
from rooftree.binding.info import Provider
from rooftree.binding.markers import Path
from rooftree.http import Request

__all__ = ["NOTHING", "finder", "key_names"]

NOTHING: Final = Provider(type=None, scope="app", call=lambda: None, value=None, constant=True, name="nothing")
"""Gives the ``None`` of a parameter whose key is not in the pattern."""

ACTIONS: Final = {"GET": "view", "HEAD": "view", "DELETE": "delete"}

_made: Final[dict[tuple[object, ...], Callable[..., Any]]] = {}


def key_names(model: Any, name: str, path: Mapping[str, type[Any]]) -> tuple[str, ...] | None:
    """Return the names of the path's parameters that hold a model's key, in its order; ``None`` where one is missing.

    Args:
        model: The model.
        name: The name of the handler's parameter: a key of one column may go by it.
        path: The parameters of the pattern.
    """
    columns = tuple(column.name for column in model.__table_info__.key)
    if len(columns) == 1 and name in path:
        return (name,)
    return columns if all(column in path for column in columns) else None


def finder(
    model: Any, names: Sequence[str], include: Sequence[Any], *, policed: bool = False, action: str | None = None
) -> Callable[..., Any]:
    """Return the dependency that loads a row: the same function for the same row, so that it is loaded once.

    Args:
        model: The model.
        names: The path's parameters that hold the key.
        include: Relations to load with it.
        policed: It, or what is included, has a policy: the row is asked for whoever sends the request.
        action: What for; by the method of the request where it is not given.
    """
    known = (model, tuple(names), policed, action, *map(id, include))
    found = _made.get(known)
    if found is None:
        found = _made[known] = _finder(model, names, tuple(include), policed=policed, action=action)
    return found


def _finder(
    model: Any, names: Sequence[str], include: tuple[Any, ...], *, policed: bool, action: str | None
) -> Callable[..., Any]:
    columns = model.__table_info__.key
    composite = len(names) > 1

    async def find(*key: Any) -> Any:
        query = model.get_or_404(key if composite else key[0])
        return await (query.include(*include) if include else query)

    async def find_own(request: Request, *key: Any) -> Any:
        own = model.scoped(await request.app.viewer(request), action or ACTIONS.get(request.method, "change"))
        query = own.get_or_404(key if composite else key[0])
        return await (query.include(*include) if include else query)

    def viewed(policies: object) -> bool:
        return policed and policies is not None

    types = [Annotated[column.type.python, Path(name)] for column, name in zip(columns, names, strict=True)]
    function: Any = find_own if policed else find
    request = "request" if "request" not in names else "_request"
    first = {request: Request} if policed else {}
    function.__annotations__ = {**first, **dict(zip(names, types, strict=True)), "return": model}
    function.__signature__ = inspect.Signature(
        [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in (*first, *names)]
    )
    function.__module__, function.__qualname__ = "", f"Found[{model.__name__}]"
    function.__raises__ = (NotFound,)
    function.__rooftree_viewed__ = viewed
    return cast("Callable[..., Any]", function)
