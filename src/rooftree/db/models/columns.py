"""What stands on the right of a column: ``col()``, ``ref()``, ``many()``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Literal, NamedTuple, TypedDict, Unpack, cast, overload

from rooftree.db.model_errors import ModelError
from rooftree.db.table import MISSING, OnDelete, Role

__all__ = [
    "AUTOMATIC",
    "AllOptions",
    "ByDatabase",
    "ColSpec",
    "ManySpec",
    "RefSpec",
    "by_database",
    "col",
    "many",
    "ref",
]


class GeneratedOptions(TypedDict, total=False):
    """What a column that the database computes may say of itself; it is no argument of the constructor."""

    unique: bool
    index: bool
    max_length: int
    max_digits: int
    decimal_places: int
    private: bool
    name: str
    native: bool
    json: bool
    doc: str


class ColOptions(TypedDict, total=False):
    """What a column may say of itself; see ``col``."""

    primary: bool
    unique: bool
    index: bool
    max_length: int
    min_length: int
    pattern: str
    format: Literal["email", "url", "slug"]
    ge: Any
    gt: Any
    le: Any
    lt: Any
    multiple_of: Any
    max_digits: int
    decimal_places: int
    private: bool
    name: str
    on_update: Callable[[], Any]
    native: bool
    json: bool
    role: Role
    doc: str


class AllOptions(ColOptions, total=False):
    """What a column said of itself."""

    generated: str


class Automatic:
    """The default of a key that the database counts up."""

    __slots__ = ()


AUTOMATIC: Final = Automatic()


class ByDatabase(NamedTuple):
    """A default that the database makes, as SQL."""

    sql: str


class ColSpec(NamedTuple):
    """What ``col()`` was given."""

    default: Any
    options: AllOptions


class RefSpec(NamedTuple):
    """What ``ref()`` was given."""

    on_delete: OnDelete | None
    unique: bool
    primary: bool
    indexed: bool
    columns: tuple[str, ...]
    doc: str


class ManySpec(NamedTuple):
    """What ``many()`` was given."""

    by: str
    through: Any
    source: str
    via: str


@overload
def col(*, generated: str, init: Literal[False] = False, **options: Unpack[GeneratedOptions]) -> Any: ...
@overload
def col(*, default: Any = MISSING, **options: Unpack[ColOptions]) -> Any: ...
def col(*, default: Any = MISSING, **options: Any) -> Any:
    """Say what a column is; its type stands in the annotation.

    Args:
        default: The value of a new row, a function that makes it (``default=now``, ``default=list``), or
            ``by_database("now()")``.
        options: ``primary``: part of the key. ``unique``, ``index``. ``max_length``, ``min_length``, ``pattern``
            (found anywhere; write ``^...$`` for the whole), ``format`` (``"email"``, ``"url"``, ``"slug"``) of text.
            ``ge``, ``gt``, ``le``, ``lt``, ``multiple_of`` of numbers, dates and durations. ``max_digits``,
            ``decimal_places`` of Decimal (18 and 4 where not given). ``private``: never in JSON, forms or logs
            unless named. ``name``: the column's name in the database, where the attribute cannot have it.
            ``on_update``: makes the value of each changed row. ``generated``: a SQL expression
            of which the database keeps the value computed. ``native``: an enumeration becomes a
            type of the database. ``json``: a list is kept as JSON instead of an array. ``role``: ``"version"`` for
            the optimistic lock, ``"deleted"`` for soft delete. ``doc``: one sentence for people.

    Raises:
        ModelError: an unknown option.
    """
    names = {**ColOptions.__annotations__, "generated": str}
    unknown = sorted(set(options) - set(names))
    if unknown:
        known = ", ".join(names)
        raise ModelError("M101", f"col() takes no {unknown[0]!r}.", f"It takes default, {known}.")
    return ColSpec(default, cast("AllOptions", options))


def by_database(sql: str) -> Any:
    """A default that the database makes: ``col(default=by_database("now()"))``.

    Args:
        sql: An expression in the database's own SQL, written by the programmer.
    """
    return ByDatabase(sql)


def ref(
    *,
    on_delete: OnDelete | None = None,
    unique: bool = False,
    primary: bool = False,
    index: bool = True,
    columns: tuple[str, ...] = (),
    doc: str = "",
) -> Any:
    """Say what a reference is; the other model stands in the annotation.

    Args:
        on_delete: What the database does here when the other row is deleted: ``"restrict"`` (the default of references
            that must lead somewhere), ``"set null"`` (of those that may miss), ``"cascade"``, ``"set default"``,
            ``"no action"``.
        unique: No two rows refer to the same one: one to one.
        primary: Part of the key.
        index: Whether the column gets an index, which deletes of the other row need.
        columns: The names of the columns that hold the key: ``("category_id",)`` where not given.
        doc: One sentence for people.
    """
    return RefSpec(on_delete, unique, primary, index, columns, doc)


def many(*, by: str = "", through: type[Any] | str | None = None, source: str = "", via: str = "") -> Any:
    """Say what the many rows on the other side are; their model stands in the annotation.

    Args:
        by: The reference of the other model that leads here (one to many), or the many to many of which this is the
            reverse.
        through: The model between, of a many to many that has one of its own.
        source: The reference of ``through`` that leads here, where there are more than one.
        via: The reference of ``through`` that leads to the other model, where there are more than one.
    """
    return ManySpec(by, through, source, via)
