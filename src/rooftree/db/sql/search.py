# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# SQLAlchemy is typed in part only: what its functions return is unknown to pyright.
"""Full-text search in each database's terms: the index, the condition, the rank."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, Final, cast

import sqlalchemy as sa

from rooftree.db.expressions.base import Expression
from rooftree.db.expressions.columns import Column
from rooftree.db.expressions.constraints import Search
from rooftree.db.expressions.kinds import TEXT
from rooftree.db.expressions.search import MARK, UNMARK, Term, alternatives_of, search_of
from rooftree.db.model_errors import ModelError, QueryError
from rooftree.db.sql.compiler import Compiler
from rooftree.db.sql.scope import Scope
from rooftree.db.sql.writes import quoted
from rooftree.db.table import ColumnInfo, ReferenceInfo, TableInfo

__all__ = ["Searches", "fts_statements", "search_document", "search_name"]

_WEIGHTS: Final = "ABCD"
_NUMBERS: Final = (1.0, 0.4, 0.2, 0.1)  # what PostgreSQL takes A, B, C, D for
_TOKENS: Final = "unicode61 remove_diacritics 2"
_OWN: Final = frozenset({"rank", "rowid"})  # FTS5 has columns of these names itself


def search_name(info: TableInfo, search: Search) -> str:
    """The name of a search's index, or of its table on SQLite."""
    return search.name or f"search_{info.name}"[:54]


def columns_of(info: TableInfo, search: Search) -> list[ColumnInfo]:
    """Return the columns that a search looks into.

    Raises:
        ModelError: no columns, another model's, or one that holds no text.
    """
    found: list[ColumnInfo] = []
    for part in search.columns:
        if not isinstance(part, Column) or part.path or part.info.table is not info or part.info.type.kind != "text":
            raise ModelError(
                "M209", f"A Search of {info.model} names {part!r}.", f"Name {info.model}'s own columns of text."
            )
        found.append(part.info)
    if not found:
        raise ModelError("M209", f"A Search of {info.model} names no column.", "Name the columns to look into.")
    return found


def search_document(info: TableInfo, search: Search, table: Any) -> Any:
    """What PostgreSQL looks into: the words of each column, weighed by its place."""
    language = _language(search)
    parts: list[Any] = []
    for at, column in enumerate(columns_of(info, search)):
        words = sa.func.to_tsvector(language, sa.func.coalesce(table.c[column.column], sa.literal_column("''")))
        weight: Any = sa.literal_column(f"'{_WEIGHTS[min(at, 3)]}'")
        parts.append(sa.func.setweight(words, weight))
    return functools.reduce(lambda one, two: one.op("||")(two), parts)


def fts_statements(info: TableInfo, search: Search) -> list[str]:
    """The table of words that SQLite keeps beside a table, and the triggers that keep it in step (FTS5, section 4.4.3).

    Raises:
        ModelError: the key is no single integer, or a column has a name that FTS5 takes for its own.
    """
    columns = columns_of(info, search)
    if len(info.key) != 1 or info.key[0].type.kind != "integer":
        raise ModelError(
            "M302",
            f"{info.model} has a Search, which SQLite finds rows by one integer key for, and its key is "
            f"({', '.join(column.name for column in info.key)}).",
            "Give it an integer key, or use PostgreSQL.",
        )
    taken = [column.column for column in columns if column.column.lower() in _OWN]
    if taken:
        raise ModelError(
            "M302", f"{info.model}.{taken[0]} is in a Search, and SQLite's search has a column of that name itself.",
            "Keep it under another name: col(name=...).",
        )  # fmt: skip
    plain = search_name(info, search)
    name, table, key = quoted(plain), quoted(info.name), quoted(info.key[0].column)
    names = ", ".join(quoted(column.column) for column in columns)
    old = ", ".join(f"old.{quoted(column.column)}" for column in columns)
    new = ", ".join(f"new.{quoted(column.column)}" for column in columns)
    stemmer = "porter " if search.language == "english" else ""
    put = f"INSERT INTO {name} (rowid, {names}) VALUES (new.{key}, {new});"  # noqa: S608 - names were checked
    take = f"INSERT INTO {name} ({name}, rowid, {names}) VALUES ('delete', old.{key}, {old});"  # noqa: S608 - as above
    changed = f"{key}, {names}"
    options = f"content='{info.name}', content_rowid='{info.key[0].column}', tokenize='{stemmer}{_TOKENS}'"
    return [
        f"CREATE VIRTUAL TABLE {name} USING fts5({names}, {options})",
        f"CREATE TRIGGER {quoted(f'{plain}_insert')} AFTER INSERT ON {table} BEGIN {put} END",
        f"CREATE TRIGGER {quoted(f'{plain}_delete')} AFTER DELETE ON {table} BEGIN {take} END",
        f"CREATE TRIGGER {quoted(f'{plain}_update')} AFTER UPDATE OF {changed} ON {table} BEGIN {take} {put} END",
    ]


