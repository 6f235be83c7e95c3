"""What somebody may try: guesses from many places, floods, hostile texts. Each is answered, in bounds."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from rooftree import HTTPError, PasswordOptions, PasswordRefused
from rooftree.auth.core import SIGNED_IN
from rooftree.auth.hashing import Hasher
from rooftree.auth.names import normal_email
from rooftree.auth.passwords import problem_of
from rooftree.base import MemoryStore
from rooftree.testing import Client
from tests.unit.auth.site import PASSWORD, make_app, opened


def form(password: str, email: str = "ann@example.org") -> dict[str, str]:
    return {"email": email, "password": password}


async def tries(client: Client, count: int, email: str = "ann@example.org", **headers: str) -> list[int]:
    return [
        (await client.post("/sign-in", json=form(f"wrong {n}", email), headers=headers)).status_code
        for n in range(count)
    ]


async def test_an_account_is_not_guessed_at_for_long_however_it_is_spelled() -> None:
    async with opened(options={"by_account": "4/hour"}) as (client, accounts):
        await accounts.create(email="ann@example.org", password=PASSWORD)
        spelled = ["ANN@example.org", " ann@EXAMPLE.org ", "ａnn@example.org", "ann＠example.org", "ann@example.org"]
        assert [(await tries(client, 1, email))[0] for email in spelled] == [401] * 4 + [429]
        refused = await client.post("/sign-in", json=form(PASSWORD))
        assert refused.status_code == 429
        assert 0 < int(refused.headers["retry-after"]) <= 3600
        page = await client.post("/sign-in", data=form(PASSWORD), headers={"accept": "text/html"})
        assert (page.status_code, "retry-after" in page.headers) == (429, True)
        assert "Too many attempts. Try again in" in page.text
        # nobody is told by this which addresses have an account
        assert await tries(client, 5, "nobody@example.org") == [401] * 4 + [429]


@pytest.mark.parametrize(
    ("limit_store", "statuses"),
    [("auto", [401, 401, 401, 429]), ("database", [401, 401, 401, 429]), ("memory", [401, 401, 401, 401])],
)
async def test_workers_count_guesses_together(limit_store: str, statuses: list[int], tmp_path: Path) -> None:
    settings: dict[str, Any] = {"database": f"sqlite:///{tmp_path}/users.db", "limit_store": limit_store}
    options = {"by_account": "3/hour"}
    async with opened(options=options, **settings) as (one, _), Client(make_app(options=options, **settings)[0]) as two:
        assert [(await tries(client, 1))[0] for client in (one, two, one, two)] == statuses


async def test_a_store_of_ones_own_counts_guesses_too() -> None:
    async with opened(options={"by_account": "1/hour"}) as (client, accounts):
        store = accounts.app.limit_store = MemoryStore()
        assert accounts.app.attempt_store is store
        assert await tries(client, 2) == [401, 429]


async def test_headers_of_the_client_make_no_new_address() -> None:
    async with opened(options={"by_address": "3/hour"}) as (client, accounts):
        await accounts.create(email="ann@example.org", password=PASSWORD)
        statuses: list[int] = []
        for n in range(5):
            said = {"x-forwarded-for": f"10.0.0.{n}", "forwarded": f"for=10.0.1.{n}"}
            statuses += await tries(client, 1, f"{n}@example.org", **said)
        assert statuses == [401, 401, 401, 429, 429]


async def test_whoever_guesses_does_not_lock_the_owner_out() -> None:
    async with opened(options={"by_account": "3/hour"}) as (client, accounts):
        ann = await accounts.create(email="ann@example.org", password=PASSWORD)
        assert (await client.post("/sign-in", json=form(PASSWORD))).status_code == 204
        known = client.cookies["device"]
        client.cookies.clear()
        assert await tries(client, 5) == [401] * 3 + [429] * 2  # from elsewhere
        assert (await client.post("/sign-in", json=form(PASSWORD))).status_code == 429
        client.cookies.set("device", known)
        assert (await client.post("/sign-in", json=form(PASSWORD))).status_code == 204
        client.cookies.delete("session")
        assert await tries(client, 5) == [401] * 3 + [429] * 2  # a browser that is known may not guess for ever either
        client.cookies.clear()
        bob = await accounts.create(email="bob@example.org", password=PASSWORD)
        client.cookies.set("device", known[:-2] + "AA")  # changed
        assert await tries(client, 1) == [429]
        client.cookies.clear()
        client.cookies.set("device", known)  # of another account
        assert await tries(client, 4, bob.email) == [401] * 3 + [429]
        assert ann.id != bob.id


async def test_many_at_once_are_counted_each() -> None:
    async with opened(options={"by_account": "5/hour"}) as (client, accounts):
        await accounts.create(email="ann@example.org", password=PASSWORD)
        answers = await asyncio.gather(*[client.post("/sign-in", json=form(f"wrong {n}")) for n in range(20)])
        assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 15


async def test_signing_in_at_the_same_time_leaves_one_session_that_counts() -> None:
    async with opened() as (client, accounts):
        await accounts.create(email="ann@example.org", password=PASSWORD)
        answers = await asyncio.gather(*[client.post("/sign-in", json=form(PASSWORD)) for _ in range(4)])
        assert {answer.status_code for answer in answers} == {204}
        assert (await client.get("/me")).status_code == 200


async def test_hostile_texts_are_answered() -> None:
    async with opened() as (client, accounts):
        await accounts.create(email="ann@example.org", password=PASSWORD)
        assert (await client.post("/sign-in", json=form("x" * 1_000_000))).status_code == 413
        assert (await client.post("/sign-in", data=form("x" * 1_000_000))).status_code == 413
        for password in ("\0", PASSWORD + "\0", "x" * 4096, "🔑" * 500):
            assert (await client.post("/sign-in", data=form(password))).status_code == 422
        for email in ("\0", "a\0@example.org", "x" * 320, "' OR 1=1 --", "ann@example.org\r\nSet-Cookie: a=b"):
            assert (await client.post("/sign-in", json=form(PASSWORD, email))).status_code == 401
        assert (await client.post("/sign-in", json=form(PASSWORD, "x" * 400))).status_code == 400
        for body in (b"", b"[]", b"\xff", b'{"email": null}', b"{" * 9000):
            sent = await client.post("/sign-in", content=body, headers={"content-type": "application/json"})
            assert sent.status_code == 400
        for cookie in ("x", "rt_" * 900, "é", "a" * 32):
            odd: Any = {"cookie": f"session={cookie}".encode("latin-1")}
            assert (await client.get("/maybe", headers=odd)).json() == {"email": None}


async def test_a_session_of_another_kind_of_key_is_none() -> None:
    async with opened() as (client, accounts):
        for value in (
            "7",
            [1],
            [1, "x"],
            ["x", 1],
            {"a": 1},
            [1, 2, 3],
            None,
            [None, 0],
            [1.5, 0],
            [-1, 0],
            [10**15, 0],
        ):
            client.cookies.clear()
            token = await client.app.sessions.change("", {SIGNED_IN: value})
            client.cookies.set("session", token)
            assert (await client.get("/maybe")).json() == {"email": None}, value
        assert await accounts.find("x") is None


async def test_a_flood_of_hashes_holds_neither_the_loop_nor_memory() -> None:
    hasher = Hasher(PasswordOptions(memory=8, passes=1, at_once=2, waiting=3))
    gate, running, most = threading.Event(), 0, 0
    lock = threading.Lock()

    def slow() -> str:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        gate.wait(10)
        with lock:
            running -= 1
        return "done"

    waiting = [asyncio.ensure_future(hasher.run(slow)) for _ in range(5)]
    await asyncio.sleep(0)
    with pytest.raises(HTTPError) as refused:
        await hasher.hash("one more")
    assert (refused.value.status, dict(refused.value.headers or {})["retry-after"]) == (503, "2")
    waiting.pop().cancel()  # a visitor who left gives the place back
    await asyncio.sleep(0)
    later = asyncio.ensure_future(hasher.run(slow))
    await asyncio.sleep(0)
    gate.set()
    assert await asyncio.gather(*waiting, later) == ["done"] * 5
    assert most == 2
    assert await hasher.verify(await hasher.hash("again"), "again")
    hasher.close()
    hasher.close()


async def test_too_many_sign_ins_are_told_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened() as (client, accounts):
        monkeypatch.setattr(accounts.hasher, "_under_way", 10**6)
        refused = await client.post("/sign-in", data=form(PASSWORD))
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "too_short"), ("ｓｈｏｒｔ", "too_short"), ("x" * 257, "too_long"), ("password123", "common"),
        ("qwertyuiop", "common"), ("aaaaaaaaaaaaaaaa", "common"), ("1234567890", "common"),
        ("ann@example.org", "personal"), ("AnnSmith1990", "personal"), ("smith.example", "personal"),
        ("x" * 200, "common"),
        ("correct horse battery", None), ("ann likes long walks", None), ("9dK!v2mQ_x", None),
    ],
)  # fmt: skip
def test_which_passwords_are_taken(password: str, code: str | None) -> None:
    found = problem_of(password, PasswordOptions(), ["ann@example.org", "Ann Smith"])
    assert (found and found.code) == code
    if isinstance(found, PasswordRefused):
        assert (found.status, found.errors[0].path) == (422, ("password",))


def test_a_list_of_known_passwords_can_be_left_out() -> None:
    assert problem_of("password123", PasswordOptions(common=False)) is None


def test_one_address_has_one_spelling() -> None:
    assert {normal_email(text) for text in ("Ann@Example.ORG", " ann@example.org\n", "ＡＮＮ@example.org")} == {
        "ann@example.org"
    }
    assert normal_email("ＳＴＲＡẞＥ@x.de") == "strasse@x.de"
