"""From an instance to the parameters of a write: every value checked by its column's rules and encoded, in one pass."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any, Final, cast

from msgspec import UNSET

from rooftree.db.codecs import Decoder, Encoder, decoder, encoder
from rooftree.db.drivers.capabilities import Dialect
from rooftree.db.expressions.evaluate import failed_checks
from rooftree.db.model_errors import ColumnProblem, RowInvalid
from rooftree.db.rules import Check, checks_of, problem_of
from rooftree.db.table import ColumnInfo, TableInfo

__all__ = ["ColumnCodec", "RowCodec", "codec_of"]


_MOST: Final = 200  # sets of columns that are written together


def _quick(columns: Sequence[ColumnCodec]) -> Callable[[Any], list[Any] | None]:
    """Generate what encodes these columns of an instance, or gives ``None`` where a value breaks a rule.

    The text holds no name and no value of the application: only numbered variables.
    """
    if not columns:
        return lambda _: []
    names: dict[str, Any] = {"get": operator.attrgetter(*[codec.name for codec in columns])}
    values = [f"v{at}" for at in range(len(columns))]
    lines = [f"{', '.join(values)} = get(row)"]
    encoded: list[str] = []
    for at, codec in enumerate(columns):
        names[f"e{at}"] = codec.encode
        encoded.append(f"None if v{at} is None else e{at}(v{at})" if codec.nullable else f"e{at}(v{at})")
        for number, check in enumerate(codec.checks):
            names[f"k{at}_{number}"] = check
    lines.append(f"found = [{', '.join(encoded)}]")
    for at, codec in enumerate(columns):
        sure = f"v{at} is not None and " if codec.nullable else ""
        lines += [f"if {sure}k{at}_{n}(v{at}) is not None: return None" for n in range(len(codec.checks))]
    source = ["def encode(row):", "    try:", *[f"        {line}" for line in lines], "        return found"]
    source += ["    except (TypeError, ValueError, OverflowError):", "        return None"]
    exec(compile("\n".join(source), "<rooftree encoder>", "exec"), names)  # noqa: S102 - see above
    made: Callable[[Any], list[Any] | None] = names["encode"]
    return made


class ColumnCodec:
    """How one column's values are checked, encoded and decoded for one database."""

    __slots__ = ("checks", "column", "decode", "encode", "name", "nullable", "position")

    def __init__(self, column: ColumnInfo, dialect: Dialect) -> None:
        self.column = column
        self.name = column.name
        self.position = column.position
        self.nullable = column.nullable
        self.encode: Encoder = encoder(column.type, dialect)
        self.decode: Decoder | None = decoder(column.type, dialect)
        self.checks: tuple[Check, ...] = checks_of(column)

    def taken(self, value: Any, problems: list[ColumnProblem], instance: Any = None) -> Any:
        """Check a value, of an instance where it is one's, and encode it; what is wrong goes to ``problems``."""
        if value is None or value is UNSET:
            if value is None and self.nullable:
                return None
            problems.append(problem_of(self.column, "missing", self._why_missing(instance)))
            return None
        try:
            encoded = self.encode(value)
        except (TypeError, ValueError, OverflowError) as error:
            problems.append(problem_of(self.column, "type", str(error)))
            return None
        for check in self.checks:
            problem = check(value)
            if problem is not None:
                problems.append(problem)
                break
        return encoded

    def _why_missing(self, instance: Any) -> str:
        """Say why there is no value: a reference may have been given a row that has no key to take."""
        reference = self.column.reference
        member = None if reference is None or instance is None else type(instance).__dict__[reference.name]
        given = UNSET if member is None else member.slot.__get__(instance)
        if reference is None or given is UNSET or given is None:
            return "A value is missing"
        target = reference.target
        info: TableInfo | None = getattr(cast("Any", type(given)), "__table_info__", None)
        if info is None:
            return f"Expected the key of a {target.model}: ({', '.join(column.name for column in target.key)})"
        if info is not target:
            return f"Expected a {target.model}, got a {info.model}"
        return f"Expected a {target.model} that is saved"

    def loaded(self, raw: Any) -> Any:
        """Decode what a driver returned."""
        return raw if raw is None or self.decode is None else self.decode(raw)


class RowCodec:
    """The codecs of one table's columns for one database."""

    __slots__ = ("_quick", "by_name", "columns", "info")

    def __init__(self, info: TableInfo, dialect: Dialect) -> None:
        self.info = info
        self.columns = tuple(ColumnCodec(column, dialect) for column in info.columns)
        self.by_name = {codec.name: codec for codec in self.columns}
        self._quick: dict[tuple[ColumnCodec, ...], Callable[[Any], list[Any] | None]] = {}

    def encoded(self, instance: Any, columns: Sequence[ColumnCodec]) -> list[Any]:
        """Check and encode some columns of an instance, and check what concerns the whole row.

        Raises:
            RowInvalid: with everything that is wrong.
        """
        key = tuple(columns)
        quick = self._quick.get(key)
        if quick is None:
            if len(self._quick) >= _MOST:
                self._quick.clear()
            quick = self._quick[key] = _quick(key)
        found = quick(instance)
        problems: list[ColumnProblem] = []
        if found is None:  # something is wrong: look at each value, and say all of it
            found = [codec.taken(getattr(instance, codec.name), problems, instance) for codec in columns]
        if not problems:
            problems.extend(failed_checks(self.info, instance))
        if problems:
            raise RowInvalid(self.info.model, problems)
        return found

    def changed(self, instance: Any, row: Sequence[Any]) -> list[ColumnCodec]:
        """The columns whose value is no longer the one loaded."""
        return [codec for codec in self.columns if getattr(instance, codec.name) != codec.loaded(row[codec.position])]


def codec_of(info: TableInfo, dialect: Dialect) -> RowCodec:
    """Return the codec of a table, made once."""
    key = ("codec", dialect)
    found: RowCodec | None = info.plans.get(key)
    if found is None:
        found = info.plans[key] = RowCodec(info, dialect)
    return found
