"""HTTP dates (RFC 9110 section 5.6.7)."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime

__all__ = ["http_date", "parse_http_date"]

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_TIME = r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})"
_FORMS = (
    rf"[A-Z][a-z]{{2}}, (?P<day>[0-9]{{2}}) (?P<month>[A-Z][a-z]{{2}}) (?P<year>[0-9]{{4}}) {_TIME} GMT",
    rf"[A-Z][a-z]{{5,8}}, (?P<day>[0-9]{{2}})-(?P<month>[A-Z][a-z]{{2}})-(?P<year>[0-9]{{2}}) {_TIME} GMT",
    rf"[A-Z][a-z]{{2}} (?P<month>[A-Z][a-z]{{2}}) (?P<day>[ 0-9][0-9]) {_TIME} (?P<year>[0-9]{{4}})",
)
_LATEST = 253402300799  # 9999-12-31T23:59:59Z, the last second that has four digits of year


def http_date(seconds: float) -> str:
    """Return a time as ``Sun, 06 Nov 1994 08:49:37 GMT``.

    Args:
        seconds: Since 1970 in UTC; a fraction is cut off, and years beyond 1970 to 9999 become the nearest of these.
    """
    when = time.gmtime(min(max(seconds, 0), _LATEST))
    return (
        f"{_DAYS[when.tm_wday]}, {when.tm_mday:02d} {_MONTHS[when.tm_mon - 1]} {when.tm_year:04d} "
        f"{when.tm_hour:02d}:{when.tm_min:02d}:{when.tm_sec:02d} GMT"
    )


def parse_http_date(text: str) -> int | None:
    """Return the seconds since 1970 that a date says, in any of its three forms; ``None`` for what is no date.

    A two-digit year that would be more than 50 years ahead is in the past (section 5.6.7).
    """
    for form in _FORMS:
        if found := re.fullmatch(form, text.strip(" \t"), re.ASCII):
            break
    else:
        return None
    if found["month"] not in _MONTHS:
        return None
    year = int(found["year"])
    if len(found["year"]) == 2:
        this = time.gmtime().tm_year
        year += this - this % 100
        year -= 100 if year > this + 50 else 0
    leap = found["second"] == "60"  # section 5.6.7 allows it; the clock of Unix has none
    second = 59 if leap else int(found["second"])
    try:
        day = datetime(year, _MONTHS.index(found["month"]) + 1, int(found["day"]), tzinfo=UTC)
        moment = day.replace(hour=int(found["hour"]), minute=int(found["minute"]), second=second)
    except ValueError:
        return None
    return int(moment.timestamp()) + leap
