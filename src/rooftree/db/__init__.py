"""Models, queries, transactions and databases.

What is about migrations is imported when it is first asked for: commands need it, requests do not.
"""

from typing import TYPE_CHECKING, Any

from rooftree.base import absent
from rooftree.db.database import Database
from rooftree.db.databases import Databases, current_database
from rooftree.db.drivers.base import Notification
from rooftree.db.expressions.base import Condition, Expression, Ordering
from rooftree.db.expressions.columns import Assignment, Column
from rooftree.db.expressions.constraints import Check, Constraint, Index, Search, Unique
from rooftree.db.expressions.functions import (
    abs_,
    avg,
    case,
    coalesce,
    count,
    current_time,
    max_,
    min_,
    nullable,
    outer,
    round_,
    string_agg,
    sum_,
    value,
)
from rooftree.db.expressions.paths import Related
from rooftree.db.expressions.search import highlighted, text_match, text_rank, text_snippet
from rooftree.db.expressions.windows import (
    Aggregate,
    cume_dist,
    dense_rank,
    first_value,
    lag,
    last_value,
    lead,
    ntile,
    percent_rank,
    rank,
    row_number,
)
from rooftree.db.fields import fields_of
from rooftree.db.fits import unfit
from rooftree.db.idle import IdleTransactions
from rooftree.db.log import QueryCounter, QueryEvent, RepeatedQueries, SlowQueries, log_queries, occasion
from rooftree.db.model_errors import (
    ColumnProblem,
    DoesNotExist,
    ModelError,
    MultipleResults,
    NotLoaded,
    PolicyError,
    QueryError,
    RowInvalid,
    StaleRow,
)
from rooftree.db.models.columns import by_database, col, many, ref
from rooftree.db.models.derived import Derived
from rooftree.db.models.descriptors import Col, Many, Ref
from rooftree.db.models.model import BareModel, Model
from rooftree.db.models.parts import part_of
from rooftree.db.models.registry import known as known_models
from rooftree.db.models.registry import mistakes as mistakes_of_models
from rooftree.db.models.shapes import Input, Output
from rooftree.db.place import asked_from
from rooftree.db.policies import Action, Policies, Scoped, Unscoped, is_policed, policies_in_force
from rooftree.db.query.cursor import CursorInvalid
from rooftree.db.query.ddl import create_tables, drop_tables
from rooftree.db.query.find import Query
from rooftree.db.query.operation import NeverAwaitedWarning, Operation, Write
from rooftree.db.query.page import CursorPage, Page
from rooftree.db.query.raw import core, sql
from rooftree.db.query.rows import Rows
from rooftree.db.query.written import RowRefused, check_written
from rooftree.db.rules import checks_of
from rooftree.db.statement import Statement
from rooftree.db.store import DatabaseStore
from rooftree.db.sync import connected, run_sync
from rooftree.db.table import ColumnInfo, ManyInfo, ReferenceInfo, TableInfo
from rooftree.db.transactions import Transaction, on_commit, on_rollback, transaction
from rooftree.db.values import now, uuid7

if TYPE_CHECKING:
    from rooftree.db.migrations import Migrations, Rename, parse_renames

__all__ = [
    "Action",
    "Aggregate",
    "Assignment",
    "BareModel",
    "Check",
    "Col",
    "Column",
    "ColumnInfo",
    "ColumnProblem",
    "Condition",
    "Constraint",
    "CursorInvalid",
    "CursorPage",
    "Database",
    "DatabaseStore",
    "Databases",
    "Derived",
    "DoesNotExist",
    "Expression",
    "IdleTransactions",
    "Index",
    "Input",
    "Many",
    "ManyInfo",
    "Migrations",
    "Model",
    "ModelError",
    "MultipleResults",
    "NeverAwaitedWarning",
    "NotLoaded",
    "Notification",
    "Operation",
    "Ordering",
    "Output",
    "Page",
    "Policies",
    "PolicyError",
    "Query",
    "QueryCounter",
    "QueryError",
    "QueryEvent",
    "Ref",
    "ReferenceInfo",
    "Related",
    "Rename",
    "RepeatedQueries",
    "RowInvalid",
    "RowRefused",
    "Rows",
    "Scoped",
    "Search",
    "SlowQueries",
    "StaleRow",
    "Statement",
    "TableInfo",
    "Transaction",
    "Unique",
    "Unscoped",
    "Write",
    "abs_",
    "asked_from",
    "avg",
    "by_database",
    "case",
    "check_written",
    "checks_of",
    "coalesce",
    "col",
    "connected",
    "core",
    "count",
    "create_tables",
    "cume_dist",
    "current_database",
    "current_time",
    "dense_rank",
    "drop_tables",
    "fields_of",
    "first_value",
    "highlighted",
    "is_policed",
    "known_models",
    "lag",
    "last_value",
    "lead",
    "log_queries",
    "many",
    "max_",
    "min_",
    "mistakes_of_models",
    "now",
    "ntile",
    "nullable",
    "occasion",
    "on_commit",
    "on_rollback",
    "outer",
    "parse_renames",
    "part_of",
    "percent_rank",
    "policies_in_force",
    "rank",
    "ref",
    "round_",
    "row_number",
    "run_sync",
    "sql",
    "string_agg",
    "sum_",
    "text_match",
    "text_rank",
    "text_snippet",
    "transaction",
    "unfit",
    "uuid7",
    "value",
]

_LATER = ("Migrations", "Rename", "parse_renames")


if not TYPE_CHECKING:  # for checkers a name that is not there is an error

    def __getattr__(name: str) -> Any:
        if name not in _LATER:
            raise absent(__name__, name)
        from rooftree.db import migrations

        value = globals()[name] = getattr(migrations, name)
        return value
