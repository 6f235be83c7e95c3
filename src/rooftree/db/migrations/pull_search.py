"""Full-text searches of a database that was there, as far as a model's `Search` can say them."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from rooftree.db.migrations.sql_text import items_of, name_of_token, tokens_of
from rooftree.db.migrations.state import IndexState, SearchState

__all__ = ["FoundSearch", "search_of_index", "search_of_table"]


class FoundSearch(NamedTuple):
    """What a search looks into, in the order of weight."""

    columns: tuple[str, ...]
    language: str


_PART: Final = re.compile(
    r"""setweight\(to_tsvector\('(?P<language>[a-z]+)'::regconfig,
    \ (?:\(COALESCE\((?P<name>"(?:[^"]|"")+"|\w+),\ ''::character\ varying\)\)::text
    |COALESCE\((?P<text>"(?:[^"]|"")+"|\w+),\ ''::text\))
    \),\ '(?P<weight>[A-D])'::"char"\)""",
    re.VERBOSE,
)


def search_of_index(index: IndexState) -> FoundSearch | None:
    """Read an index of PostgreSQL; ``None`` where it is none that a `Search` makes."""
    text = index.definition.text
    parts = list(_PART.finditer(text))
    rest = re.sub(r"[()\s]|\|\|", "", _PART.sub("", text))
    weights = "".join(part["weight"] for part in parts)
    languages = {part["language"] for part in parts}
    if rest != "USINGgin" or len(languages) != 1 or weights != "ABCD"[: len(weights)].ljust(len(weights), "D"):
        return None
    return FoundSearch(tuple(name_of_token(part["name"] or part["text"]) for part in parts), languages.pop())


def search_of_table(search: SearchState) -> FoundSearch | None:
    """Read a table of words of SQLite; ``None`` where it is none that a `Search` makes."""
    columns: list[str] = []
    tokenizer = ""
    for item in items_of(tokens_of(search.sql)):
        if len(item) == 1:
            columns.append(name_of_token(item[0]))
        elif item[0].lower() == "tokenize":
            tokenizer = item[-1].strip("'\"")
    if not columns or len(search.triggers) != 3:
        return None
    stemmed, _, rest = tokenizer.partition("porter ")
    if (rest if not stemmed and rest else tokenizer) != "unicode61 remove_diacritics 2":
        return None
    return FoundSearch(tuple(columns), "english" if rest else "simple")
