"""From the columns that a database's error names to the fields of a model, where a form or an API shows it."""

from __future__ import annotations

from rooftree.base import IntegrityError
from rooftree.db.models.registry import known
from rooftree.db.table import TableInfo

__all__ = ["fields_of"]


def fields_of(error: IntegrityError) -> tuple[str, ...]:
    """Return the names that the columns of an error have on the model: ``category`` for ``category_id``.

    Where no model has that table the columns' own names are returned.
    """
    info = _table(error.table)
    if info is None:
        return error.columns
    names = {column.column: column.name for column in info.columns}
    names.update({each.columns[0].column: each.name for each in info.references if len(each.columns) == 1})
    return tuple(names.get(column, column) for column in error.columns)


def _table(name: str | None) -> TableInfo | None:
    """Return the latest table of this name, with or without its schema."""
    infos: list[TableInfo] = [model.__table_info__ for model in known()]
    found = [info for info in infos if name in {info.name, f"{info.schema}.{info.name}"}]
    return max(found, key=lambda info: info.serial, default=None)
