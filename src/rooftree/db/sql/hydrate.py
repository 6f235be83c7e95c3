"""Hydrators: functions generated for one lay-out of rows, which they take to instances or tuples."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from itertools import starmap
from operator import itemgetter
from typing import Any, NamedTuple

from msgspec import UNSET

from rooftree.db.codecs import Decoder, decoder
from rooftree.db.drivers.capabilities import Dialect
from rooftree.db.expressions.base import Expression
from rooftree.db.expressions.columns import Column
from rooftree.db.loaded import KEEP_ROW
from rooftree.db.table import ReferenceInfo, TableInfo

__all__ = ["Hydrator", "instances", "tuples"]

Path = tuple[ReferenceInfo, ...]


class Hydrator(NamedTuple):
    """Takes rows to results: many at once, or one."""

    many: Callable[[Iterable[Any]], list[Any]]
    one: Callable[[Any], Any]


def _build(lines: Sequence[str], before: Sequence[str], names: dict[str, Any]) -> Hydrator:
    """Compile the body that turns ``row`` into ``made``, once in a loop and once alone.

    The text holds no name and no value of the application: only numbered variables.
    """
    source = [
        "def many(rows):",
        "    out = []",
        "    append = out.append",
        *[f"    {line}" for line in before],
        "    for row in rows:",
    ]
    source += [f"        {line}" for line in lines]
    source += [
        "        append(made)",
        "    return out",
        "def one(row):",
        *[f"    {line}" for line in (*before, *lines)],
        "    return made",
    ]
    return _compiled(source, names)


def _plain(made: str, target: str, names: dict[str, Any], dialect: Dialect) -> Hydrator:
    """Compile a hydrator of instances that stand alone: the loops are C's, a quarter faster than Python's."""
    # A slice of asyncpg's Record is a tuple at half the price of one made by iterating over it. The row is put into its
    # slot past the struct's own setattr: that would show every instance to the collector, and no row leads back to one.
    names.update(starmap=starmap, drained=deque, put=KEEP_ROW, whole=itemgetter(slice(None)))
    rows = "map(whole, rows)" if dialect == "postgresql" else "rows"
    every = f"list(starmap(make, {rows}))" if target == "row" else f"[{made} for {target} in rows]"
    source = [
        "def many(rows):",
        f"    out = {every}",
        "    drained(starmap(put, zip(out, rows)), 0)",
        "    return out",
        "def one(row):",
        *([] if target == "row" else [f"    {target} = row"]),
        f"    made = {made}",
        "    made._row = row",
        "    return made",
    ]
    return _compiled(source, names)


def _compiled(source: Sequence[str], names: dict[str, Any]) -> Hydrator:
    namespace = dict(names)
    exec(compile("\n".join(source), "<rooftree hydrator>", "exec"), namespace)  # noqa: S102 - see _build
    return Hydrator(namespace["many"], namespace["one"])


def _decoded(variable: str, decode: Decoder | None, name: str, names: dict[str, Any], *, nullable: bool) -> str:
    """The text that decodes one variable."""
    if decode is None:
        return variable
    names[name] = decode
    return f"{name}({variable}) if {variable} is not None else None" if nullable else f"{name}({variable})"


def instances(info: TableInfo, joined: Sequence[Path], dialect: Dialect, *, extra: int = 0) -> Hydrator:
    """Return what makes instances of rows: a table's columns, then those of each joined reference, in this order.

    Where ``extra`` columns follow, they are the key of the row's owner, and a result is a pair of that and the
    instance.
    """
    names: dict[str, Any] = {"make": info.make, "UNSET": UNSET}
    before: list[str] = []
    width = len(info.columns)
    own = [f"c{at}" for at in range(width)]
    fields = [
        _decoded(own[at], decoder(column.type, dialect), f"d{at}", names, nullable=column.nullable)
        for at, column in enumerate(info.columns)
    ]
    if not joined and not extra:
        if fields == own:
            return _plain("make(*row)", "row", names, dialect)
        return _plain(f"make({', '.join(fields)})", f"{', '.join(own)},", names, dialect)
    blocks: list[list[str]] = []
    variables = list(own)
    for number, path in enumerate(joined):
        block, mine = _joined_block(number, path, joined, dialect, names)
        blocks.append(block)
        variables += mine
        before.append(f"seen{number} = {{}}")
    owner = [f"k{at}" for at in range(extra)]
    variables += owner
    lines = [f"{', '.join(variables)}, = row"]
    for block in reversed(blocks):  # children before the parents that hold them
        lines += block
    relations = _relations(info, (), joined)
    lines += [f"made = make({', '.join([*fields, *relations])})", "made._row = row"]
    if owner:
        lines.append(f"made = (({', '.join(owner)},), made)")
    return _build(lines, before, names)


def _joined_block(
    number: int, path: Path, joined: Sequence[Path], dialect: Dialect, names: dict[str, Any]
) -> tuple[list[str], list[str]]:
    """The lines that make the row behind one reference: once for each key, none where it leads nowhere."""
    target = path[-1].target
    mine = [f"j{number}_{at}" for at in range(len(target.columns))]
    names[f"make{number}"] = target.make
    fields = [
        _decoded(mine[at], decoder(column.type, dialect), f"d{number}_{at}", names, nullable=column.nullable)
        for at, column in enumerate(target.columns)
    ]
    keys = [mine[column.position] for column in target.key]
    key = keys[0] if len(keys) == 1 else f"({', '.join(keys)})"
    fields += _relations(target, path, joined)
    block = [
        f"if {keys[0]} is None:",
        f"    o{number} = None",
        "else:",
        f"    o{number} = seen{number}.get({key})",
        f"    if o{number} is None:",
        f"        o{number} = seen{number}[{key}] = make{number}({', '.join(fields)})",
        f"        o{number}._row = ({', '.join(mine)},)",
    ]
    return block, mine


def _relations(info: TableInfo, path: Path, joined: Sequence[Path]) -> list[str]:
    """The relation arguments of a row at the end of a path: what was joined, else unloaded."""
    places = {inner: number for number, inner in enumerate(joined)}
    found = [
        f"o{places[(*path, reference)]}" if (*path, reference) in places else "UNSET" for reference in info.references
    ]
    while found and found[-1] == "UNSET":
        found.pop()
    return found


def tuples(columns: Sequence[Expression[Any]], dialect: Dialect, make: Callable[..., Any] | None = None) -> Hydrator:
    """Return what makes tuples of rows, or what ``make`` makes of their values; of one flat column the bare values."""
    names: dict[str, Any] = {"make": make}
    variables = [f"c{at}" for at in range(len(columns))]
    fields: list[str] = []
    for at, column in enumerate(columns):
        sure = isinstance(column, Column) and not column.nullable
        decode = decoder(column.type, dialect)
        if dialect == "postgresql" and column.type.kind == "float":
            decode = float
        fields.append(_decoded(variables[at], decode, f"d{at}", names, nullable=not sure))
    unpack = f"{', '.join(variables)}, = row"
    if make is None:
        return _build([unpack, f"made = ({', '.join(fields)},)"], [], names)
    return _build([unpack, f"made = make({', '.join(fields)})"], [], names)
