"""Logs: lines for people in a terminal, JSON for machines elsewhere; the standard library's loggers underneath."""

from __future__ import annotations

import logging
import sys
import time
from typing import Any, Final, TextIO

import msgspec

from rooftree.base import REDACTED, Settings, is_secret_name, redact_url

__all__ = ["JSONFormatter", "PrettyFormatter", "access", "configure_logging"]

access: Final = logging.getLogger("rooftree.access")
"""One line for each request: method, path, status, milliseconds, request id."""

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_COLORS = {"DEBUG": "36", "INFO": "32", "WARNING": "33", "ERROR": "31", "CRITICAL": "35"}


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    return {
        name: REDACTED if is_secret_name(name) else value
        for name, value in vars(record).items()
        if name not in _STANDARD
    }


class JSONFormatter(logging.Formatter):
    """One JSON object in a line: ``time``, ``level``, ``logger``, ``message``, ``error``, what ``extra`` has."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, Any] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{record.msecs:03.0f}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redact_url(record.getMessage()),
            **_fields(record),
        }
        if record.exc_info and record.exc_info[0]:
            line["error"] = redact_url(self.formatException(record.exc_info))
        try:
            return msgspec.json.encode(line, enc_hook=repr).decode()
        except UnicodeEncodeError:  # half a character, from a file's name perhaps: the standard library escapes it
            import json

            return json.dumps(line, default=repr)


class PrettyFormatter(logging.Formatter):
    """A line for people: time, level, message and fields, in colour where the terminal has it."""

    def __init__(self, *, color: bool) -> None:
        super().__init__()
        self._color = color

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, with the traceback beneath it where there is one."""
        clock = time.strftime("%H:%M:%S", time.localtime(record.created))
        fields = " ".join(f"{name}={_visible(str(value))}" for name, value in _fields(record).items())
        level = f"{record.levelname.lower():<7}"
        if self._color:
            level = f"\x1b[{_COLORS.get(record.levelname, '0')}m{level}\x1b[0m"
            clock, fields = f"\x1b[2m{clock}\x1b[0m", f"\x1b[2m{fields}\x1b[0m" if fields else ""
        text = f"{clock} {level} {_visible(redact_url(record.getMessage()))}{'  ' if fields else ''}{fields}"
        if record.exc_info and record.exc_info[0]:
            lines = redact_url(self.formatException(record.exc_info)).split("\n")
            text = "\n".join([text, *map(_visible, lines)])
        return text


def _visible(text: str) -> str:
    """Return the text with control characters spelled out: a request cannot write lines or colours of its own."""
    return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def configure_logging(settings: Settings, stream: TextIO | None = None) -> None:
    """Send the process's log to ``stream`` (standard error) in the form that the settings name.

    For whoever runs the process: the commands and servers call it. An application object never does, so that two of
    them can live in one process. Calling it again replaces what it set before.
    """
    out = stream or sys.stderr
    for_people = out.isatty() or settings.mode == "development"
    pretty = settings.log_format == "pretty" or (settings.log_format == "auto" and for_people)
    handler = logging.StreamHandler(out)
    handler.setFormatter(PrettyFormatter(color=out.isatty()) if pretty else JSONFormatter())
    handler.set_name("rooftree")
    root = logging.getLogger()
    for old in [known for known in root.handlers if known.get_name() == "rooftree"]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(settings.log_level.upper())
