"""Which regular expressions could take very long: the ones refused in patterns.

Python's engine backtracks. A repeat inside a repeat, as in ``(a+)+``, tries exponentially many ways to fail; three open
repeats side by side try the cube of the length. So the text offered to an expression is short, and the shapes
that make even a short text slow are refused at start-up. This is a rule of thumb on the safe side, no proof.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["MAX_REGEX_TEXT", "why_slow"]

MAX_REGEX_TEXT: Final = 128
MAX_REPEATS: Final = 3
FEW: Final = 4
SMALL: Final = 16

_PIECE = r"""
    \\.                                             # an escape
    | \[\^?\]?(?:\\.|[^\]\\])*\]                    # a class
    | \(\?\#[^)]*\)                                 # a comment
    | (?P<open>\((?:\?(?:[:=!>]|<[=!]|P<\w+>|[aiLmsux-]+:))?)
    | (?P<close>\))
    | (?P<repeat>[*+] | \{(?P<low>\d*)(?P<range>,)?(?P<high>\d*)\})(?P<possessive>\+)?
    | (?P<either>\|)
    | .
    """


class _Group:
    """What stands between two parentheses: whether it can match one text in several ways."""

    __slots__ = ("branches", "open_repeat")

    def __init__(self) -> None:
        self.open_repeat = False
        self.branches = False


def why_slow(source: str) -> str:
    """Return why an expression that compiles could be slow, ``""`` where nothing speaks against it."""
    groups, closed, repeats = [_Group()], None, 0
    for token in re.finditer(_PIECE, source, re.VERBOSE | re.DOTALL):
        if token["open"]:
            groups.append(_Group())
            closed = None
        elif token["close"] and len(groups) > 1:  # one more closes a comment under the flag (?x)
            closed = groups.pop()
            groups[-1].open_repeat |= closed.open_repeat
            groups[-1].branches |= closed.branches
        elif token["repeat"]:
            if _limit(token) > 1 and not token["possessive"]:
                if closed is not None and closed.open_repeat:
                    return "a repeat stands inside a repeat"
                if closed is not None and closed.branches and _limit(token) > FEW:
                    return "alternatives stand inside a repeat"
                if _limit(token) > SMALL:
                    repeats += 1
                groups[-1].open_repeat |= not token["low"] or token["range"] is not None
            closed = None
        else:
            groups[-1].branches |= token["either"] is not None
            closed = None
    return f"it has more than {MAX_REPEATS} open repeats" if repeats > MAX_REPEATS else ""


def _limit(token: re.Match[str]) -> float:
    if token["repeat"] in "*+":
        return float("inf")
    if token["high"]:
        return int(token["high"])
    return float("inf") if token["range"] else int(token["low"] or 1)
