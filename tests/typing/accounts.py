"""What type checkers make of accounts and policies."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import assert_type

from rooftree import Accounts, ApiKey, App, Col, Condition, Model, Ref, Request, UserMixin, col, permission, ref, staff
from rooftree.binding import Requirement
from rooftree.db import Query
from rooftree.testing import Client


class User(UserMixin, Model, table="typed_users"):
    name: Col[str] = col(default="")


class Order(Model, table="typed_orders"):
    owner: Ref[User] = ref()
    total: Col[int] = col(default=0)


app = App()
accounts = Accounts(User)
app.use(accounts)


@app.policy(Order, "view")
def own(user: User) -> Condition:
    return Order.owner.is_(user)


async def users(request: Request, client: Client) -> None:
    assert_type(accounts, Accounts[User])
    assert_type(await accounts.user(request), User | None)
    assert_type(await accounts.needed(request), User)
    assert_type(await accounts.find("a@example.org"), User | None)
    user = await accounts.create(email="a@example.org", password="x", name="A")
    assert_type(user, User)
    assert_type(user.email, str)
    assert_type(await user.can("change", Order), bool)
    assert_type(await accounts.authenticate(request, "a", "b"), User)
    assert_type(await accounts.issue_key(user, expires=timedelta(days=1)), tuple[ApiKey, str])
    assert_type(permission(Order, "change") | staff, Requirement)
    await client.sign_in(user)
    await accounts.sign_in(request, "ann")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def rows(user: User) -> AsyncIterator[Order]:
    _ = assert_type(Order.scoped(user), Query[Order])
    assert_type(await Order.scoped(user), list[Order])
    assert_type(await Order.unscoped("why").where(Order.total > 1).count(), int)
    assert_type(await Order.scoped(user).get(1), Order)
    assert_type(await Order.scoped(user).get_or_404(1), Order)
    assert_type(await Order.scoped(user).get_or_create(total=1), tuple[Order, bool])
    assert_type(await Order.unscoped("why").upsert(Order(owner=user), on=[Order.id]), list[Order])
    await Order.scoped(user, "look")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    async for order in Order.scoped(user):
        yield order
