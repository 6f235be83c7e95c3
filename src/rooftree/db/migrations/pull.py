"""Models from a database that exists: source text that type checkers take, and what no model can say."""

from __future__ import annotations

import keyword
import re
import sys
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from types import ModuleType
from typing import Any, Final
from uuid import uuid4

from rooftree.db.expressions.paths import REFERENCE_VERBS
from rooftree.db.migrations.pull_search import FoundSearch, search_of_index, search_of_table
from rooftree.db.migrations.pull_types import ColumnSource, enum_values, type_source
from rooftree.db.migrations.state import ColumnState, ConstraintState, IndexState, SchemaState, TableState
from rooftree.db.models.model import BareModel
from rooftree.db.models.naming import table_name
from rooftree.db.sql.tables import constraint_name
from rooftree.db.table import TableInfo

__all__ = ["loaded", "source_of"]

_STANDARD: Final = {
    "Any": "typing", "Decimal": "decimal", "IPv4Address": "ipaddress", "IPv6Address": "ipaddress", "UUID": "uuid",
    "date": "datetime", "datetime": "datetime", "time": "datetime", "timedelta": "datetime",
}  # fmt: skip
_OURS: Final = (
    "BareModel",
    "Col",
    "Constraint",
    "Index",
    "Model",
    "Ref",
    "Search",
    "Unique",
    "by_database",
    "col",
    "ref",
)
_RESERVED: Final = {name for name in dir(BareModel) if not name.startswith("_")} | REFERENCE_VERBS | {"table", "mro"}
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}\Z")
_RULE: Final = {">=": "ge", ">": "gt", "<=": "le", "<": "lt"}


def source_of(state: SchemaState) -> str:
    """Write a module of models for these tables.

    What models cannot say (a condition, an expression, a type that no column holds) stands in comments, as SQL.
    """
    said = {key: table for key, table in state.tables.items() if _is_sayable(table, state)}
    left = [
        f"# {key!r}: no model can have this name, or a key as this table's." for key in state.tables if key not in said
    ]
    state = SchemaState(state.dialect, said, state.enums)
    classes = _class_names(state)
    enums = _Enums({*classes.values(), *_STANDARD, *_OURS})
    for key, enum in state.enums.items():
        enums.add(key, enum.name, enum.values)
    models = [_TableSource(table, state, classes, enums).text() for table in state.tables.values()]
    body = "\n\n".join([*enums.texts, *models])
    body += "".join(f"\n\n{line}\n" for line in left)
    return f'"""The tables of a database that was there."""\n\n{_imports(body)}\n\n\n{body}'


@contextmanager
def loaded(source: str) -> Generator[list[TableInfo]]:
    """Give the tables of a module's source while the block runs."""
    module = ModuleType(f"rooftree_pulled_{uuid4().hex}")
    sys.modules[module.__name__] = module  # models find each other by their module
    try:
        exec(compile(source, module.__name__, "exec"), module.__dict__)  # noqa: S102 - the text was written here
        values: list[Any] = list(vars(module).values())
        yield [each.__table_info__ for each in values if getattr(each, "__module__", "") == module.__name__
               and isinstance(getattr(each, "__table_info__", None), TableInfo)]  # fmt: skip
    finally:
        del sys.modules[module.__name__]


def _imports(body: str) -> str:
    code = re.sub(r"#.*|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'", "", body)
    words = set(re.findall(r"\b\w+\b", code))
    lines = ["from __future__ import annotations", ""]
    if re.search(r"\benum\.", code):
        lines.append("import enum")
    for module in sorted(set(_STANDARD.values())):
        names = sorted(name for name, of in _STANDARD.items() if of == module and name in words)
        if names:
            lines.append(f"from {module} import {', '.join(names)}")
    if len(lines) > 2:
        lines.append("")
    ours = [name for name in _OURS if name in words]
    return "\n".join([*lines, *([f"from rooftree.db import {', '.join(ours)}"] if ours else [])]).strip()


def _is_sayable(table: TableState, state: SchemaState) -> bool:
    """Whether a model can be of this table: it has a key, of columns that models can have."""
    primary = table.primary()
    return (
        primary is not None
        and _NAME.match(table.name) is not None
        and all(_NAME.match(name) and _holds(table.columns[name], state) for name in primary.columns)
    )


def _holds(column: ColumnState, state: SchemaState) -> bool:
    return bool(column.enum) or type_source(column, state.dialect) is not None


