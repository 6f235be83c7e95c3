"""Checks: facts about an application that someone should know before it serves, each with an id and a hint."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any, Final, Literal

import msgspec

from rooftree.base import BaseSettings, Settings, StartupError

__all__ = ["Check", "Finding", "deploy_findings", "development_findings", "mistakes_in", "unread_findings"]


class Finding(msgspec.Struct, frozen=True):
    """Something that a check found.

    Attributes:
        id: A stable name: ``C101``.
        level: ``error`` must be mended, ``warning`` should be looked at, ``hint`` is for later.
        fact: What is so.
        hint: What to do about it.
    """

    id: str
    level: Literal["error", "warning", "hint"]
    fact: str
    hint: str


Check = Callable[[Any], Iterator[Finding]]
"""Takes the application and gives what it finds; ``app.checks.append(...)`` adds one of your own."""


def mistakes_in(error: StartupError) -> list[str]:
    """Return the texts of an error and of the mistakes found along with it, which are its notes."""
    return [str(error), *getattr(error, "__notes__", ())]


def deploy_findings(settings: Settings) -> list[Finding]:
    """Return what matters in production about settings."""
    return [finding for check in _DEPLOY for finding in check(settings)]


_NEW_KEY: Final = "Set ROOFTREE_SECRET_KEY to random text: python -c 'import secrets; print(secrets.token_urlsafe(50))'"


def development_findings(settings: Settings) -> list[Finding]:
    """Return what matters in production, as a hint to who is still developing."""
    if settings.mode != "development" or settings.secret_key is not None:
        return []
    fact = "No secret key is set: one is made for each start. In production sessions and signed links need one."
    return [Finding("C101", "hint", fact, _NEW_KEY)]


def _secret_key(settings: Settings) -> Iterator[Finding]:
    key = settings.secret_key
    if key is None:
        yield Finding(
            "C101",
            "warning",
            "No secret key is set, so nothing can be signed.",
            _NEW_KEY,
        )
    elif len(key.reveal()) < 32:
        yield Finding(
            "C102",
            "error",
            f"The secret key has {len(key.reveal())} characters; it can be guessed.",
            "Use at least 32 random ones.",
        )


def _hosts(settings: Settings) -> Iterator[Finding]:
    hosts = settings.hosts
    if not hosts:
        yield Finding(
            "C103",
            "error",
            "No hosts are set: only this machine's own names are answered.",
            "Set ROOFTREE_HOSTS to the names of the site: example.org,www.example.org",
        )
    elif "*" in hosts:
        yield Finding(
            "C104",
            "warning",
            "Every host is answered ('*'): links made from the request can be turned elsewhere.",
            "Name the site's hosts.",
        )


def _mode(settings: Settings) -> Iterator[Finding]:
    if settings.mode == "development":
        yield Finding(
            "C105",
            "error",
            "The mode is 'development': errors show source and variables to every visitor.",
            "Take ROOFTREE_MODE out of the environment, or set it to production.",
        )


def _transport(settings: Settings) -> Iterator[Finding]:
    if settings.hsts == 0:
        yield Finding(
            "C106",
            "warning",
            "HSTS is off: a visitor's first request can be kept on plain HTTP by someone in between.",
            "Leave hsts at its default once the whole site is on HTTPS.",
        )
    if "*" in settings.trusted_proxies:
        yield Finding(
            "C107",
            "warning",
            "Every address is a trusted proxy: a client can name any address as its own.",
            "Name the proxy's address or network.",
        )


def unread_findings(settings: Settings) -> Iterator[Finding]:
    """Yield the variables of the environment, and of `.env`, that are named like settings and that none reads."""
    from difflib import get_close_matches

    known = {*_variables(settings, "ROOFTREE_"), "ROOFTREE_APP"}
    # what is not there may be a group, and what such a one would hold is not known here
    unset = tuple(
        f"ROOFTREE_{name.upper()}__" for name in settings.__struct_fields__ if getattr(settings, name) is None
    )
    for place, names in (("The environment", os.environ), ("The file .env", _names_in_env_file())):
        for variable in sorted(names):
            if variable.startswith("ROOFTREE_") and variable not in known and not variable.startswith(unset):
                near = get_close_matches(variable, known, 1)
                yield Finding(
                    "C108",
                    "warning",
                    f"{place} has {variable}, which no setting reads.",
                    f"Did you mean {near[0]}?" if near else "Take it out, or check its spelling.",
                )


def _variables(settings: BaseSettings, prefix: str) -> Iterator[str]:
    """Yield the variable of each setting, those of groups with them: `ROOFTREE_LIMITS__BODY_TIME`."""
    for name in settings.__struct_fields__:
        value = getattr(settings, name)
        if isinstance(value, BaseSettings):
            yield from _variables(value, f"{prefix}{name.upper()}__")
        else:
            yield prefix + name.upper()


def _names_in_env_file() -> list[str]:
    if not os.path.isfile(".env"):  # noqa: PTH113 - pathlib is loaded where there is one
        return []
    from dotenv import dotenv_values

    return list(dotenv_values(".env"))


_DEPLOY: Final = (_secret_key, _hosts, _mode, _transport)
