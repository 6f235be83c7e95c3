"""One asyncpg connection with its prepared statements, least recently used out first."""

from __future__ import annotations

import asyncio
import inspect
import re
import socket
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Sequence
from typing import Any, Final, cast

import asyncpg
from asyncpg.prepared_stmt import PreparedStatement

from rooftree.db.drivers.base import ConnectionHook, Parameters, Row
from rooftree.db.drivers.options import PostgresOptions
from rooftree.db.statement import Statement

__all__ = ["Address", "PostgresConnection", "connect", "direct_execute"]

Execute = Callable[..., Coroutine[Any, Any, Any]]

_TRIED: Final = (0, 32)  # the newest version of asyncpg whose inside was looked at
_INTERNAL_CACHE: Final = 32  # asyncpg's own cache: for its questions about types, and for statements of a single use


class Address:
    """Where a PostgreSQL server is and who asks.

    Args:
        host: A name, an IP address, or a folder that holds the server's socket.
        port: The port.
        user: The user's name; ``None`` takes the process's.
        password: The password; never shown.
        database: The database's name; ``None`` takes the user's.
    """

    __slots__ = ("database", "host", "password", "port", "user")

    def __init__(self, host: str, port: int, user: str | None, password: str | None, database: str | None) -> None:
        self.host: Final = host
        self.port: Final = port
        self.user: Final = user
        self.password: Final = password
        self.database: Final = database

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def direct_execute(raw: asyncpg.Connection[Any]) -> Execute | None:
    """Return what ``PreparedStatement.fetch()`` of asyncpg calls in the end; ``None`` where it is not known.

    Its arguments are the state, the values, a portal, the most rows, whether with status, a time limit. Going there at
    once saves four calls of Python, a seventh of the time of one row, but it is no part of what asyncpg promises: with
    a version that nobody has tried, its public functions are called instead.
    """
    version = re.match(r"(\d+)\.(\d+)", asyncpg.__version__)
    known = version is not None and (int(version[1]), int(version[2])) <= _TRIED
    execute: Execute | None = getattr(getattr(raw, "_protocol", None), "bind_execute", None)
    return execute if known and hasattr(PreparedStatement, "_state") else None


