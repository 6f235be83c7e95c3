"""What the framework says to visitors, as English text that remembers how it was made: so that it can be translated."""

from __future__ import annotations

from typing import Any, Self

__all__ = ["Said"]


class Said(str):
    """An English sentence, with the message and the values that it was made of.

    It is a plain `str` wherever nobody speaks another language. Messages that it is made of are found by
    ``rooftree messages extract`` and are what catalogs translate.

    >>> Said("At most %(count)s files are taken.", count=3)
    'At most 3 files are taken.'

    Attributes:
        message: The message, with places such as ``%(count)s``.
        params: Their values.
    """

    __slots__ = ("message", "params")

    message: str
    params: dict[str, Any]

    def __new__(cls, message: str, /, **params: Any) -> Self:
        """Make the sentence."""
        made = super().__new__(cls, message % params if params else message)
        made.message = message
        made.params = params
        return made
