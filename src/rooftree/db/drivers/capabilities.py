"""What each database can do: the one table that says what it has, what is emulated, and what raises."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

__all__ = ["CAPABILITIES", "Capabilities", "Dialect", "Support"]

Dialect = Literal["sqlite", "postgresql"]
Support = Literal["native", "emulated", "none"]


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """How a database has each thing: ``"native"``, ``"emulated"`` (same result, other way), or ``"none"`` (an error).

    Attributes:
        returning: Rows back from INSERT, UPDATE, DELETE.
        decimal: Exact decimal numbers (emulated: scaled integers of 18 digits).
        moment: Moments in time with their zone (emulated: fixed-width UTC text).
        array: Columns that hold arrays (emulated: JSON).
        enum: Enumerated types of the database's own (emulated: text and a check).
        uuid: UUID columns (emulated: 16 bytes).
        json: JSON columns and paths into them.
        partial_index: Indexes over some rows.
        expression_index: Indexes over expressions.
        covering_index: Indexes that carry further columns.
        concurrent_index: Indexes built without stopping writers.
        deferrable: Constraints checked at commit.
        row_lock: ``for_update`` (emulated: writers take turns, so a transaction has every row to itself).
        skip_locked: ``for_update`` that passes over locked rows.
        isolation: Levels of isolation (emulated: every transaction is serializable).
        transactional_ddl: Schema changes that a rollback takes back.
        listen: LISTEN and NOTIFY.
        copy: Bulk transfer beside INSERT (emulated: batches of INSERT).
        backup: A copy of the whole database while it is used.
        full_text: Full-text search with ranking.
        concurrent_writes: Several writing transactions at once.
    """

    returning: Support
    decimal: Support
    moment: Support
    array: Support
    enum: Support
    uuid: Support
    json: Support
    partial_index: Support
    expression_index: Support
    covering_index: Support
    concurrent_index: Support
    deferrable: Support
    row_lock: Support
    skip_locked: Support
    isolation: Support
    transactional_ddl: Support
    listen: Support
    copy: Support
    backup: Support
    full_text: Support
    concurrent_writes: Support


CAPABILITIES: Final[dict[Dialect, Capabilities]] = {
    "sqlite": Capabilities(
        returning="native",
        decimal="emulated",
        moment="emulated",
        array="emulated",
        enum="emulated",
        uuid="emulated",
        json="native",
        partial_index="native",
        expression_index="native",
        covering_index="none",
        concurrent_index="none",
        deferrable="native",
        row_lock="emulated",
        skip_locked="none",
        isolation="emulated",
        transactional_ddl="native",
        listen="none",
        copy="emulated",
        backup="native",
        full_text="native",
        concurrent_writes="none",
    ),
    "postgresql": Capabilities(
        returning="native",
        decimal="native",
        moment="native",
        array="native",
        enum="native",
        uuid="native",
        json="native",
        partial_index="native",
        expression_index="native",
        covering_index="native",
        concurrent_index="native",
        deferrable="native",
        row_lock="native",
        skip_locked="native",
        isolation="native",
        transactional_ddl="native",
        listen="native",
        copy="native",
        backup="none",
        full_text="native",
        concurrent_writes="native",
    ),
}
