"""What people write who come from Django, SQLAlchemy or Tortoise, and what it is here.

Names stand as `Habit` where Python would not find one; conditions by keyword end in `refuse_named()`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final, NoReturn

from rooftree.base import Habit
from rooftree.db.model_errors import QueryError
from rooftree.db.table import ColumnInfo, ManyInfo, ReferenceInfo, TableInfo

__all__ = ["names_of", "put_habits_on_models", "put_habits_on_queries", "put_habits_on_sql", "refuse_named", "written"]

_STEPS: Final = (
    "order_by", "limit", "offset", "include", "page", "cursor_page", "distinct", "for_update", "join", "apply",
    "with_deleted", "only_deleted",
)  # fmt: skip
_ASK: Final = "Ask {model} itself: {model}.where(...), {model}.all(), {model}.get(key), {model}.create(...)."
_INCLUDE: Final = "Write .include({model}.<relation>)."
_GROUP: Final = "Write .select({column}, count()).group_by({column})."
_WHERE: Final = "Write .where({column} == ...)."
_LAST: Final = "Write .order_by({column}.desc()).first()."
_AWAIT: Final = "Write `await` before the query: it gives a list."
_TUPLES: Final = "Write .select({column}) for tuples, .values({column}) for bare values."

_BOTH: Final = {
    "filter": _WHERE,
    "filter_by": _WHERE,
    "exclude": "Write .where(~({column} == ...)).",
    "select_related": _INCLUDE,
    "prefetch_related": _INCLUDE,
    "options": _INCLUDE,
    "annotate": _GROUP,
    "aggregate": "Write .select(count(), sum_({column})).one().",
    "values_list": _TUPLES,
    "only": _TUPLES,
    "defer": _TUPLES,
    "latest": _LAST,
    "last": _LAST,
    "earliest": "Write .order_by({column}).first().",
    "get_or_none": "Write .where(...).first(): it gives None where there is no row.",
    "bulk_create": "Write {model}.create_many([...]).",
    "bulk_update": "Write {model}.update_many([...]).",
    "update_or_create": "Write {model}.upsert({model}(...), on=[...]).",
    "raw": 'Write sql({model}, "select ...", name=value).',
}
_MODEL: Final = {
    **_BOTH,
    **{step: f"Write {{model}}.all().{step}(...)." for step in _STEPS},
    "objects": _ASK,
    "query": _ASK,
    "update": "Write {model}.where(...).update(...), or set what changes and await save().",
    "DoesNotExist": "Catch DoesNotExist of rooftree.db.",
    "MultipleObjectsReturned": "Catch MultipleResults of rooftree.db.",
    "metadata": "Write create_tables({model}), or let `rooftree db make` write a migration.",
}
_QUERY: Final = {
    **_BOTH,
    **dict.fromkeys(("all", "fetchall", "scalars"), _AWAIT),
    "none": "Write .where({column}.in_([])).",
    "scalar": "Write .one().",
    "scalar_one": "Write .one().",
    "one_or_none": "Write .first().",
    "iterator": "Write `async for row in query:`.",
    "create": "Write {model}.create(...).",
}
_SQL: Final = {
    **dict.fromkeys(("one", "first", "scalar", "fetchone", "fetchval"), "It gives a list: write (await sql(...))[0]."),
    **dict.fromkeys(("all", "fetchall", "scalars", "fetch"), _AWAIT),
    **dict.fromkeys(("where", "order_by", "limit", "offset", "count"), "Write it in the SQL."),
}
_LOOKUPS: Final = {
    "exact": " == ...", "iexact": ".equals(...)", "lt": " < ...", "lte": " <= ...", "gt": " > ...", "gte": " >= ...",
    "in": ".in_([...])", "contains": ".contains(...)", "icontains": ".contains(..., ignore_case=True)",
    "startswith": ".startswith(...)", "istartswith": ".startswith(..., ignore_case=True)",
    "endswith": ".endswith(...)", "iendswith": ".endswith(..., ignore_case=True)", "isnull": ".is_null()",
    "range": ".between(..., ...)", "regex": ".matches(...)", "date": ".day() == ...", "year": '.part("year") == ...',
}  # fmt: skip


def _told(remedy: str, info: TableInfo | None) -> str:
    model = info.model if info is not None else "Product"
    columns = info.columns if info is not None else ()
    plain = [column.name for column in columns if not column.primary and column.reference is None]
    name = (plain or [column.name for column in columns] or ["name"])[0]
    return remedy.format(model=model, column=f"{model}.{name}")


def names_of(info: TableInfo, asked: str) -> str:
    """What to tell who asked a model for a name that it has not: the nearest, and all that it has."""
    from difflib import get_close_matches

    close = get_close_matches(asked, info.names, 1)
    hint = f"Did you mean {close[0]!r}? " if close else ""
    return f"{hint}It has {', '.join(info.names)}."


def put_habits_on_models(meta: type) -> None:
    """Put the names that people ask of a model's class on the class of models."""
    for name, remedy in _MODEL.items():
        whole = remedy.replace("Write .where", "Write {model}.where").replace("Write .", "Write {model}.all().")
        _put(meta, name, whole)


