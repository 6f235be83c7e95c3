"""Resources of models with a policy: each verb sees what whoever asks may see, change or delete."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator
from typing import Any

from rooftree import Accounts, App, Col, Included, Model, Ref, Resource, Settings, UserMixin, col, ref, signed_in, staff
from rooftree.db import Condition, Input, Output, Query, create_tables, drop_tables
from rooftree.testing import Client


class Owner(UserMixin, Model, table="res_owners"):
    name: Col[str] = col(max_length=80, default="")


class Crate(Model, table="res_crates"):
    name: Col[str] = col(max_length=40)
    owner: Ref[Owner] = ref()


class Label(Model, table="res_labels"):
    text: Col[str] = col(max_length=40)
    crate: Ref[Crate] = ref()


class NewCrate(Input[Crate], fields=(Crate.name,)): ...


class CrateOut(Output[Crate], fields=(Crate.id, Crate.name)): ...


class NewLabel(Input[Label], fields=(Label.text, Label.crate)): ...


class LabelOut(Output[Label], fields=(Label.id, Label.text)):
    crate: Included[CrateOut]


class Crates(
    Resource[Crate, NewCrate, CrateOut], path="/crates", verb_requires={"create": signed_in, "delete": [staff]}
):
    async def create(self, data: NewCrate, user: Owner) -> Crate:
        return await Crate.create(**data.values(), owner=user)


class Shown(Resource[Crate, NewCrate, CrateOut], path="/shown", verbs=("list", "read", "update", "delete")):
    def rows(self, user: Owner) -> Query[Crate]:
        return Crate.scoped(user).where(Crate.name != "hidden")


class Labels(
    Resource[Label, NewLabel, LabelOut], path="/labels", filters=(Label.crate.name,), include=(Label.crate,)
): ...


class AnyCrate(Input[Crate], fields=(Crate.name, Crate.owner)): ...


class Free(Resource[Crate, AnyCrate, CrateOut], path="/free", verbs=("list", "create", "update", "replace")): ...


accounts = Accounts(Owner)


def owned(user: Owner) -> Condition:
    return Crate.owner.is_(user)


def published(user: Owner | None) -> Condition:
    return Crate.name == "open"


@contextlib.asynccontextmanager
async def opened(url: str) -> AsyncGenerator[tuple[Client, Owner, Owner]]:
    app = App(Settings(database=url, mode="test"))
    app.use(accounts)
    app.policy(Crate)(owned)
    app.policy(Crate, "view")(published)
    app.include(Crates, Shown, Labels, Free)
    models: tuple[Any, ...] = (*accounts.models, Crate, Label)
    async with Client(app) as client:
        with app.current():
            await drop_tables(*models)
            await create_tables(*models)
            ann = await accounts.create(email="ann@example.org", password="a good long password")
            bob = await accounts.create(email="bob@example.org", password="a good long password")
            for owner, name in ((ann, "a"), (ann, "hidden"), (bob, "b"), (bob, "open")):
                crate = await Crate.create(name=name, owner=owner)
                await Label.create(text=f"on {name}", crate=crate)
            yield client, ann, bob


async def names(client: Client, path: str) -> list[str]:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return [each.get("name") or each["text"] for each in answer.json()]


async def test_every_verb_goes_by_the_policy(url: str) -> None:
    async with opened(url) as (client, ann, _):
        assert await names(client, "/crates") == ["open"]
        assert (await client.post("/crates", json={"name": "x"})).status_code == 401
        await client.sign_in(ann)
        assert await names(client, "/crates") == ["a", "hidden", "open"]
        assert (await client.get("/crates?total=true")).headers["total-count"] == "3"
        assert (await client.get("/crates/3")).status_code == 404
        assert (await client.get("/crates/4")).status_code == 200
        # seen is not changed: only the rule about both lets that through
        for path in ("/crates", "/shown"):
            for key in (3, 4):
                assert (await client.patch(f"{path}/{key}", json={"name": "mine"})).status_code == 404
            assert (await client.patch(f"{path}/1", json={"name": "mine"})).status_code == 200
        assert (await client.put("/crates/4", json={"name": "mine"}, headers={"if-match": "*"})).status_code == 412
        assert (await client.delete("/crates/1")).status_code == 403
        assert (await client.delete("/shown/4")).status_code == 404
        assert await names(client, "/shown") == ["mine", "open"]
        assert (await client.post("/crates", json={"name": "new"})).headers["location"] == "/crates/5"
        assert await names(client, "/crates") == ["mine", "hidden", "open", "new"]


async def test_what_leads_to_a_policed_model(url: str) -> None:
    async with opened(url) as (client, ann, _):
        await client.sign_in(ann)
        assert await names(client, "/labels?include=crate") == ["on a", "on hidden", "on open"]
        assert await names(client, "/labels?crate.name=b") == []
        assert await names(client, "/labels?crate.name=a") == ["on a"]
        for method, path in (("post", "/labels"), ("patch", "/labels/1"), ("put", "/labels/1")):
            refused = await client.request(method, path, json={"text": "x", "crate": 3})
            assert refused.status_code == 422, refused.text
            (error,) = refused.json()["errors"]
            assert (error["pointer"], error["code"]) == ("#/crate", "no_such_row")
            assert (await client.request(method, path, json={"text": "x", "crate": 1})).is_success


async def test_keys_of_requests_are_each_users_own(url: str) -> None:
    async with opened(url) as (client, ann, bob):
        found: list[str] = []
        for user in (ann, bob, ann):
            await client.sign_in(user)
            answer = await client.post("/crates", json={"name": "k"}, headers={"idempotency-key": '"k"'})
            found.append(answer.headers["location"])
        assert found == ["/crates/5", "/crates/6", "/crates/5"]


async def test_what_is_written_has_to_be_theirs(url: str) -> None:
    async with opened(url) as (client, ann, bob):
        await client.sign_in(ann)
        body = {"name": "gift", "owner": bob.id}
        for method, path in (("post", "/free"), ("patch", "/free/1"), ("put", "/free/1")):
            headers = {"idempotency-key": '"gift"'} if method == "post" else {"if-match": "*"}
            refused = await client.request(method, path, json=body, headers=headers)
            assert (refused.status_code, refused.headers["content-type"]) == (403, "application/problem+json")
            assert refused.json()["detail"].startswith("This is not yours: it cannot be ")
        for user, theirs in ((ann, ["a", "hidden"]), (bob, ["b", "open"])):
            assert [crate.name for crate in await Crate.scoped(user, "change").order_by(Crate.id)] == theirs
        # the key of the refused request is free again
        made = await client.post("/free", json={"name": "mine", "owner": ann.id}, headers={"idempotency-key": '"gift"'})
        assert (made.status_code, made.headers.get("idempotency-replayed")) == (201, None)
        assert (await client.patch(made.headers["location"], json={"name": "still mine"})).status_code == 200
