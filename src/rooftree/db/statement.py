"""One SQL statement as plain data: what the compiler hands to a database.

The seam between ``db.sql`` (which makes statements) and ``db.database`` (which runs them):

    rows = await database.fetch(statement, parameters)

- ``text`` is written in the database's own style: ``?`` on SQLite, ``$1`` on PostgreSQL. Parameters are given in the
  order of the placeholders, already encoded to what the driver takes (scaled integers for Decimal on SQLite, text for
  JSON, UTC text for moments on SQLite, ...).
- A statement is made once per shape and kept, so its identity is a good key for a prepared statement:
  a driver may hold ``dict[Statement, prepared]`` per connection. One with ``prepare=False`` is made for a single use
  and must not be kept.
- Rows come back as what the driver makes: tuples on SQLite, ``asyncpg.Record`` on PostgreSQL. Hydrators unpack them by
  position only.
"""

from __future__ import annotations

from typing import Final, Literal, final

__all__ = ["Kind", "Statement"]

Kind = Literal["read", "write", "ddl"]


@final
class Statement:
    """The text of one SQL statement and what running it means.

    Args:
        text: The SQL, with placeholders in the database's own style.
        kind: ``"read"`` changes nothing (SQLite answers it inline), ``"write"`` changes rows or takes row locks (so a
            ``select ... for update`` and a CTE that writes are writes), ``"ddl"`` changes the schema.
        returns_rows: Whether rows come back: every read, and writes with RETURNING.
        prepare: Whether the text will come again, so that a prepared statement is worth keeping.
        changes_session: Raw SQL that may change the state of a connection (SET, PRAGMA, LISTEN, temporary tables, ...):
            the connection is reset before another request gets it.

    Attributes:
        inline: Whether the loop's own connection to SQLite may answer it.
    """

    __slots__ = ("changes_session", "inline", "kind", "prepare", "returns_rows", "text")

    def __init__(
        self,
        text: str,
        kind: Kind,
        *,
        returns_rows: bool,
        prepare: bool = True,
        changes_session: bool = False,
    ) -> None:
        self.text: Final = text
        self.kind: Final[Kind] = kind
        self.returns_rows: Final = returns_rows
        self.prepare: Final = prepare
        self.changes_session: Final = changes_session
        self.inline: Final = kind == "read" and not changes_session

    def __repr__(self) -> str:
        return f"Statement({self.kind}: {self.text})"
