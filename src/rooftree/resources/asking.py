"""From what a resource declares of its list to the one function that reads a query string."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated, Any, Final, Literal

from rooftree.base import FieldError, RequestInvalid
from rooftree.binding import Query as FromQuery
from rooftree.db import Condition, Query
from rooftree.http import Request
from rooftree.resources.errors import Declaration
from rooftree.resources.filters import FilterInfo, parameter_name
from rooftree.resources.listing import Asked, cursor_refused, seal_of
from rooftree.resources.ordering import Orders
from rooftree.resources.searching import LONGEST_SEARCH
from rooftree.schema import Doc, Ge, Le, Len

__all__ = ["Asking", "Paging", "include_type"]

Paging = Literal["page", "cursor", "both"]

KNOWN: Final = 256
LONGEST_KNOWN: Final = 128
"""How many query strings are known again, and how long they may be."""
MOST_PAGES: Final = 10_000
"""The last page by number: each costs the database the rows before it."""
LONGEST_CURSOR: Final = 2048
ALONG: Final = "Relations to send along."


class Asking:
    """Reads the query string of one resource's list.

    Args:
        of: The resource, for errors.
        filters: Parameters that narrow the list.
        orders: What it may be ordered by.
        search: Narrows it to the rows that hold a text.
        includes: The relations that may be asked for, by name.
        size: The rows of a page, and the most that may be asked for.
        paging: How pages follow one another.

    Attributes:
        read: The dependency: takes the request, gives what was asked.

    Raises:
        ResourceError: R408 for two parameters of one name.
    """

    def __init__(
        self,
        of: Declaration,
        *,
        filters: Sequence[FilterInfo],
        orders: Orders,
        search: Callable[[Query[Any], str], Query[Any]] | None,
        includes: Mapping[str, Sequence[Any]],
        size: tuple[int, int],
        paging: Paging,
    ) -> None:
        self._filters = list(filters)
        self._orders = orders
        self._search = search
        self._includes = includes
        self._size = size
        self._paging: Paging = paging
        self._known: dict[bytes, Asked] = {}
        self._names: list[str] = []
        self._parameters: list[inspect.Parameter] = []
        for each in self._filters:
            self._add(of, each.wire, each.type)
        self._add_own(of)
        self.read: Callable[..., Awaitable[Asked]] = self._reader(of)

    def _add(self, of: Declaration, wire: str, annotation: Any) -> None:
        if wire in self._names:
            raise of.error(
                "R408",
                f"has two parameters of its list that are called '{wire}'",
                "Give the filter another name: Filter(..., name=...).",
            )
        name = parameter_name(wire, [parameter.name for parameter in self._parameters])
        self._names.append(wire)
        self._parameters.append(
            inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=annotation, default=None)
        )

    def _add_own(self, of: Declaration) -> None:
        own: dict[str, Any] = {}
        if self._search is not None:
            own["q"] = Annotated[str | None, Len(0, LONGEST_SEARCH), Doc("Only what holds these words.")]
        if self._orders.steps:
            own["order"] = _choices(self._orders.steps, "The order; `-` before a name turns it round.")
        if self._includes:
            own["include"] = _choices(self._includes, ALONG)
        own["size"] = Annotated[
            int | None, Ge(1), Le(self._size[1]), Doc(f"The most rows; {self._size[0]} without it.")
        ]
        if self._paging != "cursor":
            own["page"] = Annotated[int | None, Ge(1), Le(MOST_PAGES), Doc("Which page, counted from 1.")]
        if self._paging != "page":
            said = "Where the page before ended, from its `Link` header; empty for the first."
            own["cursor"] = Annotated[str | None, Len(0, LONGEST_CURSOR), Doc(said)]
        own["total"] = Annotated[bool | None, Doc("Whether `Total-Count` tells how many there are.")]
        for wire, annotation in own.items():
            self._add(of, wire, Annotated[annotation, FromQuery(wire)])

    def _reader(self, of: Declaration) -> Callable[..., Awaitable[Asked]]:
        known = self._known

        async def read(request: Request, *values: Any) -> Asked:
            found = known.get(request.query_string)
            return found if found is not None else self._remember(request.query_string, self._asked(values))

        function: Any = read
        first = inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Request)
        function.__signature__ = inspect.Signature([first, *self._parameters])
        function.__annotations__ = {p.name: p.annotation for p in [first, *self._parameters]} | {"return": Asked}
        function.__module__, function.__qualname__ = "", f"{of.name}.list"
        function.__rooftree_place__ = of.at
        return read

    def _remember(self, query: bytes, asked: Asked) -> Asked:
        if asked.pure and len(query) <= LONGEST_KNOWN:
            if len(self._known) >= KNOWN:
                self._known.clear()
            self._known[query] = asked
        return asked

    def _asked(self, values: Sequence[Any]) -> Asked:
        filters = self._filters
        named = dict(zip(self._names[len(filters) :], values[len(filters) :], strict=True))
        given = [(each, value) for each, value in zip(filters, values, strict=False) if value is not None]
        errors: list[FieldError] = []
        conditions: list[Condition] = []
        for each, value in given:
            try:
                conditions.append(each.make(value))
            except RequestInvalid as error:
                errors.extend(error.errors)
        if errors:
            raise RequestInvalid(errors)
        cursor = named.get("cursor")
        if cursor is None and self._paging == "cursor":
            cursor = ""
        steps = self._orders.of(named.get("order") or ())
        if cursor is not None:
            self._check_cursor(named, steps)
        order = self._orders.whole(steps)
        text = named.get("q") or ""
        return Asked(
            narrow=self._narrow(text, named, order, ranked=cursor is None and not named.get("order")),
            conditions=tuple(conditions),
            order=order,
            size=named["size"] or self._size[0],
            page=0 if cursor is not None else named["page"] or 1,
            cursor=cursor or "",
            seal=seal_of([repr(step) for step in order]),
            total=bool(named["total"]),
            pure=all(each.pure for each, _ in given),
        )

    def _check_cursor(self, named: Mapping[str, Any], steps: Sequence[Any]) -> None:
        if named.get("page") is not None:
            raise cursor_refused("Expected a cursor or a page, got both")
        if not self._orders.follows(steps):
            raise cursor_refused("Expected a page: no cursor follows an order by another table")

    def _narrow(
        self, text: str, named: Mapping[str, Any], order: Sequence[Any], *, ranked: bool
    ) -> Callable[[Query[Any]], Query[Any]]:
        search = self._search if text else None
        relations = [each for name in dict.fromkeys(named.get("include") or ()) for each in self._includes[name]]

        def narrow(query: Query[Any]) -> Query[Any]:
            found = query if search is None else search(query.order_by(), text)
            if not (search is not None and ranked and found.is_ordered):
                found = found.order_by(*order)
            return found.include(*relations) if relations else found

        return narrow


def include_type(includes: Mapping[str, Any]) -> Any:
    """Return the type of `include`, with its markers."""
    return Annotated[_choices(includes, ALONG), FromQuery("include")]


def _choices(names: Mapping[str, Any], said: str) -> Any:
    literal: Any = Literal
    choice = literal[tuple(names)]
    return Annotated[tuple.__class_getitem__((choice, ...)) | None, Len(0, len(names)), Doc(said)]
