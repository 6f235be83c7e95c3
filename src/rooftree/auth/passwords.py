"""Which passwords are taken: long enough, not everybody's first guess, not made of what is known of their owner."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Final

from rooftree.base import FieldError, PasswordOptions, RequestInvalid, UsageError
from rooftree.i18n import Text, _

__all__ = ["PasswordRefused", "problem_of"]

GUESSES: Final = 6.0
"""Decimal digits of the number of guesses that a password has to stand (zxcvbn's `guesses_log10`)."""
LOOKED_AT: Final = 64
"""Characters that the estimate looks at: it takes long for long ones, and those are no one's guess."""


class PasswordRefused(RequestInvalid):
    """422: a new password is too short, too long or too easily guessed.

    Attributes:
        reason: What people are told, in the language that is in force when it is shown.
        code: `too_short`, `too_long`, `personal` or `common`.
    """

    def __init__(self, code: str, reason: Text) -> None:
        self.code: Final = code
        self.reason: Final = reason
        super().__init__([FieldError("body", ("password",), code, str(reason))])


def problem_of(password: str, options: PasswordOptions, known: Iterable[str] = ()) -> PasswordRefused | None:
    """Return what is wrong with a new password; `None` where nothing is. It may take some milliseconds.

    Args:
        password: The password.
        options: The application's setting `passwords`.
        known: What is known of its owner: e-mail address, name.
    """
    length = len(unicodedata.normalize("NFKC", password[: options.most + 1]))
    if length < options.least:
        return PasswordRefused("too_short", _("Choose at least %(least)d characters.", least=options.least))
    if len(password) > options.most:
        return PasswordRefused("too_long", _("Choose at most %(most)d characters.", most=options.most))
    if not options.common:
        return None
    words = _words_of(known)
    rest = password.casefold()
    for word in words:
        rest = rest.replace(word, "")
    if len(rest) < min(options.least, len(password)) / 2:
        return PasswordRefused("personal", _("Choose something else than your name or e-mail address."))
    if _guesses(password[:LOOKED_AT], words) < GUESSES:
        return PasswordRefused("common", _("This is one of the first that anyone would try. Choose another."))
    return None


def _words_of(known: Iterable[str]) -> list[str]:
    """Return what of an owner a password should not be made of, longest first."""
    found: set[str] = set()
    for text in known:
        whole = text.casefold().strip()
        local, _at, domain = whole.partition("@")
        parts = [whole, local, domain, domain.partition(".")[0]]
        for part in list(parts):
            parts += "".join(c if c.isalnum() else " " for c in part).split()
        found.update(part for part in parts if len(part) >= 3)
    return sorted(found, key=lambda word: (-len(word), word))


def _guesses(password: str, words: list[str]) -> float:
    try:
        from zxcvbn import zxcvbn
    except ImportError as error:
        raise UsageError(
            "U706",
            "Passwords are looked at by the package zxcvbn, which is not installed.",
            "Run: pip install 'rooftree[accounts]'.",
        ) from error
    return float(zxcvbn(password, user_inputs=words[:20])["guesses_log10"])
