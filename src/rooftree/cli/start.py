"""Where the ``rooftree`` command begins.

``rooftree run`` starts servers, and is waited for: where it is written plainly, its arguments are read here, without
click. Anything else, and whatever is not right, is left to the commands themselves.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any, Final

__all__ = ["main", "plain_options"]


def main() -> None:
    """Run the command that the arguments of the process name."""
    options = plain_options(sys.argv[1:])
    if options is None:
        from rooftree.cli.commands import main as commands

        commands()
    else:
        _run(options)


def _run(options: dict[str, Any]) -> None:
    import gc

    gc.disable()  # nothing that is made while starting is garbage; workers turn it on when they are ready
    from rooftree.base import RooftreeError
    from rooftree.cli.mistakes import text_of
    from rooftree.cli.serve import serve_app

    try:
        serve_app(**options)
    except RooftreeError as error:
        sys.exit(f"Error: {text_of(error)}")


def plain_options(arguments: Sequence[str]) -> dict[str, Any] | None:
    """Return what ``serve_app`` is called with for plain arguments of ``run``; ``None`` for any others."""
    if not arguments or arguments[0] != "run":
        return None
    found: dict[str, Any] = {**DEFAULTS}
    rest = iter(arguments[1:])
    for word in rest:
        if word in FLAGS:
            found["access_log"] = FLAGS[word]
        elif word in VALUES:
            name, convert = VALUES[word]
            text = next(rest, "")
            value = None if text[:1] in ("", "-") else convert(text)
            if value is None:
                return None
            found[name] = (*found[name], value) if name == "proxies" else value
        elif word[:1] in ("", "-") or found["target"] is not None:
            return None
        else:
            found["target"] = word
    return found


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and text.isascii() and len(text) <= 9 else None


def _port(text: str) -> int | None:
    number = _number(text)
    return number if number is not None and number <= 65535 else None


def _level(text: str) -> str | None:
    return text if text in {"debug", "info", "warning", "error"} else None


DEFAULTS: Final[dict[str, Any]] = {
    "target": None,
    "host": "127.0.0.1",
    "port": 8000,
    "workers": "1",
    "uds": None,
    "fd": None,
    "tls_cert": None,
    "tls_key": None,
    "proxies": (),
    "access_log": None,
    "log_level": None,
}
FLAGS: Final = {"--access-log": True, "--no-access-log": False}
VALUES: Final[dict[str, tuple[str, Callable[[str], Any]]]] = {
    "--host": ("host", str),
    "-H": ("host", str),
    "--port": ("port", _port),
    "-p": ("port", _port),
    "--workers": ("workers", str),
    "-w": ("workers", str),
    "--uds": ("uds", str),
    "--fd": ("fd", _number),
    "--trusted-proxy": ("proxies", str),
    "--log-level": ("log_level", _level),
}
