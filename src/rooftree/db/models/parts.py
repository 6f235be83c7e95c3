"""What is named on a model's class, as plain data: for rooms that make something of columns and relations."""

from __future__ import annotations

from typing import Any, cast

from rooftree.db.expressions.columns import Column
from rooftree.db.expressions.paths import RefPath, Related, path_of
from rooftree.db.model_errors import ModelError
from rooftree.db.table import ColumnInfo, ManyInfo, ReferenceInfo, TableInfo

__all__ = ["part_of"]


def part_of(info: TableInfo, part: object, owner: str) -> ColumnInfo | ReferenceInfo | ManyInfo:
    """Return the column or relation of a table that ``Product.price`` names.

    Args:
        info: The table.
        part: What stands on the class.
        owner: Who names it, for errors.

    Raises:
        ModelError: M404 for anything else, and for what is behind a relation.
    """
    found: Any = None
    if isinstance(part, Column) and not part.path:
        found = part.info
    elif isinstance(part, RefPath) and len(path_of(part)) == 1:
        found = path_of(part)[0]
    elif isinstance(part, Related) and not part.path:
        found = part.many
    if found is None or info.find(found.name) is not found:
        raise ModelError(
            "M404",
            f"{owner} names {part!r}, which is no column or relation of {info.model}.",
            f"Name columns of {info.model}.",
        )
    return cast("ColumnInfo | ReferenceInfo | ManyInfo", found)
