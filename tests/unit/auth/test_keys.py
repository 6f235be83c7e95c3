"""API keys: what they let in, and what they do not."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from rooftree import Accounts, Page, TemplateOptions, UsageError, render
from rooftree.auth.keys import Presented, fits, hash_of, make_key
from rooftree.db import create_tables, now
from rooftree.testing import Client
from tests.unit.auth.site import PASSWORD, User, make_app, opened


def bearer(text: str) -> dict[str, str]:
    return {"authorization": f"Bearer {text}"}


async def test_a_key_acts_as_its_user() -> None:
    async with opened() as (client, accounts):
        ann = await accounts.create(email="ann@example.org", staff=True)
        key, text = await accounts.issue_key(ann, name="export", expires=timedelta(days=1))
        assert text.startswith(f"rt_{key.prefix}_")
        assert (await client.get("/me", headers=bearer(text))).json() == {"email": "ann@example.org"}
        assert (await client.get("/staff", headers=bearer(text))).text == "staff"
        changed = {**bearer(text), "sec-fetch-site": "cross-site"}
        assert (await client.post("/change", headers=bearer(text))).text == "changed"
        assert (await client.post("/change", headers=changed)).status_code == 403  # a browser of another site says so
        assert (await client.get("/me", headers={"authorization": f"bEaReR   {text} "})).status_code == 200
        assert (await client.get("/me")).status_code == 401
        (kept,) = await accounts.keys_of(ann)
        assert (kept.name, kept.revoked) == ("export", False)
        assert text.rpartition("_")[2].encode() not in kept.secret_hash
        assert "secret" not in repr(kept)
        assert kept.last_used is not None


async def test_the_last_use_is_written_rarely() -> None:
    async with opened() as (client, accounts):
        ann = await accounts.create(email="ann@example.org")
        key, text = await accounts.issue_key(ann)
        table = accounts.tables.key
        assert key.expires_at is None
        used: list[datetime | None] = []
        for before in (None, now() - timedelta(minutes=2), now() - timedelta(minutes=9)):
            await table.where(table.id == key.id).update(last_used=before)
            await client.get("/me", headers=bearer(text))
            used.append((await table.get(key.id)).last_used)
            if before is not None:
                assert (used[-1] == before) is (now() - before < timedelta(minutes=5))
        assert None not in used


async def test_what_is_no_good_key(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "rooftree.auth")
    async with opened() as (client, accounts):
        ann = await accounts.create(email="ann@example.org")
        bob = await accounts.create(email="bob@example.org", active=False)
        _, text = await accounts.issue_key(ann)
        _, ended = await accounts.issue_key(ann, expires=datetime(2020, 1, 1, tzinfo=UTC))
        revoked, old = await accounts.issue_key(ann)
        await accounts.revoke_key(revoked)
        _, inactive = await accounts.issue_key(bob)
        await client.sign_in(ann)
        for wrong in (
            ended, old, inactive, text[:-1], text + "x", text.replace("rt_", "rt_x"), "rt_", "rt__", "rt_" + "x" * 500,
            text.upper().replace("RT_", "rt_"), f"rt_{make_key().prefix}_{make_key().secret}", "rt_ä_ö", text + "\x00",
        ):  # fmt: skip
            odd: Any = {"authorization": f"Bearer {wrong}".encode("latin-1")}
            refused = await client.get("/maybe", headers=odd)
            assert refused.status_code == 401, wrong
            assert refused.headers["www-authenticate"] == 'Bearer error="invalid_token"'
        # two of them: what stands before the application may have read the other one
        twice: Any = [("authorization", f"Bearer {text}"), ("authorization", "Basic eDp5")]
        assert (await client.request("GET", "/me", headers=twice)).status_code == 401
        # no key of ours: the session counts
        for other in ("Bearer eyJhbGciOi", "Basic eDp5", f"Token {text}", "Bearer"):
            assert (await client.get("/me", headers={"authorization": other})).status_code == 200
        assert text not in caplog.text
        assert text.rpartition("_")[2] not in caplog.text


async def test_a_key_goes_before_a_session() -> None:
    async with opened() as (client, accounts):
        ann = await accounts.create(email="ann@example.org")
        bob = await accounts.create(email="bob@example.org")
        _, text = await accounts.issue_key(bob)
        await client.sign_in(ann)
        assert (await client.get("/me", headers=bearer(text))).json() == {"email": "bob@example.org"}
        assert (await client.get("/me")).json() == {"email": "ann@example.org"}
        async with client.websocket("/socket", headers=bearer(text)) as socket:
            assert await socket.receive() == "bob@example.org"


async def test_guessing_is_slowed_down() -> None:
    async with opened(options={"by_address": "3/minute"}) as (client, accounts):
        ann = await accounts.create(email="ann@example.org", password=PASSWORD)
        _, text = await accounts.issue_key(ann)
        statuses = [(await client.get("/me", headers=bearer(f"rt_abcdefghij_{n}"))).status_code for n in range(5)]
        assert statuses == [401, 401, 401, 429, 429]
        assert (await client.get("/me", headers=bearer(text))).status_code == 200


async def test_the_page_of_a_refusal_names_the_user(tmp_path: Path) -> None:
    (tmp_path / "error.html").write_text("{{ error.status }} {{ user.email if user else 'nobody' }}", encoding="utf-8")
    folder = TemplateOptions(folder=str(tmp_path))
    async with opened(options={"by_address": "3/minute"}, templates=folder) as (client, accounts):
        for path, status in (("/me", 401), ("/nowhere", 404), ("/me", 401), ("/nowhere", 404)):  # one guess each
            page = await client.get(path, headers={**bearer("rt_abcdefghij_x"), "accept": "text/html"})
            assert (page.status_code, page.text) == (status, f"{status} nobody")
        assert (await client.get("/me", headers=bearer("rt_abcdefghij_x"))).status_code == 429
        await client.sign_in(await accounts.create(email="ann@example.org"))
        page = await client.get("/nowhere", headers={"accept": "text/html"})
        assert page.text == "404 ann@example.org"


async def test_another_page_that_names_the_user_is_refused(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("{{ user.email if user else 'nobody' }}", encoding="utf-8")
    app, accounts = make_app(templates=TemplateOptions(folder=str(tmp_path)))

    @app.get("/page")
    async def page() -> Page:
        return render("page.html")

    async with Client(app) as client:
        await create_tables(*accounts.models)
        assert (await client.get("/page")).text == "nobody"
        assert (await client.get("/page", headers=bearer("rt_abcdefghij_x"))).status_code == 401


async def test_keys_are_off_where_they_are_not_wanted() -> None:
    async with opened(options={"api_keys": False}) as (client, accounts):
        ann = await accounts.create(email="ann@example.org")
        _, text = await accounts.issue_key(ann)
        assert (await client.get("/me", headers=bearer(text))).status_code == 401
        assert list(accounts.schemes) == ["session"]


async def test_a_new_secret_key_takes_keys_of_the_old_one() -> None:
    async with opened(database="sqlite://") as (_, accounts):
        old, new = accounts.app.keys.derive("api-key")[0], b"n" * 32
        made = make_key()
        assert fits(made, hash_of(made, old), [new, old])
        assert not fits(made, hash_of(made, old), [new])
        assert not fits(Presented(made.prefix, made.secret + "x"), hash_of(made, old), [new, old])
        assert accounts.schemes == {
            "session": {"type": "apiKey", "in": "cookie", "name": "session"},
            "key": {"type": "http", "scheme": "bearer", "description": "An API key: `rt_...`."},
        }


async def test_accounts_of_no_application_issue_none() -> None:
    accounts = Accounts(User)
    with pytest.raises(UsageError, match=r"\[U709\]"):
        await accounts.issue_key(User(email="a@example.org"))
