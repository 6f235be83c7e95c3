"""A compiled statement, and what to do with the values of a query."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from rooftree.db.codecs import Encoder
from rooftree.db.expressions.base import Value
from rooftree.db.model_errors import QueryError, ValueUnfit
from rooftree.db.statement import Statement

__all__ = ["Plan", "ReadPlan"]


class Plan:
    """A compiled statement and what to do with the values of a query.

    Args:
        statement: The statement.
        takes: For each placeholder the index of its value, its encoder, and what the value meets, for errors.
        constants: Values that the compiler added; they stand behind the query's own.
    """

    __slots__ = ("_constants", "_takes", "statement")

    def __init__(
        self, statement: Statement, takes: Sequence[tuple[int, Encoder, str]], constants: Sequence[object] = ()
    ) -> None:
        self.statement = statement
        self._takes = tuple(takes)
        self._constants: list[Value[Any]] = [Value(value, _NO_TYPE) for value in constants]

    def parameters(self, values: list[Any]) -> list[object]:
        """Encode the values of a query, in the order of the placeholders.

        Raises:
            QueryError: a value is not of the type of what it meets.
        """
        if self._constants:
            values = [*values, *self._constants]
        try:
            return [encode(values[index].value) for index, encode, _ in self._takes]
        except (TypeError, ValueError, OverflowError):
            raise self._explained(values) from None

    def _explained(self, values: list[Any]) -> QueryError:
        for index, encode, meeting in self._takes:
            try:
                encode(values[index].value)
            except (TypeError, ValueError, OverflowError) as error:
                where = f"The value that meets {meeting}" if meeting else "A value of the query"
                kind = QueryError if isinstance(error, TypeError) else ValueUnfit
                return kind("Q201", f"{where} does not fit: {error}.", "Convert it first.")
        raise AssertionError("the same value was refused once and taken the second time")


class ReadPlan(Plan):
    """A compiled SELECT and what makes results of its rows.

    Attributes:
        many: Takes rows to a list of results.
        one: Takes one row to a result.
    """

    __slots__ = ("many", "one")

    def __init__(
        self,
        statement: Statement,
        takes: Sequence[tuple[int, Encoder, str]],
        constants: Sequence[object],
        many: Callable[[Iterable[Any]], list[Any]],
        one: Callable[[Any], Any],
    ) -> None:
        super().__init__(statement, takes, constants)
        self.many = many
        self.one = one


class _NoType:
    key = None


_NO_TYPE: Any = _NoType()
