"""One open transaction or savepoint: whose statements run when, and what becomes of it at its end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Iterable, Sequence
from typing import Any, Final, TypeVar

from rooftree.base import DatabaseError, LockTimeout, TransactionLost, UsageError
from rooftree.db.drivers.base import Driver, Parameters, Row, Session, TransactionOptions
from rooftree.db.place import user_line
from rooftree.db.statement import Statement

__all__ = ["Callback", "Ending", "Scope"]

T = TypeVar("T")

Callback = Callable[[], object]
"""A function or coroutine function without parameters."""

_QUEUE_LIMIT: Final = 10.0  # seconds that a statement waits for another task of the same transaction


class Ending:
    """What is left to do after a scope has ended: call these, then raise this."""

    __slots__ = ("callbacks", "error")

    def __init__(self, callbacks: Sequence[Callback], error: BaseException | None = None) -> None:
        self.callbacks = callbacks
        self.error = error


class Scope:
    """One level of a transaction: the outermost, or a savepoint inside.

    A scope runs one statement at a time. Tasks that share it queue; while a scope inside of it is open the outer one
    waits for its end, as statements between SAVEPOINT and RELEASE would belong to the savepoint. The transaction begins
    with its first statement, so one without statements costs nothing.

    Args:
        database: The database, to find the scope by.
        driver: Runs it.
        options: How.
        outer: The scope around it in the same database.
        previous: What was the current transaction before, of whichever database.
        place: The line that opened it, for errors.
        test: A scope that stands around a whole test: what is inside of it behaves like the outermost.
    """

    __slots__ = (
        "_depth", "_driver", "_failure", "_lock", "_on_commit", "_on_rollback", "_over", "_root", "_session", "_test",
        "database", "options", "outer", "place", "previous",
    )  # fmt: skip

    def __init__(
        self,
        database: object,
        driver: Driver,
        options: TransactionOptions,
        *,
        outer: Scope | None = None,
        previous: Scope | None = None,
        place: str | None = None,
        test: bool = False,
    ) -> None:
        self.database: Final = database
        self.options: Final = options
        self.outer: Final = outer
        self.previous: Final = previous
        self.place: Final = place
        self._driver = driver
        self._test = test
        self._depth: int = 0 if outer is None else outer._depth + 1
        self._root: Scope = self if outer is None else outer._root
        self._session: Session | None = None  # the root's
        self._lock = asyncio.Lock()
        self._over = False
        self._failure: BaseException | None = None
        self._on_commit: list[Callback] = []
        self._on_rollback: list[Callback] = []

    @property
    def test(self) -> bool:
        """Whether it stands around a whole test."""
        return self._test

    @property
    def root(self) -> Scope:
        """The outermost scope, which is the transaction."""
        return self._root

    # ---- statements

    def fetch(self, statement: Statement, parameters: Parameters) -> Coroutine[Any, Any, list[Row]]:
        """Run a statement and return its rows."""
        return self._run(lambda session: session.fetch(statement, parameters))

    def fetch_row(self, statement: Statement, parameters: Parameters) -> Coroutine[Any, Any, Row | None]:
        """Run a statement and return its first row."""
        return self._run(lambda session: session.fetch_row(statement, parameters))

    def fetch_by_key(
        self, statement: Statement, parameters: Parameters, positions: Sequence[int]
    ) -> Coroutine[Any, Any, Row | None]:
        """Run a read that gives one row or none, by a whole key."""
        del positions  # the statements of a transaction run one by one
        return self.fetch_row(statement, parameters)

    def fetch_each(self, statement: Statement, many: Sequence[Parameters]) -> Coroutine[Any, Any, list[Row | None]]:
        """Run a read once for each set of parameters, where each returns one row or none."""
        return self._run(lambda session: session.fetch_each(statement, many))

    def execute(self, statement: Statement, parameters: Parameters) -> Coroutine[Any, Any, int]:
        """Run a statement and return how many rows it changed."""
        return self._run(lambda session: session.execute(statement, parameters))

    def execute_many(self, statement: Statement, many: Iterable[Parameters]) -> Coroutine[Any, Any, int]:
        """Run a statement once for each set of parameters."""
        return self._run(lambda session: session.execute_many(statement, many))

    def copy_in(self, table: str, columns: Sequence[str], rows: Iterable[Parameters]) -> Coroutine[Any, Any, int]:
        """Add rows by the database's fastest way."""
        return self._run(lambda session: session.copy_in(table, columns, rows))

    async def stream(self, statement: Statement, parameters: Parameters, *, batch: int) -> AsyncGenerator[list[Row]]:
        """Yield the rows of a statement; other statements of the transaction may run between two batches."""
        batches: AsyncGenerator[list[Row]] | None = None
        try:
            while True:

                def take(session: Session) -> Awaitable[list[Row] | None]:
                    nonlocal batches
                    if batches is None:
                        batches = session.stream(statement, parameters, batch=batch)
                    return anext(batches, None)

                rows = await self._run(take)
                if rows is None:
                    return
                yield rows
        finally:
            if batches is not None:
                await batches.aclose()

    async def _run(self, work: Callable[[Session], Awaitable[T]]) -> T:
        """Run one piece of work when it is its turn."""
        await self._enter()
        try:
            self._check()
            session = self._root._session or await self._begin()
            if self._test:
                return await self._run_apart(session, work)
            try:
                return await work(session)
            except BaseException as error:
                self._note(error, session)
                raise
        finally:
            self._lock.release()

    async def _run_apart(self, session: Session, work: Callable[[Session], Awaitable[T]]) -> T:
        """Run a statement that stands alone in the application, so that its failure spoils nothing else of the test."""
        await session.savepoint("rooftree_alone")
        try:
            result = await work(session)
        except BaseException:
            if session.in_transaction:
                await session.rollback_to("rooftree_alone")
            raise
        await session.release("rooftree_alone")
        return result

    async def _enter(self) -> None:
        """Wait for the scope's other tasks, and for scopes inside that are open."""
        lock = self._lock
        if not lock.locked():
            await lock.acquire()
            return
        try:
            async with asyncio.timeout(_QUEUE_LIMIT):
                await lock.acquire()
        except TimeoutError:
            raise LockTimeout(
                "T009",
                f"A statement waited {_QUEUE_LIMIT:g} s for another task in the transaction opened at {self.place}.",
                "Do not wait, inside of a nested transaction(), for a task that uses the outer one.",
                at=user_line(),
            ) from None

    def _check(self) -> None:
        if self._over:
            raise UsageError(
                "T001",
                f"A statement reached the transaction opened at {self.place} after it had ended: a task outlived it.",
                "Await the task inside of the block, or start it with on_commit().",
                at=user_line(),
            )
        if self._failure is not None:
            raise TransactionLost(
                "T004",
                f"An earlier statement of the transaction opened at {self.place} failed, and nothing may follow it:"
                f" {type(self._failure).__name__}.",
                "Put a statement that may fail into a transaction() of its own; it becomes a savepoint.",
                at=user_line(),
            ) from self._failure

    async def _begin(self) -> Session:
        root = self._root
        root._session = session = await self._driver.begin(root.options)
        return session

    def _note(self, error: BaseException, session: Session) -> None:
        """Remember that a statement failed on the database's side; both databases then refuse what follows."""
        refused_before_sending = isinstance(error, DatabaseError) and error.sqlstate is None
        if isinstance(error, (DatabaseError, asyncio.CancelledError)) and not refused_before_sending:
            self._failure = error
        if not session.in_transaction:  # the database has ended it: every level is lost
            level: Scope | None = self
            while level is not None:
                level._failure = level._failure or error
                level = level.outer

    # ---- beginning and end

    async def start(self) -> None:
        """Open a savepoint where there is a scope around; the outermost begins with its first statement."""
        if self.outer is None:
            return
        outer = self.outer
        await outer._enter()
        try:
            outer._check()
            session = self._root._session or await outer._begin()
            try:
                await session.savepoint(self._name)
            except asyncio.CancelledError:
                await session.rollback_to(self._name)
                raise
            except BaseException as error:
                outer._note(error, session)
                raise
        except BaseException:
            outer._lock.release()
            raise
        # The outer scope's lock stays held until this one ends.

    async def end(self, error: BaseException | None) -> Ending:
        """Commit or release, or take everything back where the block ended with an error."""
        if isinstance(error, GeneratorExit) or (self.outer is None and isinstance(error, asyncio.CancelledError)):
            return self._abandon()
        try:
            await self._enter()  # statements of other tasks that are under way end first
        except asyncio.CancelledError as cancelled:
            return self._abandon(cancelled)
        self._over = True
        try:
            if error is None and self._failure is None:
                return await self._keep()
            return await self._take_back(unnoticed=error is None)
        finally:
            self._lock.release()
            if self.outer is not None:
                self.outer._lock.release()

    async def _keep(self) -> Ending:
        session = self._root._session
        cancelled = False
        try:
            if session is not None and self.outer is None:
                cancelled = await session.commit()
            elif session is not None:
                await session.release(self._name)
        except BaseException as error:  # noqa: BLE001 - raised when the callbacks have run
            if session is not None and self.outer is not None:
                self.outer._note(error, session)
            return Ending(self._on_rollback, error)
        if self.outer is None or self.outer._test:
            return Ending(self._on_commit, asyncio.CancelledError() if cancelled else None)
        self.outer._on_commit += self._on_commit
        self.outer._on_rollback += self._on_rollback
        return Ending(())

    async def _take_back(self, *, unnoticed: bool) -> Ending:
        session = self._root._session
        failed: BaseException | None = None
        if unnoticed:
            failed = TransactionLost(
                "T006",
                f"The transaction opened at {self.place} was taken back, although its block ended well: one of its"
                f" statements had failed with {type(self._failure).__name__}.",
                "Put a statement that may fail into a transaction() of its own; it becomes a savepoint.",
                at=self.place,
            )
            failed.__cause__ = self._failure
        try:
            if session is not None and self.outer is None:
                await session.rollback()
            elif session is not None and session.in_transaction:
                await session.rollback_to(self._name)
        except BaseException as error:  # noqa: BLE001 - raised when the callbacks have run
            if session is not None and self.outer is not None:
                self.outer._note(error, session)
            failed = error
        return Ending(self._on_rollback, failed)

    def _abandon(self, error: BaseException | None = None) -> Ending:
        """End without waiting: the task was cancelled."""
        self._over = True
        outer, session = self.outer, self._session
        if outer is not None:
            # The savepoint goes with the whole transaction: whoever stops the cancellation on its way to the outermost
            # block finds the transaction failed.
            outer._failure = outer._failure or asyncio.CancelledError()
            self._when_free(outer._lock.release)
        elif session is not None:
            self._when_free(session.abandon)
        return Ending(self._on_rollback, error)

    def _when_free(self, call: Callable[[], None]) -> None:
        """Call something when no other task's statement is under way on the connection."""
        if self._lock.locked():
            _background(self._call_later(call))
        else:
            call()

    async def _call_later(self, call: Callable[[], None]) -> None:
        async with self._lock:
            call()

    @property
    def _name(self) -> str:
        return f"rooftree_{self._depth}"

    # ---- callbacks

    def on_commit(self, callback: Callback) -> None:
        """Call something after the outermost transaction has been committed."""
        self._check()
        self._on_commit.append(callback)

    def on_rollback(self, callback: Callback) -> None:
        """Call something after this level, or one around it, has been taken back."""
        self._check()
        self._on_rollback.append(callback)


_running: set[asyncio.Task[None]] = set()


def _background(work: Coroutine[Any, Any, None]) -> None:
    task = asyncio.get_running_loop().create_task(work)
    _running.add(task)
    task.add_done_callback(_running.discard)
