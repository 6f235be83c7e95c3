"""What is unsafe on a large table that people use: the statements of a migration, looked at one by one.

An index, a constraint or a new type takes a moment on an empty table, and stops the writers of a large one for minutes.
Each finding says the fact and the safe way. A migration whose author has looked says so in its file, for a reviewer to
see:

    allow = {"G304": "the last code that read it went with 2.1"}
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple, cast

from alembic.script import Script

from rooftree.db.migrations.errors import MigrationError
from rooftree.db.migrations.files import name_of
from rooftree.db.migrations.read_sqlite import parts_of
from rooftree.db.migrations.sql_text import items_of, name_of_token, text_of, tokens_of
from rooftree.db.migrations.state import TableState

__all__ = ["Finding", "Recorded", "lint"]


class Finding(NamedTuple):
    """Something that is to be looked at before the migrations run.

    Attributes:
        code: Listed in the error index.
        fact: What is so, as a full sentence.
        remedy: What to do, in steps.
        migration: The name of the migration's file; empty where it is about none.
        statement: The SQL, for what is unsafe.
    """

    code: str
    fact: str
    remedy: str
    migration: str = ""
    statement: str = ""

    def __str__(self) -> str:
        place = f" At {self.migration}." if self.migration else ""
        return f"[{self.code}] {self.fact}{place} {self.remedy}"


class Recorded(NamedTuple):
    """A migration, the statements that it ran, and the tables before it."""

    script: Script
    statements: Sequence[str]
    before: Mapping[str, TableState]


class Rule(NamedTuple):
    """One kind of unsafe statement; ``{table}``, ``{name}`` in the texts are what the pattern found."""

    code: str
    pattern: str
    fact: str
    remedy: str
    dialects: tuple[str, ...] = ("postgresql",)
    unless: str = r"(?!)"

    def finding(self, found: Mapping[str, str], migration: str, statement: str) -> Finding:
        """Say it of these names."""
        return Finding(self.code, self.fact.format(**found), self.remedy.format(**found), migration, statement)


_NAME: Final = r'(?:"(?:[^"]|"")+"|\w+)'
_TABLE: Final = rf"(?P<table>{_NAME}(?:\.{_NAME})?)"
_ALTER: Final = rf"ALTER TABLE (?:IF EXISTS )?(?:ONLY )?{_TABLE} "
_COLUMN: Final = rf"(?P<name>{_NAME})"
_ADD: Final = (
    rf"{_ALTER}ADD (?:COLUMN )?(?:IF NOT EXISTS )?(?!CONSTRAINT|CHECK|UNIQUE|PRIMARY|FOREIGN|EXCLUDE){_COLUMN}"
)
_BOTH: Final = ("postgresql", "sqlite")
_VOLATILE: Final = r"DEFAULT [^,]*?\b(?:gen_random_uuid|uuid_generate\w*|random|clock_timestamp|nextval|timeofday)\s*\("

RULES: Final = (
    Rule(
        "G301",
        rf"{_ALTER}ALTER (?:COLUMN )?{_COLUMN} (?:SET DATA )?TYPE ",
        "A new type of {table}.{name} rewrites the table, or checks every row, while nobody can read or write it.",
        "Add a column of the new type, write both from the code, fill the old rows in batches, read the new one, drop"
        " the old one.",
    ),
    Rule(
        "G301",
        rf"{_ADD} (?=.*(?:{_VOLATILE}|GENERATED ALWAYS AS \(|GENERATED .*AS IDENTITY|"
        r"\b(?:small|big)?serial\b))",
        "The new column {table}.{name} has a value of its own in each row: the table is rewritten while nobody can read"
        " or write it.",
        "Add the column without a value, fill the rows in batches, then give it its default.",
    ),
    Rule(
        "G302",
        rf"{_ALTER}ADD CONSTRAINT {_COLUMN} (?:CHECK|FOREIGN KEY)\b",
        "The constraint {name} looks at every row of {table} while nobody can write it.",
        "Add it with NOT VALID, and in a later migration: ALTER TABLE {table} VALIDATE CONSTRAINT {name}, which lets"
        " writers go on.",
        unless=r"\bNOT VALID\b",
    ),
    Rule(
        "G302",
        rf"{_ALTER}ADD CONSTRAINT {_COLUMN} (?:UNIQUE|PRIMARY KEY|EXCLUDE)\b",
        "The constraint {name} builds an index of {table} while nobody can read or write it.",
        "Make a unique index with index_concurrently() in a migration of its own, then: ALTER TABLE {table} ADD"
        " CONSTRAINT {name} UNIQUE USING INDEX ....",
        unless=r"\bUSING INDEX\b",
    ),
    Rule(
        "G302",
        rf"{_ALTER}ALTER (?:COLUMN )?{_COLUMN} SET NOT NULL\b",
        "NOT NULL of {table}.{name} looks at every row while nobody can read or write the table.",
        "Add CHECK ({name} IS NOT NULL) NOT VALID; in a later migration validate it, SET NOT NULL, which then looks at"
        " no row, and drop the check.",
    ),
    Rule(
        "G303",
        rf"{_ADD} (?=.*\bNOT NULL\b)",
        "The new column {table}.{name} may not be NULL and has no default: it fails where the table has rows, and code"
        " that runs now cannot insert.",
        "Add it with a default, or so that it may be NULL; fill the rows; then make it NOT NULL.",
        _BOTH,
        r"\bDEFAULT\b|\bGENERATED\b|serial\b",
    ),
    Rule(
        "G304",
        rf"{_ALTER}DROP (?:COLUMN )?(?:IF EXISTS )?(?!CONSTRAINT){_COLUMN}",
        "Code that runs during the deployment still reads {table}.{name}, which is dropped; what is in it is lost.",
        "Take the column out of the models and deploy that first; then drop it.",
        _BOTH,
    ),
    Rule(
        "G304",
        rf"DROP TABLE (?:IF EXISTS )?{_TABLE}",
        "Code that runs during the deployment still reads {table}, which is dropped; what is in it is lost.",
        "Take the model out of the code and deploy that first; then drop the table.",
        _BOTH,
    ),
    Rule(
        "G304",
        rf"{_ALTER}RENAME (?:COLUMN )?(?!CONSTRAINT){_COLUMN} TO ",
        "Code that runs during the deployment still reads {table}.{name}, which gets another name.",
        "Add the new column, write both from the code, fill the old rows, read the new one, drop the old one; or give"
        " the attribute its new name and keep the column's: col(name=...).",
        _BOTH,
    ),
    Rule(
        "G304",
        rf"{_ALTER}RENAME TO (?P<name>{_NAME})",
        "Code that runs during the deployment still reads {table}, which gets the name {name}.",
        "Keep the table's name: class ...(Model, table=...); or rename while nobody uses it.",
        _BOTH,
    ),
    Rule(
        "G305",
        rf"CREATE (?:UNIQUE )?INDEX (?:IF NOT EXISTS )?(?P<name>{_NAME}) ON (?:ONLY )?{_TABLE}",
        "The index {name} is built while nobody can write {table}.",
        "Use index_concurrently(), in a migration of its own.",
    ),
    Rule(
        "G305",
        rf"DROP INDEX (?:IF EXISTS )?(?P<name>{_NAME}(?:\.{_NAME})?)",
        "Dropping the index {name} waits for every query of its table, and lets none begin meanwhile.",
        "Use drop_index_concurrently(), in a migration of its own.",
        unless="CONCURRENTLY",
    ),
)
_CREATED: Final = re.compile(rf"CREATE (?:UNLOGGED |TEMP\w* )?TABLE (?:IF NOT EXISTS )?{_TABLE}", re.IGNORECASE)
_RENAMED: Final = re.compile(rf"{_ALTER}RENAME TO (?P<name>{_NAME})", re.IGNORECASE)
_RENAMED_COLUMN: Final = re.compile(rf"{_ALTER}RENAME (?:COLUMN )?{_COLUMN} TO ", re.IGNORECASE)
_RETYPED: Final = re.compile(rf"{_ALTER}ALTER (?:COLUMN )?{_COLUMN} (?:SET DATA )?TYPE (?P<type>.*)", re.IGNORECASE)
_VARCHAR: Final = re.compile(r"(?:character varying|varchar|text)\b(?:\s*\((\d+)\))?", re.IGNORECASE)
_FILLED: Final = re.compile(rf"INSERT INTO {_TABLE} ?\((?P<columns>[^()]*)\) SELECT ", re.IGNORECASE)
_DROPPED_COLUMN: Final = next(rule for rule in RULES if rule.code == "G304")
_NOT_NULL: Final = next(rule for rule in RULES if rule.code == "G303")
_DROPPED: Final = re.compile(rf"DROP TABLE (?:IF EXISTS )?{_TABLE}", re.IGNORECASE)
_COMPILED: Final = [(rule, re.compile(rule.pattern, re.IGNORECASE | re.DOTALL)) for rule in RULES]


def lint(recorded: Sequence[Recorded], dialect: str, *, together: bool = True) -> Iterator[Finding]:
    """Yield what is unsafe in migrations that run one after the other, but for what their files allow.

    A table that one of them makes is empty: what happens to it takes a moment.

    Args:
        recorded: The migrations, in order.
        dialect: The kind of database.
        together: Whether they run in one go, so that a table that one makes is empty for the next one too.

    Raises:
        MigrationError: an ``allow`` that is no mapping from codes to reasons.
    """
    new: set[str] = set()
    for each in recorded:
        new = new if together else set()
        allowed = _allowed(each.script)
        for finding in _of_migration(each, dialect, new):
            if finding.code not in allowed:
                yield finding


def _of_migration(recorded: Recorded, dialect: str, new: set[str]) -> Iterator[Finding]:
    name = name_of(recorded.script)
    actions = [action for statement in recorded.statements for action in _actions(statement)]
    remade = _remade(actions) if dialect == "sqlite" else {}
    seen: set[tuple[str, str]] = set()
    for at, action in enumerate(actions):
        if created := _CREATED.match(action):
            new.add(_plain(created["table"]))
        if at in remade:
            if _DROPPED.match(action) and remade[at] not in new:
                yield from _of_rebuild(recorded, remade[at], actions)
            continue
        if _only_widens(action, recorded.before):
            continue
        for finding in _of_action(name, action, dialect, new):
            if (finding.code, action) not in seen:
                yield finding
            seen.add((finding.code, action))
        renamed = _RENAMED.match(action)
        if renamed and _plain(renamed["table"]) in new:
            new.add(_plain(renamed["name"]))


def _of_action(name: str, action: str, dialect: str, new: set[str]) -> Iterator[Finding]:
    for rule, pattern in _COMPILED:
        match = pattern.match(action) if dialect in rule.dialects else None
        if match is None or re.search(rule.unless, action, re.IGNORECASE):
            continue
        found = {key: _plain(value) for key, value in match.groupdict().items() if value}
        if found.get("table") not in new:
            yield rule.finding(found, name, action)


def _only_widens(action: str, before: Mapping[str, TableState]) -> bool:
    """Whether a column of text gets more room, which PostgreSQL notes in its catalog alone."""
    match = _RETYPED.match(action)
    table = before.get(_plain(match["table"])) if match is not None else None
    if match is None or table is None or _plain(match["name"]) not in table.columns:
        return False
    old = _VARCHAR.match(table.columns[_plain(match["name"])].type)
    new = _VARCHAR.match(match["type"])
    return (
        old is not None and new is not None and (new[1] is None or (old[1] is not None and int(old[1]) <= int(new[1])))
    )


def _actions(statement: str) -> Iterator[str]:
    """Part ALTER TABLE into its actions, each with the table before it; any other statement is one action."""
    tokens = tokens_of(statement)
    altered = re.match(_ALTER, text_of(tokens) + " ", re.IGNORECASE)
    if altered is None:
        yield text_of(tokens)
        return
    depth = 0
    action: list[str] = []
    for word in tokens[len(tokens_of(altered[0])) :]:
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(word, 0)
        if word == "," and depth == 0:
            yield altered[0] + text_of(action)
            action = []
        else:
            action.append(word)
    yield altered[0] + text_of(action)


def _remade(actions: Sequence[str]) -> dict[int, str]:
    """Where a table of SQLite is dropped and its new one gets its name, which is neither a loss nor another name."""
    back = {_plain(match["name"]): at for at, action in enumerate(actions) if (match := _RENAMED.match(action))}
    found: dict[int, str] = {}
    for at, action in enumerate(actions):
        match = _DROPPED.match(action)
        if match and back.get(_plain(match["table"]), -1) > at:
            found[at] = found[back[_plain(match["table"])]] = _plain(match["table"])
    return found


def _of_rebuild(recorded: Recorded, table: str, actions: Sequence[str]) -> Iterator[Finding]:
    """What a table made anew lost, and what it needs for the rows that it takes over."""
    back = next(match for action in actions if (match := _RENAMED.match(action)) and _plain(match["name"]) == table)
    made = filled = ""
    for action in actions:
        if (match := _CREATED.match(action)) and match["table"] == back["table"]:
            made = action
        if (match := _FILLED.match(action)) and match["table"] == back["table"]:
            filled = match["columns"]
    columns, _ = parts_of(made)
    given = {name_of_token(item[0]) for item in items_of(tokens_of(f"({filled})"))} if filled else set[str]()
    renamed = {_plain(match["name"]) for action in actions if (match := _RENAMED_COLUMN.match(action))}
    before = list(recorded.before[table].columns) if table in recorded.before else []
    name = name_of(recorded.script)
    for column in before:
        if column not in columns and column not in renamed:
            yield _DROPPED_COLUMN.finding({"table": table, "name": column}, name, f"DROP TABLE {table}")
    for column, state in columns.items():
        if column not in given and not state.nullable and not (state.default or state.generated or state.identity):
            yield _NOT_NULL.finding({"table": table, "name": column}, name, made)


def _plain(name: str) -> str:
    return ".".join(part.strip('"').replace('""', '"') for part in re.findall(_NAME, name))


def _allowed(script: Script) -> Mapping[object, object]:
    allow: object = getattr(script.module, "allow", {})
    known = {rule.code for rule in RULES}
    if isinstance(allow, dict):
        reasons = cast("dict[object, object]", allow)
        if all(_is_reason(code, why, known) for code, why in reasons.items()):
            return reasons
    raise MigrationError(
        "G112",
        f"allow of the migration {name_of(script)} is {allow!r}.",
        f'Write allow = {{"{RULES[0].code}": "why it is safe here"}}, with a reason for each code.',
    )


def _is_reason(code: object, why: object, known: set[str]) -> bool:
    return code in known and isinstance(why, str) and bool(why.strip())
