# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownLambdaType=false
# SQLAlchemy is typed in part only: what its functions return is unknown to pyright.
"""From expressions to SQLAlchemy elements: one method an operation, with what each database needs."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from typing import Any, cast

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from rooftree.db.drivers.capabilities import Dialect
from rooftree.db.expressions.base import Column, Expression, Ordering, Value
from rooftree.db.expressions.select import Parameter, Subquery
from rooftree.db.model_errors import QueryError
from rooftree.db.sql.binds import Binds
from rooftree.db.sql.dialects import Element, core_dialect
from rooftree.db.sql.scope import Scope
from rooftree.db.sql.types import Stored
from rooftree.db.table import ManyInfo, ReferenceInfo, TableInfo
from rooftree.db.types import ColumnType, Encoder, encoder, to_decimal

__all__ = ["ElementCompiler"]

_EXACT = Context(prec=100)
_ORDER_SIGNS: dict[str, Callable[[Any, Any], Any]] = {
    "lt": lambda left, right: left < right,
    "le": lambda left, right: left <= right,
    "gt": lambda left, right: left > right,
    "ge": lambda left, right: left >= right,
    "eq": lambda left, right: left == right,
    "ne": lambda left, right: left != right,
}
_TEXT = ColumnType("text", str)
_INTEGER = ColumnType("integer", int)


class ElementCompiler:
    """Compiles expressions within one scope.

    Args:
        scope: Where columns are found.
        binds: Where parameters are named; none in DDL, where values are written out.
        dialect: The database.
        subselect: Compiles a query inside an expression.
    """

    def __init__(
        self,
        scope: Scope,
        binds: Binds | None,
        dialect: Dialect,
        subselect: Callable[[Any, Scope], Element] | None = None,
    ) -> None:
        self.scope = scope
        self.binds = binds
        self.dialect: Dialect = dialect
        self.subselect = subselect
        self.sqlite = dialect == "sqlite"

    @classmethod
    def for_ddl(cls, info: TableInfo, table: Element, dialect: Dialect) -> ElementCompiler:
        """Return a compiler of checks and indexes: over one table, values written out."""
        return cls(Scope(info, table, lambda _: table, can_join=False), None, dialect)

    def condition(self, expression: Expression[Any]) -> Any:
        """Compile a condition."""
        return self.element(expression)

    def ordering(self, step: Expression[Any] | Ordering) -> Any:
        """Compile one step of an order. NULL sorts on every database as on PostgreSQL: last, or first with desc()."""
        expression = step.expression if isinstance(step, Ordering) else step
        element = self.element(expression)
        descending = isinstance(step, Ordering) and step.direction == "desc"
        nulls = step.nulls if isinstance(step, Ordering) else None
        element = element.desc() if descending else element.asc()
        if nulls is None and self.sqlite and _may_be_null(expression):
            nulls = "first" if descending else "last"
        if nulls is None:
            return element
        return element.nulls_first() if nulls == "first" else element.nulls_last()

    def ddl_text(self, expression: Expression[Any]) -> str:
        """Compile to text with values written out."""
        element = self.element(expression)
        return str(
            element.compile(
                dialect=core_dialect(self.dialect), compile_kwargs={"literal_binds": True, "include_table": False}
            )
        )

    def element(self, expression: Expression[Any]) -> Any:
        """Compile any expression.

        Raises:
            QueryError: the database has nothing for it.
        """
        if isinstance(expression, Column):
            return self.scope.column(expression)
        method = getattr(self, f"_{expression.op}", None)
        if method is None:
            raise QueryError("Q211", f"{expression!r} cannot stand here.", "Use it in the query that it was made for.")
        return method(expression)

    # ---- values

    def _parameter(self, expression: Parameter) -> Any:
        assert self.binds is not None  # noqa: S101 - DDL has values, queries have parameters
        return self.binds.bind(expression)

    def _value(self, expression: Value[Any]) -> Any:
        return sa.literal(expression.value, Stored(expression.type, bind=True))

    def _bound(self, expression: Expression[Any], type_: ColumnType, encode: Encoder) -> Any:
        """Compile a value that is encoded in a way of its own."""
        if isinstance(expression, Parameter) and self.binds is not None:
            return self.binds.bind(expression, type_, encode)
        if isinstance(expression, Value):
            encoded = encode(expression.value)
            return sa.literal(encoded, sa.Integer() if isinstance(encoded, int) else sa.Text())
        raise QueryError("Q212", f"A plain value was wanted, got {expression!r}.", "Pass the value itself.")

    # ---- comparison

    def _compare(self, expression: Expression[Any]) -> Any:
        left, right = expression.parts
        self._meet(left, right)
        sign = _ORDER_SIGNS[expression.op]
        if self.sqlite and "decimal" in {left.type.kind, right.type.kind}:
            return self._compare_scaled(expression.op, left, right)
        if left.type.kind in {"json", "array"} and self.sqlite and expression.op not in {"eq", "ne"}:
            raise QueryError(
                "Q213", f"{left!r} is {left.type.kind}, which SQLite cannot order.", "Compare a part of it: at()."
            )
        return sign(self.element(left), self.element(right))

    _lt = _le = _gt = _ge = _eq = _ne = _compare

    def _meet(self, left: Expression[Any], right: Expression[Any]) -> None:
        if self.binds is not None:
            self.binds.meeting = repr(right if isinstance(left, Parameter) else left)

    def _compare_scaled(self, op: str, left: Expression[Any], right: Expression[Any]) -> Any:
        """Compare decimals that are stored as scaled integers, exactly."""
        if "float" in {left.type.kind, right.type.kind}:
            return _ORDER_SIGNS[op](self._as_real(left), self._as_real(right))
        for one, other, side in ((left, right, op), (right, left, _mirrored(op))):
            if isinstance(other, (Parameter, Value)) and not isinstance(one, (Parameter, Value)):
                encode = _limit_encoder(side, one.type.places or 0)
                return _ORDER_SIGNS[side](self.element(one), self._bound(other, _INTEGER, encode))
        places = max(left.type.places or 0, right.type.places or 0)
        return _ORDER_SIGNS[op](self._scaled(left, places), self._scaled(right, places))

    def _scaled(self, expression: Expression[Any], places: int) -> Any:
        """Compile a number as an integer scaled to so many places (SQLite)."""
        own = expression.type.places or 0
        if isinstance(expression, (Parameter, Value)):
            type_ = ColumnType("decimal", Decimal, places=places)
            return self._bound(expression, type_, encoder(type_, "sqlite"))
        element = self.element(expression)
        if places > own:
            return element * sa.literal_column(str(10 ** (places - own)), sa.Integer)
        if places < own:
            return sa.func.rooftree_round(element, sa.literal_column(str(own - places), sa.Integer), type_=sa.Integer)
        return element

    def _as_real(self, expression: Expression[Any]) -> Any:
        element = self.element(expression)
        if expression.type.kind != "decimal":
            return element
        return element / sa.literal_column(f"1e{expression.type.places or 0}", sa.REAL)

    def assigned(self, expression: Expression[Any], column: ColumnType) -> Any:
        """Compile what a column is set to; a decimal is brought to the column's places."""
        if self.sqlite and column.kind == "decimal" and column.places is not None:
            if expression.type.kind == "float":
                raise QueryError("Q214", f"{expression!r} is float, and the column is Decimal.", "Use cast(Decimal).")
            return self._scaled(expression, column.places)
        return self.element(expression)

    def _is_null(self, expression: Expression[Any]) -> Any:
        return self.element(expression.parts[0]).is_(None)

    def _is_not_null(self, expression: Expression[Any]) -> Any:
        return self.element(expression.parts[0]).is_not(None)

    def _in(self, expression: Expression[Any]) -> Any:
        left, right = expression.parts
        self._meet(left, right)
        element = self.element(left)
        if self.binds is None:
            values = [self._value(Value(item, left.type)) for item in cast("Value[Any]", right).value]
            return element.in_(values) if expression.op == "in" else element.not_in(values)
        if not self.sqlite:
            array = self.element(right)
            return element == sa.func.any(array) if expression.op == "in" else element != sa.func.all(array)
        items = sa.func.json_each(self._bound(right, _TEXT, _json_list_encoder(left.type))).table_valued("value")
        rows = sa.select(items.c.value)
        return element.in_(rows) if expression.op == "in" else element.not_in(rows)

    _not_in = _in

    def keys_in(self, columns: list[Any], types: list[ColumnType], keys: Expression[Any]) -> Any:
        """The condition that a key, perhaps of several columns, is one of a list of keys (tuples)."""
        parameter = cast("Parameter", keys)
        assert self.binds is not None  # noqa: S101 - only queries load relations
        if self.sqlite:
            listed = sa.func.json_each(self.binds.bind(parameter, _TEXT, _keys_encoder(types))).table_valued("value")
            items = [
                sa.func.json_extract(listed.c.value, sa.literal_column(f"'$[{at}]'", sa.Text))
                for at in range(len(types))
            ]
            rows: Any = sa.select(*cast("Any", items))
        else:
            arrays = [
                self.binds.bind(parameter, ColumnType("array", list, item=type_), _nth_encoder(at, type_))
                for at, type_ in enumerate(types)
            ]
            if len(arrays) == 1:
                return columns[0] == sa.func.any(arrays[0])
            names = [f"k{at}" for at in range(len(types))]
            listed = sa.func.unnest(*arrays).table_valued(*names).render_derived()
            rows = sa.select(*listed.c)
        return columns[0].in_(rows) if len(columns) == 1 else sa.tuple_(*columns).in_(rows)

    def _keys_in(self, expression: Expression[Any]) -> Any:
        *columns, keys = expression.parts
        return self.keys_in([self.element(column) for column in columns], [column.type for column in columns], keys)

    def _in_select(self, expression: Expression[Any]) -> Any:
        return self.element(expression.parts[0]).in_(self._rows_of(expression.parts[1]))

    def _not_in_select(self, expression: Expression[Any]) -> Any:
        return self.element(expression.parts[0]).not_in(self._rows_of(expression.parts[1]))

    # ---- logic

    def _and(self, expression: Expression[Any]) -> Any:
        return sa.and_(*[self.element(part) for part in expression.parts])

    def _or(self, expression: Expression[Any]) -> Any:
        return sa.or_(*[self.element(part) for part in expression.parts])

    def _not(self, expression: Expression[Any]) -> Any:
        return sa.not_(self.element(expression.parts[0]))

    # ---- arithmetic

    def _arithmetic(self, expression: Expression[Any]) -> Any:
        left, right = expression.parts
        kinds = (left.type.kind, right.type.kind)
        if "datetime" in kinds and self.sqlite:
            return self._shifted(expression)
        if self.sqlite and expression.type.kind == "decimal":
            return self._scaled_arithmetic(expression)
        one, two = self.element(left), self.element(right)
        match expression.op:
            case "add":
                return one + two
            case "sub":
                return one - two
            case "mul":
                return one * two
            case "mod":
                return one % two
            case _:
                if kinds == ("integer", "integer"):
                    one = sa.cast(one, sa.REAL if self.sqlite else sa.Double)
                return _divided(one, two)

    _add = _sub = _mul = _div = _mod = _arithmetic

    def _scaled_arithmetic(self, expression: Expression[Any]) -> Any:
        left, right = expression.parts
        places = expression.type.places or 0
        if expression.op in {"add", "sub"}:
            one, two = self._scaled(left, places), self._scaled(right, places)
            return one + two if expression.op == "add" else one - two
        own, other = left.type.places or 0, right.type.places or 0
        one, two = self._scaled(left, own), self._scaled(right, other)
        if expression.op == "mul":
            return sa.func.rooftree_multiply(one, two, type_=sa.Integer)
        shift = sa.literal_column(str(places + other - own), sa.Integer)
        return sa.func.rooftree_divide(one, two, shift, type_=sa.Integer)

    def _shifted(self, expression: Expression[Any]) -> Any:
        left, right = (self.element(part) for part in expression.parts)
        if expression.type.kind == "timedelta":
            return sa.func.rooftree_span(left, right, type_=sa.Integer)
        return sa.func.rooftree_shift(
            left, right if expression.op == "add" else sa.literal_column("-1", sa.Integer) * right, type_=sa.Text
        )

    def _neg(self, expression: Expression[Any]) -> Any:
        return -self.element(expression.parts[0])

    # ---- text

    def _concat(self, expression: Expression[Any]) -> Any:
        left, right = (self.element(part) for part in expression.parts)
        return left.concat(right)

    def _like(self, expression: Expression[Any]) -> Any:
        left, right = expression.parts
        self._meet(left, right)
        how, ignore_case = cast("tuple[str, bool]", expression.data)
        if self.sqlite:
            return self._like_sqlite(left, right, how, ignore_case=ignore_case)
        if how == "equals":
            one, two = self.element(left), self.element(right)
            return sa.func.lower(one) == sa.func.lower(two) if ignore_case else one == two
        if not isinstance(right, (Parameter, Value)):
            one, two = self.element(left), self.element(right)
            if ignore_case:
                one, two = sa.func.lower(one), sa.func.lower(two)
            if how == "contains":
                return sa.func.strpos(one, two) > 0
            return (
                sa.func.starts_with(one, two) if how == "startswith" else sa.func.right(one, sa.func.length(two)) == two
            )
        pattern = self._bound(right, _TEXT, _pattern_encoder(how))
        element = self.element(left)
        return element.ilike(pattern, escape="/") if ignore_case else element.like(pattern, escape="/")

    def _like_sqlite(self, left: Expression[Any], right: Expression[Any], how: str, *, ignore_case: bool) -> Any:
        """Without LIKE, which on SQLite knows no case beyond ASCII and reads on from a NUL."""
        one, two = self.element(left), self.element(right)
        if ignore_case:
            one, two = sa.func.rooftree_lower(one, type_=sa.Text), sa.func.rooftree_lower(two, type_=sa.Text)
        if how == "equals":
            return one == two
        if how == "contains":
            return sa.func.instr(one, two) > 0
        length = sa.func.length(two, type_=sa.Integer)
        if how == "startswith":
            return sa.func.substr(one, 1, length) == two
        return sa.or_(length == 0, sa.func.substr(one, -length) == two)

    def _matches(self, expression: Expression[Any]) -> Any:
        text, pattern = (self.element(part) for part in expression.parts)
        ignore_case = bool(expression.data[0])
        if self.sqlite:
            return sa.func.rooftree_matches(
                pattern, text, sa.literal_column(str(int(ignore_case))), type_=sa.Boolean
            ) == sa.literal_column("1")
        return text.op("~*" if ignore_case else "~", is_comparison=True)(pattern)

    def _lower(self, expression: Expression[Any]) -> Any:
        element = self.element(expression.parts[0])
        return sa.func.rooftree_lower(element, type_=sa.Text) if self.sqlite else sa.func.lower(element)

    def _upper(self, expression: Expression[Any]) -> Any:
        element = self.element(expression.parts[0])
        return sa.func.rooftree_upper(element, type_=sa.Text) if self.sqlite else sa.func.upper(element)

    def _plain_function(self, expression: Expression[Any]) -> Any:
        name = _FUNCTIONS[expression.op]
        return getattr(sa.func, name)(*[self.element(part) for part in expression.parts], type_=Stored(expression.type))

    _trim = _length = _replace = _plain_function

    # ---- dates

    def _zone(self, parts: tuple[Expression[Any], ...]) -> Any:
        return self.element(parts[1]) if len(parts) > 1 else sa.literal_column("'UTC'", sa.Text)

    def _part(self, expression: Expression[Any]) -> Any:
        source = expression.parts[0]
        element, part = self.element(source), cast("str", expression.data[0])
        if self.sqlite:
            return sa.func.rooftree_part(
                element, sa.literal_column(f"'{part}'", sa.Text), self._zone(expression.parts), type_=sa.Integer
            )
        local = element if source.type.kind == "date" else sa.func.timezone(self._zone(expression.parts), element)
        field = {"weekday": "isodow", "day_of_year": "doy"}.get(part, part)
        return sa.cast(sa.func.floor(sa.extract(field, local)), sa.BigInteger)

    def _day(self, expression: Expression[Any]) -> Any:
        element, zone = self.element(expression.parts[0]), self._zone(expression.parts)
        if self.sqlite:
            return sa.func.rooftree_day(element, zone, type_=sa.Text)
        return sa.cast(sa.func.timezone(zone, element), sa.Date)

    def _truncate(self, expression: Expression[Any]) -> Any:
        element, zone = self.element(expression.parts[0]), self._zone(expression.parts)
        unit = sa.literal_column(f"'{expression.data[0]}'", sa.Text)
        if self.sqlite:
            return sa.func.rooftree_truncate(element, unit, zone, type_=sa.Text)
        return sa.func.date_trunc(unit, element, zone)

    # ---- JSON and arrays

    def _json_at(self, expression: Expression[Any]) -> Any:
        source, path = expression.parts
        kind = expression.type.kind
        element = self.element(source)
        if self.sqlite:
            steps = self._bound(path, _TEXT, lambda value: msgspec.json.encode(value).decode())
            return sa.func.rooftree_json_at(
                element, steps, sa.literal_column(f"'{kind}'", sa.Text), type_=Stored(expression.type)
            )
        steps = self._bound(path, _TEXT_ARRAY, lambda value: [str(step) for step in value])
        there = sa.type_coerce(element, postgresql.JSONB).op("#>", return_type=postgresql.JSONB())(steps)
        text = sa.type_coerce(element, postgresql.JSONB).op("#>>", return_type=sa.Text())(steps)
        json_kind = {"text": "string", "boolean": "boolean"}.get(kind, "number")
        fits = sa.func.jsonb_typeof(there) == sa.literal_column(f"'{json_kind}'", sa.Text)
        if kind == "integer":
            fits = sa.and_(fits, text.op("~")(sa.literal_column("'^-?[0-9]{1,18}$'", sa.Text)))
        natives: dict[str, Any] = {"integer": sa.BigInteger(), "float": sa.Double(), "boolean": sa.Boolean()}
        return sa.case((fits, sa.cast(text, natives[kind]) if kind in natives else text))

    def _array_has(self, expression: Expression[Any]) -> Any:
        array, item = expression.parts
        if not self.sqlite:
            return self.element(item) == sa.func.any(self.element(array))
        items = sa.func.json_each(self.element(array)).table_valued("value")
        return sa.exists(
            sa.select(sa.literal_column("1")).select_from(items).where(items.c.value == self.element(item))
        )

    def _array_overlaps(self, expression: Expression[Any]) -> Any:
        array, others = expression.parts
        if not self.sqlite:
            return self.element(array).op("&&", is_comparison=True)(self.element(others))
        mine = sa.func.json_each(self.element(array)).table_valued("value")
        theirs = sa.func.json_each(self.element(others)).table_valued("value")
        return sa.exists(
            sa.select(sa.literal_column("1")).select_from(mine).where(mine.c.value.in_(sa.select(theirs.c.value)))
        )

    def _array_size(self, expression: Expression[Any]) -> Any:
        element = self.element(expression.parts[0])
        return sa.func.json_array_length(element, type_=sa.Integer) if self.sqlite else sa.func.cardinality(element)

    # ---- casts, choices, functions

    def _cast(self, expression: Expression[Any]) -> Any:
        source, to = expression.parts[0], expression.type
        if self.sqlite and "decimal" in {source.type.kind, to.kind}:
            return self._cast_decimal(source, to)
        return sa.cast(self.element(source), Stored(to, bind=True))

    def _cast_decimal(self, source: Expression[Any], to: ColumnType) -> Any:
        if to.kind == "decimal":
            if source.type.kind in {"decimal", "integer"}:
                return self._scaled(source, to.places or 0)
            scale = sa.literal_column(f"1e{to.places or 0}", sa.REAL)
            return sa.cast(sa.func.round(sa.cast(self.element(source), sa.REAL) * scale), sa.Integer)
        if to.kind == "integer":
            return self._scaled(source, 0)
        if to.kind == "float":
            return self._as_real(source)
        places = sa.literal_column(str(source.type.places or 0), sa.Integer)
        return sa.func.rooftree_decimal_text(self.element(source), places, type_=sa.Text)

    def _case(self, expression: Expression[Any]) -> Any:
        *pairs, otherwise = expression.parts
        whens = [
            (self.element(condition), self.assigned(value, expression.type))
            for condition, value in zip(pairs[::2], pairs[1::2], strict=True)
        ]
        return sa.case(*whens, else_=self.assigned(otherwise, expression.type))

    def _one(self, _: Expression[Any]) -> Any:
        return sa.literal_column("1", sa.Integer)

    def _null(self, _: Expression[Any]) -> Any:
        return sa.null()

    def _coalesce(self, expression: Expression[Any]) -> Any:
        return sa.func.coalesce(*[self.assigned(part, expression.type) for part in expression.parts])

    def _abs(self, expression: Expression[Any]) -> Any:
        return sa.func.abs(self.element(expression.parts[0]))

    def _round(self, expression: Expression[Any]) -> Any:
        source, places = expression.parts[0], cast("int", expression.data[0])
        if self.sqlite and source.type.kind == "decimal":
            return self._scaled(source, places)
        digits = sa.literal_column(str(places), sa.Integer)
        element = self.element(source)
        if not self.sqlite and source.type.kind == "float":
            return sa.cast(sa.func.round(sa.cast(element, sa.Numeric), digits), sa.Double)
        return sa.func.round(element, digits)

    def _now(self, _: Expression[Any]) -> Any:
        if self.sqlite:
            return sa.literal_column("strftime('%Y-%m-%d %H:%M:%f000+00:00', 'now')", sa.Text)
        return sa.func.now()

    # ---- aggregates and windows

    def _aggregate(self, expression: Expression[Any]) -> Any:
        name, distinct, filtered, window = cast("tuple[str, bool, bool, tuple[int, int] | None]", expression.data)
        parts = list(expression.parts)
        order: list[Any] = []
        partition: list[Any] = []
        if window is not None:
            partitions, orders = window
            split = len(parts) - partitions - orders
            partition = [self.element(part) for part in parts[split : split + partitions]]
            order = [self.ordering(_unwrapped(part)) for part in parts[split + partitions :]]
            parts = parts[:split]
        condition = self.element(parts.pop()) if filtered else None

        def narrowed(function: Any) -> Any:
            if condition is not None:
                function = function.filter(condition)
            return function if window is None else function.over(partition_by=partition or None, order_by=order or None)

        return self._function_of(name, parts, expression, narrowed, distinct=distinct)

    def _function_of(
        self,
        name: str,
        parts: list[Expression[Any]],
        expression: Expression[Any],
        narrowed: Callable[[Any], Any],
        *,
        distinct: bool,
    ) -> Any:
        elements: list[Any] = [self.element(part) for part in parts]
        kind = expression.type.kind
        if name == "count" and not elements:
            return narrowed(sa.func.count())
        if name == "avg" and self.sqlite and kind == "decimal":
            shift = sa.literal_column(str((expression.type.places or 0) - (parts[0].type.places or 0)), sa.Integer)
            total, number = narrowed(sa.func.sum(elements[0])), narrowed(sa.func.count(elements[0]))
            return sa.func.rooftree_divide(total, number, shift, type_=sa.Integer)
        if name == "sum" and not self.sqlite and kind == "integer":  # sum(bigint) is numeric there
            return sa.cast(narrowed(sa.func.sum(elements[0])), sa.BigInteger)
        if name == "avg" and not self.sqlite and kind == "float":
            elements = [sa.cast(elements[0], sa.Double)]
        if name == "string_agg" and self.sqlite:
            name = "group_concat"
        if name in {"min", "max"} and not self.sqlite and parts[0].type.kind in {"boolean", "uuid"}:
            raise QueryError("Q215", f"PostgreSQL has no {name} of {parts[0].type.kind}.", "Use cast() first.")
        if distinct:
            elements[0] = elements[0].distinct()
        return narrowed(getattr(sa.func, name)(*elements, type_=Stored(expression.type)))

    def _ordered(self, expression: Expression[Any]) -> Any:
        return self.ordering(_unwrapped(expression))

    # ---- sub-queries

    def _selected(self, expression: Expression[Any]) -> Element:
        assert isinstance(expression, Subquery)  # noqa: S101 - only sub-queries have these operations
        if self.subselect is None:
            raise QueryError(
                "Q216", "A sub-query stands where only plain columns can.", "Take it out of the constraint."
            )
        return self.subselect(expression, self.scope)

    def _rows_of(self, expression: Expression[Any]) -> Any:
        return self._selected(expression)

    def _scalar(self, expression: Expression[Any]) -> Any:
        return self._selected(expression).scalar_subquery()

    def _exists(self, expression: Expression[Any]) -> Any:
        return sa.exists(self._selected(expression))

    def _related_any(self, expression: Expression[Any]) -> Any:
        return sa.exists(self._related(expression, sa.literal_column("1")))

    def _related_count(self, expression: Expression[Any]) -> Any:
        return self._related(expression, sa.func.count()).scalar_subquery()

    def _related(self, expression: Expression[Any], what: Any) -> Element:
        """The many rows of the row at hand, as a correlated sub-query."""
        many, path = cast("tuple[ManyInfo, tuple[ReferenceInfo, ...]]", expression.data)
        links = many.links
        scope = self._scope_of(many, path)
        owner = scope.join(path) if path else scope.table
        target = scope.tables(links.target).alias()
        inner = Scope(links.target, target, scope.tables, self.scope)
        compiler = ElementCompiler(inner, self.binds, self.dialect, self.subselect)
        conditions = [compiler.element(part) for part in expression.parts]
        if links.through is None:
            pairs = zip(links.source.columns, links.source.target.key, strict=True)
            meets = [target.c[own.column] == owner.c[key.column] for own, key in pairs]
            source = inner.source
        else:
            through = scope.tables(links.through).alias()
            assert links.via is not None  # noqa: S101 - a table between has both references
            pairs = zip(links.source.columns, links.source.target.key, strict=True)
            meets = [through.c[own.column] == owner.c[key.column] for own, key in pairs]
            source = inner.source.join(
                through,
                sa.and_(
                    *[
                        through.c[own.column] == target.c[key.column]
                        for own, key in zip(links.via.columns, links.via.target.key, strict=True)
                    ]
                ),
            )
        if links.target.deleted is not None:
            conditions.append(target.c[links.target.deleted.column].is_(None))
        return sa.select(what).select_from(source).where(*meets, *conditions).correlate_except(source, target)

    def _belongs_to(self, expression: Expression[Any]) -> Any:
        """The condition that a row is linked to one owner, by the table between."""
        links = cast("ManyInfo", expression.data[0]).links
        assert links.through is not None and links.via is not None  # noqa: S101, PT018 - see Relation.of
        through = self.scope.tables(links.through).alias()
        target = self.scope.table
        meets = [
            through.c[own.column] == target.c[key.column]
            for own, key in zip(links.via.columns, links.via.target.key, strict=True)
        ]
        owner = [
            through.c[column.column] == self.element(part)
            for column, part in zip(links.source.columns, expression.parts, strict=True)
        ]
        return sa.exists(
            sa.select(sa.literal_column("1")).select_from(through).where(*meets, *owner).correlate_except(through)
        )

    def _scope_of(self, many: ManyInfo, path: tuple[ReferenceInfo, ...]) -> Scope:
        root = path[0].columns[0].table if path else many.owner
        scope: Scope | None = self.scope
        while scope is not None and scope.info is not root:
            scope = scope.parent
        if scope is None:
            raise QueryError(
                "Q210", f"{many!r} was used in a query of {self.scope.info.model}.", "Go there by a relation."
            )
        return scope

    def _outer(self, expression: Expression[Any]) -> Any:
        if self.scope.parent is None:
            raise QueryError("Q217", f"outer({expression.parts[0]!r}) stands in no sub-query.", "Use it inside one.")
        return self.scope.parent.column(cast("Column[Any]", expression.parts[0]))


