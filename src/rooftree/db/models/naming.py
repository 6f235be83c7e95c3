"""What models and their columns are called in the database."""

from __future__ import annotations

import re

from rooftree.db.model_errors import ModelError

__all__ = ["check_identifier", "snake_case", "table_name"]

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
_MAX_NAME = 63  # bytes of a PostgreSQL identifier


def snake_case(name: str) -> str:
    """``OrderLine`` -> ``order_line``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def table_name(model: str) -> str:
    """The table of a model that names none: ``OrderLine`` -> ``order_lines``, ``Category`` -> ``categories``."""
    name = snake_case(model)
    if name.endswith(("s", "x", "z", "ch", "sh")):
        return f"{name}es"
    if name.endswith("y") and name[-2:-1] not in "aeiou":
        return f"{name[:-1]}ies"
    return f"{name}s"


def check_identifier(name: str, whose: str) -> None:
    """Hold a name against what both databases take without quotes.

    Raises:
        ModelError: it is none; the text begins with ``whose``.
    """
    if not _NAME.match(name) or len(name) > _MAX_NAME:
        raise ModelError(
            "M107",
            f"{whose} is named {name!r}: a name is a letter, then letters, digits and _, at most {_MAX_NAME} of them.",
            "Choose another name.",
        )
