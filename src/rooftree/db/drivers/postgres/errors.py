"""PostgreSQL's errors as ours, by SQLSTATE (PostgreSQL's documentation, appendix A)."""

from __future__ import annotations

import re
from typing import Any, Final

import asyncpg

from rooftree.base import (
    CheckError,
    ConnectionFailed,
    ConnectionLost,
    DatabaseError,
    DeadlockError,
    ExclusionError,
    ForeignKeyError,
    IntegrityError,
    LockTimeout,
    NotNullError,
    PermissionRefused,
    ReadOnlyError,
    SerializationError,
    StatementError,
    StatementTimeout,
    StorageFull,
    TransactionLost,
    UniqueError,
    ValueRefused,
)
from rooftree.db.drivers.base import NOT_MIGRATED
from rooftree.db.place import user_line

__all__ = ["LIBRARY_ERRORS", "ends_connection", "translate", "translate_connect"]

LIBRARY_ERRORS: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)

_KEY: Final = re.compile(r"\((?P<columns>.+?)\)=\(", re.DOTALL)
_ARGUMENT: Final = re.compile(r".*query argument (?P<place>\$\d+).*?\((?P<reason>[^()]*)\)$", re.DOTALL)

Kind = type[DatabaseError]
# SQLSTATE, or its class of two characters: our error, its code, the fact, the remedy.
_MISSING: Final = frozenset({"42P01", "42703"})  # a table, a column

_PLAIN: Final[dict[str, tuple[Kind, str, str, str]]] = {
    "40001": (
        SerializationError,
        "T301",
        "Another transaction on '{name}' changed what this one read or wrote: {message}.",
        "Run the transaction again from its beginning: retries= does.",
    ),
    "40P01": (
        DeadlockError,
        "T302",
        "Two transactions on '{name}' waited for each other, and this one was ended.",
        "Run the transaction again from its beginning: retries= does; lock rows in the same order everywhere.",
    ),
    "55P03": (
        LockTimeout,
        "T303",
        "Another transaction on '{name}' holds a lock that this statement needs: {message}.",
        "Keep transactions that write short, or raise lock_limit.",
    ),
    "57014": (
        StatementTimeout,
        "T304",
        "A statement on the database '{name}' was stopped: {message}.",
        "Give it an index or less to do, or raise statement_limit.",
    ),
    "53": (
        StorageFull,
        "T305",
        "The server of '{name}' has run out of something: {message}.",
        "Make room on its disk or in its memory.",
    ),
    "58": (StorageFull, "T305", "The server of '{name}' cannot read or write: {message}.", "Look at its disk and log."),
    "25006": (
        ReadOnlyError,
        "T403",
        "A write reached the database '{name}' where only reads may be: {message}.",
        "Run it in a transaction that is not read_only, on a server that takes writes.",
    ),
    "25P02": (
        TransactionLost,
        "T004",
        "An earlier statement of this transaction failed, so PostgreSQL refuses all that follow.",
        "Put a statement that may fail into a transaction() of its own; it becomes a savepoint.",
    ),
    "42501": (
        PermissionRefused,
        "T404",
        "The user of the database '{name}' may not do this: {message}.",
        "Grant it the right, or use another user.",
    ),
    "22": (ValueRefused, "T402", "A value does not fit: {message}.", ""),
    "21": (ValueRefused, "T402", "A value does not fit: {message}.", ""),
}


def ends_connection(error: BaseException) -> bool:
    """Whether the connection is gone with this error, or soon will be."""
    if isinstance(error, asyncpg.PostgresError):
        state = _field(error, "sqlstate") or ""
        return state.startswith(("08", "57P")) or _field(error, "severity_en") in {"FATAL", "PANIC"}
    return isinstance(error, (OSError, asyncpg.ConnectionDoesNotExistError, asyncpg.InternalClientError)) or (
        isinstance(error, asyncpg.InterfaceError) and "closed" in str(error)
    )


def translate(error: Exception, name: str, columns: tuple[str, ...] | None = None) -> DatabaseError:
    """Return our error for PostgreSQL's or asyncpg's.

    Args:
        error: What asyncpg raised.
        name: The database's name, for the text.
        columns: The columns of the constraint, where they were looked up.
    """
    at = user_line()
    state = _field(error, "sqlstate") if _field(error, "severity") else None  # asyncpg's own errors carry one too
    if ends_connection(error):
        return ConnectionLost(
            "T101",
            f"The connection to the database '{name}' ended while it was used: {_message(error)}.",
            "Run it again: a new connection is made. Whether a write outside of a transaction was done is unknown.",
            at=at,
            sqlstate=state,
        )
    if state is None:
        return _not_sent(error, at)
    if state.startswith("23"):
        return _integrity(error, state, columns, at)
    kind, code, fact, remedy = _PLAIN.get(state) or _PLAIN.get(state[:2]) or (
        StatementError,
        "T401",
        "PostgreSQL cannot run the statement: {message}.",
        "",
    )  # fmt: skip
    if not remedy and (hint := _field(error, "hint")):
        remedy = f"{hint.rstrip('.')}."
    if state in _MISSING:
        remedy = f"{remedy} {NOT_MIGRATED}".lstrip()
    fact = fact.format(name=name, message=_message(error))
    return kind(code, fact, remedy, at=at, sqlstate=state)