def put_habits_on_sql(query: type) -> None:
    """Put the names that people ask of a query on the class of SQL of one's own, which gives its rows and no more."""
    for name, remedy in _SQL.items():
        habit = Habit("Q125", partial(_told_of_sql, remedy))
        habit.__set_name__(query, name)
        setattr(query, name, habit)


def _told_of_sql(remedy: str, owner: Any, asked: Any) -> tuple[str, str]:
    return owner.__name__ if asked is None else "sql()", remedy


def put_habits_on_queries(query: type) -> None:
    """Put the names that people ask of a query on the class of queries."""
    for name, remedy in _QUERY.items():
        _put(query, name, remedy)


def _put(on: type, name: str, remedy: str) -> None:
    def tell(owner: Any, asked: Any) -> tuple[str, str]:
        if asked is None:  # of the class of models, or of queries, itself
            return owner.__name__, ""
        if isinstance(asked, type):
            return asked.__name__, _told(remedy, getattr(asked, "__table_info__", None))
        return repr(asked), _told(remedy, asked.table)

    habit = Habit("Q125", tell)
    habit.__set_name__(on, name)
    setattr(on, name, habit)


def refuse_named(verb: str, info: TableInfo, named: Mapping[str, object]) -> NoReturn:
    """Refuse conditions by keyword.

    Raises:
        QueryError: always, with the condition to write.
    """
    name = next(iter(named))
    wanted = f"{info.model}.{verb}"
    if verb == "get" and name in {"pk", *(column.name for column in info.key)}:
        remedy = f"Write {info.model}.get(key)."
    elif verb == "get":
        remedy = f"Write {info.model}.one({_condition(info, name)})."
    else:
        remedy = f"Write {verb}({_condition(info, name)})."
    raise QueryError("Q126", f"{wanted}() was given {name}=, and takes no conditions by keyword.", remedy)


def _condition(info: TableInfo, name: str) -> str:
    """What ``category__name__icontains`` is here."""
    path, at, here = info.model, 0, info
    steps = name.split("__")
    found: ColumnInfo | ReferenceInfo | ManyInfo | None = None
    for step in steps:
        part = here.find(step) or (here.key[0] if step == "pk" else None)
        if part is None or isinstance(found, (ColumnInfo, ManyInfo)):
            break
        found, path, at = part, f"{path}.{part.name}", at + 1
        if isinstance(part, ReferenceInfo):
            here = part.target
    if found is None:
        return f"{path}.<column> == ...), its columns are ({', '.join(info.names)}"
    if isinstance(found, ManyInfo):
        return f"{path}.any(...)"
    how = steps[at] if at < len(steps) else "exact"
    if isinstance(found, ReferenceInfo) and how not in {"in", "isnull"}:
        return f"{path}.is_(...)"
    return path + _LOOKUPS.get(how, " == ...")


def written(info: TableInfo, given: object) -> str:
    """What a name given as text, ``"-price"``, is here: ``Product.price.desc()``; a pattern where there is no such."""
    if isinstance(given, str):
        name = given.removeprefix("-")
        part = info.find(name)
        if isinstance(part, (ColumnInfo, ReferenceInfo, ManyInfo)):
            return f"{info.model}.{part.name}" + (".desc()" if given.startswith("-") else "")
    return f"{info.model}.<column>"
