"""What a visitor asks of a list, read from the query string, and one page of what is found."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, Generic, Self, TypeVar
from urllib.parse import quote

import msgspec

from rooftree.base import FieldError, RequestInvalid, ValueRefused
from rooftree.db import Condition, CursorInvalid, Query, QueryError
from rooftree.http import Request

__all__ = ["Asked", "Listing", "Results", "link_header"]

M = TypeVar("M")
T = TypeVar("T")

DIGEST: Final = 6
"""Characters of a cursor that say which order it belongs to."""


class Asked(msgspec.Struct, eq=False):
    """What was asked of a list; the same object for the same query string.

    Attributes:
        narrow: Filters, searches and includes.
        conditions: What every row has to fit.
        order: The whole order, the key last.
        size: The most rows of a page.
        page: Which page, counted from 1; 0 where pages follow a cursor.
        cursor: Where the page before ended; `""` for the first.
        seal: What tells the cursors of this order apart.
        total: Whether the number of all rows is wanted.
        pure: Nothing here depends on more than the query string.
        listing: The list, where every request that asks this gets the same.
    """

    narrow: Callable[[Query[Any]], Query[Any]]
    conditions: tuple[Condition, ...]
    order: tuple[Any, ...]
    size: int
    page: int
    cursor: str
    seal: str
    total: bool
    pure: bool
    listing: Any = None


def seal_of(order: Sequence[str]) -> str:
    """Return what tells the cursors of one order from those of others."""
    return hashlib.blake2b("\n".join(order).encode(), digest_size=4).hexdigest()[:DIGEST]


class Results(Generic[T]):
    """One page of a list.

    Attributes:
        items: What is on it.
        more: Whether there is more after it.
        next: The cursor of the next page, where pages follow a cursor.
        total: How many there are in all, where that was asked for.
    """

    __slots__ = ("items", "more", "next", "total")

    def __init__(
        self, items: list[T], *, more: bool = False, next: str | None = None, total: int | None = None
    ) -> None:
        self.items = items
        self.more = more
        self.next = next
        self.total = total

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __repr__(self) -> str:
        return f"<{len(self.items)} results, {'more' if self.more else 'no more'} after>"


class Listing(Generic[M]):
    """A list as it was asked for: filtered, searched, ordered, with its includes, and the page that is wanted.

    Attributes:
        query: The query of all pages, ordered.
    """

    __slots__ = ("_asked", "_page", "query")

    def __init__(self, query: Query[M], asked: Asked) -> None:
        self.query = query
        self._asked = asked
        self._page: Query[M] | None = None

    def where(self, *conditions: Any) -> Self:
        """Return the list with further conditions."""
        return type(self)(self.query.where(*conditions), self._asked)

    @property
    def size(self) -> int:
        """The most rows of a page."""
        return self._asked.size

    @property
    def asked(self) -> Asked:
        """What was asked."""
        return self._asked

    async def results(self) -> Results[M]:
        """Ask the database for the page.

        Raises:
            RequestInvalid: The cursor belongs to another order, or to no list at all.
        """
        asked = self._asked
        if asked.page:
            page = self._page
            if page is None:
                page = self._page = self.query.limit(asked.size + 1).offset((asked.page - 1) * asked.size)
            items = await page
            found = Results(items[: asked.size], more=len(items) > asked.size)
        else:
            found = await self._followed(asked)
        if asked.total:
            known = asked.page == 1 and not found.more
            found.total = len(found.items) if known else await self.query.count()
        return found

    async def _followed(self, asked: Asked) -> Results[M]:
        """The page behind a cursor."""
        after = asked.cursor
        if after and not after.startswith(asked.seal):
            raise cursor_refused("Expected a cursor of this list in this order")
        try:
            page = await self.query.cursor_page(after[DIGEST:] or None, size=asked.size)
        except (CursorInvalid, QueryError, ValueRefused) as error:
            if isinstance(error, QueryError) and error.to_http() is None:
                raise  # a mistake of the query, not a value that no column holds
            raise cursor_refused("Expected a cursor that this list gave out") from None
        following = None if page.next is None else asked.seal + page.next
        return Results(page.items, more=following is not None, next=following)


def cursor_refused(reason: str) -> RequestInvalid:
    """Return the error of a cursor that cannot be followed."""
    return RequestInvalid([FieldError("query", ("cursor",), "cursor", reason)])


def link_header(request: Request, asked: Asked, found: Results[Any]) -> str:
    """Return the `Link` header of a page (RFC 8288): the pages around it, relative to the list's own address."""
    links: list[str] = []
    if asked.page:
        if asked.page > 1:
            links += [_link(request, "first", page="1"), _link(request, "prev", page=str(asked.page - 1))]
        if found.more:
            links.append(_link(request, "next", page=str(asked.page + 1)))
        if found.total is not None:
            links.append(_link(request, "last", page=str(max(1, -(-found.total // asked.size)))))
    else:
        if asked.cursor:
            links.append(_link(request, "first", cursor=""))
        if found.next is not None:
            links.append(_link(request, "next", cursor=found.next))
    return ", ".join(links)


def _link(request: Request, relation: str, **changed: str) -> str:
    (name, value), *_ = changed.items()
    kept = [part for part in request.query_string.decode("latin-1").split("&") if part and not _is(part, name)]
    query = "&".join([*kept, f"{name}={quote(value, safe='')}"])
    return f'<?{quote(query, safe=_SAFE, encoding="latin-1")}>; rel="{relation}"'


_SAFE: Final = "!$&'()*+,/:;=?@%[]~"


def _is(part: str, name: str) -> bool:
    from urllib.parse import unquote_plus

    return unquote_plus(part.partition("=")[0]) == name