def translate_connect(error: Exception, name: str, address: str) -> ConnectionFailed:
    """Return our error for a connection that cannot be made."""
    reason = "it took too long" if isinstance(error, TimeoutError) else _message(error)
    remedy = "Check that the server runs there, and the name, user and password in the database's URL."
    state = _field(error, "sqlstate")
    if state == "3D000":  # invalid_catalog_name
        remedy = "Create it, with 'createdb' or CREATE DATABASE, or name one that is there in the database's URL."
    elif state is not None and state.startswith("28"):  # invalid_authorization_specification
        remedy = "Check the user and the password in the database's URL."
    if reason.startswith("unsupported startup parameter"):
        remedy = "A PgBouncer answers there: write ?prepare=false behind the database's URL."
    return ConnectionFailed(
        "T102",
        f"The database '{name}' cannot be reached at {address}: {reason}.",
        remedy,
        sqlstate=state,
    )


def _not_sent(error: Exception, at: str | None) -> DatabaseError:
    """What asyncpg refused before it sent anything: its text carries the value, which may be private."""
    if found := _ARGUMENT.match(str(error)):
        return ValueRefused(
            "T402", f"The parameter {found['place']} does not fit: {found['reason'].rstrip('.')}.", at=at
        )
    if isinstance(error, asyncpg.DataError):
        return ValueRefused("T402", "A parameter does not fit what the statement takes in its place.", at=at)
    return StatementError("T401", f"asyncpg cannot run the statement: {_message(error)}.", at=at)


def _integrity(error: Exception, state: str, known: tuple[str, ...] | None, at: str | None) -> IntegrityError:
    table = _field(error, "table_name")
    constraint = _field(error, "constraint_name")
    column = _field(error, "column_name")
    columns = known or ((column,) if column else _columns_of(_field(error, "detail") or ""))
    named = "' and '".join(columns)
    rule = f" ({constraint})" if constraint else ""
    kind: type[IntegrityError]
    remedy = ""
    match state:
        case "23505":
            kind, code, fact = UniqueError, "T201", f"Another row of '{table}' has this '{named}'{rule}."
        case "23503":
            kind, code = ForeignKeyError, "T202"
            if "still referenced" in (_field(error, "detail") or ""):
                fact = f"Rows of '{table}' still refer to the row that would go{rule}."
            else:
                fact = f"The row that '{named}' of '{table}' refers to is not there{rule}."
        case "23502":
            kind, code, fact = NotNullError, "T203", f"The column '{named}' of '{table}' must have a value."
        case "23514":
            kind, code, fact = CheckError, "T204", f"The check '{constraint}' of '{table}' is false for this row."
        case "23P01":
            kind, code, fact = ExclusionError, "T205", f"The row overlaps another row of '{table}'{rule}."
        case _:
            kind, code, fact = IntegrityError, "T206", f"A rule of the database refused the row: {_message(error)}."
    return kind(code, fact, remedy, at=at, sqlstate=state, table=table, constraint=constraint, columns=columns)


def _columns_of(detail: str) -> tuple[str, ...]:
    """The columns in ``Key (a, lower(b))=(...) already exists.``; expressions give the names inside of them."""
    found = _KEY.search(detail)
    if found is None:
        return ()
    text = re.sub(r"'[^']*'(::[\w ]+)?|::[\w ]+|\b\w+\(", " ", found["columns"])
    return tuple(quoted or plain for quoted, plain in re.findall(r'"([^"]+)"|(\w+)', text))


def _message(error: Exception) -> str:
    """The error's own sentence, without the value that PostgreSQL quotes at its end."""
    text = str(_field(error, "message") or (error.strerror if isinstance(error, OSError) else None) or error)
    text = text.splitlines()[0] if text else type(error).__name__
    return re.sub(r': ".*"$', "", text).rstrip(".")


def _field(error: Any, name: str) -> str | None:
    value = getattr(error, name, None)
    return value if isinstance(value, str) else None
