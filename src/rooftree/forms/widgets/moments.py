"""Controls for dates and times. A date with a time is typed in the person's time zone, and is a moment without one."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from rooftree.forms.info import Surroundings
from rooftree.forms.widgets.base import Attributes, FieldInfo, NoValue, Texts, Widget, leaf_of, rules_of_field

__all__ = ["DateInput", "DateTimeInput", "TimeInput"]

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME: Final = re.compile(r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?")
_LOCAL: Final = re.compile(rf"({_DATE.pattern})[T ]({_TIME.pattern})")


class DateInput(Widget):
    """A day; the browser shows it in its own language."""

    type = "date"

    def text_of(self, text: str, info: FieldInfo, around: Surroundings) -> Any:  # noqa: ARG002 - as the base has it
        """The day as the schema takes it.

        Raises:
            NoValue: There is no such day.
        """
        try:
            if _DATE.fullmatch(text):
                return date.fromisoformat(text).isoformat()
        except ValueError:
            pass
        raise NoValue("type", {"expected": "date"})

    def format(self, value: Any, around: Surroundings) -> Texts:  # noqa: ARG002 - as the base has it
        """The day as HTML writes it."""
        return [value.isoformat()] if isinstance(value, date) else []

    def html_attributes(self, info: FieldInfo, around: Surroundings) -> Attributes:  # noqa: ARG002 - as the base has it
        """The first and the last day."""
        rules = rules_of_field(info)
        day = timedelta(days=1)
        least = rules.ge if rules.ge is not None else rules.gt + day if rules.gt is not None else None
        most = rules.le if rules.le is not None else rules.lt - day if rules.lt is not None else None
        return {
            "min": least.isoformat() if least is not None else None,
            "max": most.isoformat() if most is not None else None,
        }


class TimeInput(Widget):
    """A time of day."""

    type = "time"

    def text_of(self, text: str, info: FieldInfo, around: Surroundings) -> Any:  # noqa: ARG002 - as the base has it
        """The time as the schema takes it.

        Raises:
            NoValue: There is no such time.
        """
        try:
            if _TIME.fullmatch(text):
                return time.fromisoformat(text).isoformat()
        except ValueError:
            pass
        raise NoValue("type", {"expected": "time"})

    def format(self, value: Any, around: Surroundings) -> Texts:  # noqa: ARG002 - as the base has it
        """The time as HTML writes it, seconds where there are some."""
        return [clock_text(value)] if isinstance(value, time) else []

    def html_attributes(self, info: FieldInfo, around: Surroundings) -> Attributes:  # noqa: ARG002 - as the base has it
        """The earliest and the latest time."""
        rules = rules_of_field(info)
        return {
            "min": clock_text(rules.ge) if rules.ge is not None else None,
            "max": clock_text(rules.le) if rules.le is not None else None,
        }


class DateTimeInput(Widget):
    """A day and a time in the person's time zone, which stands beside the control."""

    template = "forms/widgets/datetime.html"
    type = "datetime-local"

    def text_of(self, text: str, info: FieldInfo, around: Surroundings) -> Any:
        """The moment as the schema takes it.

        Raises:
            NoValue: There is no such day, time or, where clocks are set forward, no such moment.
        """
        found = _LOCAL.fullmatch(text)
        try:
            typed = datetime.fromisoformat(f"{found[1]}T{found[2]}") if found else None
        except ValueError:
            typed = None
        if typed is None:
            raise NoValue("type", {"expected": "datetime"})
        if _is_naive(info):
            return typed.isoformat()
        try:
            moment = typed.replace(tzinfo=around.zone).astimezone(UTC)
            back = moment.astimezone(around.zone).replace(tzinfo=None)
        except OverflowError:
            raise NoValue("type", {"expected": "datetime"}) from None
        if back != typed:
            raise NoValue("no_such_time")
        return moment.isoformat()

    def format(self, value: Any, around: Surroundings) -> Texts:
        """The moment in the person's time zone, as HTML writes it."""
        return [local_text(value, around)] if isinstance(value, datetime) else []

    def html_attributes(self, info: FieldInfo, around: Surroundings) -> Attributes:
        """The first and the last moment."""
        rules = rules_of_field(info)
        return {
            "min": local_text(rules.ge, around) if rules.ge is not None else None,
            "max": local_text(rules.le, around) if rules.le is not None else None,
        }

    def zone(self, info: FieldInfo, around: Surroundings) -> str:
        """Return the name of the time zone that is meant; none for a field without one."""
        return "" if _is_naive(info) else str(around.zone).replace("_", " ")


def clock_text(value: time) -> str:
    """Return a time without the seconds that it has not."""
    return value.isoformat("minutes" if not value.second and not value.microsecond else "auto")


def local_text(value: datetime, around: Surroundings) -> str:
    """Return a moment in a time zone, as ``datetime-local`` writes it; as it is where the calendar of the zone ends."""
    try:
        local = value if value.tzinfo is None else value.astimezone(around.zone)
    except OverflowError:
        local = value
    return f"{local.date().isoformat()}T{clock_text(local.time())}"


def _is_naive(info: FieldInfo) -> bool:
    found = leaf_of(info.node)
    return found is not None and found.rules.tz is False
