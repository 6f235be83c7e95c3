"""What can be set about a database, in its URL or by keyword."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

__all__ = ["PostgresOptions", "SQLiteOptions"]

Seconds = Annotated[float, msgspec.Meta(gt=0)]
Count = Annotated[int, msgspec.Meta(ge=1)]


class SQLiteOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of a SQLite database.

    Attributes:
        pool_size: Connections for reads on threads, streams and read-only transactions.
        acquire_limit: Seconds to wait for one of them.
        lock_limit: Seconds that a write waits for its turn.
        statement_limit: Seconds that a statement may take; ``None`` for no limit. Stopping a write takes its whole
            transaction back.
        inline_limit: Seconds that a read may keep the event loop before it is interrupted and run again on a thread.
        synchronous: ``"normal"`` survives a crash of the program; a loss of power may take the last commits back, never
            half of one. ``"full"`` waits for the disk at each commit.
        statement_cache: Prepared statements kept by each connection.
    """

    pool_size: Count = 4
    acquire_limit: Seconds = 10.0
    lock_limit: Seconds = 5.0
    statement_limit: Seconds | None = 30.0
    inline_limit: Seconds = 0.001
    synchronous: Literal["normal", "full"] = "normal"
    statement_cache: Count = 512


class PostgresOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of a PostgreSQL database.

    Attributes:
        pool_size: Connections of each process, the most.
        acquire_limit: Seconds to wait for a connection, from the pool or from a server that is starting again.
        lock_limit: Seconds that a statement waits for a lock; ``None`` for the server's own setting.
        statement_limit: Seconds that a statement may take; ``None`` for the server's own setting.
        connect_limit: Seconds for one attempt to connect.
        statement_cache: Prepared statements kept by each connection.
        prepare: ``False`` behind a PgBouncer that pools transactions: nothing is prepared by name, nothing is set for a
            session, and the limits hold inside of transactions only.
        application_name: The name that ``pg_stat_activity`` shows.
        sslmode: As libpq's.
    """

    pool_size: Count = 10
    acquire_limit: Seconds = 10.0
    lock_limit: Seconds | None = 10.0
    statement_limit: Seconds | None = 30.0
    connect_limit: Seconds = 10.0
    statement_cache: Count = 512
    prepare: bool = True
    application_name: str = "rooftree"
    sslmode: Literal["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] | None = None
