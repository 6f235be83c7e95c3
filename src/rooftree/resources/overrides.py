"""The methods of a resource that its author wrote: what they take, and what they return."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, Final

from rooftree.base import place_of
from rooftree.binding import REQUIRED, read_signature
from rooftree.resources.errors import ResourceError
from rooftree.resources.listing import Listing

__all__ = ["GIVEN", "Override"]

GIVEN: Final[dict[str, tuple[str, ...]]] = {
    "rows": (),
    "list": ("listing",),
    "create": ("data",),
    "read": ("item",),
    "update": ("item", "data"),
    "replace": ("item", "data"),
    "delete": ("item",),
}
"""What each method is given, in this order; what stands behind it is injected as for any handler."""

WRITTEN: Final[dict[str, str]] = {
    "rows": "def rows(self) -> Query[{model}]",
    "list": "async def list(self, listing: Listing[{model}]) -> Results[{model}]",
    "create": "async def create(self, data: {input}) -> {model}",
    "read": "async def read(self, item: {model}) -> {model}",
    "update": "async def update(self, item: {model}, data: {change}) -> {model}",
    "replace": "async def replace(self, item: {model}, data: {input}) -> {model}",
    "delete": "async def delete(self, item: {model}) -> None",
}


class Override:
    """A method of a resource.

    Args:
        verb: Its name.
        method: The method, bound.
        model: The resource's model.
        names: The words of its usual signature: `model`, `input`, `change`.
        own: Whether the resource's author wrote it.

    Attributes:
        given: The parameters that the resource gives, by name.
        extra: Those that are injected.
        returns: What it is annotated to return.
        at: Where it is written.

    Raises:
        ResourceError: R410 for a signature that cannot be called.
    """

    def __init__(self, verb: str, method: Callable[..., Any], model: Any, names: dict[str, str], *, own: bool) -> None:
        self.verb = verb
        self._model = model
        self.method = method
        self.own = own
        self.at = place_of(method)
        self.given: dict[str, Any] = {}
        self.extra: list[inspect.Parameter] = []
        self.returns: Any = REQUIRED
        if own:
            self._read(names)

    def _read(self, names: dict[str, str]) -> None:
        wanted = GIVEN[self.verb]
        signature = read_signature(self.method)
        found = [parameter.name for parameter in signature.parameters[: len(wanted)]]
        named = getattr(self.method, "__qualname__", self.verb)
        usual = WRITTEN[self.verb].format(**names)
        if tuple(found) != wanted or any(
            parameter.kind is parameter.KEYWORD_ONLY for parameter in signature.parameters[: len(wanted)]
        ):
            takes = f"takes ({', '.join(found)})" if found else "takes nothing"
            raise ResourceError(
                "R410",
                f"{named}() {takes} where it is given ({', '.join(wanted)}).",
                f"Write '{usual}'; what else it needs stands behind that.",
                at=self.at,
            )
        waits = inspect.iscoroutinefunction(self.method)
        if waits is (self.verb == "rows"):
            kind = "is 'async def', and only makes a query" if waits else "is no 'async def'"
            raise ResourceError("R410", f"{named}() {kind}.", f"Write '{usual}'.", at=self.at)
        self._check_types(signature.parameters[: len(wanted)], named, usual)
        self.given = {each.name: each.annotation for each in signature.parameters[: len(wanted)]}
        self.extra = signature.parameters[len(wanted) :]
        self.returns = signature.returns

    def _check_types(self, parameters: Sequence[inspect.Parameter], named: str, usual: str) -> None:
        for parameter in parameters:
            written = parameter.annotation
            if isinstance(written, type) and not self._fits(parameter.name, written):
                raise ResourceError(
                    "R410",
                    f"{named}() takes '{parameter.name}: {written.__name__}', which is none of {self._model.__name__}.",
                    f"Write '{usual}'.",
                    at=self.at,
                )

    def _fits(self, name: str, written: type[Any]) -> bool:
        """Tell whether what is given can be of this class: type checkers do not see it."""
        if written is Any:
            return True
        if name == "item":
            return issubclass(self._model, written)
        if name == "listing":
            return issubclass(Listing, written)
        of_python = written.__module__ == "builtins"  # a text is no body
        return not of_python and getattr(written, "__shape_model__", self._model) is self._model

    def dress(
        self, function: Any, parameters: Sequence[inspect.Parameter], returns: Any = REQUIRED, *, at: str | None = None
    ) -> None:
        """Give a function that was made for this method the signature, the name and the place that people look for."""
        function.__signature__ = inspect.Signature(parameters)
        function.__annotations__ = {each.name: each.annotation for each in parameters}
        if returns is not REQUIRED:
            function.__annotations__["return"] = returns
        owner: type[Any] = getattr(self.method, "__self__", self).__class__
        function.__module__, function.__qualname__ = owner.__module__, f"{owner.__qualname__}.{self.verb}"
        function.__name__ = self.verb
        function.__doc__ = self.method.__doc__ if self.own else None
        function.__rooftree_place__ = self.at if self.own else at
