"""``<c-card title="...">`` in the source of a template, as the tags of Jinja2 that it stands for.

Each tag is rewritten where it stands, with its line breaks, so lines keep their numbers. What stands in comments, in
``{% raw %}`` and inside of Jinja2's own tags is left as it is.

    <c-card title="Hello {{ name }}" count="{{ 3 }}" wide>   {% component "card", {"title": "Hello "~(name), ... } %}
    <c-slot footer> ... </c-slot>                            {% fill "footer" %} ... {% endfill %}
    </c-card>                                                {% endcomponent "card" %}
"""

from __future__ import annotations

import re
from html import unescape
from typing import Final, NoReturn

from jinja2 import TemplateSyntaxError

__all__ = ["rewrite"]

_OPEN: Final = re.compile(
    r"\{\#.*?\#\}"
    r"|\{%[-+]?\s*raw\s*[-+]?%\}.*?\{%[-+]?\s*endraw\s*[-+]?%\}"
    r"|\{%.*?%\}|\{\{.*?\}\}"
    r"|<(?P<close>/?)c-(?P<name>[a-z][a-z0-9._-]*)",
    re.DOTALL,
)
_NAME: Final = re.compile(r"[A-Za-z_:@][A-Za-z0-9_:.@-]*")
_SPACE: Final = re.compile(r"\s*")
_BARE: Final = re.compile(r"(?:(?!/>)[^\s\"'=<>`{}])+")


class Rewriter:
    """Reads one source from front to back."""

    def __init__(self, source: str, name: str | None, filename: str | None) -> None:
        self.source = source
        self.name = name
        self.filename = filename
        self.at = 0

    def rewritten(self) -> str:
        """Return the source with its tags rewritten."""
        if "<c-" not in self.source and "</c-" not in self.source:
            return self.source
        parts: list[str] = []
        while (found := _OPEN.search(self.source, self.at)) is not None:
            parts.append(self.source[self.at : found.start()])
            self.at = found.end()
            tag = found["name"]
            if tag is None:
                parts.append(found[0])
            elif found["close"]:
                parts.append(self._closing(tag))
            else:
                parts.append(self._opening(tag, found.start()))
        parts.append(self.source[self.at :])
        return "".join(parts)

    def _closing(self, tag: str) -> str:
        space = self._space()
        if not self._take(">"):
            self._fail(f"'</c-{tag}' is not closed by '>'", self.at)
        return f"{{% endfill{space}%}}" if tag == "slot" else f"{{% endcomponent {_quoted(tag)}{space}%}}"

    def _opening(self, tag: str, start: int) -> str:
        given: dict[str, str] = {}
        space = self._space()
        while not self.source.startswith((">", "/>"), self.at):
            found = _NAME.match(self.source, self.at)
            if found is None or not space:
                self._no_attribute(tag, start)
            if found[0] in given:
                self._fail(f"'<c-{tag}' has '{found[0]}' twice", found.start())
            self.at = found.end()
            given[found[0]] = f"{space}{_quoted(found[0])}: {self._value()},"
            space = self._space()
        closed = self._take("/>")
        self.at += not closed
        if tag == "slot":
            return self._fill(given, space, start)
        end = f"{{% endcomponent {_quoted(tag)} %}}" if closed else ""
        return f"{{% component {_quoted(tag)}, {{{''.join(given.values())}{space}}} %}}{end}"

    def _no_attribute(self, tag: str, start: int) -> NoReturn:
        what = self.source[self.at : self.at + 10].partition("\n")[0]
        if what:
            self._fail(f"'<c-{tag}' goes on with {what!r}, which is no attribute", self.at)
        self._fail(f"'<c-{tag}' never ends", start)

    def _fill(self, given: dict[str, str], space: str, start: int) -> str:
        name, *more = given or [""]
        if more or not name.isidentifier():
            self._fail("'<c-slot' takes the name of one slot, as in '<c-slot footer>'", start)
        breaks = "\n" * f"{given[name]}{space}".count("\n")
        return f"{{% fill {_quoted(name)}{breaks} %}}"

    def _value(self) -> str:
        """Return the value of an attribute as an expression of Jinja2."""
        mark = self.at
        before = self._space()
        if not self._take("="):
            self.at = mark
            return "true"
        before += self._space()
        quote = self.source[self.at : self.at + 1]
        if quote in {'"', "'"} and quote:
            self.at += 1
            return before + self._quoted_value(quote)
        if self.source.startswith("{{", self.at):
            return before + self._expression()
        bare = _BARE.match(self.source, self.at)
        if bare is None:
            self._fail("an attribute has '=' and no value", self.at)
        self.at = bare.end()
        return before + _quoted(unescape(bare[0]))

    def _quoted_value(self, quote: str) -> str:
        start = self.at
        parts: list[str] = []
        text = start
        while True:
            end = self.source.find(quote, self.at)
            inner = self.source.find("{", self.at)
            if end < 0:
                self._fail(f"an attribute's value is not closed by {quote}", start)
            if inner < 0 or inner > end:
                break
            if self.source.startswith("{%", inner):
                self._fail("a statement cannot stand in an attribute of a component; write an expression", inner)
            if not self.source.startswith("{{", inner):
                self.at = inner + 1
                continue
            if inner > text:
                parts.append(_quoted(unescape(self.source[text:inner])))
            self.at = inner
            parts.append(self._expression())
            text = self.at
        if end > text or not parts:
            parts.append(_quoted(unescape(self.source[text:end])))
        self.at = end + 1
        return " ~ ".join(parts)

    def _expression(self) -> str:
        end = self.source.find("}}", self.at)
        if end < 0:
            self._fail("'{{' is not closed by '}}'", self.at)
        inner = self.source[self.at + 2 : end].removeprefix("-").removesuffix("-")
        self.at = end + 2
        return f"({inner})"

    def _space(self) -> str:
        found = _SPACE.match(self.source, self.at)
        assert found is not None  # noqa: S101 - it matches nothing too
        self.at = found.end()
        return found[0]

    def _take(self, text: str) -> bool:
        if not self.source.startswith(text, self.at):
            return False
        self.at += len(text)
        return True

    def _fail(self, fact: str, at: int) -> NoReturn:
        line = self.source.count("\n", 0, at) + 1
        raise TemplateSyntaxError(fact, line, self.name, self.filename)


def rewrite(source: str, name: str | None, filename: str | None) -> str:
    """Return a source with the tags of components as tags of Jinja2.

    Raises:
        TemplateSyntaxError: A tag of a component cannot be read.
    """
    return Rewriter(source, name, filename).rewritten()


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
