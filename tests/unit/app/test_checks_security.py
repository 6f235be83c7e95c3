from __future__ import annotations

from typing import Any

import pytest

from rooftree import Accounts, App, Model, Secret, Settings, UserMixin
from rooftree.base import SecurityOptions, SessionOptions
from rooftree.db import DatabaseStore


def found(app: App) -> dict[str, tuple[str, str]]:
    return {each.id: (each.level, each.fact) for each in app.findings(deploy=True)}


def ready(**settings: Any) -> Settings:
    return Settings(secret_key=Secret("k" * 50), hosts=("example.org",), **settings)


@pytest.mark.parametrize(
    ("settings", "code", "level", "fact"),
    [
        ({"security": SecurityOptions(csp_mode="off")}, "C111", "warning", "The Content-Security-Policy sends none: "),
        ({"security": SecurityOptions(csp_mode="report")}, "C111", "warning", "The Content-Security-Policy only repor"),
        (
            {"security": SecurityOptions(csp={"script-src": ("'self'", "'unsafe-inline'")})},
            "C112", "warning", "The policy's script-src has 'unsafe-inline': scripts that slip into a page run.",
        ),
        (
            {"security": SecurityOptions(nosniff=False, opener=None)},
            "C113", "warning", "Security headers are off for every page: opener, nosniff.",
        ),
        ({"trusted_origins": ("http://a.example",)}, "C114", "warning", "Pages over plain HTTP are trusted: http://a."),
        ({"session": SessionOptions(store="memory")}, "C115", "error", "Sessions are kept in the memory of each work"),
        ({"session": SessionOptions(same_site="none")}, "C116", "warning", "The session's cookie goes along with req"),
    ],
)  # fmt: skip
def test_what_was_opened_is_told(settings: dict[str, Any], code: str, level: str, fact: str) -> None:
    told = found(App(ready(**settings)))
    assert list(told) == [code]
    assert told[code][0] == level
    assert told[code][1].startswith(fact)


def test_routes_that_check_less_are_named() -> None:
    app = App(ready(database="sqlite://"))
    for number in range(12):
        app.post(f"/hook/{number}", csrf=False, name=f"hook-{number}", limit="1/minute")(hook)
    told = found(app)
    assert [code for code in told if code[0] == "C"] == ["C117", "C118"]  # models are of the whole process
    assert "(csrf=False): POST /hook/0, POST /hook/1, " in told["C117"][1]
    assert told["C117"][1].endswith("POST /hook/9 and 2 more.")
    assert told["C118"][1].startswith("Limits are counted in each worker by itself")


async def hook() -> None: ...


class Guest(UserMixin, Model, table="checked_guests"): ...


@pytest.mark.parametrize(
    ("settings", "own", "told"),
    [
        ({}, False, "GET /"),
        ({"limit_store": "memory"}, False, "attempts to sign in, GET /"),
        ({"limit_store": "database"}, False, None),
        ({"limit_store": "memory"}, True, None),
    ],
)
def test_what_each_worker_counts_alone_is_told(settings: dict[str, Any], own: bool, told: str | None) -> None:
    app = App(ready(database="sqlite://", **settings))
    app.use(Accounts(Guest))
    app.get("/", limit="1/minute")(hook)
    if own:
        app.limit_store = DatabaseStore(app.databases["default"])
    said = f"Limits are counted in each worker by itself, so that all together take more: {told}."
    assert found(app).get("C118") == (None if told is None else ("warning", said))
