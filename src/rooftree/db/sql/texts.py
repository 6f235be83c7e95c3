# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownLambdaType=false
# SQLAlchemy is typed in part only: what its functions return is unknown to pyright.
"""From operations of text to SQLAlchemy elements."""

from __future__ import annotations

from typing import Any, cast

import sqlalchemy as sa

from rooftree.db.codecs import Encoder, encoder
from rooftree.db.expressions.base import Expression, Value
from rooftree.db.expressions.kinds import TEXT
from rooftree.db.expressions.select import Parameter
from rooftree.db.sql.compiler import Compiler
from rooftree.db.sql.types import Stored

__all__ = ["Texts"]


class Texts(Compiler):
    """Operations of text."""

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
        pattern = self._bound(right, TEXT, _pattern_encoder(how))
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


_FUNCTIONS = {"trim": "trim", "length": "length", "replace": "replace"}


def _pattern_encoder(how: str) -> Encoder:
    """Encode a text as a LIKE pattern in which it stands for itself."""
    head, tail = ("%" if how in {"contains", "endswith"} else ""), ("%" if how in {"contains", "startswith"} else "")
    plain = encoder(TEXT, "postgresql")

    def encode(value: Any) -> str:
        text = plain(value).replace("/", "//").replace("%", "/%").replace("_", "/_")
        return f"{head}{text}{tail}"

    return encode
