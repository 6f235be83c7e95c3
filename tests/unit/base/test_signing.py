from __future__ import annotations

import importlib
import time
from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooftree.base import Keys, Secret, Settings, SettingsError, SignatureRefused, Signer

OLD, NEW = "o" * 40, "n" * 40


class Invitation(msgspec.Struct):
    email: str
    day: date


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that a test moves on: seconds added to the time."""
    moved, now = [0.0], time.time
    monkeypatch.setattr(time, "time", lambda: now() + moved[0])
    return moved


def signer(purpose: str = "test", *secrets: str) -> Signer:
    return Signer(Keys(secrets or (NEW,)), purpose)


def test_a_value_comes_back_with_its_type() -> None:
    value = Invitation("a@example.org", date(2026, 11, 27))
    token = signer().sign(value)
    assert signer().read(token, Invitation) == value
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@given(st.one_of(st.integers(-(2**60), 2**60), st.text(max_size=50), st.lists(st.integers(0, 9))))
def test_any_value_comes_back(value: object) -> None:
    assert signer().read(signer().sign(value, lasts=60), object) == value


def test_a_signer_shows_its_purpose_alone() -> None:
    assert repr(signer("letters")) == "Signer('letters')"


@pytest.mark.parametrize("room", ["base", "security", "sessions"])
def test_a_name_that_is_not_there(room: str) -> None:
    module = importlib.import_module(f"rooftree.{room}")
    with pytest.raises(AttributeError, match=f"module 'rooftree.{room}' has no attribute 'nothing'"):
        _ = module.nothing


def test_another_type_another_purpose_another_key_are_refused() -> None:
    token = signer().sign(7)
    for reader, kind in ((signer(), str), (signer("other"), int), (signer("test", OLD), int)):
        with pytest.raises(SignatureRefused, match="not one that this site gave out") as caught:
            reader.read(token, kind)
        assert (caught.value.status, caught.value.reason) == (403, "altered")


def test_every_changed_character_is_noticed() -> None:
    token = signer().sign("user-7", lasts=60)
    for place, character in enumerate(token):
        changed = token[:place] + ("A" if character != "A" else "B") + token[place + 1 :]
        with pytest.raises(SignatureRefused):
            signer().read(changed, str)
    for other in ("", token[:-1], token + "A", token + "=", "é", token * 2000, "\0", token.replace("-", "+")[:-1]):
        with pytest.raises(SignatureRefused):
            signer().read(other, str)


def test_a_value_expires(later: list[float]) -> None:
    token = signer().sign(1, lasts=timedelta(minutes=1))
    later[0] = 59
    assert signer().read(token, int) == 1
    later[0] = 61
    with pytest.raises(SignatureRefused, match="expired") as caught:
        signer().read(token, int)
    assert caught.value.reason == "expired"


def test_keys_are_replaced_one_by_one() -> None:
    token = signer("test", OLD).sign(1)
    assert signer("test", NEW, OLD).read(token, int) == 1
    renewed = signer("test", NEW, OLD).sign(1)
    assert signer("test", NEW).read(renewed, int) == 1


@pytest.mark.parametrize("url", ["/files/3", "/files/3?size=2&name=%C3%A4", "https://example.org/files/3?x"])
def test_a_url_is_signed_with_its_path_and_query(url: str, later: list[float]) -> None:
    signed = signer().sign_url(url, lasts=60)
    assert signed.startswith(url)
    path, _, query = signed.removeprefix("https://example.org").encode().partition(b"?")
    signer().check_url(path, query)
    for other_path, other_query in (
        (b"/files/4", query),
        (path, query.replace(b"size=2", b"size=3") if b"size" in query else b"size=3&" + query),
        (path, query + b"&more=1"),
        (path, b"x=1&" + query),
        (path, query[:-1]),
        (path, b""),
        (path, query.replace(b"signature=", b"signature=f")),
        (path, query.replace(b"signature=", b"signature=+")),  # the same number: a link has one spelling
        (path, query.replace(b"signature=", b"signature=0x")),
        (path, query.replace(b"signature=", b"signature=0")),
        (path, b"signature=zz-" + query[-22:]),
        (path, b"signature=" + b"f" * 4000 + b"-" + query[-22:]),
    ):
        with pytest.raises(SignatureRefused):
            signer().check_url(other_path, other_query)
    later[0] = 61
    with pytest.raises(SignatureRefused, match="expired"):
        signer().check_url(path, query)


@pytest.mark.parametrize("url", ["/a#b", "/a?signature=1"])
def test_what_cannot_be_signed_is_said(url: str) -> None:
    with pytest.raises(ValueError, match="cannot be signed"):
        signer().sign_url(url)


# ---- where the keys come from


def test_production_needs_a_secret_key(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        Keys.of(Settings(), tmp_path)
    assert str(caught.value) == (
        "[S501] The application signs or encrypts something (sessions, links), but the setting "
        "'secret_key' is not set. Set ROOFTREE_SECRET_KEY to random text: "
        "python -c 'import secrets; print(secrets.token_urlsafe(50))'; tests need none with ROOFTREE_MODE=test"
    )
    with pytest.raises(SettingsError, match=r"\[S502\] The setting 'secret_key' has 5 characters, and at least 32"):
        Keys.of(Settings(secret_key=Secret("short")), tmp_path)


def test_the_settings_name_the_keys(tmp_path: Path) -> None:
    keys = Keys.of(Settings(secret_key=Secret(NEW), old_secret_keys=(Secret(OLD),)), tmp_path)
    assert keys.derive("x") == Keys([NEW, OLD]).derive("x")
    assert len({*keys.derive("x"), *keys.derive("y")}) == 4
    assert NEW not in repr(keys)


def test_development_keeps_a_key_for_each_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    settings = Settings(mode="development")
    one = Keys.of(settings, tmp_path / "one").derive("x")
    assert Keys.of(settings, tmp_path / "one").derive("x") == one
    files = [file for file in (tmp_path / "state").rglob("*") if file.is_file()]
    assert [file.stat().st_mode & 0o777 for file in files] == [0o600]
    files[0].write_text("k" * 64)
    assert Keys.of(settings, tmp_path / "one").derive("x") != one


def test_without_a_place_for_it_the_key_lasts_as_long_as_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    settings = Settings(mode="development")
    assert Keys.of(settings, tmp_path).derive("x") == Keys.of(settings, tmp_path).derive("x")
    assert Keys.of(Settings(mode="test"), tmp_path).derive("x")
