"""Query strings with names that nothing takes: refused where the route's `strict_query` says so."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from rooftree.base import FieldError
from rooftree.binding.info import ParameterInfo
from rooftree.http import Request
from rooftree.schema import MAX_FAULTS, Decoder, Leaf, Object, OneOf

__all__ = ["StrictQuery"]

KNOWN: Final = 256
LONGEST: Final = 128
"""How many query strings that are known to fit are kept, and how long they may be."""
LONGEST_MEANT: Final = 64
"""Characters of a name for which the one that was meant is looked for."""


class StrictQuery:
    """Knows the names that one handler takes from the query string.

    Args:
        parameters: All that are read, each with what converts it.
    """

    def __init__(self, parameters: Iterable[tuple[ParameterInfo, Decoder[Any] | None]]) -> None:
        self._names: dict[str, None] = {}
        self._classes: set[str] = set()
        self._known: set[bytes] = set()
        self._open = False
        for parameter, decoder in parameters:
            if parameter.source != "query":
                continue
            if not parameter.fields:
                self._names[parameter.wire] = None
                continue
            node = None if decoder is None else decoder.node
            for part in node.members if isinstance(node, OneOf) else (node,):
                if isinstance(part, Object):
                    self._classes.update(field.wire for field in part.fields)
                elif not isinstance(part, Leaf):  # a class of another library, which alone knows what it takes
                    self._open = True

    def fits(self, request: Request) -> bool:
        """Tell whether every name of the query string is one that is taken."""
        query = request.query_string
        if query in self._known:
            return True
        if any(not self._takes(name) for name in request.query):
            return False
        if len(query) <= LONGEST:
            if len(self._known) >= KNOWN:
                self._known.clear()
            self._known.add(query)
        return True

    def errors(self, request: Request) -> list[FieldError]:
        """Return what is wrong with the names of a query string."""
        unknown = [name for name in request.query if not self._takes(name)]
        return [self._error(name) for name in unknown[:MAX_FAULTS]]

    def _takes(self, name: str) -> bool:
        return self._open or name in self._names or name.partition(".")[0].partition("[")[0] in self._classes

    def _error(self, name: str) -> FieldError:
        names = [*self._names, *sorted(self._classes)]
        from difflib import get_close_matches

        close = get_close_matches(name, names, 1) if len(name) <= LONGEST_MEANT else []
        if close:
            message = f"Expected a known name; did you mean `{close[0]}`?"
        elif names:
            message = f"Expected one of {', '.join(f'`{each}`' for each in names)}"
        else:
            message = "Expected no query string"
        return FieldError("query", (name,), "unknown_parameter", message, {"meant": close[0]} if close else {})
