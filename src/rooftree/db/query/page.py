"""Pages of results: by number, or by where the last one ended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Generic, TypeVar

from rooftree.base import HTTPError, Said
from rooftree.db.model_errors import QueryError

__all__ = ["CursorPage", "Page", "PageInvalid", "check_page"]

R = TypeVar("R")


class PageInvalid(QueryError):
    """A page that there cannot be: a number or a size below 1. A visitor who asked for it is answered 404."""

    def to_http(self) -> HTTPError:
        """404: there is no such page."""
        return HTTPError(404, Said("There is no such page."))


class Page(Generic[R]):
    """One page of results.

    Attributes:
        items: The results of this page.
        number: Which page it is, counted from 1.
        size: The most results on a page.
        total: How many results there are on all pages.
    """

    __slots__ = ("items", "number", "size", "total")

    def __init__(self, items: list[R], number: int, size: int, total: int) -> None:
        self.items = items
        self.number = number
        self.size = size
        self.total = total

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return -(-self.total // self.size)

    @property
    def has_next(self) -> bool:
        """Whether there is a page after this one."""
        return self.number < self.pages

    @property
    def has_previous(self) -> bool:
        """Whether there is a page before this one."""
        return self.number > 1

    def __iter__(self) -> Iterator[R]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, at: int) -> R:
        return self.items[at]

    def __repr__(self) -> str:
        return f"<page {self.number} of {self.pages}, {len(self.items)} of {self.total}>"


class CursorPage(Generic[R]):
    """The results after a place in an order.

    Attributes:
        items: The results.
        next: The cursor of the page after this one; ``None`` at the end.
    """

    __slots__ = ("items", "next")

    def __init__(self, items: list[R], next: str | None) -> None:
        self.items = items
        self.next = next

    def __iter__(self) -> Iterator[R]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __repr__(self) -> str:
        return f"<{len(self.items)} results, {'more' if self.next else 'no more'} after>"


def check_page(number: Any, size: Any) -> None:
    """Refuse a page that cannot be.

    Raises:
        PageInvalid: a number or size below 1.
    """
    for value, what in ((number, "number"), (size, "size")):
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise PageInvalid("Q137", f"page() was given the {what} {value!r}.", "Count from 1.")
