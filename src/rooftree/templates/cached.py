"""``{% cache "sidebar", category.id, seconds=300 %}``: a part of a page that is kept and used again.

It is kept in this process, bounded, and apart for each language and time zone. What differs from visitor to visitor
must be in the key; the names that do in any case (``csrf``, ``session``, ...) cannot stand inside.
"""

from __future__ import annotations

import datetime as dt
import enum
import hashlib
import time
import uuid
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Sequence
from decimal import Decimal
from typing import Any, Final

from jinja2 import TemplateNotFound, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from markupsafe import Markup

from rooftree.base import TemplateError
from rooftree.i18n import current_locale
from rooftree.templates.components import component_file, uses_of
from rooftree.templates.facts import links_of

__all__ = ["FRAGMENTS", "CacheTag", "FragmentCache"]

FRAGMENTS: Final = "cached_fragments"
"""The attribute of the environment that holds what is kept."""
SECONDS: Final = 60
_VISITORS: Final = frozenset(
    {"alternates", "csrf", "csrf_field", "csrf_token", "flashes", "importmap", "nonce", "request", "session"}
)
_SIMPLE: Final = (str, int, float, bool, type(None), Decimal, dt.date, dt.time, dt.timedelta, uuid.UUID, enum.Enum)


class FragmentCache:
    """Fragments in memory; the ones used longest ago are dropped where there is no room.

    Args:
        room: Characters that are kept in all.
    """

    def __init__(self, room: int = 16 * 1024 * 1024) -> None:
        self.room: Final = room
        self._kept: OrderedDict[Hashable, tuple[float, Markup]] = OrderedDict()
        self._size = 0

    def get(self, key: Hashable) -> Markup | None:
        """Return what is kept, where it has not expired."""
        found = self._kept.get(key)
        if found is None:
            return None
        if found[0] <= time.monotonic():
            self._drop(key)
            return None
        self._kept.move_to_end(key)
        return found[1]

    def set(self, key: Hashable, text: Markup, seconds: float) -> None:
        """Keep a fragment for some seconds; one larger than a quarter of all the room is not kept."""
        self._drop(key)
        if len(text) > self.room // 4:
            return
        self._kept[key] = (time.monotonic() + seconds, text)
        self._size += _weight(text)
        while self._size > self.room:
            self._drop(next(iter(self._kept)))

    def clear(self) -> None:
        """Drop everything."""
        self._kept.clear()
        self._size = 0

    def _drop(self, key: Hashable) -> None:
        found = self._kept.pop(key, None)
        if found is not None:
            self._size -= _weight(found[1])


def _weight(text: str) -> int:
    return len(text) + 500  # what an entry takes beside its text


class CacheTag(Extension):
    """The tag ``cache``."""

    tags = {"cache"}

    def parse(self, parser: Parser) -> nodes.Node:
        """Return the statements of ``{% cache %}``."""
        line = next(parser.stream).lineno
        parts: list[nodes.Expr] = []
        seconds: nodes.Expr = nodes.Const(SECONDS)
        while parser.stream.current.type != "block_end":
            if parts:
                parser.stream.expect("comma")
            if parser.stream.current.test("name:seconds") and parser.stream.look().type == "assign":
                parser.stream.skip(2)
                seconds = parser.parse_expression()
                break
            parts.append(parser.parse_expression())
        if not parts:
            parser.fail("'cache' needs a key: '{% cache \"sidebar\", category.id %}'", line)
        body = parser.parse_statements(("name:endcache",), drop_needle=True)
        for name in nodes.Template(body).find_all(nodes.Name):
            if name.name in _VISITORS:
                parser.fail(
                    f"'{name.name}' differs from visitor to visitor and cannot stand in a cached part", name.lineno
                )
        links, _ = links_of(nodes.Template(body))
        links += [component_file(use.name) for use in uses_of(nodes.Template(body))]
        own = hashlib.sha256(repr((parser.name, line, body)).encode("utf-8", "surrogatepass")).hexdigest()[:24]
        call = self.call_method(
            "kept", [nodes.Const(own), nodes.Const(tuple(links)), nodes.List(parts), seconds], lineno=line
        )
        return nodes.CallBlock(call, [], [], body, lineno=line)

    def kept(
        self, own: str, links: Sequence[str], parts: Sequence[Any], seconds: float, caller: Callable[[], Any]
    ) -> Markup | Awaitable[Markup]:
        """Return a fragment as it was kept, else as it is made now.

        Raises:
            TemplateError: P401 for a key that is more than text, numbers, dates and the like, P402 where a template
                that is shown inside reads what differs from visitor to visitor.
        """
        for part in parts:
            if not isinstance(part, _SIMPLE):
                raise TemplateError(
                    "P401",
                    f"A part of a page is to be cached under a key with a {type(part).__name__} in it.",
                    "Use text, numbers, dates or ids of it: '{% cache \"row\", product.id, product.changed %}'.",
                )
        locale = current_locale()
        where = (locale.tag, locale.timezone) if locale is not None else None
        key: Hashable = (own, where, *[(part.__class__, part) for part in parts])
        cache: FragmentCache = getattr(self.environment, FRAGMENTS)
        found = cache.get(key)
        if found is None:
            self._check_links(links)
        if self.environment.is_async:
            return self._made(cache, key, found, seconds, caller)
        if found is None:
            found = Markup(caller())  # noqa: S704 - what the template made
            cache.set(key, found, seconds)
        return found

    def _check_links(self, links: Sequence[str]) -> None:
        """Look at the templates that stand inside, and at theirs; one that is missing is told where it is shown."""
        seen, waiting = set(links), list(links)
        while waiting:
            name = waiting.pop()
            try:
                linked: Any = self.environment.get_template(name)
            except TemplateNotFound:
                continue
            for read in sorted(_VISITORS & linked.reads):
                raise TemplateError(
                    "P402",
                    f"A cached part shows {name}, and that reads '{read}', which differs from visitor to visitor.",
                    "Show it outside of the cached part.",
                )
            waiting += set(linked.links) - seen
            seen.update(linked.links)

    async def _made(
        self, cache: FragmentCache, key: Hashable, found: Markup | None, seconds: float, caller: Callable[[], Any]
    ) -> Markup:
        if found is None:
            found = Markup(await caller())  # noqa: S704 - what the template made
            cache.set(key, found, seconds)
        return found
