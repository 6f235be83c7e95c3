"""The example of accounts does what its page says."""

from __future__ import annotations

from rooftree.db import create_tables
from rooftree.testing import Client
from tests.docs.test_examples import load


async def test_accounts() -> None:
    module = load("docs/examples/accounts/app")
    async with Client(module.app) as client:
        await create_tables(*module.accounts.models, module.Product, module.Order)
        await module.first_users()
        page = {"accept": "text/html"}
        assert (await client.get("/")).text == "Hello!"
        assert (await client.get("/profile", headers=page)).headers["location"] == "/sign-in?next=/profile"
        form = {"email": "Ann@example.org", "password": "a good long password", "next": "/profile"}
        assert (await client.post("/sign-in", data=form)).headers["location"] == "/profile"
        assert (await client.get("/")).text == "Hello, Ann!"
        assert '<a href="/sign-out">Sign out</a>' in (await client.get("/profile")).text
        assert (await client.get("/office/products")).status_code == 403
        ann = await module.accounts.find("ann@example.org")
        await module.accounts.grant(ann, module.Product, "change")
        assert (await client.get("/office/products")).text == "Every product."
        assert (await client.get("/wine")).text == "Red, white, orange."
        async with client.websocket("/news") as news:
            assert await news.receive() == "Nothing new, Ann."
        assert (await client.post("/password", data={"password": "short"})).status_code == 422
        assert (await client.post("/password", data={"password": "another good one"})).status_code == 303
        tim = await module.accounts.create(email="tim@example.org", name="Tim")
        await client.sign_in(tim)
        assert (await client.get("/wine")).status_code == 403
        await module.Order.create(customer=tim, total=5)
        await module.Order.create(customer=ann, total=7)
        assert (await client.get("/orders")).json() == [1]
        assert (await client.get("/orders/1")).json() == {"total": 5}
        assert (await client.get("/orders/2")).status_code == 404
        await module.accounts.grant(tim, module.Order, "change")
        assert (await client.get("/orders")).json() == [1, 2]
        assert (await client.get("/orders/2")).json() == {"total": 7}
        assert await module.report() == 2
        client.cookies.clear()
        new = {"_form": "sign-up", "email": "Eve@example.org", "name": "Eve", "password": "a good long password"}
        assert (await client.post("/sign-up", data=new | {"password": "short"})).status_code == 422
        taken = await client.post("/sign-up", data=new | {"email": "ANN@example.org"})
        assert (taken.status_code, "This address has an account already." in taken.text) == (422, True)
        assert (await client.post("/sign-up", data=new)).headers["location"] == "/"
        assert (await client.get("/")).text == "Hello, Eve!"
        client.cookies.clear()
        text = (await module.new_key(tim)).partition(" ")[0]
        assert (await client.get("/orders/2", headers={"authorization": f"Bearer {text}"})).json() == {"total": 7}
