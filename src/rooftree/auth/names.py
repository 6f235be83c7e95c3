"""The two spellings that accounts compare by: of an e-mail address, and of a permission."""

from __future__ import annotations

import unicodedata
from typing import Any

from rooftree.base import UsageError

__all__ = ["normal_email", "permission_name"]

MOST_NAME = 150


def normal_email(email: str) -> str:
    """Return an e-mail address as it is kept and compared: without blanks around it, in lower case, in NFKC.

    Two spellings that a person could take for one another on a keyboard are one address: `Ann@Example.org` and
    `ann@example.org`, and a full-width `＠`.
    """
    return unicodedata.normalize("NFKC", email).strip().casefold()


def permission_name(subject: Any, action: str) -> str:
    """Return what a permission is kept by: `products.change`, of a model the name of its table.

    Raises:
        UsageError: U702 for what is neither a model nor a word, U703 for an action that is no word.
    """
    info = getattr(subject, "__table_info__", None)
    if info is not None:
        subject = info.name
    if not isinstance(subject, str) or not _is_word(subject):
        raise UsageError(
            "U702",
            f"A permission was named by {subject!r}, which is neither a Model nor a word.",
            "Write permission(Product, 'change'), or permission('reports', 'export').",
        )
    if action == "":
        name = info.model if info is not None else repr(subject)
        raise UsageError(
            "U703",
            f"A permission on {name} was named without an action.",
            f"Write permission({name}, 'view'), or 'add', 'change', 'delete', or a word of your own.",
        )
    if not _is_word(action):
        raise UsageError(
            "U703",
            f"A permission was named by the action {action!r}, which is no word.",
            "Write 'view', 'add', 'change', 'delete', or a word of your own.",
        )
    return f"{subject}.{action}"


def _is_word(text: object) -> bool:
    return isinstance(text, str) and text.replace("-", "_").isidentifier() and len(text) <= MOST_NAME // 2
