"""The models that exist, found by name: references may name a model that is declared later."""

from __future__ import annotations

import difflib
import sys
import weakref
from collections.abc import Iterator
from typing import Any

from rooftree.base import RooftreeError
from rooftree.db.model_errors import ModelError, leads_elsewhere
from rooftree.db.table import ManyInfo, ReferenceInfo, TableInfo

__all__ = ["add", "known", "mistakes", "resolve"]

_by_name: dict[str, weakref.WeakSet[Any]] = {}


def add(model: type) -> None:
    """Take in a model that was just made."""
    _by_name.setdefault(model.__name__, weakref.WeakSet()).add(model)


def known(database: str | None = None) -> list[Any]:
    """Return every model that exists, by module and name.

    Args:
        database: Only the models of the database of this name; where no model names one, all are of each.
    """
    found: list[Any] = [model for models in _by_name.values() for model in models]
    if database is not None and any(model.__table_info__.database != "default" for model in found):
        found = [model for model in found if model.__table_info__.database == database]
    return sorted(found, key=lambda model: (model.__module__, model.__qualname__))


def mistakes() -> Iterator[RooftreeError]:
    """Look where the relations of every model lead, and at its constraints: queries find it out one by one."""
    for model in known():
        info: TableInfo = model.__table_info__
        parts: list[ReferenceInfo | ManyInfo] = [*info.references, *info.manys]
        for part in parts:
            try:
                target = part.target
            except ModelError as error:
                yield error
                continue
            if target.database != info.database:
                yield leads_elsewhere(f"{info.model}.{part.name}", info.database, target.model, target.database)
        try:
            info.constraints()
        except RooftreeError as error:  # a column that is not there is a query's error
            yield error


def resolve(wanted: Any, *, module: str, scope: str, said_by: str) -> TableInfo:
    """Find the table of a model that was given as a class or by name.

    A name means, in this order: the latest model of that name in the same module and the same function, what the module
    holds under the name, the one model of that name anywhere.

    Raises:
        ModelError: there is none, or several to choose from.
    """
    if isinstance(wanted, type):
        return _info(wanted, said_by)
    name = str(wanted).rpartition(".")[2]
    models = list(_by_name.get(name, ()))
    here = [model for model in models if model.__module__ == module]
    near = [model for model in here if model.__qualname__ == f"{scope}{name}"]
    for candidates in (near, here, models):
        if candidates:
            latest = max(candidates, key=lambda model: model.__table_info__.serial)
            if len({model.__module__ for model in candidates}) == 1:
                return _info(latest, said_by)
            places = ", ".join(sorted(model.__module__ for model in candidates))
            raise ModelError(
                "M202", f"{said_by} names {name}, and there are several: in {places}.", "Import the one meant."
            )
    value = getattr(sys.modules.get(module), name, None)
    if isinstance(value, type):
        return _info(value, said_by)
    close = difflib.get_close_matches(name, _by_name, 1)
    hint = f"Did you mean {close[0]}?" if close else "Import the module that declares it before the first query."
    raise ModelError("M201", f"{said_by} names {name}, and no such model exists.", hint)


def _info(model: type, said_by: str) -> TableInfo:
    info = getattr(model, "__table_info__", None)
    if not isinstance(info, TableInfo):
        raise ModelError(
            "M203", f"{said_by} leads to {model.__name__}, which is no model with a table.", "Name a concrete model."
        )
    return info
