from __future__ import annotations

import pytest

from rooftree import App, RouteError, Secret, Settings
from rooftree.app import mistakes_in

READY = Settings(secret_key=Secret("k" * 50), hosts=("example.org",))


def found(settings: Settings) -> dict[str, tuple[str, str, str]]:
    return {each.id: (each.level, each.fact, each.hint) for each in App(settings).findings(deploy=True)}


def test_nothing_is_found_where_all_is_well() -> None:
    assert found(READY) == {}
    assert App(Settings()).findings() == []


@pytest.mark.parametrize(
    ("settings", "code", "level", "fact"),
    [
        (Settings(hosts=("a.example",)), "C101", "warning", "No secret key is set, so nothing can be signed."),
        (
            Settings(hosts=("a.example",), secret_key=Secret("short")),
            "C102",
            "error",
            "The secret key has 5 characters; it can be guessed.",
        ),
        (
            Settings(secret_key=Secret("k" * 50)),
            "C103",
            "error",
            "No hosts are set: only this machine's own names are answered.",
        ),
        (
            Settings(secret_key=Secret("k" * 50), hosts=("*",)),
            "C104",
            "warning",
            "Every host is answered ('*'): links made from the request can be turned elsewhere.",
        ),
        (
            Settings(secret_key=Secret("k" * 50), hosts=("a.example",), mode="development"),
            "C105",
            "error",
            "The mode is 'development': errors show source and variables to every visitor.",
        ),
        (
            Settings(secret_key=Secret("k" * 50), hosts=("a.example",), hsts=0),
            "C106",
            "warning",
            "HSTS is off: a visitor's first request can be kept on plain HTTP by someone in between.",
        ),
        (
            Settings(secret_key=Secret("k" * 50), hosts=("a.example",), trusted_proxies=("*",)),
            "C107",
            "warning",
            "Every address is a trusted proxy: a client can name any address as its own.",
        ),
    ],
)
def test_findings(settings: Settings, code: str, level: str, fact: str) -> None:
    (only,) = found(settings).items()
    assert only[0] == code
    assert only[1][:2] == (level, fact)
    assert only[1][2].endswith((".", "'", "org"))


def test_the_secret_key_itself_is_never_told() -> None:
    assert "hunter2" not in str(found(Settings(secret_key=Secret("hunter2"))))


def test_mistakes_are_an_error_and_its_notes() -> None:
    error = RouteError("R201", "One.", "Mend it.")
    assert mistakes_in(error) == ["[R201] One. Mend it."]
    error.add_note("[R204] Two.")
    assert mistakes_in(error) == ["[R201] One. Mend it.", "[R204] Two."]
