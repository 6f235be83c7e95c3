"""What a handler writes beside a type to say where a value comes from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Never, Protocol, TypeVar, runtime_checkable

__all__ = [
    "BODY",
    "FORM",
    "Body",
    "Called",
    "Cookie",
    "Dependent",
    "Depends",
    "Find",
    "Form",
    "Found",
    "Header",
    "MadeByType",
    "Path",
    "Query",
    "Whole",
]

T = TypeVar("T")


class Named:
    """Base of the markers that may give the name on the wire.

    Args:
        name: The name on the wire; the parameter's own name where it is not given.
        unknown: Nothing: limits stand beside a marker. What other frameworks take here is an error at start-up.
    """

    __slots__ = ("name", "unknown")

    def __init__(self, name: str = "", **unknown: Never) -> None:
        self.name: Final = name
        self.unknown: Final = tuple(unknown)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})" if self.name else f"{type(self).__name__}()"


class Path(Named):
    """From the path: ``id: Annotated[int, Path("item_id")]``; needed only where the names differ."""

    __slots__ = ()


class Query(Named):
    """From the query string: ``size: Annotated[int, Query("page-size")]``; of a class, each of its fields."""

    __slots__ = ()


class Header(Named):
    """From a header: ``token: Annotated[str, Header("x-token")]``; ``user_agent`` is ``User-Agent`` without a name.

    Of a list each value, whether they came on one line with commas or on several (RFC 9110 section 5.3).
    """

    __slots__ = ()


class Cookie(Named):
    """From a cookie: ``theme: Annotated[str, Cookie()] = "light"``."""

    __slots__ = ()


class Whole:
    """The marker inside of ``Body[T]`` and ``Form[T]``."""

    __slots__ = ("kind", "part")

    def __init__(self, part: Literal["body", "form"]) -> None:
        self.part: Final = part
        self.kind: Final = part.capitalize()

    def __getitem__(self, type: Any) -> Any:
        return Annotated[type, self]

    def __call__(self, *_: object, **__: object) -> Called:
        """Return what is refused at start-up, where its place is known."""
        return Called(self.kind)

    def __repr__(self) -> str:
        return f"{self.kind}[...]"


class Called:
    """What ``Body()`` and ``Form()`` are, as other frameworks write them: an error at start-up, with its place."""

    __slots__ = ("kind",)

    def __init__(self, kind: str) -> None:
        self.kind: Final = kind

    def __repr__(self) -> str:
        return f"{self.kind}()"


BODY: Final = Whole("body")
FORM: Final = Whole("form")

if TYPE_CHECKING:
    Body = Annotated[T, BODY]
    """``Body[T]``: the whole body as a ``T``, from JSON or MessagePack; ``Body[bytes]`` is the body as it came.

    A `Schema` or Pydantic type needs no ``Body``; a dataclass, an attrs class, a TypedDict or a dict does.
    """
    Form = Annotated[T, FORM]
    """``Form[T]``: fields of a form, urlencoded or multipart: all for a class, the one of its name for another type."""
else:
    Body = BODY
    Form = FORM


class Find:
    """Loads a row of a model by its key from the path: ``Annotated[Product, Find(include=[Product.category])]``.

    Args:
        include: Relations to load with it.
        action: What it is loaded for, where the model has a policy: ``view``, ``change`` or ``delete``. By the method
            of the request where it is not given: ``view`` for GET and HEAD, ``delete`` for DELETE, else ``change``.
    """

    __slots__ = ("action", "include")

    def __init__(
        self, *, include: Sequence[Any] = (), action: Literal["view", "change", "delete"] | None = None
    ) -> None:
        self.include: Final = tuple(include)
        self.action: Final = action

    def __repr__(self) -> str:
        return "Find()"


FOUND: Final = Find()

Found = Annotated[T, FOUND]
"""``product: Found[Product]``: the row whose key is in the path as ``{product}`` or by the name of the key's column,
``{id}``; 404 where there is none, or where the model's policy keeps it from whoever asks. Of a key of several columns,
each by its column's name.

With ``Found[Product] | None = None`` a route without the key in its path gives ``None``.
"""


class Dependency:
    """What ``Depends`` writes down."""

    __slots__ = ("call", "scope")

    def __init__(self, call: Callable[..., Any], scope: Literal["request", "call"] = "request") -> None:
        self.call: Final = call
        self.scope: Final = scope

    def __repr__(self) -> str:
        return f"Depends({getattr(self.call, '__qualname__', self.call)})"


def Depends(call: Callable[..., Any], *, scope: Literal["request", "call"] = "request") -> Any:  # noqa: N802 - a marker
    """Say that a parameter is the value that a function returns.

    ``found: Annotated[Search, Depends(search)]``, or as a default, ``found: Search = Depends(search)``: for that it is
    typed as returning ``Any``. The function takes parameters as a handler does. It runs once for a request, however
    many ask for it.

    Args:
        call: The function, plain or ``async``, a generator (what follows its ``yield`` cleans up), or a class.
        scope: ``"request"``, or ``"call"`` to run it each time that it is asked for.
    """
    return Dependency(call, scope)


@runtime_checkable
class Dependent(Protocol):
    """A marker of another room that makes the dependency itself: ``Found[Product]`` is ``Annotated[Product, ...]``."""

    def dependency_of(self, name: str, type: Any, optional: bool) -> Callable[..., Any]:
        """Return the function that gives the value.

        Args:
            name: The parameter's name.
            type: Its type without markers.
            optional: It may be ``None``: by its type, or as its default.
        """
        ...


@runtime_checkable
class MadeByType(Protocol):
    """A class whose values are made for each request by a dependency of its own: ``session: Session``.

    A provider or an override of the type goes first.
    """

    @classmethod
    def __dependency__(cls, name: str, type: Any, optional: bool) -> Callable[..., Any]:
        """Return the function that gives the value; the arguments are those of ``Dependent.dependency_of``.

        The same function for the same type: it runs once for a request, however many ask for it.
        """
        ...
