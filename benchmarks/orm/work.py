"""The nine pieces of work, and what is right of each; an entry does them with one ORM."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

from benchmarks.orm.tables import COUNTRIES, books

__all__ = ["WORK", "Entry", "check"]

Result = Awaitable[Any] | Any

WORK = {
    "get": "one row by key",
    "get1000": "1,000 rows to instances",
    "insert": "insert one",
    "insert1000": "insert 1,000",
    "update": "one row read, changed, saved",
    "update1000": "1,000 rows read, each changed to a value of its own, saved together",
    "join": "20 rows filtered by a column of their parent, parents loaded",
    "children": "10 parents with their 20 children each",
    "aggregate": "count and maximum of the children for each country of the parents",
}
"""What each does; every statement commits by itself or in a transaction of its own, as the ORM's docs show."""


class Entry(Protocol):
    """One ORM on one database. A method may be plain or ``async``; it returns what the ORM gives.

    One that an ORM has no way for, short of SQL by hand, is left out.
    """

    async def open(self, db: str, url: str) -> None:
        """Connect."""
        ...

    async def close(self) -> None:
        """Disconnect."""
        ...

    def get(self, n: int) -> Result:
        """Return the book with the key ``n``."""
        ...

    def get1000(self, n: int) -> Result:
        """Return the books with the keys 1 to 1,000 in order."""
        ...

    def insert(self, n: int) -> Result:
        """Add a note ``f"Note {n}"``, ``amount=n``, ``done=False``; return it with its key."""
        ...

    def insert1000(self, n: int) -> Result:
        """Add 1,000 such notes from ``n`` on."""
        ...

    def update(self, n: int) -> Result:
        """Read the book ``n``, set its pages to ``pages % 900 + 1``, which is always another number, save it."""
        ...

    def update1000(self, n: int) -> Result:
        """Read the books 1 to 1,000, set the pages of each to ``its key + n``, save them."""
        ...

    def join(self, n: int) -> Result:
        """Return the first 20 books by key whose author is of the country, with their authors."""
        ...

    def children(self, n: int) -> Result:
        """Return the authors with the keys 1 to 10 in order, each with its books: pairs ``(author, books)``."""
        ...

    def aggregate(self, n: int) -> Result:
        """Return rows ``(country, count, greatest price)``, in any order."""
        ...


def country(n: int) -> str:
    """The country that ``join`` asks for."""
    return COUNTRIES[n % len(COUNTRIES)]


async def run(call: Callable[[int], Result], n: int) -> Any:
    """Do one piece of work."""
    result = call(n)
    return await result if hasattr(result, "__await__") else result


async def check(entry: Entry) -> None:
    """Compare what an entry gives with the rows themselves.

    Raises:
        AssertionError: something is not right.
    """
    rows = books()
    one = await run(entry.get, 77)
    expect(field(one, "title"), "The book of 77")
    expect((field(one, "in_print"), field(one, "rating")), (True, 2.7))
    many = await run(entry.get1000, 0)
    expect([field(book, "id") for book in many], list(range(1, 1001)))
    expect([field(book, "price") for book in many], [row[3] for row in rows[:1000]])
    made = await run(entry.insert, 5)
    expect(field(made, "id") > 0, True)
    await run(entry.insert1000, 10)
    await run(entry.update, 1900)
    expect(field(await run(entry.get, 1900), "pages"), rows[1899][2] % 900 + 1)
    await run(entry.update1000, 3)
    expect([field(book, "pages") for book in await run(entry.get1000, 0)], [key + 3 for key in range(1, 1001)])
    joined = await run(entry.join, 3)
    wanted = [row[0] for row in rows if COUNTRIES[row[6] % len(COUNTRIES)] == country(3)][:20]
    expect([field(book, "id") for book in joined], wanted)
    expect({field(field(book, "author"), "country") for book in joined}, {country(3)})
    families = await run(entry.children, 0)
    expect([field(author, "id") for author, _ in families], list(range(1, 11)))
    for author, of_author in families:
        expect(
            sorted(field(book, "id") for book in of_author),
            [row[0] for row in rows if row[6] == field(author, "id")],
        )
    if hasattr(entry, "aggregate"):
        totals = {tuple(row) for row in await run(entry.aggregate, 0)}
        expect(totals, expected_totals(rows))


def expected_totals(rows: Sequence[tuple[Any, ...]]) -> set[tuple[str, int, int]]:
    """What ``aggregate`` gives."""
    found: dict[str, list[int]] = {}
    for *_, price, _in_print, _rating, author in rows:
        found.setdefault(COUNTRIES[int(author) % len(COUNTRIES)], []).append(int(price))
    return {(name, len(prices), max(prices)) for name, prices in found.items()}


def field(thing: Any, name: str) -> Any:
    """A field of an instance, or of a row that is no instance."""
    return getattr(thing, name) if hasattr(thing, name) else thing[name]


def expect(got: object, wanted: object) -> None:
    """Raise where two things differ."""
    if got != wanted:
        raise AssertionError(f"got {str(got)[:300]}, wanted {str(wanted)[:300]}")
