"""Signing in and out, by requests to an application."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from rooftree import (
    Accounts,
    App,
    Col,
    Languages,
    Model,
    PasswordOptions,
    PasswordRefused,
    Request,
    Session,
    SignedIn,
    SignedOut,
    SignInFailed,
    UniqueError,
    UsageError,
    UserMixin,
    col,
)
from rooftree.db import RowInvalid, create_tables
from rooftree.testing import Client, Refused, SyncClient
from tests.unit.auth.site import PASSWORD, User, make_app, opened

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
REFUSED = "The e-mail address and the password do not fit."


def form(password: str = PASSWORD, email: str = "ann@example.org", **more: str) -> dict[str, str]:
    return {"email": email, "password": password, **more}


async def test_a_page_is_reached_by_signing_in() -> None:
    async with opened() as (client, accounts):
        await accounts.create(email="Ann@Example.ORG", password=PASSWORD, name="Ann")
        asked = await client.get("/me?tab=1&x=a%26b", headers=BROWSER)
        assert asked.status_code == 303
        assert asked.headers["location"] == "/sign-in?next=/me%3Ftab%3D1%26x%3Da%2526b"
        page = await client.get(asked.headers["location"], headers=BROWSER)
        assert page.status_code == 200
        assert page.headers["cache-control"] == "no-store"
        assert 'name="next" value="/me?tab=1&amp;x=a%26b"' in page.text
        assert 'autocomplete="current-password"' in page.text
        done = await client.post("/sign-in", data=form(next="/me?tab=1&x=a%26b", email=" ann@example.org"))
        assert (done.status_code, done.headers["location"]) == (303, "/me?tab=1&x=a%26b")
        assert (await client.get("/me")).json() == {"email": "ann@example.org"}
        assert (await client.get("/sign-in")).headers["location"] == "/"
        user = await accounts.find("ANN@example.org")
        assert user is not None
        assert user.last_sign_in is not None


async def test_the_language_of_an_address_stays() -> None:
    app, accounts = make_app()
    app.use(Languages("en", "de", prefix="all"))
    async with Client(app) as client:
        await create_tables(*accounts.models)
        await accounts.create(email="ann@example.org", password=PASSWORD)
        asked = await client.get("/de/me", headers=BROWSER)
        assert asked.headers["location"] == "/de/sign-in?next=/de/me"
        assert (await client.post("/de/sign-in", data=form())).headers["location"] == "/de/"
        assert (await client.get("/de/sign-in")).headers["location"] == "/de/"
        assert (await client.post("/de/sign-out")).headers["location"] == "/de/"
        assert (await client.get("/de/sign-out", headers=BROWSER)).headers["location"] == "/de/"


async def test_programs_are_told_by_a_problem() -> None:
    async with opened() as (client, _):
        refused = await client.get("/me")
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"] == "Bearer"
        assert refused.headers["content-type"] == "application/problem+json"
        assert (await client.post("/change", headers=BROWSER)).status_code == 401
    async with opened(options={"api_keys": False, "sign_in": None, "sign_out": None}) as (client, _):
        refused = await client.get("/me", headers=BROWSER)
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"] == 'Cookie form-action="/"'
        assert (await client.get("/sign-in")).status_code == 404


async def test_json_signs_in_too() -> None:
    async with opened() as (client, accounts):
        await accounts.create(email="ann@example.org", password=PASSWORD)
        assert (await client.post("/sign-in", json=form("wrong"))).status_code == 401
        assert (await client.post("/sign-in", json={"email": 1})).status_code == 400
        assert (await client.post("/sign-in", json=form())).status_code == 204
        assert (await client.get("/me")).json() == {"email": "ann@example.org"}


async def test_signing_in_is_proved_to_come_from_this_site() -> None:
    async with opened() as (client, accounts):
        await accounts.create(email="ann@example.org", password=PASSWORD)
        foreign = {"sec-fetch-site": "cross-site", "origin": "https://evil.example"}
        assert (await client.post("/sign-in", data=form(), headers=foreign)).status_code == 403
        assert (await client.post("/sign-out", headers=foreign)).status_code == 403


async def test_whoever_does_not_fit_is_told_the_same() -> None:
    async with opened() as (client, accounts):
        await accounts.create(email="ann@example.org", password=PASSWORD)
        await accounts.create(email="inactive@example.org", password=PASSWORD, active=False)
        await accounts.create(email="none@example.org")
        answers = [
            await client.post("/sign-in", data=form(password, "who@example.org"))
            if email is None
            else await client.post("/sign-in", data={"email": email, "password": password})
            for email, password in (
                (None, PASSWORD),
                ("ann@example.org", "wrong"),
                ("inactive@example.org", PASSWORD),
                ("none@example.org", ""),
                ("none@example.org", "x"),
                ("ann@example.org", PASSWORD + "\0"),
            )
        ]
        assert {answer.status_code for answer in answers} == {422}
        told = [answer.text for answer in answers if "Password" in answer.text and REFUSED in answer.text]
        assert len(told) == 5  # an empty password is told by the form itself
        assert "set-cookie" not in {name.lower() for answer in answers for name in answer.headers}


async def test_every_refusal_costs_one_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened() as (client, accounts):
        await accounts.create(email="ann@example.org", password=PASSWORD)
        await accounts.create(email="inactive@example.org", password=PASSWORD, active=False)
        await accounts.create(email="none@example.org")
        hashed: list[str] = []
        real = accounts.hasher._verified

        def counted(hash: str, password: bytes) -> bool:
            hashed.append(hash.split("$", 4)[3])
            return real(hash, password)

        monkeypatch.setattr(accounts.hasher, "_verified", counted)
        for email in ("ann@example.org", "inactive@example.org", "none@example.org", "who@example.org"):
            for password in ("wrong", "x" * 3000):
                await client.post("/sign-in", json={"email": email, "password": password})
        assert hashed == ["m=8,t=1,p=1"] * 8


async def test_the_session_gets_another_token_and_keeps_what_is_in_it() -> None:
    app, accounts = make_app()

    @app.get("/cart")
    async def counted(session: Session) -> int:
        session["cart"] = session.get("cart", int, 0) + 1
        return session.get("cart", int, 0)

    async with Client(app) as client:
        await create_tables(*accounts.models)
        ann = await accounts.create(email="ann@example.org", password=PASSWORD)
        bob = await accounts.create(email="bob@example.org", password=PASSWORD)
        assert (await client.get("/cart")).json() == 1
        fixed = client.cookies["session"]
        await client.post("/sign-in", data=form())
        assert client.cookies["session"] != fixed
        assert (await client.get("/cart")).json() == 2
        assert (await client.get("/maybe", cookies={"session": fixed})).json() == {"email": ann.email}
        client.cookies.clear()
        client.cookies.set("session", fixed)
        assert (await client.get("/maybe")).json() == {"email": None}
        client.cookies.clear()
        await client.sign_in(ann)
        assert (await client.get("/cart")).json() == 1
        await client.sign_in(ann)
        assert (await client.get("/cart")).json() == 2
        await client.post("/sign-in", data=form(email=bob.email))
        assert (await client.get("/me")).json() == {"email": bob.email}
        assert (await client.get("/cart")).json() == 1  # nothing of what another user left there


async def test_signing_out() -> None:
    async with opened() as (client, accounts):
        ann = await accounts.create(email="ann@example.org", password=PASSWORD)
        assert (await client.get("/sign-out")).headers["location"] == "/"
        assert (await client.post("/sign-out")).headers["location"] == "/"
        await client.sign_in(ann)
        token = client.cookies["session"]
        page = await client.get("/sign-out", headers=BROWSER)
        assert "You are signed in as ann@example.org." in page.text
        assert (await client.post("/sign-out", data={"next": "/maybe"})).headers["location"] == "/maybe"
        assert "session" not in client.cookies
        client.cookies.set("session", token)
        assert (await client.get("/maybe")).json() == {"email": None}


async def test_signing_out_everywhere() -> None:
    async with opened() as (client, accounts):
        ann = await accounts.create(email="ann@example.org", password=PASSWORD)
        await client.sign_in(ann)
        elsewhere = client.cookies["session"]
        client.cookies.clear()
        await client.sign_in(ann)
        await client.post("/sign-out", data={"everywhere": "1"})
        client.cookies.set("session", elsewhere)
        assert (await client.get("/maybe")).json() == {"email": None}
        ann = await User.get(ann.id)
        client.cookies.clear()
        await client.sign_in(ann)
        await accounts.end_sessions(ann)
        assert (await client.get("/maybe")).json() == {"email": None}


async def test_a_change_of_the_password_ends_sessions() -> None:
    app, accounts = make_app()

    @app.post("/password")
    async def password(request: Request, user: User) -> None:
        await accounts.set_password(user, "another horse and a battery", request=request)

    async with Client(app) as client:
        await create_tables(*accounts.models)
        ann = await accounts.create(email="ann@example.org", password=PASSWORD)
        await client.sign_in(ann)
        elsewhere = client.cookies["session"]
        client.cookies.clear()
        await client.sign_in(ann)
        before = client.cookies["session"]
        assert (await client.post("/password")).status_code == 204
        assert client.cookies["session"] != before
        assert (await client.get("/me")).json() == {"email": "ann@example.org"}
        client.cookies.clear()
        client.cookies.set("session", elsewhere)
        assert (await client.get("/maybe")).json() == {"email": None}
        client.cookies.clear()
        assert (await client.post("/sign-in", json=form())).status_code == 401
        assert (await client.post("/sign-in", json=form("another horse and a battery"))).status_code == 204
        ann = await User.get(ann.id)
        await accounts.set_password(ann, None)
        assert not (await User.get(ann.id)).has_password
        assert (await client.get("/maybe")).json() == {"email": None}


async def test_who_is_no_longer_active_or_there_is_signed_out_at_once() -> None:
    async with opened() as (client, accounts):
        ann = await accounts.create(email="ann@example.org", password=PASSWORD)
        await client.sign_in(ann)
        ann.active = False
        await ann.save()
        assert (await client.get("/maybe")).json() == {"email": None}
        bob = await accounts.create(email="bob@example.org")
        await client.sign_in(bob)
        assert (await client.get("/me")).json() == {"email": "bob@example.org"}
        await bob.delete()
        assert (await client.get("/me")).status_code == 401


async def test_sockets() -> None:
    async with opened() as (client, accounts):
        with pytest.raises(Refused) as refused:
            async with client.websocket("/socket"):
                pass
        assert refused.value.response.status_code == 401
        ann = await accounts.create(email="ann@example.org")
        await client.sign_in(ann)
        async with client.websocket("/socket") as socket:
            assert await socket.receive() == "ann@example.org"
        with pytest.raises(Refused) as refused:
            async with client.websocket("/staff-socket"):
                pass
        assert refused.value.response.status_code == 403
        await accounts.end_sessions(ann)
        with pytest.raises(Refused):
            async with client.websocket("/socket"):
                pass


async def test_next_never_leaves_the_site() -> None:
    async with opened() as (client, accounts):
        await accounts.create(email="ann@example.org", password=PASSWORD)
        for wanted in (
            "//evil.example",
            "https://evil.example/",
            "/\\evil.example",
            "javascript:alert(1)",
            "/\t/evil",
            "",
        ):
            for done in (
                await client.post("/sign-in", data=form(next=wanted)),
                await client.post("/sign-in", params={"next": wanted}, data=form()),
            ):
                assert done.headers["location"] == "/", wanted
            assert "evil" not in (await client.get("/sign-out", params={"next": wanted})).text
            client.cookies.clear()


async def test_passwords_are_hashed_anew_by_the_numbers_of_today() -> None:
    async with opened() as (client, accounts):
        ann = await accounts.create(email="ann@example.org", password=PASSWORD)
        from argon2 import PasswordHasher

        ann.password_hash = PasswordHasher(2, 16, 1).hash(PASSWORD)
        await ann.save()
        assert (await client.post("/sign-in", json=form("wrong"))).status_code == 401
        assert (await User.get(ann.id)).password_hash == ann.password_hash
        assert (await client.post("/sign-in", json=form())).status_code == 204
        assert "m=8,t=1,p=1" in (await User.get(ann.id)).password_hash


async def test_whoever_listens_is_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "rooftree.auth")
    heard: list[Any] = []
    async with opened() as (client, accounts):
        accounts.signed_in.connect(heard.append)
        accounts.signed_out.connect(heard.append)
        accounts.sign_in_failed.connect(heard.append)
        ann = await accounts.create(email="ann@example.org", password=PASSWORD)
        await client.post("/sign-in", data=form("my other password"))
        await client.post("/sign-in", data=form("x", "typed-a-password@example.org"))
        await client.post("/sign-in", data=form())
        await client.post("/sign-out")
    failed, unknown, came, went = heard
    assert (type(failed), failed.reason, failed.user) == (SignInFailed, "password", ann)
    assert (unknown.reason, unknown.user) == ("unknown", None)
    assert (type(came), came.user, came.how) == (SignedIn, ann, "password")
    assert (type(went), went.user, went.everywhere) == (SignedOut, ann, False)
    assert "Sign-in failed (password): user 1, from 127.0.0.1" in caplog.text
    assert "Signed in (password): user 1, from 127.0.0.1" in caplog.text
    assert "Signed out: user 1" in caplog.text
    for secret in (PASSWORD, "my other password", "typed-a-password", "example.org", "argon2"):
        assert secret not in caplog.text


async def test_users_are_created_with_one_address_and_a_password_that_is_taken() -> None:
    async with opened() as (_, accounts):
        ann = await accounts.create(email=" Ａnn@Example.org ", name="Ann")
        assert ann.email == "ann@example.org"
        assert not ann.has_password
        for again in ("ANN@example.org", "ann＠example.org"):
            with pytest.raises(UniqueError):
                await accounts.create(email=again)
        with pytest.raises(RowInvalid):
            await accounts.create(email="no address\0")
        saved = await User.create(email="BOB@example.org")
        assert saved.email == "bob@example.org"
        with pytest.raises(PasswordRefused) as refused:
            await accounts.create(email="carl@example.org", password="short")
        assert refused.value.code == "too_short"
        assert refused.value.errors[0].message == "Choose at least 10 characters."
        with pytest.raises(PasswordRefused):
            await accounts.set_password(ann, "ann@example.org")
        with pytest.raises(UsageError, match=r"\[U707\]"):
            await accounts.sign_in(None, User(email="x@example.org", active=False, id=3))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_plain_tests_sign_in_too() -> None:
    app, accounts = make_app()
    with SyncClient(app) as client:
        client._running.run(create_tables(*accounts.models))
        ann = client._running.run(accounts.create(email="ann@example.org"))
        client.sign_in(ann)
        assert client.get("/me").json() == {"email": "ann@example.org"}


def test_mistakes() -> None:
    class Account(UserMixin, Model, table="mistaken_accounts"):
        name: Col[str] = col()

    class Thing(Model, table="mistaken_things"):
        name: Col[str] = col()

    with pytest.raises(UsageError, match=r"\[U704\] Thing is no model of users\."):
        Accounts(Thing)  # type: ignore[type-var]  # pyright: ignore[reportArgumentType]
    app, _ = make_app()
    with pytest.raises(UsageError, match=r"\[U708\]"):
        app.use(Accounts(Account))
    with pytest.raises(UsageError, match=r"\[U701\] The application has no accounts\."):
        App().accounts  # noqa: B018
    assert PasswordOptions().memory == 19_456
