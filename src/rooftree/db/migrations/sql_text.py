"""Reading SQL: what SQLite keeps of constraints is the text of CREATE TABLE, and a migration is its statements."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

__all__ = ["items_of", "key_of", "name_of_token", "text_of", "tokens_of"]

_TOKEN: Final = re.compile(
    r"""\s+ | --[^\n]* | /\*.*?(?:\*/|\Z)
    | (?P<word> '(?:[^']|'')*' | "(?:[^"]|"")*" | `(?:[^`]|``)*` | \[[^\]]*\]
    | [\w$]+(?:\.\d+)? | <> | <= | >= | == | != | <= | \|\| | :: | << | >> | ->>? | . )""",
    re.VERBOSE | re.DOTALL,
)
_TIGHT: Final = {")", ",", ".", "::"}
_PLAIN: Final = re.compile(r"[A-Za-z_]\w*\Z")


def tokens_of(text: str) -> list[str]:
    """Part SQL into tokens, without spaces and comments."""
    return [match["word"] for match in _TOKEN.finditer(text) if match["word"]]


def items_of(tokens: list[str]) -> Iterator[list[str]]:
    """Yield what stands between the commas of the first pair of parentheses."""
    depth = 0
    item: list[str] = []
    for word in tokens:
        if word == "(":
            depth += 1
            if depth == 1:
                continue
        elif word == ")":
            depth -= 1
            if depth == 0:
                break
        if depth == 1 and word == ",":
            yield item
            item = []
        elif depth:
            item.append(word)
    if item:
        yield item


def name_of_token(word: str) -> str:
    """Take the quotes off a name."""
    if word[:1] in {'"', "`"}:
        return word[1:-1].replace(word[0] * 2, word[0])
    return word[1:-1] if word[:1] == "[" else word


def text_of(tokens: list[str]) -> str:
    """Write tokens as SQL again, as a person would space them."""
    text = ""
    before = ""
    for word in tokens:
        tight = word in _TIGHT or before in {"", "(", ".", "::"}
        call = word == "(" and (before.lower() not in _WORDS and re.match(r'[\w"]', before) is not None)
        text += word if tight or call else f" {word}"
        before = word
    return text


_WORDS: Final = {
    "and", "or", "not", "in", "check", "key", "unique", "as", "on", "where", "then", "else", "when", "like", "glob",
    "between", "default", "references", "is", "regexp",
}  # fmt: skip


def key_of(tokens: list[str]) -> str:
    """What two texts that mean the same share: names without needless quotes, words in lower case."""
    return " ".join(_key(word) for word in tokens)


def _key(word: str) -> str:
    if word.startswith("'"):
        return word
    if word[:1] in {'"', "`", "["}:
        name = name_of_token(word)
        return name.lower() if _PLAIN.match(name) else f'"{name}"'
    return word.lower()
