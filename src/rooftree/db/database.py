"""The database an application configures by URL: runs statements in the current transaction, or each on its own."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Generator,
    Iterable,
    Sequence,
)
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from types import TracebackType
from typing import Any, Final, NoReturn, Self, TypeVar, cast

from rooftree.base import UsageError, current_call
from rooftree.db.drivers.base import ConnectionHook, Driver, Notification, Parameters, Row, TransactionOptions
from rooftree.db.drivers.capabilities import CAPABILITIES, Capabilities, Dialect
from rooftree.db.log import Observer, QueryEvent, shown
from rooftree.db.place import user_line
from rooftree.db.scope import Scope
from rooftree.db.statement import Statement
from rooftree.db.url import make_driver, masked

__all__ = ["Database"]

T = TypeVar("T")
_BATCH: Final = 500
_NOTIFY: Final = Statement("select pg_notify($1, $2)", "write", returns_rows=True)


class _Closed:
    """Stands where an open driver will be; whatever is asked of it says so."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, asked: str) -> NoReturn:
        raise UsageError(
            "T104",
            f"The database '{self._name}' is not open.",
            "Open it first: `async with database:`, or give it to the App, which opens it at start-up.",
            at=user_line(),
        )


class Database:
    """One database.

    A statement runs in the current transaction of its task, where there is one, else by itself. A connection is held
    inside of a transaction or a stream only.

    Args:
        url: ``sqlite:///relative.db``, ``sqlite:////absolute.db``, ``sqlite://`` (in memory, for tests) or
            ``postgresql://user:password@host:5432/name``. Options may follow after ``?``:
            ``postgresql://.../shop?pool_size=20&statement_limit=5``.
        name: What errors call it, and what models choose it by.
        folder: Where a relative path starts from; the working directory without it.
        options: Options by keyword: see ``SQLiteOptions`` and ``PostgresOptions``.

    Raises:
        SettingsError: the URL or an option does not fit.
    """

    def __init__(self, url: str, *, name: str = "default", folder: str | os.PathLike[str] = "", **options: Any) -> None:
        self.name: Final = name
        self.url: Final = masked(url)
        self._hooks: list[ConnectionHook] = []
        self._made: Final = make_driver(name, url, options, self._hooks, folder)
        self.dialect: Final[Dialect] = self._made.dialect
        self.capabilities: Final[Capabilities] = CAPABILITIES[self.dialect]
        self._driver: Driver = cast("Driver", _Closed(name))
        self._observers: tuple[tuple[Observer, bool], ...] = ()
        self._pinned: Scope | None = None
        self.loop: asyncio.AbstractEventLoop | None = None

    def __repr__(self) -> str:
        return f"Database({self.url!r}, name={self.name!r})"

    # ---- open and close

    async def open(self) -> None:
        """Make the first connection; every other method needs it.

        Raises:
            ConnectionFailed: the address, the name, the user or the password is wrong, or nobody answers.
        """
        if self.loop is None:
            await self._made.open()
            self._driver = self._made
            self.loop = asyncio.get_running_loop()

    async def close(self) -> None:
        """End every connection."""
        if self.loop is not None:
            self.loop = None
            self._driver = cast("Driver", _Closed(self.name))
            await self._made.close()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def made(self) -> Any:
        """The driver as it was made from the URL, open or not: migrations take its address."""
        return self._made

    @property
    def driver(self) -> Driver:
        """The driver underneath."""
        return self._driver

    @property
    def apart(self) -> Driver | Scope:
        """Where statements run that belong to no transaction of the task; in a test's they are taken back with it."""
        return self._pinned or self._driver

    def on_connect(self, hook: ConnectionHook) -> ConnectionHook:
        """Call a function with each new connection of the library underneath, before its first use.

        Use it for functions and collations (``sqlite3.Connection``; a plain function, called on a thread), or for
        codecs of one's own (``asyncpg.Connection``; a coroutine function). Register before ``open``.
        """
        self._hooks.append(hook)
        return hook

    # ---- statements

    def fetch(self, statement: Statement, parameters: Parameters) -> Coroutine[Any, Any, list[Row]]:
        """Run a statement and return its rows: tuples on SQLite, ``asyncpg.Record`` on PostgreSQL.

        Raises:
            DatabaseError: one of its kinds, as the error tells.
        """
        runner = self._runner()
        if self._observers:
            return self._observed(statement, parameters, runner.fetch(statement, parameters))
        return runner.fetch(statement, parameters)

    def fetch_row(self, statement: Statement, parameters: Parameters) -> Coroutine[Any, Any, Row | None]:
        """Run a statement and return its first row, or ``None``."""
        runner = self._runner()
        if self._observers:
            return self._observed(statement, parameters, runner.fetch_row(statement, parameters))
        return runner.fetch_row(statement, parameters)

    def fetch_by_key(
        self, statement: Statement, parameters: Parameters, positions: Sequence[int]
    ) -> Coroutine[Any, Any, Row | None]:
        """Run a read by a whole key, which gives one row or none, and return the row.

        Outside of a transaction on PostgreSQL, several of the same statement that are asked at the same time share a
        round trip.

        Args:
            statement: Gives one row or none.
            parameters: The key's values, and after them any others.
            positions: Where each of the key's, in their order, stands in the row: each caller's row is told by its key.
        """
        runner = self._runner()
        if self._observers:
            return self._observed(statement, parameters, runner.fetch_by_key(statement, parameters, positions))
        return runner.fetch_by_key(statement, parameters, positions)

    def fetch_each(self, statement: Statement, many: Sequence[Parameters]) -> Coroutine[Any, Any, list[Row | None]]:
        """Run a read once for each set of parameters, where each returns one row or none.

        On PostgreSQL they share one round trip: 20 rows by key take a sixth of the time of 20 calls.
        """
        runner = self._runner()
        if self._observers:
            return self._observed(statement, many[0] if many else (), runner.fetch_each(statement, many))
        return runner.fetch_each(statement, many)

    def execute(self, statement: Statement, parameters: Parameters) -> Coroutine[Any, Any, int]:
        """Run a statement and return how many rows it changed."""
        runner = self._runner()
        if self._observers:
            return self._observed(statement, parameters, runner.execute(statement, parameters))
        return runner.execute(statement, parameters)

    def execute_many(self, statement: Statement, many: Iterable[Parameters]) -> Coroutine[Any, Any, int]:
        """Run a statement once for each set of parameters, all of them or none; return how many rows were changed."""
        work = self._in_scope(lambda scope: scope.execute_many(statement, many))
        return self._observed(statement, (), work) if self._observers else work

    def copy_in(self, table: str, columns: Sequence[str], rows: Iterable[Parameters]) -> Coroutine[Any, Any, int]:
        """Add rows by the fastest way there is (COPY on PostgreSQL), all of them or none.

        Args:
            table: The table's name, ``schema.table`` on PostgreSQL where it needs one.
            columns: The columns' names.
            rows: The values, encoded as for statements.
        """
        return self._in_scope(lambda scope: scope.copy_in(table, columns, rows))

    async def stream(
        self, statement: Statement, parameters: Parameters, *, batch: int = _BATCH
    ) -> AsyncGenerator[list[Row]]:
        """Run a statement and yield its rows, ``batch`` at a time; holds a connection until it ends or is closed."""
        started = time.perf_counter()
        batches = self._runner().stream(statement, parameters, batch=batch)
        failed: BaseException | None = None
        try:
            async for rows in batches:
                yield rows
        except BaseException as error:
            failed = error
            raise
        finally:
            await batches.aclose()
            if self._observers:
                self._tell(statement, parameters, started, None, failed)

    # ---- what not every database has

    def listen(self, channel: str) -> AbstractAsyncContextManager[AsyncIterator[Notification]]:
        """Listen to what NOTIFY sends on a channel, while the block runs (PostgreSQL).

        For example:

            async with database.listen("orders") as notifications:
                async for notification in notifications:
                    ...

        The connection is made again where it is lost; the next notification then says ``missed=True``.

        Raises:
            UsageError: the database has no LISTEN.
            ConnectionFailed: no connection came in time.
        """
        return self._driver.listen(channel)

    async def notify(self, channel: str, payload: str = "") -> None:
        """Send a text, of less than 8,000 bytes, to whoever listens on a channel; in a transaction at its commit.

        Raises:
            UsageError: the database has no NOTIFY.
        """
        if self.capabilities.listen == "none":
            raise UsageError(
                "T011",
                f"The database '{self.name}' is a SQLite file, which has no NOTIFY.",
                "Use PostgreSQL, or ask the table every now and then.",
                at=user_line(),
            )
        await self.fetch_row(_NOTIFY, (channel, payload))

    async def backup(self, target: str) -> None:
        """Copy the whole database, as it is at one moment, into a file, while it is used (SQLite).

        Raises:
            UsageError: the database is not a file.
        """
        await self._driver.backup(target)

    # ---- transactions

    def scope(self, options: TransactionOptions, *, place: str | None = None) -> Scope:
        """Return a new scope, not started: the outermost, or a savepoint in the current one of this task."""
        call = current_call.get(None)
        previous = None if call is None else call.transaction
        return Scope(self, self._driver, options, outer=self.current_scope(), previous=previous, place=place)

    def current_scope(self) -> Scope | None:
        """The innermost open scope of this task in this database."""
        call = current_call.get(None)
        scope: Scope | None = None if call is None else call.transaction
        while scope is not None and scope.database is not self:
            scope = scope.previous
        return scope or self._pinned

    @asynccontextmanager
    async def rolled_back(self) -> AsyncGenerator[None]:
        """Keep everything that happens in this database, in whatever task, in one transaction that is taken back.

        For tests. Transactions of the application become savepoints, and their ``on_commit`` runs when they end.
        """
        scope = Scope(self, self._driver, TransactionOptions(), place="rolled_back()", test=True)
        self._pinned = scope
        try:
            yield
        finally:
            self._pinned = None
            await scope.end(RuntimeError("Every test ends so."))

    # ---- observers

    @contextmanager
    def observe(self, observer: Observer, *, values: bool = False) -> Generator[None]:
        """Tell a function of every statement while the block runs.

        Args:
            observer: Called after each statement.
            values: Also show it the parameters' values, private ones too; without it it sees types and sizes.
        """
        entry = (observer, values)
        self._observers = (*self._observers, entry)
        try:
            yield
        finally:
            self._observers = tuple(each for each in self._observers if each is not entry)

    async def _observed(self, statement: Statement, parameters: Parameters, work: Coroutine[Any, Any, T]) -> T:
        started = time.perf_counter()
        try:
            result = await work
        except BaseException as error:
            self._tell(statement, parameters, started, None, error)
            raise
        self._tell(statement, parameters, started, _size(result), None)
        return result

    def _tell(
        self,
        statement: Statement,
        parameters: Parameters,
        started: float,
        rows: int | None,
        error: BaseException | None,
    ) -> None:
        seconds = time.perf_counter() - started
        for observer, values in self._observers:
            observer(
                QueryEvent(
                    database=self.name,
                    text=statement.text,
                    parameters=tuple(parameters) if values else shown(parameters),
                    seconds=seconds,
                    rows=rows,
                    place=user_line(),
                    in_transaction=self.current_scope() is not None,
                    error=error,
                )
            )

    # ---- where statements run

    def _runner(self) -> Driver | Scope:
        call = current_call.get(None)
        if (call is None or call.transaction is None) and self._pinned is None:
            return self._driver
        return self.current_scope() or self._driver

    async def _in_scope(self, work: Callable[[Scope], Awaitable[int]]) -> int:
        """Run in the current transaction, or in one of its own."""
        current = self.current_scope()
        if current is not None:
            return await work(current)
        scope = Scope(self, self._driver, TransactionOptions(), place=user_line())
        try:
            changed = await work(scope)
        except BaseException as error:
            await scope.end(error)
            raise
        ending = await scope.end(None)
        if ending.error is not None:
            raise ending.error
        return changed


def _size(result: object) -> int:
    """How many rows a result has, or says were changed."""
    if isinstance(result, int):
        return result
    return len(cast("list[object]", result)) if isinstance(result, list) else int(result is not None)
