"""`Derived`: typed columns for what a query gives, so that another query can start from it or join it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from rooftree.db.expressions.select import Select, Source
from rooftree.db.loaded import LoadedRow, Struct
from rooftree.db.model_errors import QueryError
from rooftree.db.models.meta import ModelMeta
from rooftree.db.query.find import Query
from rooftree.db.query.rows import Rows

if TYPE_CHECKING:
    from rooftree.db.table import TableInfo

__all__ = ["Derived"]

D = TypeVar("D", bound="Derived")


class Derived(LoadedRow, Struct, metaclass=ModelMeta):
    """The rows of a query as something to query: a common table expression. It has no table of its own.

    Its columns are declared as a model's are, in the order in which the query selects them; a ``Ref[...]`` stands for
    the key that it holds, and can be included and gone through:

        class Total(Derived):
            category: Ref[Category]
            dearest: Col[Decimal] = col()


        totals = Total.of(Product.select(Product.category.id, max_(Product.price)).group_by(Product.category.id))
        await totals.where(Total.dearest > 10).include(Total.category)
    """

    __model_root__ = True
    __derived__ = True

    if TYPE_CHECKING:
        __table_info__: ClassVar[TableInfo]

    @classmethod
    def of(cls, query: Rows[Any]) -> Query[Self]:
        """The rows of a query that selects these columns, as a query to go on with."""
        return Query(Select(cls.__table_info__).replace(source=Source(_selected(cls, query), None, False)))

    @classmethod
    def recursive(cls, start: Rows[Any], step: Rows[Any], *, all: bool = False) -> Query[Self]:
        """The rows of ``start``, and of ``step`` over what was found before, again and again until it finds none.

        In ``step`` this class stands for the rows found before: join it. A tree, from its roots down:

            class Branch(Derived):
                category: Ref[Category]
                depth: Col[int] = col()


            Branch.recursive(
                Category.where(Category.parent.is_null()).select(Category.id, value(0)),
                Category.all()
                .join(Branch, Category.parent.id == Branch.category.id)
                .select(Category.id, Branch.depth + 1),
            )

        Args:
            start: The first rows.
            step: The rows that follow from others; they should come to an end, so limit the depth where rows may
                refer to each other in a circle.
            all: Keep rows that are equal to one found before, which is faster and ends in no circle.
        """
        source = Source(_selected(cls, start), _selected(cls, step), all)
        return Query(Select(cls.__table_info__).replace(source=source))

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and _values(self) == _values(other)

    __hash__ = None  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType] - its values may be lists

    def __repr__(self) -> str:
        columns = sorted(self.__table_info__.columns, key=lambda column: column.declared)
        shown = [f"{column.name}={getattr(self, column.name)!r}" for column in columns]
        return f"{self.__table_info__.model}({', '.join(shown)})"


def _selected(model: type[Derived], query: Any) -> Select:
    if not isinstance(query, Rows):
        raise QueryError(
            "Q227", f"{model.__name__} was given {query!r}, which selects no columns.", "Pass query.select(...)."
        )
    select: Select = query._select  # pyright: ignore[reportPrivateUsage]
    return select.replace(make=None)


def _values(instance: Derived) -> list[Any]:
    return [getattr(instance, column.name) for column in instance.__table_info__.columns]
