"""What a route asks of whoever sends a request: plain data, that plans check and documents describe.

Nothing is known of users here: the application's accounts tell whether someone is what is asked for.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Literal, cast

import msgspec

from rooftree.base import RouteError
from rooftree.http import Request

__all__ = ["Requirement", "check_of", "requirements_of"]

Test = Callable[[Any], bool | Awaitable[bool]]


class Requirement(msgspec.Struct, frozen=True):
    """Something that a user has to be or to have: `requires=signed_in` of a route or a group.

    `staff | permission(Product, "change")` is either, `a & b` or a list both. Make your own of a function of the
    user, plain or `async`: `adult = Requirement("of age", lambda user: user.age >= 18)`.

    Attributes:
        name: For documents and logs: `staff`, `products.change`. Visitors do not see it.
        test: Tells whether a user who is signed in has it; without one every user does.
        how: `one` is tested itself; of its parts `any` has to hold, or `all`.
        parts: What it is made of.
    """

    name: str
    test: Test | None = None
    how: Literal["one", "any", "all"] = "one"
    parts: tuple[Requirement, ...] = ()

    def __or__(self, other: Requirement) -> Requirement:
        return _joined("any", " or ", self, other)

    def __and__(self, other: Requirement) -> Requirement:
        return _joined("all", " and ", self, other)

    def __repr__(self) -> str:
        return f"<Requirement {self.name}>"


def _joined(how: Literal["any", "all"], word: str, *given: Requirement) -> Requirement:
    parts = tuple(part for each in given for part in (each.parts if each.how == how else (each,)))
    names = [f"({part.name})" if part.how not in {"one", how} else part.name for part in parts]
    return Requirement(word.join(names), None, how, parts)


def requirements_of(given: Any, *, at: str = "") -> tuple[Requirement, ...]:
    """Return what the option `requires` of a route or group stands for.

    Raises:
        RouteError: R132 for something else than requirements.
    """
    several = cast("Sequence[Any]", given if isinstance(given, list | tuple) else (given,))
    for each in several:
        if not isinstance(each, Requirement):
            raise RouteError(
                "R132",
                f"requires= was given {each!r}, which is no requirement.",
                "Write signed_in, staff, permission(Product, 'change'), Requirement(name, test), or a list of them.",
                at=at or None,
            )
    return tuple(several)


def check_of(requirements: Sequence[Requirement]) -> Callable[..., Any]:
    """Return the dependency that refuses a request whose sender has not all of these."""

    async def required(request: Request) -> None:
        await request.app.accounts.require(request, requirements)

    vars(required)["__rooftree_needs__"] = "accounts"
    return required
