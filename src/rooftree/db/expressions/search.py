"""Full-text search: conditions and ranks over what a model's `Search` names, and the words that a person typed."""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

from rooftree.base import Html
from rooftree.db.expressions.base import Condition, Expression, Value
from rooftree.db.expressions.columns import Column
from rooftree.db.expressions.constraints import Search
from rooftree.db.expressions.kinds import BOOLEAN, FLOAT, TEXT
from rooftree.db.expressions.paths import RefPath, path_of
from rooftree.db.model_errors import QueryError
from rooftree.db.table import TableInfo

__all__ = [
    "MARK",
    "UNMARK",
    "Term",
    "alternatives_of",
    "highlighted",
    "search_of",
    "text_match",
    "text_rank",
    "text_snippet",
]

_MOST_TERMS: Final = 32  # words of one search; more are not looked for, so that no search takes a database's time
_MOST_TEXT: Final = 2048
MARK: Final = "\x02"  # around what was found: start and end of text, which no keyboard types
UNMARK: Final = "\x03"
_TERM: Final = re.compile(r'(?P<no>-?)(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')


def text_match(of: Any, text: str, *, search: str | None = None, prefix: bool = False) -> Condition:
    """True where the columns of a model's `Search` hold the words of a text, as a person would type them.

    Every word must be there; ``"two words"`` stand one behind the other, ``or`` lets one of both do, ``-word`` must not
    be there. Nothing that a person can type is an error.

    Args:
        of: The model, or a reference that leads to one: ``Product``, ``Order.product``.
        text: What to look for.
        search: The name of the `Search`; the one without a name, or the only one, where not given.
        prefix: Whether words that begin with the last one fit too, as for a search while somebody types.

    Raises:
        QueryError: the model has no such `Search`, or ``text`` is no text.
    """
    return Condition("text_match", (_words(text),), BOOLEAN, _place(of, search, prefix))


def text_rank(of: Any, text: str, *, search: str | None = None, prefix: bool = False) -> Expression[float]:
    """How well a row fits a search, 0 where it does not: order by it, falling. Numbers differ between databases.

    The arguments are those of `text_match`.
    """
    return Expression("text_rank", (_words(text),), FLOAT, _place(of, search, prefix))


def text_snippet(
    column: Expression[str] | Expression[str | None],
    text: str,
    *,
    search: str | None = None,
    prefix: bool = False,
    size: int = 24,
) -> Expression[str]:
    """The part of a searched column where the words of a text stand, each found one between two marks.

    Give it to `highlighted`, which makes markup of it. It is text from the table: never markup by itself.

    Args:
        column: A column of the model's `Search`: ``Product.description``.
        text: What was looked for.
        search: The name of the `Search`, as for `text_match`.
        prefix: As for `text_match`.
        size: About how many words, 1 to 64.

    Raises:
        QueryError: no column of the `Search`, or another size.
    """
    if not isinstance(column, Column) or column.info.table is None:
        raise QueryError("Q239", f"text_snippet() was given {column!r}.", "Name a column of the model's Search.")
    if type(size) is not int or not 1 <= size <= 64:
        raise QueryError("Q239", f"text_snippet() was given the size {size!r}.", "Pass 1 to 64 words.")
    info, path = column.info.table, column.path
    columns = [part.info for part in search_of(info, search).columns]
    if column.info not in columns:
        names = ", ".join(f"{info.model}.{each.name}" for each in columns)
        raise QueryError(
            "Q239", f"text_snippet() was given {column!r}, which is not searched.", f"Name one of {names}."
        )
    place = (info, path, search, _checked_prefix(prefix))
    return Expression(
        "text_snippet", (_words(text),), TEXT, (*place, column.info.name, columns.index(column.info), size)
    )


def highlighted(snippet: str) -> Html:
    """Markup of what `text_snippet` gives: everything in it escaped, what was found inside of ``<mark>``."""
    parts = re.split(f"{MARK}(.*?){UNMARK}", snippet, flags=re.DOTALL)
    marked = [Html("<mark>{}</mark>").format(part) if at % 2 else Html.escape(part) for at, part in enumerate(parts)]
    return Html(re.sub(f"[{MARK}{UNMARK}]", "", "".join(marked)))


def _words(text: Any) -> Value[str]:
    if not isinstance(text, str):
        raise QueryError("Q236", f"A search was given {text!r}.", "Pass a text.")
    return Value(text.replace("\x00", " ").encode(errors="replace").decode(), TEXT)


def _checked_prefix(prefix: Any) -> bool:
    if not isinstance(prefix, bool):
        raise QueryError("Q236", f"A search was given prefix={prefix!r}.", "Pass True or False.")
    return prefix


def _place(of: Any, search: str | None, prefix: Any) -> tuple[object, ...]:
    path = path_of(of) if isinstance(of, RefPath) else ()
    info = path[-1].target if path else of if isinstance(of, TableInfo) else getattr(of, "__table_info__", None)
    if not isinstance(info, TableInfo):
        raise QueryError("Q237", f"A search was made of {of!r}.", "Name a model, or a reference that leads to one.")
    search_of(info, search)
    return (info, path, search, _checked_prefix(prefix))


def search_of(info: TableInfo, name: str | None) -> Search:
    """Return the `Search` of a model, of this name where one is given.

    Raises:
        QueryError: there is none, or several to choose from.
    """
    searches = [each for each in info.constraints() if isinstance(each, Search)]
    fitting = [each for each in searches if each.name == name] or (searches if name is None else [])
    if len(fitting) == 1:
        return fitting[0]
    if not searches:
        raise QueryError(
            "Q237",
            f"{info.model} has no full-text search.",
            f"Add Search({info.model}.<column>, ...) to constraints().",
        )
    named = "" if name is None else f" named {name!r}"
    names = ", ".join(repr(each.name) for each in searches)
    raise QueryError(
        "Q237", f"{info.model} has {len(fitting)} full-text searches{named}.", f"Pass search=, one of {names}."
    )


class Term(NamedTuple):
    """A word, or several that stand one behind the other, to find or not to find."""

    text: str
    phrase: bool
    wanted: bool


def alternatives_of(text: str) -> list[list[Term]]:
    """Read what a person typed: alternatives, each of terms that must all hold; none without a term to find."""
    found: list[list[Term]] = [[]]
    count = 0
    for match in _TERM.finditer(text[:_MOST_TEXT]):
        phrase = match["phrase"]
        word = match["word"] if phrase is None else phrase
        if phrase is None and not match["no"] and word.lower() == "or":
            found.append([])
        elif any(sign.isalnum() for sign in word) and count < _MOST_TERMS:
            found[-1].append(Term(word, phrase is not None, not match["no"]))
            count += 1
    return [terms for terms in found if any(term.wanted for term in terms)]
