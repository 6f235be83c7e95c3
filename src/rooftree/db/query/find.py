"""Queries for instances of a model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, Never, Self, TypeVar, cast, overload

from rooftree.db.expressions.base import Expression
from rooftree.db.expressions.search import text_match, text_rank
from rooftree.db.expressions.select import Join, Select
from rooftree.db.habits import refuse_named
from rooftree.db.model_errors import QueryError
from rooftree.db.policies import Action, Scoped, Unscoped
from rooftree.db.query.bulk import InBulk
from rooftree.db.query.cursor import CursorPageOf
from rooftree.db.query.get import Get
from rooftree.db.query.include import include_in
from rooftree.db.query.read import ReadQuery, check_condition
from rooftree.db.query.results import bare
from rooftree.db.query.rows import Rows, selecting
from rooftree.db.query.update import DeleteWhere, Update, assigned
from rooftree.db.query.upsert import GetOrCreate, Upsert
from rooftree.db.query.written import save_among
from rooftree.db.table import MISSING, TableInfo

__all__ = ["Query"]

M = TypeVar("M")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
E = TypeVar("E")
F = TypeVar("F")
G = TypeVar("G")
H = TypeVar("H")


class Query(ReadQuery[M], Generic[M]):
    """A query for instances of a model."""

    __slots__ = ()

    def include(self, *relations: Any) -> Self:
        """Load relations with the rows: references in the same statement, each of the many in one further statement.

        ``include(Product.category, Product.tags)``; the many can be narrowed:
        ``Category.products.order_by(...).limit(3)``.

        Raises:
            QueryError: not a relation of this model.
        """
        return self._with_select(include_in(self._select, relations))

    def _with_select(self, select: Select) -> Self:
        other = object.__new__(self.__class__)
        other._database = self._database
        other._select = select
        return other

    # ---- for whom

    def scoped(self, user: Any, action: Action | None = None) -> Self:
        """Only the rows that are someone's by the policies: of this model, and of each that the query leads to.

        Rows that lead, by a relation which the query names, to one that may not be seen are left out.

        Args:
            user: For whom; ``None`` for a visitor.
            action: What for: ``view``, ``add``, ``change`` or ``delete``; by the query's verb where it is not given.
        """
        return self._with(leave=Scoped(user, action))

    def acting(self, action: Action) -> Self:
        """The same query, asked for an action where `scoped()` did not say what for: to load a row to change."""
        leave = self._select.leave
        if not isinstance(leave, Scoped) or leave.action is not None:
            return self
        return self._with(leave=Scoped(leave.user, action))

    async def save(self, instance: M) -> M:
        """Save an instance, which has to be one of these rows once it is written: `Order.scoped(user).save(order)`.

        A new one has to be theirs to add, a loaded one theirs to change as it is by then.

        Raises:
            RowRefused: 403, it is none of these rows; nothing is kept.
            RowInvalid: As `Model.save`, with whatever else that raises.
        """
        saved: M = await save_among(self, instance)
        return saved

    def unscoped(self, why: str) -> Self:
        """Everyone's rows, whatever the policies say; the reason is for those who read the code.

        Raises:
            QueryError: no reason was given.
        """
        return self._with(leave=Unscoped(why))

    def get(self, key: Any = MISSING, **named: Never) -> Get[M]:
        """The row of this key, where it is one of these.

        Raises:
            DoesNotExist: it is not.
        """
        if named:
            refuse_named("get", self._select.info, named)
        return self._got(key, or_404=False)

    def get_or_404(self, key: Any = MISSING, **named: Never) -> Get[M]:
        """The row of this key, for a handler: `NotFound` where it is none of these."""
        if named:
            refuse_named("get", self._select.info, named)
        return self._got(key, or_404=True)

    def _got(self, key: Any, *, or_404: bool) -> Get[M]:
        if self.is_selection or self._select.group:
            raise QueryError("Q161", "get() of a query that takes some of the rows that fit.", "Ask before limit().")
        return cast("Get[M]", self._asked(Get(self._select.info, key, or_404=or_404, select=self._select)))

    def get_or_create(self, *, defaults: Mapping[str, Any] | None = None, **values: Any) -> GetOrCreate[M]:
        """The row with these values, where it is one of these, else a new one of them and the defaults.

        Raises:
            UniqueError: a row with these values is there, and none of these.
        """
        model = cast("type[M]", self._select.info.make)
        made: GetOrCreate[M] = GetOrCreate(model, values, defaults or {}, self._select)
        return cast("GetOrCreate[M]", self._asked(made))

    def upsert(
        self, instances: M | Iterable[M], *, on: Iterable[Any], update: Iterable[Any] | None = None
    ) -> Upsert[M]:
        """Insert rows, or write over those that exist, whosever they are: after ``unscoped()``; see `Model.upsert`.

        Raises:
            QueryError: the query says anything else.
        """
        select = self._select
        if not isinstance(select.leave, Unscoped) or set(select.__dict__) != {"info", "leave"}:
            raise QueryError(
                "Q611",
                f"upsert() writes over any row, and was asked of {self!r}.",
                f"Write {select.info.model}.unscoped('why').upsert(...).",
            )
        rows: Any = [instances] if isinstance(instances, cast("type", select.info.make)) else instances
        return cast("Upsert[M]", self._asked(Upsert(select.info, rows, on, update)))

    def apply(self, part: Callable[[Self], Self]) -> Self:
        """Let a function narrow this query: a reusable part."""
        return part(self)

    def join(self, other: type[Any] | Query[Any], on: Expression[bool], *, outer: bool = False) -> Self:
        """Join the rows of another query by a condition: of a `Derived`, or of a model that no relation leads to.

        Columns of both may be named from here on; the results stay those of this query.

        Args:
            other: A query, or a model for all of its rows.
            on: What both rows must fit.
            outer: Keep rows that no other fits; select the other's columns as `nullable()` then.

        Raises:
            QueryError: the same model twice, or something that is no query.
        """
        select = _joined(other)
        taken = [self._select.info, *(join.select.info for join in self._select.joins)]
        if select.info in taken:
            raise QueryError(
                "Q138", f"{select.info.model} stands in this query already.", "Join a Derived of it: another name."
            )
        check_condition(on)
        return self._with(joins=(*self._select.joins, Join(select, on, outer)))

    def search(self, text: str, *, name: str | None = None, prefix: bool = False) -> Self:
        """The rows that hold the words of a text, the best first unless an order was given; see `text_match`.

        Args:
            text: What a person typed.
            name: The name of the model's `Search`, where it has several.
            prefix: Whether words that begin with the last one fit too.
        """
        info = self._select.info
        found = self.where(text_match(info, text, search=name, prefix=prefix))
        if self._select.order:
            return found
        own = [info.own[column.name] for column in info.key]
        return found.order_by(text_rank(info, text, search=name, prefix=prefix).desc(), *own)

    def with_deleted(self) -> Self:
        """Softly deleted rows too."""
        return self._with(deleted="show")

    def only_deleted(self) -> Self:
        """Softly deleted rows alone."""
        return self._with(deleted="only")

    @overload
    def select(self, a: Expression[A], /) -> Rows[tuple[A]]: ...
    @overload
    def select(self, a: Expression[A], b: Expression[B], /) -> Rows[tuple[A, B]]: ...
    @overload
    def select(self, a: Expression[A], b: Expression[B], c: Expression[C], /) -> Rows[tuple[A, B, C]]: ...
    @overload
    def select(
        self, a: Expression[A], b: Expression[B], c: Expression[C], d: Expression[D], /
    ) -> Rows[tuple[A, B, C, D]]: ...
    @overload
    def select(
        self, a: Expression[A], b: Expression[B], c: Expression[C], d: Expression[D], e: Expression[E], /
    ) -> Rows[tuple[A, B, C, D, E]]: ...
    @overload
    def select(
        self,
        a: Expression[A],
        b: Expression[B],
        c: Expression[C],
        d: Expression[D],
        e: Expression[E],
        f: Expression[F],
        /,
    ) -> Rows[tuple[A, B, C, D, E, F]]: ...
    @overload
    def select(
        self,
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
    def select(
        self,
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
    def select(self, *columns: Expression[Any]) -> Rows[tuple[Any, ...]]: ...
    def select(self, *columns: Expression[Any]) -> Rows[Any]:
        """Values instead of instances: each result is a tuple of these."""
        return cast("Rows[Any]", self._asked(Rows(selecting(self._select, columns))))

    def values(self, column: Expression[A] = cast("Any", MISSING)) -> Rows[A]:  # noqa: B008 - see checked_columns
        """The values of one expression, bare."""
        return cast("Rows[A]", self._asked(Rows[A](selecting(self._select, (column,), make=_bare))))

    def update(self, *assignments: Any, **values: Any) -> Update:
        """Change every row that fits, in one statement: ``update(price=Product.price * 2)``. Runs no hooks.

        Raises:
            QueryError: a name that the model does not have, or nothing to set.
        """
        return cast("Update", self._asked(Update(self._select, assigned(self._select.info, assignments, values))))

    def delete(self, *, hard: bool = False) -> DeleteWhere:
        """Delete every row that fits, in one statement. Runs no hooks.

        Args:
            hard: Delete where the model has soft delete, too.
        """
        return cast("DeleteWhere", self._asked(DeleteWhere(self._select, hard=hard)))

    def in_bulk(self, keys: Iterable[Any]) -> InBulk[M]:
        """The rows of these keys, as a dict by key; keys without a row are left out."""
        return cast("InBulk[M]", self._asked(InBulk(self._select, keys)))

    def cursor_page(self, after: str | None = None, *, size: int) -> CursorPageOf[M]:
        """The results after a place in the query's order: as fast on page 1,000 as on the first.

        Args:
            after: The ``next`` of the page before; ``None`` for the first.
            size: The most results.

        Raises:
            QueryError: no order, an order by anything but own columns, or a size below 1.
        """
        return cast("CursorPageOf[M]", self._asked(CursorPageOf(self._select, after, size)))


def _joined(other: Any) -> Select:
    if isinstance(other, Query):
        select = cast("ReadQuery[Any]", other)._select  # pyright: ignore[reportPrivateUsage]
        return select.replace(includes=(), joined=()) if select.limit is not None else bare(select)
    info = getattr(other, "__table_info__", None)
    if not isinstance(info, TableInfo):
        raise QueryError("Q139", f"join() was given {other!r}.", "Pass a query of a model, or a model.")
    return Select(info)


def _bare(value: Any) -> Any:
    return value
