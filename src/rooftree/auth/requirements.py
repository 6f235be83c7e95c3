"""What routes may ask of a user: `requires=staff`, `requires=permission(Product, "change")`."""

from __future__ import annotations

from collections.abc import Iterable
from inspect import isawaitable
from typing import Any

from rooftree.auth.names import permission_name
from rooftree.binding import Requirement

__all__ = ["holds", "holds_all", "permission", "staff", "superuser"]


def _is_staff(user: Any) -> bool:
    return bool(user.staff or user.superuser)


def _is_superuser(user: Any) -> bool:
    return bool(user.superuser)


staff = Requirement("staff", _is_staff)
"""Whoever asks works on the site, or is a superuser."""

superuser = Requirement("superuser", _is_superuser)
"""Whoever asks may do everything."""


def permission(subject: Any, action: str = "") -> Requirement:
    """Return what asks for a permission: `permission(Product, "change")`, `permission("reports", "export")`.

    Args:
        subject: A model, or a word for what is none.
        action: `view`, `add`, `change`, `delete`, or a word of your own.

    Raises:
        UsageError: U702, U703 for what names no permission.
    """
    name = permission_name(subject, action)
    subject = name.partition(".")[0]

    async def may(user: Any) -> bool:
        return bool(await user.can(action, subject))

    return Requirement(name, may)


async def holds(requirement: Requirement, user: Any) -> bool:
    """Tell whether a user has what is asked for."""
    if requirement.how == "all":
        return await holds_all(requirement.parts, user)
    if requirement.how == "any":
        for part in requirement.parts:
            if await holds(part, user):
                return True
        return False
    if requirement.test is None:
        return True
    answer = requirement.test(user)
    return bool(await answer if isawaitable(answer) else answer)


async def holds_all(requirements: Iterable[Requirement], user: Any) -> bool:
    """Tell whether a user has all that is asked for."""
    for requirement in requirements:
        if not await holds(requirement, user):
            return False
    return True
