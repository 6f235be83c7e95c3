"""Regular expressions that are compiled when they are first used."""

from __future__ import annotations

import re
from typing import Any, AnyStr, cast

__all__ = ["regex"]


def regex(pattern: AnyStr, flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[AnyStr]:
    """Return a regular expression that is compiled when it is first used.

    Compiling one takes as long as importing two modules, and start-up imports many that a small application never uses.
    From the second use on it is as fast as one that ``re.compile`` returned.

    Args:
        pattern: What ``re.compile`` takes: checked, and ``re.error`` raised, at the first use.
        flags: Likewise.
    """
    return cast("re.Pattern[AnyStr]", _Later(pattern, flags))


class _Later:
    """Stands for an expression; each method of it that was asked for once is found without asking again."""

    def __init__(self, pattern: str | bytes, flags: re.RegexFlag) -> None:
        self._source: tuple[Any, re.RegexFlag] = pattern, flags

    def __getattr__(self, name: str) -> Any:
        value = self.__dict__[name] = getattr(re.compile(*self._source), name)
        return value