def _camel(name: str) -> str:
    """Make a name of a class: in ASCII, for a database's names may hold signs that Python's may not."""
    found = re.sub(r"(?:^|[^A-Za-z0-9]+)([A-Za-z0-9]?)", lambda match: match[1].upper(), name)
    return found if found.isidentifier() and not keyword.iskeyword(found) else f"Table{found}"


def _class_names(state: SchemaState) -> dict[str, str]:
    """Name the class of each table so that it finds its table by itself where that can be."""
    found: dict[str, str] = {}
    for key, table in state.tables.items():
        singulars = [table.name.removesuffix("ies") + "y", table.name.removesuffix("es"), table.name.removesuffix("s")]
        fitting = [_camel(name) for name in singulars if table_name(_camel(name)) == table.name]
        name = fitting[0] if fitting else _camel(table.name)
        while name in found.values() or name in _STANDARD or name in _OURS:
            name += "Row"
        found[key] = name
    return found


class _Enums:
    """The enumerations of the module, each written once."""

    def __init__(self, taken: set[str]) -> None:
        self.texts: list[str] = []
        self.names: dict[str, str] = {}
        self._taken = taken

    def add(self, key: str, name: str, values: Sequence[str | int]) -> str:
        """Write an enumeration and return its class."""
        if key in self.names:
            return self.names[key]
        made = _camel(name)
        while made in self._taken:
            made += "Kind"
        self._taken.add(made)
        self.names[key] = made
        members: dict[str, str | int] = {}
        for value in values:
            member = re.sub(r"[^A-Za-z0-9]+", "_", str(value)).strip("_").lower() or "empty"
            member = f"value_{member}" if not member.isidentifier() or keyword.iskeyword(member) else member
            while member in members or member in {"name", "value", "mro"}:
                member += "_"
            members[member] = value
        lines = [f"    {member} = {value!r}" for member, value in members.items()]
        self.texts.append("\n".join([f"class {made}(enum.Enum):", *lines]) + "\n")
        return made