class Searches(Compiler):
    """Full-text search."""

    def _text_match(self, expression: Expression[Any]) -> Any:
        info, search, table, _ = self._searched(expression)
        if not self.sqlite:
            query = self._parsed(search, expression)
            return search_document(info, search, table).op("@@", is_comparison=True)(query)
        name = search_name(info, search)
        found = self._found(name, expression, sa.column("rowid"))
        return table.c[info.key[0].column].in_(found)

    def _text_rank(self, expression: Expression[Any]) -> Any:
        info, search, table, scope = self._searched(expression)
        if not self.sqlite:
            query = self._parsed(search, expression)
            return sa.cast(sa.func.ts_rank(search_document(info, search, table), query), sa.Double)
        self._need_join(scope, "text_rank()")
        # Once for all rows: asked for row by row, SQLite would run the search again for each.
        name = search_name(info, search)
        numbers = [str(_NUMBERS[min(at, 3)]) for at in range(len(search.columns))]
        rank = sa.literal_column(f"-bm25({quoted(name)}, {', '.join(numbers)})", sa.REAL)
        ranked = self._found(name, expression, sa.column("rowid").label("key"), rank.label("rank")).subquery()
        scope.meet(ranked, ranked.c.key == table.c[info.key[0].column], outer=True)
        return sa.func.coalesce(ranked.c.rank, sa.literal_column("0.0", sa.REAL))

    def _text_snippet(self, expression: Expression[Any]) -> Any:
        info, search, table, scope = self._searched(expression)
        name, at, size = cast("tuple[str, int, int]", expression.data[4:])
        own = next(column.column for column in info.columns if column.name == name)
        if not self.sqlite:
            document = sa.func.coalesce(table.c[own], sa.literal_column("''"))
            least = max(1, size // 2)
            options = f'StartSel="{MARK}", StopSel="{UNMARK}", MaxWords={size + 1}, MinWords={least}, ShortWord=0'
            told: Any = sa.literal_column(f"'{options}'")
            query = self._parsed(search, expression)
            return sa.func.ts_headline(_language(search), document, query, told, type_=sa.Text())
        self._need_join(scope, "text_snippet()")
        words = search_name(info, search)
        text = f"snippet({quoted(words)}, {at}, char({ord(MARK)}), char({ord(UNMARK)}), '\u2026', {size})"
        snippet = sa.literal_column(text, sa.Text())
        shown = self._found(words, expression, sa.column("rowid").label("key"), snippet.label("snippet")).subquery()
        scope.meet(shown, shown.c.key == table.c[info.key[0].column], outer=True)
        return sa.func.coalesce(
            shown.c.snippet, sa.func.coalesce(table.c[own], sa.literal_column("''")), type_=sa.Text()
        )

    @staticmethod
    def _need_join(scope: Scope, what: str) -> None:
        if not scope.can_join:
            raise QueryError("Q238", f"{what} stands in an update or delete.", "Select keys by it first.")

    def _parsed(self, search: Search, expression: Expression[Any]) -> Any:
        """What PostgreSQL looks for."""
        words = expression.parts[0]
        if expression.data[3]:
            return sa.func.to_tsquery(_language(search), self._bound(words, TEXT, _prefix_query))
        return sa.func.websearch_to_tsquery(_language(search), self._bound(words, TEXT, _web_query))

    def _found(self, name: str, expression: Expression[Any], *columns: Any) -> Any:
        """What SQLite's table of words gives for a search."""
        encode = _fts_prefix_query if expression.data[3] else _fts_query
        query = self._bound(expression.parts[0], TEXT, encode)
        matches = sa.literal_column(quoted(name), sa.Text).op("MATCH", is_comparison=True)(query)
        return sa.select(*columns).select_from(sa.table(sa.sql.quoted_name(name, quote=True))).where(matches)

    def _searched(self, expression: Expression[Any]) -> tuple[TableInfo, Search, Any, Scope]:
        """The model that is searched, its search, where its table stands, and the scope of that."""
        info, path, name = cast("tuple[TableInfo, tuple[ReferenceInfo, ...], str | None]", expression.data[:3])
        scope = self.scope.of(path[0].columns[0].table if path else info)
        if scope is None:
            raise QueryError(
                "Q210",
                f"A search of {info.model} was used in a query of {self.scope.info.model}.",
                "Go there by a relation.",
            )
        table: Any = scope.join(path) if path else scope.others.get(info, scope.table)
        return info, search_of(info, name), table, scope


def _language(search: Search) -> Any:
    return sa.literal_column(f"'{search.language}'::regconfig")


def _written(text: Any, alternative: Callable[[Sequence[Term]], str], between: str) -> str:
    return between.join(alternative(terms) for terms in alternatives_of(text))


def _web_query(text: Any) -> str:
    """Write a search as ``websearch_to_tsquery`` reads it."""

    def alternative(terms: Sequence[Term]) -> str:
        return " ".join(
            f"{'' if term.wanted else '-'}" + (f'"{term.text}"' if term.phrase else term.text) for term in terms
        )

    return _written(text, alternative, " or ")


def _prefix_query(text: Any) -> str:
    """Write a search as ``to_tsquery`` reads it, every word in quotation marks; the last one may go on."""
    alternatives = alternatives_of(text)
    last = _last(alternatives)

    def one(term: Term) -> str:
        quoted_text = term.text.replace("\\", "\\\\").replace("'", "''")
        return f"{'' if term.wanted else '!'}'{quoted_text}'{':*' if term is last else ''}"

    return " | ".join(f"({' & '.join(map(one, terms))})" for terms in alternatives)


def _fts_query(text: Any) -> str:
    """Write a search in FTS5's language: every word in quotation marks, so that none is an operator."""
    return _fts(alternatives_of(text), None)


def _fts_prefix_query(text: Any) -> str:
    """The same, where the last word may go on."""
    alternatives = alternatives_of(text)
    return _fts(alternatives, _last(alternatives))


def _fts(alternatives: Sequence[Sequence[Term]], last: Term | None) -> str:
    def one(term: Term) -> str:
        return _string(term.text) + ("*" if term is last else "")

    found: list[str] = []
    for terms in alternatives:
        wanted = " AND ".join(one(term) for term in terms if term.wanted)
        unwanted = " OR ".join(one(term) for term in terms if not term.wanted)
        found.append(f"({wanted}) NOT ({unwanted})" if unwanted else f"({wanted})")
    return " OR ".join(found) or '""'


def _last(alternatives: Sequence[Sequence[Term]]) -> Term | None:
    """The word that is still being typed: the last one, unless it stands in quotation marks or is not wanted."""
    last = alternatives[-1][-1] if alternatives else None
    return last if last is not None and last.wanted and not last.phrase else None


def _string(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
