"""What every query is: something to await, to run from a thread, and to refuse as anything else."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Generator, Iterable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NoReturn, Self, TypeVar

from rooftree.base import HabitError, current_call
from rooftree.db.database import Database
from rooftree.db.databases import current_database
from rooftree.db.model_errors import QueryError
from rooftree.db.place import user_line
from rooftree.db.sync import run_sync
from rooftree.db.table import TableInfo

__all__ = ["NeverAwaitedWarning", "Operation", "Write", "names_of_rows"]

V = TypeVar("V")
_PACKAGE = __name__.partition(".")[0]


class NeverAwaitedWarning(RuntimeWarning):
    """A write was made and never awaited, so it never ran."""


class Operation(Generic[V]):
    """A query whose result is a ``V``: ``await`` it, or call ``sync`` where no event loop runs."""

    __slots__ = ("_database",)

    def __init__(self) -> None:
        self._database: Database | str = "default"

    def __await__(self) -> Generator[Any, None, V]:
        # A generator: where an error is thrown in, Python leaves who awaits the iterator of a coroutine out of the
        # stack, and the line of the error would be somebody else's.
        return (yield from self.run().__await__())

    async def run(self) -> V:
        """Run it now; what ``await`` does."""
        raise NotImplementedError

    def sync(self) -> V:
        """Run it from a thread, a script or a shell, and return its result.

        Raises:
            UsageError: an event loop runs in this thread.
        """
        return run_sync(self.run)

    def using(self, database: Database | str) -> Self:
        """The same query in another database, given by name or as it is."""
        other = self._copied()
        other._database = database
        return other

    def _copied(self) -> Self:
        import copy

        return copy.copy(self)

    def _found(self) -> Database:
        database = self._database
        if database == "default":
            call = current_call.get(None)
            if call is not None and call.databases is not None and call.databases.first is not None:
                found: Database = call.databases.first
                return found
        return current_database(database) if isinstance(database, str) else database

    # ---- misuse

    def __bool__(self) -> NoReturn:
        raise QueryError(
            "Q120",
            f"{self!r} was used as a truth value before it was awaited.",
            "Write `await` before it, or ask .exists().",
        )

    def __len__(self) -> NoReturn:
        raise QueryError(
            "Q121", f"len() of {self!r} before it was awaited.", "Write `await` before it, or ask .count()."
        )

    def __contains__(self, item: object) -> NoReturn:
        raise QueryError(
            "Q122", f"'in' was used on {self!r} before it was awaited.", "Write `await` before it, or ask .exists()."
        )

    def __iter__(self) -> Iterator[Any]:
        raise QueryError(
            "Q123", f"{self!r} was iterated before it was awaited.", "Write `await` before it, or `async for`."
        )

    def __getitem__(self, place: Any) -> NoReturn:
        raise QueryError("Q124", f"{self!r} was asked for [...] before it was awaited.", "Write `await` before it.")

    if not TYPE_CHECKING:  # checkers refuse such names by themselves

        def __getattr__(self, name: str) -> Any:
            """Say what is missing where someone asks an operation for what only its result has."""
            here = any(name in vars(each) for each in type(self).__mro__)
            if name.startswith("_") or here:
                return object.__getattribute__(self, name)  # which says that there is no such name
            raise self.without(name)

    def without(self, name: str) -> AttributeError:
        """The error of a name that this has not: where its rows have it, one that says to await it first."""
        gives = self._gives()
        if gives is None or not hasattr(gives.make, name):
            kind = type(self).__name__
            return AttributeError(f"{kind!r} object has no attribute {name!r}", name=name, obj=self)
        what, take = ("a row", "") if self._gives_one else ("rows", ", and take one of the rows; or ask .one()")
        return HabitError(
            "Q129",
            f"{self!r} has no {name!r}: it was not awaited, and gives {what} of {gives.model}.",
            f"Write `await` before it, in parentheses{take}.",
            at=user_line(),
        )

    _gives_one: ClassVar[bool] = True

    def _gives(self) -> TableInfo | None:
        """The table whose row the result is, or rows; ``None`` where it is something else."""
        return None

    def __repr__(self) -> str:
        return f"<{type(self).__name__.lower()}>"


class _OfRows:
    """Stands on operations under a name that only rows have: setting it would say no more than that it is missing."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, operation: Operation[Any] | None, owner: type) -> NoReturn:
        raise AttributeError(self._name) if operation is None else operation.without(self._name)

    def __set__(self, operation: Operation[Any], value: object) -> NoReturn:
        raise operation.without(self._name)


def names_of_rows(names: Iterable[str]) -> None:
    """Let operations tell who reads or sets one of these names, a model's, to await them first."""
    for name in names:
        if name not in vars(Operation):
            setattr(Operation, name, _OfRows(name))


class Write(Operation[V]):
    """A query that changes rows. One that is dropped without having run warns, with the line that made it."""

    __slots__ = ("_line", "_ran")

    def __init__(self) -> None:
        super().__init__()
        self._ran = False
        frame = sys._getframe(1)  # pyright: ignore[reportPrivateUsage] - inspect reads source files
        while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == _PACKAGE:
            frame = frame.f_back
        self._line = (frame.f_code.co_filename, frame.f_lineno)

    def __await__(self) -> Generator[Any, None, V]:
        self._ran = True
        return super().__await__()

    def sync(self) -> V:
        """Run it from a thread, a script or a shell, and return its result."""
        self._ran = True
        return run_sync(self.run)

    def _copied(self) -> Self:
        self._ran = True  # the copy stands for it
        other = super()._copied()
        other._ran = False
        return other

    def __del__(self) -> None:
        if not getattr(self, "_ran", True):
            filename, line = self._line
            warnings.warn_explicit(
                f"{self!r} was never awaited, so nothing was written. Write `await` before it.",
                NeverAwaitedWarning,
                filename,
                line,
                source=self,
            )