_FUNCTIONS = {"trim": "trim", "length": "length", "replace": "replace"}
_TEXT_ARRAY = ColumnType("array", list, item=_TEXT)


def _divided(one: Any, two: Any) -> Any:
    return one / two


def _unwrapped(part: Expression[Any]) -> Ordering | Expression[Any]:
    if part.op != "ordered":
        return part
    direction, nulls = cast("tuple[Any, Any]", part.data)
    return Ordering(part.parts[0], direction, nulls)


def _may_be_null(expression: Expression[Any]) -> bool:
    return not isinstance(expression, Column) or expression.nullable


def _mirrored(op: str) -> str:
    return {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le"}.get(op, op)


def _limit_encoder(op: str, places: int) -> Encoder:
    """Encode the limit of a comparison with a scaled integer: ``price < 9.904`` is ``price < 991`` in cents."""
    rounding = {"lt": ROUND_CEILING, "ge": ROUND_CEILING, "le": ROUND_FLOOR, "gt": ROUND_FLOOR}.get(op)

    def encode(value: Any) -> object:
        number = to_decimal(value).scaleb(places, _EXACT)
        whole = number.to_integral_value(rounding or ROUND_FLOOR)
        if rounding is None and whole != number:
            return "between two numbers"  # equals no integer, and differs from each
        if abs(whole) >= 2**63:
            return float(whole)  # beyond every stored number; SQLite compares int and float exactly
        return int(whole)

    return encode


def _json_list_encoder(type_: ColumnType) -> Encoder:
    """Encode the values of IN as a JSON list (SQLite)."""
    if type_.kind == "bytes":
        raise QueryError("Q218", "in_() over bytes, which SQLite cannot read from a list.", "Join comparisons with |.")
    if type_.kind == "decimal":
        equal = _limit_encoder("eq", type_.places or 0)
        return lambda values: msgspec.json.encode(
            [number for value in values if isinstance(number := equal(value), int)]
        ).decode()
    item = encoder(type_, "sqlite")
    return lambda values: msgspec.json.encode([item(value) for value in values]).decode()


def _keys_encoder(types: list[ColumnType]) -> Encoder:
    """Encode keys as a JSON list of lists (SQLite)."""
    encoders = [encoder(type_, "sqlite") for type_ in types]
    return lambda keys: msgspec.json.encode(
        [[encode(part) for encode, part in zip(encoders, key, strict=True)] for key in keys]
    ).decode()


def _nth_encoder(at: int, type_: ColumnType) -> Encoder:
    """Encode one column of keys as an array (PostgreSQL)."""
    encode = encoder(type_, "postgresql")
    return lambda keys: [encode(key[at]) for key in keys]


def _pattern_encoder(how: str) -> Encoder:
    """Encode a text as a LIKE pattern in which it stands for itself."""
    head, tail = ("%" if how in {"contains", "endswith"} else ""), ("%" if how in {"contains", "startswith"} else "")
    plain = encoder(_TEXT, "postgresql")

    def encode(value: Any) -> str:
        text = plain(value).replace("/", "//").replace("%", "/%").replace("_", "/_")
        return f"{head}{text}{tail}"

    return encode
