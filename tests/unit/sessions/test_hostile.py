"""What others try with sessions, and what requests at the same time do to each other."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

from rooftree import Secret, Settings
from rooftree.base import MemoryStore, SerializationError, SessionOptions
from rooftree.sessions import Session, keepers
from rooftree.sessions.state import State
from tests.unit.sessions.site import KEY, put, settings_of, site_of

# ---- what others try


@pytest.mark.parametrize("token", ["", "x", "A" * 32, "é" * 32, "A" * 5000, "../../etc/passwd", "%00", "=" * 32])
async def test_a_made_up_token_is_no_session(settings: Settings, token: str) -> None:
    from urllib.parse import quote

    async with site_of(settings) as site:
        assert await site.do(list, cookies={"session": quote(token)}) == []
        assert await site.do(put("n", 1), cookies={"session": quote(token)}) is None
        assert site.cookie != token  # fixation: nobody chooses another's token


async def test_every_changed_character_of_an_encrypted_cookie_is_noticed(tmp_path: Path) -> None:
    async with site_of(settings_of("cookie", tmp_path)) as site:
        await site.do(put("user", 7))
        token = str(site.cookie)
        assert "user" not in token
        site.client.cookies.clear()
        for place in range(len(token)):
            other = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
            found = await site.do(lambda session: session.get("user"), cookies={"session": other})
            assert found is None or place == len(token) - 1  # the last character has bits that mean nothing


async def test_keys_are_replaced_one_by_one(tmp_path: Path) -> None:
    settings = settings_of("cookie", tmp_path)
    async with site_of(settings) as site:
        await site.do(put("user", 7))
        old = str(site.cookie)
    both = msgspec.structs.replace(settings, secret_key=Secret("n" * 40), old_secret_keys=(KEY,))
    async with site_of(both) as site:
        assert await site.do(lambda session: session.get("user"), cookies={"session": old}) == 7
    async with site_of(msgspec.structs.replace(settings, secret_key=Secret("n" * 40))) as site:
        assert await site.do(lambda session: session.get("user"), cookies={"session": old}) is None


async def test_the_store_holds_no_token(tmp_path: Path) -> None:
    async with site_of(settings_of("database", tmp_path)) as site:
        await site.do(put("user", 7))
        token = str(site.cookie)
    content = b"".join(file.read_bytes() for file in sorted(tmp_path.glob("test.db*")))  # noqa: ASYNC240 - a test
    assert b"session:" in content
    assert token.encode() not in content


# ---- requests at the same time


@pytest.mark.parametrize("kind", ["database", "memory", "postgresql"])
async def test_requests_at_the_same_time_keep_each_others_changes(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    settings = settings_of("database" if kind == "postgresql" else kind, tmp_path)
    if kind == "postgresql":
        settings = msgspec.structs.replace(settings, database=request.getfixturevalue("postgres_url"))
    async with site_of(settings) as site:
        await site.do(put("start", 1))
        turn, done = asyncio.Barrier(8), iter(range(8))

        async def change(session: Session) -> None:
            await turn.wait()
            session[f"key-{next(done)}"] = True
            session.flash("one")

        site.work = change
        await asyncio.gather(*(site.client.get("/") for _ in range(8)))
        assert await site.do(len) == 9
        assert await site.do(lambda session: len(session.flashes())) == 8


async def test_many_requests_of_several_processes_at_the_same_time_all_keep_their_changes(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    settings = msgspec.structs.replace(
        settings_of("database", tmp_path), database=request.getfixturevalue("postgres_url")
    )
    async with site_of(settings) as site, site_of(settings) as other:
        await site.do(put("start", 1))
        token, turn, done = str(site.cookie), asyncio.Barrier(60), iter(range(60))

        async def change(session: Session) -> None:
            await turn.wait()
            session[f"key-{next(done)}"] = True

        site.work = other.work = change
        clients = [site.client, other.client] * 30
        answers = await asyncio.gather(*(client.get("/", cookies={"session": token}) for client in clients))
        assert {answer.status_code for answer in answers} == {200}
        assert await site.do(len) == 61


class Changing(MemoryStore):
    """A store in which somebody else always was there a moment before."""

    async def set(self, key: str, value: bytes, *, lasts: float, version: int | None = None) -> bool:
        return False if version else await super().set(key, value, lasts=lasts)


async def test_a_session_that_others_always_change_first_is_for_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keepers, "LONGEST_PAUSE", 0.0)
    keeper = keepers.StoreKeeper(Changing(), SessionOptions())
    state = State()
    state.set("n", 1)
    token = await keeper.keep(state)
    state = await keeper.load(token)
    state.set("n", 2)
    with pytest.raises(SerializationError) as refused:
        await keeper.keep(state)
    assert str(refused.value).startswith(
        "[U604] A session could not be written in 25 attempts: other processes changed"
    )
    assert refused.value.to_http().status == 503


@pytest.mark.parametrize("kind", ["memory", "database"])
@pytest.mark.parametrize("rotates", [False, True])
async def test_a_change_does_not_bring_back_what_was_signed_out_meanwhile(
    kind: str, rotates: bool, tmp_path: Path
) -> None:
    async with site_of(settings_of(kind, tmp_path)) as site:
        await site.do(put("user", 7))
        token = str(site.cookie)
        first, second = asyncio.Event(), asyncio.Event()

        async def late(session: Session) -> None:
            session["n"] = 1
            if rotates:  # a token of its own would outlive the sign-out
                session.rotate()
            first.set()
            await second.wait()

        site.work = late
        waiting = asyncio.create_task(site.client.get("/", cookies={"session": token}))
        await first.wait()
        await site.do(lambda session: session.clear())
        second.set()
        answer = await waiting
        assert "set-cookie" not in answer.headers
        assert await site.do(list, cookies={"session": token}) == []


async def test_a_rotation_keeps_what_other_requests_changed_meanwhile(tmp_path: Path) -> None:
    async with site_of(settings_of("database", tmp_path)) as site:
        await site.do(put("user", 7))
        token = str(site.cookie)
        first, second = asyncio.Event(), asyncio.Event()

        async def late(session: Session) -> None:
            session.rotate()
            session["n"] = 1
            first.set()
            await second.wait()

        site.work = late
        waiting = asyncio.create_task(site.client.get("/", cookies={"session": token}))
        await first.wait()
        await site.do(put("cart", {"items": [5]}), cookies={"session": token})
        second.set()
        new = (await waiting).headers["set-cookie"].partition("=")[2].partition(";")[0]
        kept = await site.do(lambda session: {key: session[key] for key in session}, cookies={"session": new})
        assert kept == {"user": 7, "cart": {"items": [5]}, "n": 1}
