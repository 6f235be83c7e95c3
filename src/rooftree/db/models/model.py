"""`Model`: the base of every model, with its verbs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Never, NoReturn, ParamSpec, Self, TypeVar, cast, overload

from msgspec import UNSET

from rooftree.db.expressions.base import Expression
from rooftree.db.expressions.columns import Column
from rooftree.db.expressions.constraints import Constraint
from rooftree.db.habits import refuse_named
from rooftree.db.loaded import LoadedRow, Struct
from rooftree.db.model_errors import QueryError
from rooftree.db.models.columns import AUTOMATIC, col
from rooftree.db.models.descriptors import Col
from rooftree.db.models.meta import ModelMeta
from rooftree.db.policies import Action
from rooftree.db.query.bulk import CreateMany, InBulk, UpdateMany
from rooftree.db.query.create import Create, check_given
from rooftree.db.query.find import Query
from rooftree.db.query.get import Get
from rooftree.db.query.obey import check_unscoped
from rooftree.db.query.results import Count, Exists, First, One
from rooftree.db.query.rows import Rows
from rooftree.db.query.save import Delete, Save, row_of
from rooftree.db.query.upsert import GetOrCreate, Upsert
from rooftree.db.table import MISSING

if TYPE_CHECKING:
    from rooftree.db.table import TableInfo

__all__ = ["BareModel", "Model"]

M = TypeVar("M", bound="BareModel")
P = ParamSpec("P")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
E = TypeVar("E")
F = TypeVar("F")
G = TypeVar("G")
H = TypeVar("H")


class BareModel(LoadedRow, Struct, metaclass=ModelMeta):
    """A model that names its key itself: ``primary=True`` of one column or of several. Most derive from `Model`.

    Class options: ``table`` names the table, ``schema`` its schema (PostgreSQL), ``database`` the database of an
    application that has several, ``abstract=True`` makes a base whose columns its models copy.
    """

    __model_root__ = True

    if TYPE_CHECKING:
        __table_info__: ClassVar[TableInfo]

    # ---- queries

    @classmethod
    def where(cls, *conditions: Expression[bool], **named: Never) -> Query[Self]:
        """The rows that fit every condition."""
        if named:
            refuse_named("where", cls.__table_info__, named)
        found: Query[Self] = Query(cls.__table_info__.rows)  # a subscript would cost more than the query
        return found.where(*conditions)

    @classmethod
    def search(cls, text: str, *, name: str | None = None, prefix: bool = False) -> Query[Self]:
        """The rows that hold the words of a text, the best first; the model's `Search` says where to look."""
        return cls.all().search(text, name=name, prefix=prefix)

    @classmethod
    def all(cls) -> Query[Self]:
        """Every row."""
        return Query(cls.__table_info__.rows)

    @classmethod
    def scoped(cls, user: Any, action: Action | None = None) -> Query[Self]:
        """The rows that are someone's by the model's policy: every row where it has none; see `Query.scoped`."""
        return cls.all().scoped(user, action)

    @classmethod
    def unscoped(cls, why: str) -> Query[Self]:
        """Everyone's rows, whatever the model's policy says; see `Query.unscoped`.

        Raises:
            QueryError: no reason was given.
        """
        return cls.all().unscoped(why)

    @classmethod
    def get(cls, key: Any = MISSING, **named: Never) -> Get[Self]:
        """The row of this key; a tuple where the key has several columns.

        Raises:
            DoesNotExist: there is none.
        """
        if named:
            refuse_named("get", cls.__table_info__, named)
        return Get(cls.__table_info__, key)

    @classmethod
    def get_or_404(cls, key: Any = MISSING, **named: Never) -> Get[Self]:
        """The row of this key, for a handler: `NotFound` where there is none."""
        if named:
            refuse_named("get", cls.__table_info__, named)
        return Get(cls.__table_info__, key, or_404=True)

    @classmethod
    def first(cls, *conditions: Expression[bool], **named: Never) -> First[Self]:
        """The first row that fits, by key, or ``None``."""
        return cls.where(*conditions, **named).first()

    @classmethod
    def one(cls, *conditions: Expression[bool], **named: Never) -> One[Self]:
        """The only row that fits.

        Raises:
            DoesNotExist: there is none.
            MultipleResults: there are more.
        """
        return cls.where(*conditions, **named).one()

    @classmethod
    def count(cls, *conditions: Expression[bool], **named: Never) -> Count:
        """The number of rows that fit."""
        return cls.where(*conditions, **named).count()

    @classmethod
    def exists(cls, *conditions: Expression[bool], **named: Never) -> Exists:
        """Whether any row fits."""
        return cls.where(*conditions, **named).exists()

    @classmethod
    def in_bulk(cls, keys: Iterable[Any]) -> InBulk[Self]:
        """The rows of these keys, as a dict by key; keys without a row are left out."""
        return cls.all().in_bulk(keys)

    @overload
    @classmethod
    def select(cls, a: Expression[A], /) -> Rows[tuple[A]]: ...
    @overload
    @classmethod
    def select(cls, a: Expression[A], b: Expression[B], /) -> Rows[tuple[A, B]]: ...
    @overload
    @classmethod
    def select(cls, a: Expression[A], b: Expression[B], c: Expression[C], /) -> Rows[tuple[A, B, C]]: ...
    @overload
    @classmethod
    def select(
        cls, a: Expression[A], b: Expression[B], c: Expression[C], d: Expression[D], /
    ) -> Rows[tuple[A, B, C, D]]: ...
    @overload
    @classmethod
    def select(
        cls, a: Expression[A], b: Expression[B], c: Expression[C], d: Expression[D], e: Expression[E], /
    ) -> Rows[tuple[A, B, C, D, E]]: ...
    @overload
    @classmethod
    def select(
        cls,
        a: Expression[A],
        b: Expression[B],
        c: Expression[C],
        d: Expression[D],
        e: Expression[E],
        f: Expression[F],
        /,
    ) -> Rows[tuple[A, B, C, D, E, F]]: ...
    @overload
    @classmethod
    def select(
        cls,
        a: Expression[A],
        b: Expression[B],
        c: Expression[C],
        d: Expression[D],
        e: Expression[E],
        f: Expression[F],
        g: Expression[G],
        /,
    ) -> Rows[tuple[A, B, C, D, E, F, G]]: ...
    @overload
    @classmethod
    def select(
        cls,
        a: Expression[A],
        b: Expression[B],
        c: Expression[C],
        d: Expression[D],
        e: Expression[E],
        f: Expression[F],
        g: Expression[G],
        h: Expression[H],
        /,
    ) -> Rows[tuple[A, B, C, D, E, F, G, H]]: ...
    @overload
    @classmethod
    def select(cls, *columns: Expression[Any]) -> Rows[tuple[Any, ...]]: ...
    @classmethod
    def select(cls, *columns: Expression[Any]) -> Rows[Any]:
        """Values instead of instances: each result is a tuple of these."""
        return cls.all().select(*columns)

    @classmethod
    def values(cls, column: Expression[A] = cast("Any", MISSING)) -> Rows[A]:  # noqa: B008 - see checked_columns
        """The values of one expression, bare."""
        return cls.all().values(column)

    # ---- writes

    if TYPE_CHECKING:

        @classmethod  # pyright: ignore[reportArgumentType]
        def create(cls: Callable[P, M], *args: P.args, **values: P.kwargs) -> Create[M]:
            """Save a new row: the constructor's arguments, checked by the columns' rules."""
            ...
    else:

        @classmethod
        def create(cls, **values: Any) -> Create[Any]:
            """Save a new row: the constructor's arguments, checked by the columns' rules."""
            try:
                return Create(cls(**values))
            except TypeError:
                check_given(cls.__table_info__, values)  # which tells more
                raise

    @classmethod
    def create_many(cls, instances: Iterable[Self]) -> CreateMany[Self]:
        """Save many new rows in as few statements as the database allows, all of them or none. Runs no hooks."""
        return CreateMany(instances)

    @classmethod
    def update_many(cls, instances: Iterable[Self], *columns: Any) -> UpdateMany[Self]:
        """Write these columns of many loaded instances, all of them or none. Runs no hooks.

        Without columns, those that were changed in any of the instances are written of all of them.
        """
        return UpdateMany(instances, columns)

    @classmethod
    def get_or_create(cls, *, defaults: Mapping[str, Any] | None = None, **values: Any) -> GetOrCreate[Self]:
        """The row with these values, else a new one of them and the defaults; and whether it is new.

        Two at once get the same row where a unique constraint says what is the same.
        """
        check_unscoped(cls.__table_info__, "get_or_create")
        return GetOrCreate(cls, values, defaults or {})

    @classmethod
    def upsert(
        cls, instances: Self | Iterable[Self], *, on: Iterable[Any], update: Iterable[Any] | None = None
    ) -> Upsert[Self]:
        """Insert rows; where one with the same ``on`` exists, write over it. Runs no hooks.

        Args:
            instances: One instance or many.
            on: The columns, of a key or a unique constraint, that say what is the same row.
            update: The columns to write over; all but ``on`` and stamps of creation where not given. An empty list
                leaves rows that exist as they are, and their instances as they were given: nothing is read of them.

        Raises:
            QueryError: no unique constraint of the model is over exactly ``on``.
        """
        check_unscoped(cls.__table_info__, "upsert")
        rows: Any = [instances] if isinstance(instances, cls) else instances
        return Upsert(cls.__table_info__, rows, on, update)

    def save(self, *, always: bool = False) -> Save[Self]:
        """Save this row: a new one whole, a loaded one where it changed.

        Args:
            always: Count on the version, and what changes with every update, even where nothing else did: for changes
                of rows that belong to this one.
        """
        return Save(self, always=always)

    def delete(self, *, hard: bool = False) -> Delete:
        """Delete this row; mark it as deleted where the model has soft delete, unless ``hard``."""
        return Delete(self, hard=hard)

    # ---- hooks

    async def before_save(self, *, new: bool) -> None:
        """Called before this row is created or saved one by one; not by create_many, upsert or updates of a query."""

    async def after_save(self, *, new: bool) -> None:
        """Called after this row was created or saved one by one; see `before_save`."""

    async def before_delete(self) -> None:
        """Called before this row is deleted one by one; not by deletes of a query, nor by the database's cascades."""

    async def after_delete(self) -> None:
        """Called after this row was deleted one by one; see `before_delete`."""

    @classmethod
    def constraints(cls) -> list[Constraint]:
        """Constraints and indexes beyond those of single columns.

        ``[Unique(cls.a, cls.b), Check(cls.a > 0, name="a"), Index(cls.a.desc(), where=cls.b)]``
        """
        return []

    # ---- values by their column

    def __getitem__(self, column: Expression[A]) -> A:
        """The value of a column, typed as the column is; of a reference's key without loading the row behind it.

        ``line[Line.product.id]``; where the reference may miss, ``line[nullable(Line.product.id)]``.

        Raises:
            TypeError: no column of this model.
        """
        asked: Any = column
        if not isinstance(asked, Column) or asked.path or asked.info.table is not self.__table_info__:
            name = type(self).__name__
            raise TypeError(f"A {name} has the values of its columns, {name}.<column>, and was asked for {column!r}.")
        return cast("A", getattr(self, asked.info.name))

    # ---- identity

    if not TYPE_CHECKING:

        @property
        def _sa_instance_state(self) -> NoReturn:
            """Tell those who write SQLAlchemy's ``session.add(product)``, which asks for this."""
            raise QueryError(
                "Q127",
                f"SQLAlchemy was given a {type(self).__name__}.",
                "Write `await` before its save(), or before create_many([...]) of its model.",
            )

    @property
    def is_saved(self) -> bool:
        """Whether this instance was loaded or saved, so that `save()` writes over its row."""
        return row_of(self) is not None

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(other) is not type(self):
            return NotImplemented
        mine = _key(self)
        return mine is not None and mine == _key(other)

    def __hash__(self) -> int:
        key = _key(self)
        return object.__hash__(self) if key is None else hash((type(self), key))

    def __repr__(self) -> str:
        info = self.__table_info__
        shown = [f"{column.name}={getattr(self, column.name)!r}" for column in info.columns if not column.private]
        return f"{info.model}({', '.join(shown)})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        columns = [column for column in self.__table_info__.columns if not column.private]
        return [(column.name, getattr(self, column.name)) for column in columns]


def _key(instance: Any) -> tuple[Any, ...] | None:
    key = tuple([getattr(instance, column.name) for column in instance.__table_info__.key])
    return None if any(part is UNSET or part is None for part in key) else key


class Model(BareModel, abstract=True):
    """A model with an ``id`` that the database counts up."""

    id: Col[int] = col(primary=True, default=AUTOMATIC)
