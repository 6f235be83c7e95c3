"""Sessions, by requests to an application: what they keep, when a cookie is set, when they end."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rooftree import Settings, UsageError
from rooftree.base import MemoryStore
from rooftree.sessions import Flash, Session
from rooftree.testing import Client
from tests.unit.sessions.site import Site, Visit, put, settings_of, site_of

# ---- what is kept


async def test_nothing_is_sent_until_something_is_kept(settings: Settings) -> None:
    async with site_of(settings) as site:
        await site.do(lambda session: session.get("n"))
        assert "set-cookie" not in site.last.headers
        assert "vary" not in site.last.headers
        await site.do(put("n", 1))
        assert site.last.headers["set-cookie"].startswith("session=")
        assert "HttpOnly; SameSite=Lax" in site.last.headers["set-cookie"]
        assert site.last.headers["cache-control"] == "private"
        assert site.last.headers["vary"] == "cookie"
        assert await site.do(lambda session: session["n"]) == 1
        assert "set-cookie" not in site.last.headers
        assert site.last.headers["cache-control"] == "private"
        assert "cache-control" not in (await site.client.get("/plain")).headers


async def test_values_come_back_with_their_types(settings: Settings) -> None:
    async with site_of(settings) as site:
        moment = datetime(2026, 11, 27, tzinfo=UTC)

        def write(session: Visit) -> None:
            session.cart.items.append(3)  # changed in place
            session.seen = {1, 2}
            session.since = moment
            session["list"] = [1]

        await site.do(write)

        def read(session: Visit) -> list[Any]:
            session["list"].append(2)
            return [
                session.cart.items, sorted(session.seen), session.since == moment, session.name,
                session.get("since", datetime) == moment, session.get("since", int), session.get("none", int, 7),
                sorted(session), len(session), "list" in session, "none" in session, bool(session),
            ]  # fmt: skip

        assert await site.do(read) == [
            [3], [1, 2], True, None, True, None, 7, ["cart", "list", "seen", "since"], 4, True, False, True,
        ]  # fmt: skip
        assert await site.do(lambda session: session["list"]) == [1, 2]
        assert await site.do(lambda session: session.pop("list")) == [1, 2]
        assert await site.do(lambda session: session.get("list")) is None

        def remove(session: Visit) -> None:
            del session.seen
            del session["cart"]
            for missing in (lambda: session["none"], lambda: session.__delitem__("none")):
                with pytest.raises(KeyError, match="none"):
                    missing()

        await site.do(remove)
        assert await site.do(list) == ["since"]


async def test_a_default_is_nobody_elses(settings: Settings) -> None:
    async with site_of(settings) as one:
        await one.do(lambda session: session.cart.items.append(1))
        one.client.cookies.clear()
        assert await one.do(lambda session: session.cart.items) == []
        assert "set-cookie" not in one.last.headers


async def test_a_declared_value_without_default_is_asked_for_in_vain(settings: Settings) -> None:
    async with site_of(settings) as site:

        def read(session: Visit) -> None:
            with pytest.raises(AttributeError, match="The session has no 'since', and Visit gives no default"):
                _ = session.since

        await site.do(read)


def test_a_name_of_session_itself_cannot_be_declared() -> None:
    with pytest.raises(UsageError, match=r"\[U605\] .*Wrong declares 'flash', which is a name of Session itself"):
        type("Wrong", (Session,), {"__annotations__": {"flash": str}})


@pytest.mark.parametrize(
    ("value", "kind"), [(object(), "object"), (2**70, "int"), ("\ud800", "str"), ([[2**70]], "list")]
)
async def test_what_cannot_be_kept_is_refused_at_once(settings: Settings, value: Any, kind: str) -> None:
    async with site_of(settings) as site:

        def write(session: Visit) -> None:
            with pytest.raises(UsageError, match=rf"\[U603\] The session cannot keep 'x', which is of the type {kind}"):
                session["x"] = value

        await site.do(write)


async def test_what_is_put_into_a_list_later_is_named_too(settings: Settings) -> None:
    async with site_of(settings) as site:
        await site.do(put("list", [1]))
        with pytest.raises(UsageError, match=r"\[U603\] The session cannot keep 'list', which is of the type list"):
            await site.do(lambda session: session["list"].append(object()))


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (
            "cookie",
            r"\[U601\] The session has \d+ characters as a cookie, and browsers keep at most 3900; ",
        ),
        ("memory", r"\[U601\] The session has \d+ bytes, and at most 65536 are kept; the largest value is 'big'"),
    ],
)
async def test_what_is_too_large_is_said(kind: str, text: str, tmp_path: Path) -> None:
    async with site_of(settings_of(kind, tmp_path)) as site:
        with pytest.raises(UsageError, match=text):
            await site.do(put("big", "x" * 70_000))


async def test_an_error_of_the_handler_keeps_nothing(settings: Settings) -> None:
    site = Site(settings)
    site.client = Client(site.app, raise_errors=False)

    def fail(session: Session) -> None:
        session["n"] = 2
        raise RuntimeError("failed")

    async with site.client:
        await site.do(put("n", 1))
        site.work = fail
        assert (await site.client.get("/")).status_code == 500
        assert await site.do(lambda session: session["n"]) == 1


# ---- flash messages


async def test_messages_are_shown_once(settings: Settings) -> None:
    async with site_of(settings) as site:

        def two(session: Session) -> None:
            session.flash("<b>Saved</b>", "success")
            session.flash("Then this.")

        await site.do(two)
        assert await site.do(len) == 0
        shown = await site.do(lambda session: session.flashes())
        assert [msgspec.convert(one, Flash) for one in shown] == [Flash("<b>Saved</b>", "success"), Flash("Then this.")]
        assert await site.do(lambda session: session.flashes()) == []


async def test_messages_that_nobody_looks_at_do_not_pile_up(tmp_path: Path) -> None:
    async with site_of(settings_of("memory", tmp_path)) as site:

        def many(session: Session) -> None:
            for number in range(50):
                session.flash(str(number))

        await site.do(many)
        shown = await site.do(lambda session: [flash.text for flash in session.flashes()])
        assert shown == [str(number) for number in range(30, 50)]


# ---- its life


class NotedStore(MemoryStore):
    """Notes for how long something was kept last."""

    lasts = 0.0

    async def set(self, key: str, value: bytes, *, lasts: float, version: int | None = None) -> bool:
        self.lasts = lasts
        return await super().set(key, value, lasts=lasts, version=version)


async def test_what_holds_only_messages_is_kept_for_an_hour(tmp_path: Path) -> None:
    async with site_of(settings_of("memory", tmp_path)) as site:
        site.app.sessions.keep_in(store := NotedStore())
        await site.do(lambda visit: visit.flash("Sent."))
        assert store.lasts == 3600
        await site.do(put("name", "ann"))
        assert store.lasts > 24 * 3600, "now it holds something"
        assert await site.do(lambda visit: [flash.text for flash in visit.flashes()]) == ["Sent."]
        assert store.lasts > 24 * 3600
        await site.do(lambda visit: visit.pop("name"))
        assert store.lasts == 3600, "nothing is left of it"


async def test_rotation_leaves_the_old_token_worthless(tmp_path: Path) -> None:
    for kind in ("database", "memory"):
        async with site_of(settings_of(kind, tmp_path)) as site:
            await site.do(put("user", 7))
            old = site.cookie
            await site.do(lambda session: session.rotate())
            assert site.cookie not in {old, None}
            assert await site.do(lambda session: session["user"]) == 7
            new = site.cookie
            # a request that was under way with the old one writes nothing, and sets no cookie over the new one
            site.client.cookies.clear()
            assert await site.do(put("user", 8), cookies={"session": str(old)}) is None
            assert "set-cookie" not in site.last.headers
            assert await site.do(lambda session: session["user"], cookies={"session": str(new)}) == 7


async def test_signing_out_ends_it_everywhere(tmp_path: Path) -> None:
    async with site_of(settings_of("database", tmp_path)) as site:
        await site.do(put("user", 7))
        old = str(site.cookie)
        await site.do(lambda session: session.clear())
        assert site.cookie is None
        assert "session=; Max-Age=0" in site.last.headers["set-cookie"]
        assert await site.do(lambda session: session.get("user"), cookies={"session": old}) is None


async def test_what_is_kept_after_clearing_begins_a_new_one(settings: Settings) -> None:
    async with site_of(settings) as site:
        await site.do(put("user", 7))
        old = site.cookie

        def again(session: Session) -> None:
            session.clear()
            session.flash("Good-bye")

        await site.do(again)
        assert site.cookie not in {old, None}
        assert await site.do(lambda session: [session.get("user"), len(session.flashes())]) == [None, 1]


async def test_it_ends_after_idleness_and_in_any_case(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    now, moved = time.time, [0.0]
    monkeypatch.setattr(time, "time", lambda: now() + moved[0])
    monkeypatch.setattr(time, "monotonic", lambda: now() + moved[0])
    day = 24 * 3600
    async with site_of(settings) as site:
        await site.do(put("n", 1))
        moved[0] = 2 * day  # a visit renews it
        assert await site.do(lambda session: session.get("n")) == 1
        assert "Max-Age=1209600" in site.last.headers["set-cookie"]
        moved[0] = 15 * day
        assert await site.do(lambda session: session.get("n")) == 1
        kept = site.cookie
        moved[0] = 15 * day + 14 * day + 10
        assert await site.do(lambda session: session.get("n"), cookies={"session": str(kept)}) is None
        assert "Max-Age=0" in site.last.headers["set-cookie"]
        # and with a visit every ten days
        moved[0] = 0
        site.client.cookies.clear()
        await site.do(put("n", 1))
        for days in range(10, 90, 10):
            moved[0] = days * day
            assert await site.do(lambda session: session.get("n")) == 1, days
        kept = site.cookie
        moved[0] = 90 * day + 10
        assert await site.do(lambda session: session.get("n"), cookies={"session": str(kept)}) is None
