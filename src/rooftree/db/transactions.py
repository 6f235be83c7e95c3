"""``transaction()``: a block, in tasks and threads, or a decorator that runs a function again where that may help."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import inspect
import random
from collections.abc import Awaitable, Callable, Coroutine
from contextvars import Token
from types import TracebackType
from typing import Any, Final, ParamSpec, Self, TypeVar, overload

import msgspec

from rooftree.base import Call, SerializationError, UsageError, current_call
from rooftree.db.database import Database
from rooftree.db.databases import current_database
from rooftree.db.drivers.base import Isolation, TransactionOptions
from rooftree.db.place import user_line
from rooftree.db.scope import Callback, Ending, Scope
from rooftree.db.sync import run_sync

__all__ = ["Transaction", "on_commit", "on_rollback", "transaction"]

P = ParamSpec("P")
T = TypeVar("T")

_FIRST_PAUSE: Final = 0.01  # seconds before the second attempt; twice as long before each further one
_STRICTNESS: Final[dict[Isolation | None, int]] = {
    None: 0,
    "read_committed": 1,
    "repeatable_read": 2,
    "serializable": 3,
}


class Transaction:
    """A transaction: a block, or around a function. Make it with ``transaction``.

    As a block, ``async with`` in tasks and ``with`` in threads and scripts: it commits where the block ends well, and
    takes everything back where it ends with an error. Inside of another one it is a savepoint. One object serves one
    block at a time.

    As a decorator it runs the function in a transaction, and again, up to ``retries`` times, where the database says
    that two transactions could not both have happened (``SerializationError``, deadlocks).
    """

    __slots__ = ("_call", "_database", "_options", "_retries", "_scope", "_token")

    def __init__(self, database: Database | str, options: TransactionOptions, retries: int) -> None:
        self._database = database
        self._options = options
        self._retries = retries
        self._scope: Scope | None = None
        self._token: Token[Call] | None = None

    @property
    def retries(self) -> int:
        """How many more times a function is run where it lost against another transaction."""
        return self._retries

    def reading_first(self, retries: int) -> Transaction:
        """Return one like it that is not expected to write: on SQLite it waits for no writer until it does.

        Args:
            retries: How many more times it is run where another wrote between its first read and its first write.
        """
        return Transaction(self._database, msgspec.structs.replace(self._options, reads_first=True), retries)

    # ---- as a block

    async def __aenter__(self) -> Self:
        scope = self._make(single=True)
        await scope.start()
        self._enter(scope)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await _finish(self._leave(), error)

    def __enter__(self) -> Self:
        if self._resolve().loop is None:
            run_sync(_nothing)  # opens a script's databases
        scope = self._make(single=True)
        if scope.outer is not None:
            run_sync(scope.start)
        self._enter(scope)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        scope = self._leave()
        run_sync(lambda: _finish(scope, error))

    def _make(self, *, single: bool) -> Scope:
        if single and self._retries:
            raise UsageError(
                "T007",
                f"transaction(retries={self._retries}) opens a block, and a block cannot be run again.",
                "Put it before a function: `@transaction(retries=3)`.",
                at=user_line(),
            )
        scope = self._resolve().scope(self._options, place=user_line())
        if scope.outer is not None and not scope.outer.test:
            _check_nesting(scope.outer.options, self._options)
        return scope

    def _resolve(self) -> Database:
        return current_database(self._database) if isinstance(self._database, str) else self._database

    def _enter(self, scope: Scope) -> None:
        call = current_call.get(None)
        self._scope = scope
        self._token = current_call.set(
            Call(None, transaction=scope) if call is None else call.replace(transaction=scope)
        )

    def _leave(self) -> Scope:
        scope, token = self._scope, self._token
        self._scope = self._token = None
        if scope is None or token is None:
            raise UsageError("T001", "A transaction's block ended that was not open.", at=user_line())
        with contextlib.suppress(ValueError):  # a generator is closed in another context than it was opened in
            current_call.reset(token)
        return scope

    # ---- as a decorator

    @overload
    def __call__(self, function: Callable[P, Coroutine[Any, Any, T]], /) -> Callable[P, Coroutine[Any, Any, T]]: ...
    @overload
    def __call__(self, function: Callable[P, T], /) -> Callable[P, T]: ...
    def __call__(self, function: Callable[P, Any], /) -> Callable[P, Any]:
        """Return the function, run in a transaction."""
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def in_tasks(*args: P.args, **kwargs: P.kwargs) -> Any:
                return await self.run(lambda: function(*args, **kwargs))

            return in_tasks

        @functools.wraps(function)
        def in_threads(*args: P.args, **kwargs: P.kwargs) -> Any:
            return self._attempts_in_thread(lambda: function(*args, **kwargs))

        return in_threads

    def _once(self) -> Transaction:
        return Transaction(self._database, self._options, 0)

    def _again(self, attempt: int) -> bool:
        """Whether there is another attempt; inside of another transaction that one has to start again."""
        outer = self._make(single=False).outer
        return attempt < self._retries and (outer is None or outer.test)

    async def run(self, work: Callable[[], Awaitable[T]], *, may_repeat: Callable[[], bool] | None = None) -> T:
        """Run something in the transaction, again where that may help: what a route's option does.

        Args:
            work: What to run.
            may_repeat: Is asked before another attempt whether there can be one.
        """
        attempt = 0
        while True:
            try:
                async with self._once():
                    return await work()
            except SerializationError:
                if not self._again(attempt) or (may_repeat is not None and not may_repeat()):
                    raise
            await asyncio.sleep(_pause(attempt))
            attempt += 1

    def _attempts_in_thread(self, work: Callable[[], T]) -> T:
        attempt = 0
        while True:
            try:
                with self._once():
                    return work()
            except SerializationError:
                if not self._again(attempt):
                    raise
            run_sync(functools.partial(asyncio.sleep, _pause(attempt)))
            attempt += 1


def transaction(
    database: Database | str = "default",
    *,
    isolation: Isolation | None = None,
    read_only: bool = False,
    statement_limit: float | None = None,
    lock_limit: float | None = None,
    retries: int = 0,
) -> Transaction:
    """Return a transaction, to be a block or to stand before a function.

    For example:

        async with transaction():
            order = await Order.create(...)
            await Stock.where(Stock.product == product).update(count=Stock.count - 1)


        @transaction(isolation="serializable", retries=3)
        async def transfer(a: Account, b: Account, amount: Decimal) -> None: ...

    Args:
        database: The database, or the name of one of the application's.
        isolation: ``"read_committed"``, ``"repeatable_read"`` or ``"serializable"``; ``None`` takes the database's
            default. SQLite is always serializable.
        read_only: Writes raise ``ReadOnlyError``.
        statement_limit: Seconds that each statement may take.
        lock_limit: Seconds to wait for another's lock.
        retries: How many more times a decorated function is run where it lost against another transaction.

    Raises:
        UsageError: T014 for an isolation that there is not, a limit that is no time, retries below 0.
    """
    if isolation not in _STRICTNESS:
        fact = f"transaction() was given isolation={isolation!r}."
        named = ", ".join(repr(each) for each in _STRICTNESS if each is not None)
        raise UsageError("T014", fact, f"Write one of {named}.", at=user_line())
    limits: dict[str, object] = {"statement_limit": statement_limit, "lock_limit": lock_limit}
    for name, limit in limits.items():
        if limit is not None and not (isinstance(limit, (int, float)) and limit > 0):
            fact = f"transaction() was given {name}={limit!r}, which is no time."
            raise UsageError("T014", fact, "Write seconds, more than 0.", at=user_line())
    if retries < 0:
        fact = f"transaction() was given retries={retries!r}."
        raise UsageError("T014", fact, "Write how many more times: 0, or more.", at=user_line())
    options = TransactionOptions(
        isolation=isolation, read_only=read_only, statement_limit=statement_limit, lock_limit=lock_limit
    )
    return Transaction(database, options, retries)


def on_commit(callback: Callback, database: Database | str = "default") -> None:
    """Call a function, or a coroutine function, after the outermost transaction of this task has been committed.

    It is forgotten where the transaction, or the savepoint that it was given in, is taken back. It runs outside of the
    transaction. What it raises reaches the caller of the block, after everything was saved.

    Raises:
        UsageError: no transaction is open here.
    """
    _open_scope(database, "on_commit").on_commit(callback)


def on_rollback(callback: Callback, database: Database | str = "default") -> None:
    """Call a function, or a coroutine function, after this transaction or savepoint has been taken back.

    Raises:
        UsageError: no transaction is open here.
    """
    _open_scope(database, "on_rollback").on_rollback(callback)


def _open_scope(database: Database | str, verb: str) -> Scope:
    found = current_database(database) if isinstance(database, str) else database
    scope = found.current_scope()
    if scope is None:
        raise UsageError(
            "T002",
            f"{verb}() was called where no transaction is open in the database '{found.name}'.",
            "Write it inside of `async with transaction():`, or call the function itself.",
            at=user_line(),
        )
    return scope


def _check_nesting(outer: TransactionOptions, inner: TransactionOptions) -> None:
    asked: str | None = None
    if _STRICTNESS[inner.isolation] > _STRICTNESS[outer.isolation]:
        asked = f"isolation='{inner.isolation}'"
    elif inner.read_only and not outer.read_only:
        asked = "read_only=True"
    elif inner.statement_limit is not None or inner.lock_limit is not None:
        asked = "statement_limit= or lock_limit="
    if asked is not None:
        raise UsageError(
            "T003",
            f"A transaction inside of another one asks for {asked}, which only the outermost can have.",
            "Ask for it where the outermost transaction is opened.",
            at=user_line(),
        )


async def _finish(scope: Scope, error: BaseException | None) -> None:
    """End a scope, then run the callbacks whose time has come, then raise what there is to raise."""
    ending: Ending = await scope.end(error)
    errors: list[Exception] = []
    for callback in ending.callbacks:
        try:
            made = callback()
            if inspect.isawaitable(made):
                await made
        except Exception as failed:  # noqa: BLE001 - raised below: the other callbacks run all the same
            errors.append(failed)
    if ending.error is not None:
        raise ending.error
    if error is None and len(errors) == 1:
        raise errors[0]
    if errors and error is None:
        raise ExceptionGroup("Several callbacks of a transaction failed.", errors)
    if error is not None:
        for each in errors:
            error.add_note(f"A callback of the transaction failed too: {each!r}")


async def _nothing() -> None:
    pass


def _pause(attempt: int) -> float:
    return _FIRST_PAUSE * 2.0**attempt * (0.5 + random.random())  # noqa: S311 - spreads attempts, keeps no secret
