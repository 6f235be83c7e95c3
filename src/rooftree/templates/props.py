"""What a component declares to take: ``{% props title: str, level: int = 2, kind: "info" | "warning" = "info" %}``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, Final, cast

import msgspec
from jinja2 import Undefined
from markupsafe import Markup

from rooftree.base import Html

__all__ = ["ANYTHING", "TYPES", "Attributes", "Prop", "PropProblem", "Props", "prop_name"]

ANYTHING: Final = "attrs"
"""The declaration of a component that takes attributes beyond its props, and passes them on."""


def _is_list(value: Any) -> bool:
    return hasattr(value, "__iter__") and not isinstance(value, str | bytes | Mapping)


TYPES: Final[dict[str, Callable[[Any], bool]]] = {
    "str": lambda value: isinstance(value, str),
    "int": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "float": lambda value: isinstance(value, float | int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, float | int | Decimal) and not isinstance(value, bool),
    "bool": lambda value: isinstance(value, bool),
    "list": _is_list,
    "dict": lambda value: isinstance(value, Mapping),
    "html": lambda value: hasattr(value, "__html__"),
    "none": lambda value: value is None,
    "any": lambda _: True,
}
"""The types that can be declared, and what tells whether a value is of one."""

CLASSES: Final[dict[str, tuple[type, ...]]] = {
    "str": (str,),
    "float": (float,),
    "number": (float, Decimal),
    "bool": (bool,),
    "list": (list, tuple),
    "dict": (dict,),
    "html": (Html, Markup),
    "none": (type(None),),
}
"""Classes of which all values are of a type; to Python a ``bool`` is an ``int`` too, so whole numbers are not here."""


class PropProblem(Exception):
    """A use of a component does not fit its declaration.

    Attributes:
        code: The code of the error.
        fact: What is wrong.
        remedy: What to do.
    """

    def __init__(self, code: str, fact: str, remedy: str) -> None:
        super().__init__(code, fact, remedy)
        self.code = code
        self.fact = fact
        self.remedy = remedy


class Prop(msgspec.Struct, frozen=True):
    """One prop.

    Attributes:
        name: Its name.
        types: The names of the types that it may have; a name in quotation marks stands for that very string.
        required: Whether it has no default.
        default: Its value where none is given.
    """

    name: str
    types: tuple[str, ...]
    required: bool = True
    default: Any = None

    def __str__(self) -> str:
        return f"{self.name}: {' | '.join(self.types)}"

    def taken(self, value: Any) -> Any:
        """Return a value as the component has it; text written in a template is read as the declared type.

        Raises:
            TypeError: It is of another type.
        """
        if isinstance(value, Undefined):
            value = str(value)  # an error where unknown names are errors
        if any(self._fits(name, value) for name in self.types):
            return value
        if type(value) is str:
            read = self._read(value)
            if read is not None:
                return read
        elif "str" in self.types and hasattr(value, "translated"):  # a text that waits for its language
            return str(value)
        raise TypeError

    def takes_all_of(self, kind: type) -> bool:
        """Tell whether every value of a class is taken as it is: so a use needs to ask only once for each class."""
        if issubclass(kind, Undefined):
            return False
        if kind is int:
            return not {"any", "int", "float", "number"}.isdisjoint(self.types)
        return any(name == "any" or issubclass(kind, CLASSES.get(name, ())) for name in self.types)

    def _fits(self, name: str, value: Any) -> bool:
        return TYPES[name](value) if name in TYPES else isinstance(value, str) and value == name[1:-1]

    def _read(self, text: str) -> Any:
        for name in self.types:
            if name == "bool" and text in {"true", "false"}:
                return text == "true"
            if name in {"int", "float", "number"}:
                try:
                    return int(text) if name == "int" else float(text)
                except ValueError:
                    continue
        return None


class Attributes(dict[str, Any]):
    """Attributes that a component passes on: ``<section {{ attrs }}>``, ``<section {{ attrs(class="card") }}>``."""

    def __call__(self, **own: Any) -> Html:
        """Return them with the component's own: classes of both, of anything else what was given."""
        merged = {name.replace("_", "-"): value for name, value in own.items()}
        for name, value in self.items():
            both = name == "class" and merged.get("class")
            merged[name] = f"{merged['class']} {value}" if both else value
        parts: list[str] = []
        for name, value in merged.items():
            if value is True:
                parts.append(name)
            elif value is not False and value is not None:
                parts.append(f'{name}="{Html.escape(str(value))}"')
        return Html(" ".join(parts))

    def __html__(self) -> str:
        return self()


class Props:
    """All that one component takes.

    Args:
        name: The component's name.
        declared: Its props.
        passes: Whether it takes further attributes, to pass them on.
    """

    def __init__(self, name: str, declared: Iterable[Prop] = (), passes: bool = False) -> None:
        self.name = name
        self.declared: Final = {prop.name: prop for prop in declared}
        self.passes = passes

    def check_names(self, given: Iterable[str]) -> None:
        """Check the names that a use gives.

        Raises:
            PropProblem: P302 for one that is missing, P303 for one that there is not.
        """
        names = list(given)
        for name in names:
            if prop_name(name) not in self.declared and not self.passes:
                close = get_close_matches(name, self.declared, 1)
                takes = ", ".join(map(str, self.declared.values())) or "nothing"
                raise PropProblem(
                    "P303",
                    f"<c-{self.name}> takes no '{name}'. It takes: {takes}.",
                    f"Did you mean '{close[0]}'?"
                    if close
                    else f"Take it out, or declare it: '{{% props {name}: ... %}}'; 'attrs' passes any attribute on.",
                )
        has = set(map(prop_name, names))
        for prop in self.declared.values():
            if prop.required and prop.name not in has:
                remedy = f'Write {prop.name}="...", or give it a default in the component.'
                raise PropProblem("P302", f"<c-{self.name}> needs '{prop}', and was not given it.", remedy)

    def bind(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values that the component's template sees.

        Raises:
            PropProblem: P302, P303 as above; P304 for a value of another type.
        """
        self.check_names(given)
        values: dict[str, Any] = {prop.name: prop.default for prop in self.declared.values()}
        rest = Attributes()
        for name, value in given.items():
            prop = self.declared.get(prop_name(name))
            if prop is None:
                rest[name] = value
                continue
            values[prop.name] = self.take(prop, value)
        if self.passes:
            values[ANYTHING] = rest
        return values

    def take(self, prop: Prop, value: Any) -> Any:
        """Return a value as the component's template has it.

        Raises:
            PropProblem: P304 for a value of another type.
        """
        try:
            return prop.taken(value)
        except TypeError:
            kind = "text" if isinstance(value, Markup | Html | str) else type(value).__name__
            shown = f"{value!r:.60}" if isinstance(value, str | int | float) else f"a value of type {kind}"
            raise PropProblem(
                "P304", f"<c-{self.name}> takes '{prop}', and was given {shown}.", "Give it a value of that type."
            ) from None

    @classmethod
    def of_plain(cls, name: str, plain: tuple[Any, ...] | None) -> Props:
        """Return what ``plain`` gave for a component."""
        if plain is None:
            return cls(name)
        declared, passes = plain
        return cls(name, [Prop(*cast("tuple[Any, ...]", one)) for one in declared], passes)


def prop_name(attribute: str) -> str:
    """Return the name of the prop that an attribute gives: ``data-id`` is ``data_id``."""
    return attribute.replace("-", "_")
