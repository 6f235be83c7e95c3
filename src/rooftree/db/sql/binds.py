"""The parameters of a statement being compiled: which value goes where, and how it is encoded there."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from rooftree.db.codecs import Encoder, encoder
from rooftree.db.drivers.capabilities import Dialect
from rooftree.db.expressions.select import Parameter
from rooftree.db.sql.types import Stored
from rooftree.db.types import ColumnType

__all__ = ["Binds"]


class Binds:
    """Names each use of a value. One value may be used several times, encoded differently (``price < 9.904``).

    Attributes:
        uses: For each name in the statement: the index of its value, its encoder, and what it meets, for errors.
        meeting: What the next value meets: the column that it is compared with.
    """

    __slots__ = ("dialect", "meeting", "uses")

    def __init__(self, dialect: Dialect) -> None:
        self.dialect: Dialect = dialect
        self.uses: dict[str, tuple[int, Encoder, str]] = {}
        self.meeting = ""

    def bind(self, parameter: Parameter, type_: ColumnType | None = None, encode: Encoder | None = None) -> Any:
        """Return the place of a value in the statement.

        Args:
            parameter: The value.
            type_: The type it has in SQL, where that is not its own.
            encode: How it is encoded, where that is not by its type.
        """
        type_ = type_ or parameter.type
        name = f"v{len(self.uses)}"
        self.uses[name] = (parameter.index, encode or encoder(type_, self.dialect), self.meeting)
        return sa.bindparam(name, type_=Stored(type_, bind=True))
