# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownLambdaType=false
# SQLAlchemy is typed in part only: what its functions return is unknown to pyright.
"""From parts of moments, JSON and arrays to SQLAlchemy elements."""

from __future__ import annotations

from typing import Any, cast

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from rooftree.db.expressions.base import Expression
from rooftree.db.expressions.kinds import TEXT
from rooftree.db.sql.compiler import Compiler
from rooftree.db.sql.types import Stored
from rooftree.db.types import ColumnType

__all__ = ["Parts"]


class Parts(Compiler):
    """Parts of moments, JSON and arrays."""

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
            steps = self._bound(path, TEXT, lambda value: msgspec.json.encode(value).decode())
            return sa.func.rooftree_json_at(
                element, steps, sa.literal_column(f"'{kind}'", sa.Text), type_=Stored(expression.type)
            )
        steps = self._bound(path, TEXT_ARRAY, lambda value: [str(step) for step in value])
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


TEXT_ARRAY = ColumnType("array", list, item=TEXT)
