from __future__ import annotations

import io
import logging
import re

import msgspec
import pytest

from rooftree.app import configure_logging
from rooftree.app.logs import JSONFormatter, PrettyFormatter
from rooftree.base import Settings


def record(message: str, *args: object, level: int = logging.INFO, **extra: object) -> logging.LogRecord:
    made = logging.LogRecord("rooftree.test", level, __file__, 1, message, args, None)
    vars(made).update(extra)
    return made


def with_traceback() -> logging.LogRecord:
    try:
        raise ValueError("postgresql://me:hunter2@db/x")
    except ValueError as error:
        made = record("It failed", level=logging.ERROR)
        made.exc_info = (type(error), error, error.__traceback__)
        return made


def test_json_is_one_line_with_fields_and_without_secrets() -> None:
    text = JSONFormatter().format(record("%s\ndone", "a", request_id="r1", api_key="hunter2", thing=object))
    assert "\n" not in text
    line = msgspec.json.decode(text)
    assert line["message"] == "a\ndone"
    assert (line["level"], line["logger"]) == ("info", "rooftree.test")
    assert (line["request_id"], line["api_key"]) == ("r1", "***")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"])


def test_json_has_the_traceback_without_credentials() -> None:
    text = JSONFormatter().format(with_traceback())
    assert "ValueError" in msgspec.json.decode(text)["error"]
    assert "hunter2" not in text


def test_pretty_spells_out_control_characters_of_a_message() -> None:
    text = PrettyFormatter(color=False).format(record("GET %s", "/\x1b[31m\nforged", token="t", status=200))
    assert "\n" not in text
    assert "\x1b" not in text
    assert text.endswith("GET /\\x1b[31m\\nforged  token=*** status=200")


def test_pretty_spells_them_out_in_fields_and_tracebacks_too() -> None:
    made = with_traceback()
    made.user = "me\x1b[31m"
    assert made.exc_info is not None
    made.exc_info = (ValueError, ValueError("\x1b]0;title\x07\u009b2J"), made.exc_info[2])
    text = PrettyFormatter(color=False).format(made)
    assert "user=me\\x1b[31m\n" in text
    assert text.endswith("\nValueError: \\x1b]0;title\\x07\\x9b2J")
    assert all(line.isprintable() for line in text.split("\n"))


def test_half_a_character_loses_no_line() -> None:
    line = msgspec.json.decode(JSONFormatter().format(record("a\ud800", file="\udcff")).replace("\\ud", "-"))
    assert (line["message"], line["file"]) == ("a-800", "-cff")


def test_pretty_colours_and_shows_the_traceback_beneath() -> None:
    text = PrettyFormatter(color=True).format(with_traceback())
    assert "\x1b[31merror" in text
    assert "\nTraceback" in text
    assert "hunter2" not in text


@pytest.fixture
def restored_root() -> object:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.usefixtures("restored_root")
def test_configuring_again_replaces_what_was_set_before() -> None:
    first, second = io.StringIO(), io.StringIO()
    configure_logging(Settings(), first)
    configure_logging(Settings(log_format="pretty", log_level="warning"), second)
    logging.getLogger("x").info("quiet")
    logging.getLogger("x").warning("loud")
    assert first.getvalue() == ""
    assert "loud" in second.getvalue()
    assert "quiet" not in second.getvalue()


@pytest.mark.usefixtures("restored_root")
@pytest.mark.parametrize(
    ("settings", "pretty"),
    [
        (Settings(), False),
        (Settings(mode="development"), True),
        (Settings(log_format="pretty"), True),
        (Settings(mode="development", log_format="json"), False),
    ],
)
def test_people_and_machines_get_their_form(settings: Settings, pretty: bool) -> None:
    out = io.StringIO()
    configure_logging(settings, out)
    logging.getLogger("x").info("hello")
    assert out.getvalue().startswith("{") is not pretty
    assert "\x1b" not in out.getvalue()  # no terminal


def test_what_cannot_be_written_as_json_is_shown_as_text() -> None:
    line = msgspec.json.decode(JSONFormatter().format(record("x", thing={1, 2}, other=ValueError("y"))))
    assert line["other"] == "ValueError('y')"
