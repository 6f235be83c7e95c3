"""What a resource can be told beside its model and its shapes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, Literal

from rooftree.base import Store
from rooftree.binding import Requirement
from rooftree.resources.asking import Paging
from rooftree.routing import RouteOptions

__all__ = ["METHODS", "OWN", "READING", "WRITING", "ResourceOptions", "Verb"]

Verb = Literal["list", "create", "read", "update", "replace", "delete"]

METHODS: Final[dict[str, tuple[str, bool]]] = {
    "list": ("GET", False),
    "create": ("POST", False),
    "read": ("GET", True),
    "update": ("PATCH", True),
    "replace": ("PUT", True),
    "delete": ("DELETE", True),
}
"""The method of each verb, and whether its path has the key."""
WRITING: Final = frozenset({"create", "update", "replace"})
READING: Final = ("list", "read")


class ResourceOptions(RouteOptions, total=False):
    """The options of a resource; those of a route beside them are given to each of its routes."""

    path: str
    """Where the list is: `"/products"`; one row is below it, by its key. It may hold parameters."""
    verbs: Sequence[Verb]
    """Which verbs there are: all of them, but without an input shape only `list` and `read`."""
    verb_requires: Mapping[Verb, Requirement | Sequence[Requirement]]
    """What a verb asks of whoever sends a request, beside what `requires` asks for all of them."""
    filters: Sequence[Any]
    """What the list may be narrowed by: columns, `Filter(...)` of one, functions of one value."""
    ordering: Sequence[Any]
    """The columns that the list may be ordered by."""
    order: Sequence[Any]
    """The order where none is asked for; the key without it."""
    search: Sequence[Any]
    """The columns that `q` looks for words in."""
    include: Sequence[Any]
    """Relations that may be asked for with `include`."""
    page_size: int
    """The rows of a page where no `size` is asked for; 20 without it."""
    max_page_size: int
    """The largest `size`; 100 without it."""
    paging: Paging
    """How pages follow one another: by number, by cursor, or as the client asks."""
    require_match: bool
    """Whether a change without `If-Match` is refused (428)."""
    idempotency: timedelta | bool
    """For how long an `Idempotency-Key` is known; a day without it, `False` for not at all."""
    store: Store
    """Where answers are kept by their `Idempotency-Key`; the application's database without it."""


OWN: Final = frozenset(ResourceOptions.__annotations__) - frozenset(RouteOptions.__annotations__)
