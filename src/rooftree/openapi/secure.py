"""Who may ask: what `requires` says, as security requirements (OpenAPI 3.1, "Security Requirement Object")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rooftree.binding import HandlerInfo, Requirement

__all__ = ["security_of"]

MOST: Final = 16
"""Ways to satisfy a requirement that are told; there are as many as the product of its alternatives."""


def security_of(
    handler: HandlerInfo, schemes: Mapping[str, Any], policies: Any = None
) -> list[dict[str, list[str]]] | None:
    """Return the ways to be let in: for each scheme the names of what somebody has to be.

    `None` where it makes no difference who asks. Where an application has no scheme, nothing can be said either.

    Args:
        handler: The handler.
        schemes: How somebody says who they are, by name.
        policies: Those of the application, `None` where it has none.
    """
    if not schemes or not (handler.requires or tells_apart(handler, policies)):
        return None
    ways: list[tuple[str, ...]] = [()]
    for each in handler.requires:
        ways = [(*way, *more) for way in ways for more in alternatives(each)][:MOST]
    found: list[dict[str, list[str]]] = [{scheme: list(dict.fromkeys(way))} for way in ways for scheme in schemes]
    return found if handler.requires else [{}, *found]  # who is told apart from others, and nobody refused


def tells_apart(handler: HandlerInfo, policies: Any) -> bool:
    """Tell whether a handler asks who is there: for a user, or for rows that policies are about.

    A function that was made to look for rows says in ``__rooftree_viewed__`` whether policies concern it.
    """
    calls = [handler.handler, *(step.call for step in handler.steps())]
    if any(hasattr(call, "__rooftree_user__") for call in calls):
        return True
    viewed = [said for call in calls if (said := getattr(call, "__rooftree_viewed__", None)) is not None]
    return any(said(policies) for said in viewed)


def alternatives(requirement: Requirement) -> list[tuple[str, ...]]:
    """Return the ways to satisfy a requirement, each as the names of what has to hold."""
    if requirement.how == "any":
        return [way for part in requirement.parts for way in alternatives(part)][:MOST]
    if requirement.how == "all":
        ways: list[tuple[str, ...]] = [()]
        for part in requirement.parts:
            ways = [(*way, *more) for way in ways for more in alternatives(part)][:MOST]
        return ways
    return [(requirement.name,)] if requirement.test is not None else [()]
