"""Full-text search: conditions and ranks over what a model's `Search` names, and the words that a person typed."""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

from rooftree.db.expressions.base import Condition, Expression, Value
from rooftree.db.expressions.constraints import Search
from rooftree.db.expressions.kinds import BOOLEAN, FLOAT, TEXT
from rooftree.db.expressions.paths import RefPath, path_of
from rooftree.db.model_errors import QueryError
from rooftree.db.table import TableInfo

__all__ = ["Term", "alternatives_of", "search_of", "text_match", "text_rank"]

_MOST_TERMS: Final = 32  # words of one search; more are not looked for, so that no search takes a database's time
_MOST_TEXT: Final = 2048
_TERM: Final = re.compile(r'(?P<no>-?)(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')


def text_match(of: Any, text: str, *, search: str | None = None) -> Condition:
    """True where the columns of a model's `Search` hold the words of a text, as a person would type them.

    Every word must be there; ``"two words"`` stand one behind the other, ``or`` lets one of both do, ``-word`` must not
    be there. Nothing that a person can type is an error.

    Args:
        of: The model, or a reference that leads to one: ``Product``, ``Order.product``.
        text: What to look for.
        search: The name of the `Search`; the one without a name, or the only one, where not given.

    Raises:
        QueryError: the model has no such `Search`, or ``text`` is no text.
    """
    return Condition("text_match", (_words(text),), BOOLEAN, _place(of, search))


def text_rank(of: Any, text: str, *, search: str | None = None) -> Expression[float]:
    """How well a row fits a search, 0 where it does not: order by it, falling. Numbers differ between databases.

    The arguments are those of `text_match`.
    """
    return Expression("text_rank", (_words(text),), FLOAT, _place(of, search))


def _words(text: Any) -> Value[str]:
    if not isinstance(text, str):
        raise QueryError("Q236", f"A search was given {text!r}.", "Pass a text.")
    return Value(text.replace("\x00", " ").encode(errors="replace").decode(), TEXT)


def _place(of: Any, search: str | None) -> tuple[object, ...]:
    path = path_of(of) if isinstance(of, RefPath) else ()
    info = path[-1].target if path else of if isinstance(of, TableInfo) else getattr(of, "__table_info__", None)
    if not isinstance(info, TableInfo):
        raise QueryError("Q237", f"A search was made of {of!r}.", "Name a model, or a reference that leads to one.")
    search_of(info, search)
    return (info, path, search)


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
