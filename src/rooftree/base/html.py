"""Text that is markup, as a type of its own: a plain string never becomes markup by accident."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, SupportsIndex

__all__ = ["Html"]


class Html(str):
    """Text that is markup: ``return Html("<h1>Hello</h1>")``. What came from outside must be escaped before.

    What it is put together with is escaped, unless it is markup too. Whatever takes it apart (``html[2:]``,
    ``html.upper()``) gives a plain string again, which templates escape.

    >>> Html("<b>%s</b>") % "a < b"
    Html('<b>a &lt; b</b>')
    >>> Html("<br>").join(["a", "<b>"])
    Html('a<br>&lt;b&gt;')

    It is what ``__html__`` of template engines means: Jinja2 and MarkupSafe leave it as it is.
    """

    __slots__ = ()

    @classmethod
    def escape(cls, value: object, /) -> Html:
        """Return a value as markup: escaped, unless it says itself what its markup is (``__html__``)."""
        markup = getattr(value, "__html__", None)
        return cls(markup() if markup is not None else _escaped(str(value)))

    def __html__(self) -> str:
        return self

    def __add__(self, other: str, /) -> Html:
        return Html(str.__add__(self, Html.escape(other))) if _is_text(other) else NotImplemented

    def __radd__(self, other: str, /) -> Html:
        return Html(str.__add__(Html.escape(other), self)) if _is_text(other) else NotImplemented

    def __mul__(self, times: SupportsIndex, /) -> Html:
        return Html(str.__mul__(self, times))

    def __rmul__(self, times: SupportsIndex, /) -> Html:
        return Html(str.__mul__(self, times))

    def __mod__(self, values: Any, /) -> Html:
        many: tuple[Any, ...] | None = values if isinstance(values, tuple) else None  # pyright: ignore[reportUnknownVariableType]
        return Html(str.__mod__(self, _Escaping(values) if many is None else tuple(map(_Escaping, many))))

    def format(self, *values: Any, **named: Any) -> Html:
        """Return the markup with values in place of its ``{}``, escaped."""
        from string import Formatter

        class Escaping(Formatter):
            def format_field(self, value: Any, format_spec: str) -> str:
                return Html.escape(value if not format_spec else format(value, format_spec))

        return Html(Escaping().vformat(str(self), values, named))

    def format_map(self, mapping: Any, /) -> Html:
        """Return the markup with values in place of its ``{name}``, escaped."""
        return self.format(**mapping)

    def join(self, parts: Iterable[str], /) -> Html:
        """Return the parts, escaped, with this markup between them."""
        return Html(str.join(self, [Html.escape(part) for part in parts]))

    def __repr__(self) -> str:
        return f"Html({str.__repr__(self)})"


class _Escaping:
    """A value to be formatted by ``%``, which escapes what it gives as text."""

    __slots__ = ("_value",)

    def __init__(self, value: Any) -> None:
        self._value = value

    def __getitem__(self, key: Any) -> _Escaping:
        return _Escaping(self._value[key])

    def __str__(self) -> str:
        return str.__str__(Html.escape(self._value))

    def __repr__(self) -> str:
        return str.__str__(Html.escape(repr(self._value)))

    def __int__(self) -> int:
        return int(self._value)

    def __index__(self) -> int:
        return int(self._value)

    def __float__(self) -> float:
        return float(self._value)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _escaped(text: str) -> str:
    return (
        text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&#34;").replace("'", "&#39;")
    )