class _TableSource:
    """The model of one table."""

    def __init__(self, table: TableState, state: SchemaState, classes: Mapping[str, str], enums: _Enums) -> None:
        self.table = table
        self.state = state
        self.classes = classes
        self.enums = enums
        primary = table.primary()
        self.key = primary.columns if primary is not None else ()
        self.notes: list[str] = []
        self.constraints: list[str] = []
        self.attributes: dict[str, str] = {}
        self.rest = dict(table.constraints)
        self.indexes = dict(table.indexes)
        self.references = self._references()

    def text(self) -> str:
        """Return the class."""
        counted = self.key == ("id",) and self._is_counted(self.table.columns["id"])
        name = self.classes[self.table.key]
        options = [] if table_name(name) == self.table.name else [f"table={_string(self.table.name)}"]
        options += [f"schema={_string(self.table.schema)}"] if self.table.schema else []
        lines = [f"class {name}({', '.join(['Model' if counted else 'BareModel', *options])}):"]
        for column in self.table.columns.values():
            if not (counted and column.name == "id"):
                lines += self._column_lines(column)
        self._rest()
        lines += [f"    # {_one_line(note)}" for note in self.notes]
        if self.constraints:
            lines += ["", "    @classmethod", "    def constraints(cls) -> list[Constraint]:", "        return ["]
            lines += [f"            {each}," for each in self.constraints]
            lines.append("        ]")
        return "\n".join(lines if len(lines) > 1 else [*lines, "    pass"]) + "\n"

    # ---- columns and references

    def _is_counted(self, column: ColumnState) -> bool:
        counts = column.default is not None and column.default.text.startswith("nextval(")
        row_id = self.state.dialect == "sqlite" and column.type == "INTEGER"
        return bool(column.identity) or counts or row_id

    def _references(self) -> dict[str, ConstraintState]:
        """The foreign keys that a reference can say, by their first column."""
        found: dict[str, ConstraintState] = {}
        for constraint in self.table.constraints.values():
            target = self.state.tables.get(constraint.target)
            primary = target.primary() if target is not None else None
            if constraint.kind != "foreign" or primary is None or not all(map(_NAME.match, constraint.columns)):
                continue
            if (constraint.target_columns or primary.columns) == primary.columns and not any(
                set(constraint.columns) & set(other.columns) for other in found.values()
            ):
                found[constraint.columns[0]] = constraint
                del self.rest[constraint.key]
        return found

    def _column_lines(self, column: ColumnState) -> Iterator[str]:
        reference = self.references.get(column.name)
        if reference is not None:
            yield self._reference_line(reference)
        if any(column.name in each.columns for each in self.references.values()):
            return
        source = type_source(column, self.state.dialect)
        enum = enum_values(column, self.rest)
        if column.enum:
            source = self._enum_type(column)
        elif enum is not None:
            source = ColumnSource(self.enums.add(f"{self.table.key}.{column.name}", column.name, enum))
        if source is None:
            self.notes.append(f"{column.name!r} is of the type {column.type}, which no column of a model holds")
            return
        if not _NAME.match(column.name):
            self.notes.append(f"{column.name!r}: no column of a model can have this name")
            return
        attribute = self._attribute(column.name)
        if attribute != column.name:
            source.options["name"] = _string(column.name)
        self._say_of(column, source)
        nullable = column.nullable and column.name not in self.key  # SQLite lets a key be NULL, models do not
        annotation = f"{source.annotation} | None" if nullable else source.annotation
        options = ", ".join(f"{key}={value}" for key, value in source.options.items())
        yield f"    {attribute}: Col[{annotation}] = col({options})"

    def _enum_type(self, column: ColumnState) -> ColumnSource:
        name = self.enums.names[column.enum]
        return ColumnSource(f"list[{name}]" if column.type.endswith("[]") else name, {"native": "True"})

    def _say_of(self, column: ColumnState, source: ColumnSource) -> None:
        name = self.table.name
        if column.name in self.key:
            source.options["primary"] = "True"
        elif (unique := constraint_name("uq", name, column.name)) in self.rest:
            source.options["unique"] = "True"
            del self.rest[unique]
        elif self._plain_index(column.name):
            source.options["index"] = "True"
        self._say_rules(column, source)
        if column.generated is not None:
            source.options["generated"] = _string(_bare(column.generated.text))
        elif column.default is not None:
            source.options["default"] = f"by_database({_string(_bare(column.default.text))})"

    def _say_rules(self, column: ColumnState, source: ColumnSource) -> None:
        for key, constraint in list(self.rest.items()):
            if constraint.kind != "check":
                continue
            text = re.sub(r'[\s"()]|::[a-z ]+', "", constraint.definition.key)
            name = re.escape(column.name)
            if match := re.fullmatch(rf"check{name}(>=|<=|>|<)'?(-?\d+(?:\.\d+)?)'?", text, re.IGNORECASE):
                if source.annotation not in {"int", "float", "Decimal"}:
                    continue
                source.options[_RULE[match[1]]] = self._limit(match[2], source)
                del self.rest[key]
            elif match := re.fullmatch(rf"checklength{name}(>=|<=)(\d+)", text, re.IGNORECASE):
                rule = "min_length" if match[1] == ">=" else "max_length"
                if source.annotation == "str" and source.options.get(rule, match[2]) == match[2]:
                    source.options[rule] = match[2]
                    del self.rest[key]

    def _limit(self, written: str, source: ColumnSource) -> str:
        """Return the limit of a check as a model says it; SQLite's of a Decimal is scaled as its column is."""
        if source.annotation != "Decimal":
            return written
        limit = Decimal(written)
        if self.state.dialect == "sqlite":
            limit = limit.scaleb(-int(source.options["decimal_places"]))
        return str(int(limit)) if limit == limit.to_integral_value() else f'Decimal("{limit.normalize():f}")'

    def _plain_index(self, *columns: str) -> bool:
        """Whether there is the index that a model makes by itself; it is said then."""
        name = constraint_name("ix", self.table.name, *columns)
        index = self.indexes.get(name)
        plain = index is not None and not (index.unique or index.where or index.included or any(index.descending))
        if index is None or not plain or index.columns != columns:
            return False
        del self.indexes[name]
        return True

    def _reference_line(self, reference: ConstraintState) -> str:
        target = self.state.tables[reference.target]
        primary = target.primary()
        there = primary.columns if primary is not None else ()
        first = reference.columns[0]
        base = first.removesuffix(f"_{there[0]}") if len(there) == 1 else re.sub(r"_\w+?$", "", first)
        attribute = self._attribute(base if base != first else f"{first}_row")
        self.attributes.update(dict.fromkeys(reference.columns, attribute))
        options: dict[str, str] = {}
        nullable = any(self.table.columns[name].nullable and name not in self.key for name in reference.columns)
        on_delete = reference.on_delete or "no action"
        if on_delete != ("set null" if nullable else "restrict"):
            options["on_delete"] = _string(on_delete)
        if reference.columns != tuple(f"{attribute}_{name}" for name in there):
            options["columns"] = "(" + "".join(f"{_string(name)}, " for name in reference.columns).rstrip() + ")"
        unique = constraint_name("uq", self.table.name, *reference.columns)
        if set(reference.columns) <= set(self.key):
            options["primary"] = "True"
            if self.key[: len(reference.columns)] != reference.columns:
                self._plain_index(*reference.columns)
        elif unique in self.rest:
            options["unique"] = "True"
            del self.rest[unique]
        elif not self._plain_index(*reference.columns):
            options["index"] = "False"
        said = ", ".join(f"{key}={value}" for key, value in options.items())
        annotation = self.classes[reference.target] + (" | None" if nullable else "")
        return f"    {attribute}: Ref[{annotation}] = ref({said})"

    def _attribute(self, column: str) -> str:
        name = re.sub(r"\W", "_", column).strip("_") or "column"
        name = f"column_{name}" if name[0].isdigit() else name
        while (
            keyword.iskeyword(name)
            or name in _RESERVED
            or name in self.attributes.values()
            or (name != column and name in self.table.columns)
        ):
            name += "_"
        self.attributes[column] = name
        return name

    # ---- constraints and indexes

    def _rest(self) -> None:
        for constraint in self.rest.values():
            if constraint.kind == "primary":
                continue
            columns = self._named(constraint.columns)
            if constraint.kind == "unique" and columns is not None:
                default = constraint_name("uq", self.table.name, *constraint.columns)
                name = [] if constraint.name in {"", default} else [f"name={_string(constraint.name)}"]
                self.constraints.append(f"Unique({', '.join([*columns, *name])})")
            else:
                self.notes.append(f"{constraint.name or 'a constraint'}: {_one_line(constraint.definition.text)}")
        for index in self.indexes.values():
            found = search_of_index(index)
            if found is None or not self._search(index.name, found):
                self._index(index)
        for search in self.table.searches.values():
            found = search_of_table(search)
            if found is None or not self._search(search.name, found):
                self.notes.append(f"search {search.name}: {_one_line(search.sql)}")

    def _search(self, name: str, search: FoundSearch) -> bool:
        """Say a full-text search; whether a model can."""
        columns = self._named(search.columns)
        if columns is None:
            return False
        language = [] if search.language == "simple" else [f"language={_string(search.language)}"]
        named = [] if name == f"search_{self.table.name}"[:54] else [f"name={_string(name)}"]
        self.constraints.append(f"Search({', '.join([*columns, *language, *named])})")
        return True

    def _index(self, index: IndexState) -> None:
        plain = [name for name in index.columns if name is not None]
        columns, included = self._named(plain), self._named(index.included)
        referring = {name for each in self.references.values() for name in each.columns}
        turned = [name for name, descending in zip(index.columns, index.descending, strict=True) if descending]
        ours = re.match(r"(?:USING btree )?\(", index.definition.text)
        if columns is None or included is None or len(plain) < len(index.columns) or index.where or not ours or (
            referring & {*turned, *index.included}
        ):  # fmt: skip
            unique = "UNIQUE " if index.unique else ""
            self.notes.append(f"{unique}INDEX {index.name} {_one_line(index.definition.text)}")
            return
        parts = [f"{column}.desc()" if name in turned else column for name, column in zip(plain, columns, strict=True)]
        if index.name != constraint_name("ix", self.table.name, *plain):
            parts.append(f"name={_string(index.name)}")
        parts += ["unique=True"] if index.unique else []
        parts += [f"include=[{', '.join(included)}]"] if included else []
        self.constraints.append(f"Index({', '.join(parts)})")

    def _named(self, columns: Sequence[str]) -> list[str] | None:
        """Return columns as a model's ``constraints()`` names them; ``None`` where one is not said."""
        if any(name not in self.attributes and name != "id" for name in columns):
            return None
        found = [f"cls.{self.attributes.get(name, name)}" for name in columns]
        return list(dict.fromkeys(found))


def _bare(text: str) -> str:
    depth = 0
    for at, sign in enumerate(text):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if depth == 0:
            return text[1:-1] if at and at == len(text) - 1 else text
    return text


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _string(text: str | None) -> str:
    """Write a string as formatters do."""
    if text is None or '"' in text or "\\" in text or not text.isprintable():
        return repr(text)
    return f'"{text}"'
