"""Rows that were written, held against the policies: what nobody may see or change cannot be made by writing it."""

from __future__ import annotations

import logging
from typing import Any, Final

from rooftree.base import HTTPError, place_of
from rooftree.db.policies import Action, Scoped, is_policed, policies_in_force
from rooftree.db.query.save import row_of
from rooftree.db.table import TableInfo, info_of
from rooftree.db.transactions import transaction

__all__ = ["RowRefused", "check_written", "save_among"]

log: Final = logging.getLogger("rooftree.db")


class RowRefused(HTTPError):
    """403: whoever asks may not add a row like this one, not make it one like this, or not delete it.

    Attributes:
        row: The row, as it was about to be written; nothing of it was kept.
    """

    status = 403

    def __init__(self, row: Any, action: Action) -> None:
        done = {"add": "added", "delete": "deleted"}.get(action, "changed to that")
        super().__init__(403, f"This is not yours: it cannot be {done}.")
        self.row: Final = row


async def check_written(instance: Any, user: Any, action: Action) -> None:
    """Refuse a row that was written and is now none that somebody may add or change, or that is to be deleted.

    It asks within the transaction.

    Args:
        instance: The row.
        user: Who has written it; `None` for a visitor.
        action: `add`, `change` or `delete`.

    Raises:
        RowRefused: 403.
    """
    info = info_of(instance)
    if not is_policed(info):
        return
    key = [info.own[column.name] == getattr(instance, column.name) for column in info.key]
    model: Any = info.make
    if not await model.scoped(user, action).with_deleted().where(*key).exists():
        _tell(instance, user, action)
        raise RowRefused(instance, action)


async def save_among(query: Any, instance: Any) -> Any:
    """Save an instance, which has to be one of the rows of a query when it is written; see `Query.save`."""
    database = query._found()
    action: Action = "add" if row_of(instance) is None else "change"
    info = info_of(instance)
    async with transaction(database):
        await instance.save().using(database)
        key = [info.own[column.name] == getattr(instance, column.name) for column in info.key]
        if not await query.acting(action).using(database).with_deleted().where(*key).exists():
            if isinstance(leave := query.asked_for, Scoped):
                _tell(instance, leave.user, action)
            raise RowRefused(instance, action)
    return instance


def _tell(instance: Any, user: Any, action: Action) -> None:
    """Write into the log which rules were asked of a row that is refused; who asks is told nothing of them."""
    info = info_of(instance)
    policies = policies_in_force()
    about = [] if policies is None else policies.rules(info, action)
    asked = [rule for rule in about if user is not None or rule.takes_visitors]
    who = "A visitor" if user is None else f"{type(user).__name__} {_key_of(user)}"
    if asked:
        named = [f"{rule.call.__qualname__}() at {place_of(rule.call)}" for rule in asked]
        why = f"none of the rules about it lets the row through: {', '.join(named)}"
    elif about:
        why = "no rule about it takes visitors"
    else:
        why = f"no rule of {info.model} is about it"
    log.info("%s may not %s %s %s: %s.", who, action, info.model, _key_of(instance), why)


def _key_of(instance: Any) -> str:
    info: TableInfo | None = getattr(instance, "__table_info__", None)
    return "" if info is None else ", ".join(str(getattr(instance, column.name)) for column in info.key)