class PostgresConnection:
    """A connection and what is prepared on it. One statement at a time.

    Attributes:
        raw: asyncpg's connection.
        changed: Whether raw SQL may have changed the session's state.
        fresh: Whether nothing has run on it yet.
    """

    __slots__ = ("_counting", "_execute", "_kept", "_prepared", "_prepares", "changed", "fresh", "raw")

    def __init__(self, raw: asyncpg.Connection[Any], options: PostgresOptions) -> None:
        self.raw = raw
        self.changed = False
        self.fresh = True
        self._execute = direct_execute(raw)
        self._prepares = options.prepare
        self._kept = options.statement_cache
        self._prepared: OrderedDict[Statement, Any] = OrderedDict()
        self._counting: dict[Statement, Statement] = {}

    async def fetch(self, statement: Statement, parameters: Parameters) -> list[Row]:
        """Run a statement and return its rows."""
        prepared = self._prepared.get(statement)
        if prepared is not None:
            self._prepared.move_to_end(statement)
        elif (prepared := await self._prepare(statement)) is None:
            return await self.raw.fetch(statement.text, *parameters)
        if self._execute is None:
            return cast("list[Row]", await prepared.fetch(*parameters))
        rows: list[Row] = await self._execute(prepared._state, parameters, "", 0, False, None)
        return rows

    async def fetch_row(self, statement: Statement, parameters: Parameters) -> Row | None:
        """Run a statement and return its first row."""
        prepared = self._prepared.get(statement)
        if prepared is not None:
            self._prepared.move_to_end(statement)
        elif (prepared := await self._prepare(statement)) is None:
            return await self.raw.fetchrow(statement.text, *parameters)
        if self._execute is None:
            return cast("Row | None", await prepared.fetchrow(*parameters))
        rows: list[Row] = await self._execute(prepared._state, parameters, "", 1, False, None)
        return rows[0] if rows else None

    async def fetch_each(self, statement: Statement, many: Sequence[Parameters]) -> list[Row | None]:
        """Run a read for each set of parameters in one round trip, where each returns one row or none."""
        rows = await self.fetch_in_order(statement, many)
        if len(rows) == len(many):
            return list(rows)
        return [await self.fetch_row(statement, parameters) for parameters in many]  # whose row is missing is unknown

    async def fetch_in_order(self, statement: Statement, many: Sequence[Parameters]) -> list[Row]:
        """Run a read for each set of parameters in one round trip, and return the rows of all in this order.

        None of them come where the statement is not prepared.
        """
        prepared = self._prepared.get(statement) or await self._prepare(statement)
        rows: list[Row] = [] if prepared is None else await prepared.fetchmany(many)
        return rows

    async def execute(self, statement: Statement, parameters: Parameters) -> int:
        """Run a statement and return how many rows it changed."""
        prepared = self._prepared.get(statement) or await self._prepare(statement)
        if prepared is None:
            return _count(await self.raw.execute(statement.text, *parameters))
        if self._execute is None:
            await prepared.fetch(*parameters)
            return _count(prepared.get_statusmsg())
        _, status, _ = await self._execute(prepared._state, parameters, "", 0, True, None)
        return _count(status.decode())

    async def execute_many(self, statement: Statement, many: Iterable[Parameters]) -> int:
        """Run a statement for each set of parameters without waiting in between; all of them or none take place."""
        counting = statement if statement.returns_rows else self._counted(statement)
        prepared = self._prepared.get(counting) or await self._prepare(counting)
        if prepared is None:
            prepared = await self.raw.prepare(counting.text)
        rows = await prepared.fetchmany(many)
        return len(rows) if statement.returns_rows else sum(row[0] for row in rows)

    async def stream(self, statement: Statement, parameters: Parameters, *, batch: int) -> AsyncGenerator[list[Row]]:
        """Yield the rows of a statement, ``batch`` at a time; inside of a transaction only."""
        prepared = await self._prepare(statement)
        if prepared is None:
            prepared = await self.raw.prepare(statement.text)
        cursor = await prepared.cursor(*parameters)
        while rows := await cursor.fetch(batch):
            yield rows

    async def copy_in(self, table: str, columns: Sequence[str], rows: Iterable[Parameters]) -> int:
        """Add rows by COPY."""
        schema, _, name = table.rpartition(".")
        records = (tuple(row) for row in rows)
        return _count(
            await self.raw.copy_records_to_table(
                name, records=records, columns=list(columns), schema_name=schema or None
            )
        )

    def forget(self, statement: Statement) -> None:
        """Drop a prepared statement that the schema has outgrown."""
        self._prepared.pop(statement, None)

    async def reset(self) -> None:
        """Set back what raw SQL may have changed, and what is prepared with it."""
        self._prepared.clear()
        await self.raw.reload_schema_state()  # forgets asyncpg's own prepared statements
        await self.raw.execute("DISCARD ALL")
        self.changed = False

    async def _prepare(self, statement: Statement) -> Any:
        """Prepare a statement that will come again; ``None`` for one that is not worth it."""
        if statement.changes_session:
            self.changed = True
        if not self._prepares or not statement.prepare or statement.kind == "ddl":
            return None
        prepared = await self.raw.prepare(statement.text)
        if len(self._prepared) >= self._kept:
            self._prepared.popitem(last=False)
        self._prepared[statement] = prepared
        return prepared

    def _counted(self, statement: Statement) -> Statement:
        """The statement made to return how many rows it changed: many at once have no other way to tell."""
        counting = self._counting.get(statement)
        if counting is None:
            text = f"with changed as ({statement.text} returning 1) select count(*) from changed"  # noqa: S608
            counting = Statement(text, "write", returns_rows=True, prepare=statement.prepare)
            if len(self._counting) >= self._kept:
                self._counting.clear()
            self._counting[statement] = counting
        return counting


async def connect(address: Address, options: PostgresOptions, hooks: list[ConnectionHook]) -> PostgresConnection:
    """Make a connection. Errors are asyncpg's or the system's."""
    settings = {"application_name": options.application_name, "timezone": "UTC"}
    if options.prepare:  # PgBouncer refuses a connection that sets more than this
        if options.statement_limit is not None:
            settings["statement_timeout"] = str(round(options.statement_limit * 1000))
        if options.lock_limit is not None:
            settings["lock_timeout"] = str(round(options.lock_limit * 1000))
    raw = await asyncpg.connect(
        host=address.host,
        port=address.port,
        user=address.user,
        password=address.password,
        database=address.database,
        timeout=options.connect_limit,
        ssl=options.sslmode,
        statement_cache_size=_INTERNAL_CACHE if options.prepare else 0,
        server_settings=settings,
    )
    try:
        _watch_network(raw)
        for hook in hooks:
            made = hook(raw)
            if inspect.isawaitable(made):
                await made
    except BaseException:
        raw.terminate()
        raise
    return PostgresConnection(raw, options)


def _watch_network(raw: asyncpg.Connection[Any]) -> None:
    """Have the kernel find out within half a minute that the server's machine, or the way there, is gone.

    A limit of the client's own would cost a timer for each statement.
    """
    transport: asyncio.Transport | None = getattr(raw, "_transport", None)
    connected = None if transport is None else transport.get_extra_info("socket")
    if connected is None or connected.family == getattr(socket, "AF_UNIX", None):
        return
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, number in (
        ("TCP_KEEPIDLE", 15),
        ("TCP_KEEPINTVL", 5),
        ("TCP_KEEPCNT", 3),
        ("TCP_USER_TIMEOUT", 30_000),
    ):
        if hasattr(socket, option):
            connected.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), number)


def _count(status: str) -> int:
    """The number at the end of a command's status: ``INSERT 0 5``, ``UPDATE 3``; other commands have none."""
    number = status.rpartition(" ")[2]
    return int(number) if number.isdecimal() else 0
