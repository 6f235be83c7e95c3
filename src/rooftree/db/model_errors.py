"""Errors of models and queries. Those that a database raises itself (unique, foreign key, ...) stand in ``db.errors``.

StartupError
└── ModelError          [M...]  a model that cannot work, found when its class or its tables are made
UsageError
└── QueryError          [Q...]  a query that can only be a mistake
    ├── NotLoaded       [Q4xx]  a relation was read that no query loaded
    └── ValueUnfit      [Q201]  a value of a query is out of its column's range
RooftreeError
├── DoesNotExist        [Q501]  one row was asked for and there is none
├── MultipleResults     [Q502]  one row was asked for and there are more
├── StaleRow            [Q503]  the row was changed by someone else since it was loaded
└── RowInvalid          [Q504]  values that break the rules of their columns, all of them at once
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from rooftree.base import FieldError, HTTPError, RequestInvalid, RooftreeError, Said, StartupError, UsageError

__all__ = [
    "ColumnProblem",
    "DoesNotExist",
    "ModelError",
    "MultipleResults",
    "NotLoaded",
    "PolicyError",
    "QueryError",
    "RowInvalid",
    "StaleRow",
    "ValueUnfit",
    "leads_elsewhere",
]


class ModelError(StartupError):
    """A model that cannot work: found when its class, its relations or its tables are made."""


def leads_elsewhere(relation: str, database: str, target: str, other: str) -> ModelError:
    """A relation between tables of two databases, which no database can keep."""
    return ModelError(
        "M210",
        f"{relation} leads from the database '{database}' to {target} in '{other}'.",
        "Keep both in one, or hold the key in a Col[...].",
    )


class QueryError(UsageError):
    """A query that can only be a mistake: the fact, both sides named, and one remedy."""


class PolicyError(QueryError):
    """A query names a model with a policy and does not say for whom it is asked, or a policy cannot be used."""


class NotLoaded(QueryError):
    """A relation of an instance was read that no query has loaded; the text names the ``include()`` to add."""


class ValueUnfit(QueryError):
    """A value of a query is of the right type, and its column cannot hold it: a number of more than 64 bits."""

    def to_http(self) -> HTTPError:
        """422: such values come from the request."""
        return HTTPError(422, Said("A value cannot be used: it is out of range."))


class DoesNotExist(RooftreeError):
    """One row was asked for and there is none.

    Attributes:
        model: The name of the model.
    """

    def __init__(self, model: str, wanted: str) -> None:
        super().__init__(
            "Q501", f"There is no {model} with {wanted}.", "Use first() or get_or_404() where it may miss."
        )
        self.model = model


class MultipleResults(RooftreeError):
    """One row was asked for and there are more.

    Attributes:
        model: The name of the model.
    """

    def __init__(self, model: str) -> None:
        super().__init__("Q502", f"More than one {model} fits.", "Narrow the query, or take first() with an order.")
        self.model = model


class StaleRow(RooftreeError):
    """The row was changed, or deleted, by someone else since it was loaded (optimistic lock).

    Attributes:
        model: The name of the model.
        key: The key of the row.
    """

    def __init__(self, model: str, key: object, column: str) -> None:
        super().__init__(
            "Q503",
            f"{model} {key!r} was changed or deleted since it was loaded: its {column!r} is no longer the one loaded.",
            "Load it again and repeat the change.",
        )
        self.model = model
        self.key = key

    def to_http(self) -> HTTPError:
        """409."""
        return HTTPError(409, Said("This was changed or deleted by someone else. Load it again and repeat the change."))


class ColumnProblem(msgspec.Struct, frozen=True):
    """One value that breaks a rule of its column.

    Attributes:
        column: The column's name on the model.
        code: A stable name of the rule, a key for translations: ``"max_length"``.
        message: The text in English, in msgspec's grammar: ``"Expected `str` of length <= 80"``.
        params: What the rule's text needs: ``{"limit": 80}``.
    """

    column: str
    code: str
    message: str
    params: Mapping[str, Any] = {}


class RowInvalid(RooftreeError):
    """Values break the rules of their columns; every problem found is in ``problems``.

    Attributes:
        model: The name of the model.
        problems: What is wrong, one entry a rule.
    """

    def __init__(self, model: str, problems: Sequence[ColumnProblem]) -> None:
        listed = "; ".join(f"{problem.column}: {problem.message}" for problem in problems)
        super().__init__("Q504", f"{model} cannot be saved: {listed}.")
        self.model = model
        self.problems = tuple(problems)

    def to_http(self) -> HTTPError:
        """422, with every problem at its field."""
        found = [FieldError("body", (each.column,), each.code, each.message, each.params) for each in self.problems]
        return RequestInvalid(found)
