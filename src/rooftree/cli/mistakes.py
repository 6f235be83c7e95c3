"""What the ``rooftree`` command says of a mistake."""

from __future__ import annotations

__all__ = ["text_of"]


def text_of(error: Exception) -> str:
    """Return the text of a mistake with its notes."""
    return "\n\n".join([str(error), *getattr(error, "__notes__", ())])
