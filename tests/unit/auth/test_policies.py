"""Policies: what a model that has one answers to whom, and that nothing leads around them."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Any

import pytest

from rooftree import (
    Accounts,
    App,
    Col,
    Condition,
    Find,
    Found,
    HandlerError,
    Many,
    Model,
    ModelForm,
    NotFound,
    PolicyError,
    Ref,
    RowRefused,
    Settings,
    UniqueError,
    UsageError,
    UserMixin,
    col,
    count,
    field,
    many,
    max_,
    ref,
)
from rooftree.db import Derived, DoesNotExist, core, create_tables, drop_tables, outer
from rooftree.testing import Client
from tests.unit.auth.site import SETTINGS


class Owner(UserMixin, Model, table="policy_users"):
    orders: Many[Order] = many(by="owner")


class Order(Model, table="policy_orders"):
    owner: Ref[Owner] = ref()
    number: Col[int] = col(unique=True)
    total: Col[int] = col(default=0)
    deleted_at: Col[datetime | None] = col(default=None, role="deleted")
    lines: Many[Line] = many(by="order")
    tags: Many[Tag] = many()


class Line(Model, table="policy_lines"):
    order: Ref[Order] = ref(on_delete="cascade")
    text: Col[str] = col()


class Tag(Model, table="policy_tags"):
    name: Col[str] = col()
    orders: Many[Order] = many(by="tags")


class Note(Model, table="policy_notes"):
    order: Ref[Order | None] = ref()
    text: Col[str] = col()


class NoteForm(ModelForm[Note], fields=(Note.order, Note.text)): ...


class OrderForm(ModelForm[Order], fields=(Order.number,)): ...


class GiftForm(ModelForm[Order], fields=(Order.number, Order.owner)): ...


class TagForm(ModelForm[Tag], fields=(Tag.name, Tag.orders)): ...


class OrdersForm(ModelForm[Owner], fields=(Owner.orders,)):
    orders = field(fields=(Order.number,))


def make_app(url: str) -> tuple[App, Accounts[Owner]]:
    given: dict[str, Any] = {**SETTINGS, "database": url}
    app = App(Settings(**given))
    accounts = Accounts(Owner)
    app.use(accounts)

    @app.policy(Order)
    def own_orders(user: Owner) -> Condition:
        return Order.owner.is_(user)

    @app.policy(Order, "view")
    async def orders_of_staff(user: Owner) -> bool:
        return await user.can("view", Order)

    @app.get("/orders/{order}")
    async def show(order: Found[Order]) -> int:
        return order.number

    @app.post("/orders/{order}")
    async def change(order: Found[Order]) -> int:
        return order.number

    @app.post("/orders/{order}/look")
    async def look(order: Annotated[Order, Find(action="view", include=[Order.lines])]) -> int:
        return len(order.lines)

    @app.get("/notes/{note}")
    async def note(note: Annotated[Note, Find(include=[Note.order])]) -> str:
        return note.text

    @app.form("/note")
    async def new_note(form: NoteForm) -> str:
        saved = await form.save()
        return str(form["order"]) if saved is None else "saved"

    @app.form("/order")
    async def new_order(form: OrderForm, user: Owner) -> str:
        saved = await form.save(owner=user)
        return "saved" if saved is not None else " ".join(str(text) for _field, _name, text in form.faults)

    @app.form("/gift")
    @app.form("/gift/{order}")
    async def gift(form: GiftForm, order: Found[Order] | None = None) -> str:
        saved = await form.bind(order).save()
        return "saved" if saved is not None else " ".join(str(text) for _field, _name, text in form.faults)

    @app.form("/tag/{tag}")
    async def tag(form: TagForm, tag: Found[Tag]) -> str:
        return str(form["orders"]) if await form.bind(tag).save() is None else "saved"

    @app.form("/owner/{owner}")
    async def rows(form: OrdersForm, owner: Found[Owner]) -> str:
        return str(form["orders"]) if await form.bind(owner).save() is None else "saved"

    return app, accounts


@asynccontextmanager
async def opened(url: str = "sqlite://") -> AsyncGenerator[tuple[Client, Accounts[Owner], Owner, Owner]]:
    """Ann has the orders 1 and 2, Bob has 3; each order has a line, a note and a tag of its own."""
    app, accounts = make_app(url)
    async with Client(app) as client:
        await drop_tables(*accounts.models, Order, Line, Tag, Note)
        await create_tables(*accounts.models, Order, Line, Tag, Note)
        ann, bob = await accounts.create(email="ann@example.org"), await accounts.create(email="bob@example.org")
        for number, owner in ((1, ann), (2, ann), (3, bob)):
            order = await Order.create(owner=owner, number=number, total=number * 10)
            tag = await Tag.create(name=f"tag {number}")
            await Order.tags.add(order, tag)
            await Line.create(order=order, text=f"line {number}")
            await Note.create(order=order, text=f"note {number}")
        await Note.create(text="note of none", order=None)
        yield client, accounts, ann, bob


def numbers(orders: list[Order]) -> list[int]:
    return sorted(order.number for order in orders)


async def test_a_model_with_a_policy_is_asked_for_somebody(url: str) -> None:
    async with opened(url) as (_, _, ann, bob):
        assert numbers(await Order.scoped(ann)) == [1, 2]
        assert numbers(await Order.scoped(bob)) == [3]
        assert numbers(await Order.scoped(None)) == []
        assert numbers(await Order.unscoped("a test")) == [1, 2, 3]
        assert numbers(await Order.scoped(ann).where(Order.total > 10)) == [2]
        assert numbers(await Order.where(Order.total > 10).scoped(ann)) == [2]
        assert numbers([order async for order in Order.scoped(ann)]) == [1, 2]
        assert await Order.scoped(ann).count() == 2
        assert not await Order.scoped(bob).where(Order.number == 1).exists()
        assert await Order.scoped(ann).values(max_(Order.total)) == [20]
        assert await Order.scoped(bob).select(Order.owner.email, count()).group_by(Order.owner.email) == [
            ("bob@example.org", 1)
        ]
        page = await Order.scoped(ann).order_by(Order.number).page(2, size=1)
        assert (numbers(page.items), page.total) == ([2], 2)
        cursor = await Order.scoped(ann).order_by(Order.number).cursor_page(size=1)
        assert cursor.next is not None
        assert numbers((await Order.scoped(ann).order_by(Order.number).cursor_page(cursor.next, size=5)).items) == [2]
        assert list(await Order.scoped(ann).in_bulk([1, 2, 3])) == [1, 2]
        assert (await Order.scoped(ann).first()) is not None
        assert (await Order.scoped(bob).one()).number == 3
        assert (await Order.scoped(ann).get(1)).number == 1
        with pytest.raises(DoesNotExist):
            await Order.scoped(bob).get(1)
        for key in (1, 10**40):
            with pytest.raises(NotFound):
                await Order.scoped(bob).get_or_404(key)
        assert "owner_id" in Order.scoped(ann).text("postgresql").partition("WHERE")[2]
        assert "owner_id" not in Order.unscoped("to read").text("sqlite").partition("WHERE")[2]
        assert await Order.scoped(ann).explain()


WITHOUT: dict[str, Any] = {
    "all": Order.all,
    "where": lambda: Order.where(Order.number == 1),
    "get": lambda: Order.get(1),
    "get_or_404": lambda: Order.get_or_404(1),
    "get with a relation": lambda: Order.get(1).include(Order.owner),
    "first": Order.first,
    "one": lambda: Order.one(Order.number == 1),
    "count": Order.count,
    "exists": Order.exists,
    "in_bulk": lambda: Order.in_bulk([1]),
    "select": lambda: Order.select(Order.number),
    "values": lambda: Order.values(max_(Order.total)),
    "page": lambda: Order.all().page(1, size=1),
    "cursor_page": lambda: Order.all().order_by(Order.number).cursor_page(size=1),
    "update": lambda: Order.where(Order.number == 1).update(total=0),
    "update returning": lambda: Order.where(Order.number == 1).update(total=0).returning(Order.number),
    "delete": lambda: Order.where(Order.number == 1).delete(),
    "hard delete": lambda: Order.where(Order.number == 1).delete(hard=True),
    "explain": lambda: Order.all().explain(),
    "the many of one": lambda: Owner.orders.of(1),
    "a union": lambda: Order.unscoped("a").union(Order.all()),
    "a union of the other": lambda: Order.all().union(Order.unscoped("a")),
    "reached by a filter": lambda: Line.where(Line.order.total > 10),
    "reached by a negated filter": lambda: Line.where(~(Line.order.total > 10)),
    "reached by an order": lambda: Line.all().order_by(Line.order.total),
    "reached by a column": lambda: Line.select(Line.order.total),
    "reached by a group": lambda: Line.select(count()).group_by(Line.order.total),
    "reached by a having": lambda: Line.select(count()).group_by(Line.text).having(max_(Line.order.total) > 1),
    "reached by two steps": lambda: Line.where(Line.order.owner.email == "x"),
    "counted by a filter": lambda: Line.count(Line.order.total > 10),
    "an include of one": lambda: Line.all().include(Line.order),
    "an include behind it": lambda: Line.all().include(Line.order.owner),
    "an include of many": lambda: Tag.all().include(Tag.orders),
    "an include of many of one": lambda: Owner.all().include(Owner.orders.where(Order.total > 1)),
    "any": lambda: Owner.where(Owner.orders.any()),
    "none": lambda: Owner.where(Owner.orders.none(Order.total > 1)),
    "a number": lambda: Owner.select(Owner.orders.count()),
    "any behind a path": lambda: Note.where(Note.order.lines.any()),
    "a sub-query": lambda: Owner.where(Owner.id.in_(Order.values(Order.owner.id))),
    "a sub-query of an unscoped query": lambda: (
        Owner.unscoped("a").where(Owner.id.in_(Order.values(Order.owner.id)))
    ),
    "a scalar": lambda: Owner.select(Order.values(max_(Order.total)).as_scalar()),
    "a sub-query of existence": lambda: Owner.where(Order.where(Order.owner.id == outer(Owner.id)).as_exists()),
    "a join": lambda: Owner.all().join(Order, Order.owner.id == Owner.id),
    "a join of a query": lambda: Owner.all().join(Order.where(Order.total > 1), Order.owner.id == Owner.id, outer=True),
    "a derived": lambda: Total.of(Order.select(Order.owner.id, max_(Order.total)).group_by(Order.owner.id)),
    "an assignment": lambda: Note.all().update(text=Note.order.owner.email),
    "what comes back": lambda: Line.all().update(text="x").returning(Line.order.total),
    "an assignment of a sub-query": lambda: Tag.all().update(name=Order.values(max_(Order.owner.email)).as_scalar()),
}  # fmt: skip


class Total(Derived):
    owner: Ref[Owner]
    most: Col[int] = col()


@pytest.mark.parametrize("name", WITHOUT)
async def test_anything_else_raises(name: str) -> None:
    async with opened():
        with pytest.raises(PolicyError) as raised:
            await WITHOUT[name]()
        assert raised.value.code in {"Q601", "Q602"}
        assert "Order" in raised.value.fact
        assert numbers(await Order.unscoped("nothing was changed")) == [1, 2, 3]


async def test_streams_text_and_writes_by_values_raise_too() -> None:
    async with opened() as (_, _, ann, _):
        with pytest.raises(
            PolicyError, match=r"\[Q601\] Order has a policy, and was asked for without saying for whom\."
        ):
            async for _ in Order.all():
                pass
        with pytest.raises(PolicyError):
            Order.all().text("sqlite")
        with pytest.raises(PolicyError, match=r"\[Q603\] Order\.get_or_create\(\) looks for rows whoever"):
            await Order.get_or_create(number=1)
        with pytest.raises(PolicyError, match=r"\[Q603\]"):
            await Order.upsert(Order(owner=ann, number=1), on=[Order.number])
        with pytest.raises(PolicyError, match=r"\[Q604\] The links Order\.tags of 3 were changed"):
            await Order.tags.add(3, 1)
        with pytest.raises(UsageError, match=r"\[Q611\]"):
            await Order.scoped(ann).upsert(Order(owner=ann, number=1), on=[Order.number])
        with pytest.raises(UsageError, match=r"\[Q161\]"):
            await Order.scoped(ann).limit(1).get(1)
        for why in ("", " ", None):
            with pytest.raises(UsageError, match=r"\[Q606\]"):
                await Order.unscoped(why)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        with pytest.raises(UsageError, match=r"\[Q605\]"):
            await Order.scoped(ann, "read")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def test_writes_go_by_the_policy(url: str) -> None:
    async with opened(url) as (_, _, ann, bob):
        assert await Order.scoped(bob).update(total=0) == 1
        assert await Order.scoped(bob).where(Order.number == 1).update(total=0) == 0
        assert await Order.scoped(ann).update(total=5).returning(Order.number) == [(1,), (2,)]
        assert await Order.scoped(bob).where(Order.number < 3).delete() == 0
        found, new = await Order.scoped(ann).get_or_create(number=1, defaults={"owner": ann})
        assert (found.number, new) == (1, False)
        with pytest.raises(UniqueError):
            await Order.scoped(bob).get_or_create(number=1, defaults={"owner": bob})
        found, new = await Order.unscoped("the seeds").get_or_create(number=9, defaults={"owner": ann})
        assert new
        await Order.unscoped("the seeds").upsert(Order(owner=ann, number=9, total=9), on=[Order.number])
        own = await Order.scoped(ann).get(1)
        own.total = 77
        await own.save()
        await Order.tags.set(own, [])
        await own.delete()
        assert numbers(await Order.scoped(ann)) == [2, 9]
        assert await Order.scoped(ann).delete(hard=True) == 3  # the one that was marked, too
        assert numbers(await Order.unscoped("what is left")) == [3]


async def test_what_leads_to_the_model_goes_by_it(url: str) -> None:
    async with opened(url) as (_, _, ann, bob):
        assert [line.text for line in await Line.scoped(bob).where(Line.order.total > 0)] == ["line 3"]
        assert [line.text for line in await Line.scoped(bob).where(~(Line.order.total > 90))] == ["line 3"]
        assert len(await Line.scoped(bob).where(Line.text != "")) == 3  # it names no order
        lines = await Line.scoped(ann).include(Line.order.owner).order_by(Line.order.total.desc())
        assert [(line.order.number, line.order.owner.email) for line in lines] == [
            (2, "ann@example.org"), (1, "ann@example.org"),
        ]  # fmt: skip
        notes = await Note.scoped(bob).include(Note.order).order_by(Note.text)
        assert [(note.text, note.order and note.order.number) for note in notes] == [
            ("note 3", 3), ("note of none", None),
        ]  # fmt: skip
        tags = await Tag.scoped(bob).include(Tag.orders).order_by(Tag.name)
        assert [numbers(tag.orders) for tag in tags] == [[], [], [3]]
        tags = await Tag.unscoped("a list for the office").include(Tag.orders).order_by(Tag.name)
        assert [numbers(tag.orders) for tag in tags] == [[1], [2], [3]]
        tags = await Tag.scoped(bob).where(Tag.orders.any(Order.total > 0))
        assert [tag.name for tag in tags] == ["tag 3"]
        assert await Owner.scoped(bob).select(Owner.email, Owner.orders.count()).order_by(Owner.email) == [
            ("ann@example.org", 0), ("bob@example.org", 1),
        ]  # fmt: skip
        owned = Order.scoped(bob).values(Order.owner.id)
        assert [user.email for user in await Owner.where(Owner.id.in_(owned))] == ["bob@example.org"]
        joined = Owner.all().join(Order.scoped(bob), Order.owner.id == Owner.id)
        assert await joined.select(Owner.email, Order.number) == [("bob@example.org", 3)]
        totals = Total.of(Order.scoped(ann).select(Order.owner.id, max_(Order.total)).group_by(Order.owner.id))
        assert [total.most for total in await totals] == [20]
        both = Order.scoped(ann).union(Order.scoped(bob))
        assert numbers(await both) == [1, 2, 3]
        assert numbers(await Owner.orders.of(ann).scoped(bob)) == []
        assert numbers(await Owner.orders.of(ann).scoped(ann)) == [1, 2]
        found = await Tag.scoped(bob).include(Tag.orders.include(Order.lines)).order_by(Tag.name)
        assert [[line.text for order in tag.orders for line in order.lines] for tag in found] == [[], [], ["line 3"]]


async def test_rules_add_up_and_are_about_actions(url: str) -> None:
    async with opened(url) as (_, accounts, ann, bob):
        await accounts.grant(bob, Order, "view")
        assert numbers(await Order.scoped(bob)) == [1, 2, 3]
        assert len(await Line.scoped(bob).include(Line.order)) == 3
        assert numbers(await Order.scoped(bob, "change")) == [3]
        assert await Order.scoped(bob).update(total=1) == 1
        assert await Order.scoped(bob).delete() == 1
        assert numbers(await Order.scoped(ann)) == [1, 2]


async def test_handlers_find_what_is_theirs(url: str) -> None:
    async with opened(url) as (client, accounts, ann, bob):
        assert (await client.get("/orders/1")).status_code == 404
        await client.sign_in(ann)
        assert (await client.get("/orders/1")).json() == 1
        assert (await client.get("/orders/3")).status_code == 404
        assert (await client.get("/orders/99")).status_code == 404
        assert (await client.get(f"/orders/{10**30}")).status_code == 404
        assert (await client.post("/orders/3")).status_code == 404
        assert (await client.get("/notes/1")).text == "note 1"
        assert (await client.get("/notes/3")).status_code == 404
        await client.sign_in(bob)
        await accounts.grant(bob, Order, "view")
        assert (await client.get("/orders/1")).json() == 1
        assert (await client.post("/orders/1")).status_code == 404
        assert (await client.post("/orders/1/look")).json() == 1


async def test_forms_offer_what_is_theirs(url: str) -> None:
    async with opened(url) as (client, _, ann, bob):
        await client.sign_in(bob)
        shown = (await client.get("/note")).text
        assert 'value="3"' in shown
        assert 'value="1"' not in shown
        refused = await client.post("/note", data={"order": "1", "text": "mine"})
        assert refused.status_code == 422
        assert (await client.post("/note", data={"order": "3", "text": "mine"})).text == "saved"
        assert await Note.scoped(ann).where(Note.order.number == 1).count() == 1
        taken = await client.post("/order", data={"number": "1"})
        assert (taken.status_code, taken.text) == (422, "This is taken already.")
        assert (await client.post("/order", data={"number": "8"})).text == "saved"


async def test_sql_of_ones_own_is_not_covered() -> None:
    """The page says so: a statement that the framework did not make has no place to put a condition."""
    import sqlalchemy as sa

    async with opened():
        assert await core(sa.select(sa.func.count()).select_from(Order.table)) == [(3,)]


def everyone(_user: object) -> bool:
    return True


def says_yes(_user: object):  # type: ignore[no-untyped-def]
    return "yes"


def says_text(user: Owner) -> str:
    return user.email


async def says_perhaps(user: Owner) -> Condition | None:
    return Note.text == user.email if user.active else None


async def says_it_later(user: Owner) -> Condition | bool:
    return user.staff or Note.text == user.email


def is_awaited(user: Owner) -> Awaitable[bool]:
    return user.can("view", Note)


@pytest.mark.parametrize(("rule", "said"), [(says_text, "str"), (says_perhaps, "")])
def test_a_rule_is_annotated_with_an_answer(rule: Any, said: str) -> None:
    app = App(Settings(**SETTINGS))
    app.policy(Note)(rule)
    with pytest.raises(HandlerError) as error:
        app.built  # noqa: B018
    assert str(error.value).startswith(f"[H127] The policy {rule.__name__}() of Note is annotated to return {said}")
    assert "Return a condition, as Note.owner.is_(user), or True or False: '-> Condition', '-> bool'." in str(
        error.value
    )
    fine = App(Settings(**SETTINGS))
    for each in (says_yes, says_it_later, is_awaited, everyone):
        fine.policy(Note)(each)
    fine.built  # noqa: B018


async def test_the_log_says_which_rules_refused_a_row(caplog: pytest.LogCaptureFixture) -> None:
    app, accounts = make_app("sqlite://")

    @app.policy(Tag, "view")
    def tags_of_staff(user: Owner) -> bool:
        return user.staff

    async with Client(app):
        await create_tables(*accounts.models, Order, Line, Tag, Note)
        ann, bob = await accounts.create(email="ann@example.org"), await accounts.create(email="bob@example.org")
        with caplog.at_level("INFO", "rooftree.db"):
            for user in (ann, None):
                with pytest.raises(RowRefused):
                    await Order.scoped(user).save(Order(owner=bob, number=9))
            with pytest.raises(RowRefused):
                await Tag.scoped(ann).save(Tag(name="a tag"))
    told = [record.getMessage() for record in caplog.records if record.name == "rooftree.db"]
    why = "none of the rules about it lets the row through: make_app.<locals>.own_orders() at "
    assert told[0].startswith(f"Owner 1 may not add Order 1: {why}")
    assert told[1:] == [
        "A visitor may not add Order 1: no rule about it takes visitors.",
        "Owner 1 may not add Tag 1: no rule of Tag is about it.",
    ]


async def test_what_is_saved_among_somebodys_rows_is_one_of_them(url: str) -> None:
    async with opened(url) as (_, _, ann, bob):
        mine = await Order.scoped(ann).save(Order(owner=ann, number=10))
        assert mine.is_saved
        with pytest.raises(RowRefused) as refused:
            await Order.scoped(ann).save(Order(owner=bob, number=11))
        assert (refused.value.status, refused.value.detail) == (403, "This is not yours: it cannot be added.")
        mine.owner = bob
        with pytest.raises(RowRefused, match=r"This is not yours: it cannot be changed to that\."):
            await Order.scoped(ann).save(mine)
        assert numbers(await Order.scoped(bob)) == [3]
        with pytest.raises(RowRefused):
            await Order.scoped(ann).where(Order.total > 0).save(Order(owner=ann, number=12, total=0))
        await Order.unscoped("a test").save(Order(owner=bob, number=13))
        assert numbers(await Order.scoped(bob)) == [3, 13]
        with pytest.raises(PolicyError, match=r"\[Q601\]"):
            await Order.all().save(Order(owner=bob, number=14))
        assert numbers(await Order.unscoped("a test")) == [1, 2, 3, 10, 13]


async def test_a_form_writes_what_is_theirs(url: str) -> None:
    async with opened(url) as (client, _, ann, bob):
        await client.sign_in(ann)
        given = await client.post("/gift", data={"number": "20", "owner": str(bob.id)})
        assert given.status_code == 403
        assert (await client.post("/gift/1", data={"number": "1", "owner": str(bob.id)})).status_code == 403
        assert numbers(await Order.scoped(bob)) == [3]
        assert (await client.post("/gift", data={"number": "20", "owner": str(ann.id)})).text == "saved"
        assert (await client.post("/gift/1", data={"number": "21", "owner": str(ann.id)})).text == "saved"
        assert numbers(await Order.scoped(ann)) == [2, 20, 21]


async def test_a_form_offers_what_whoever_sees_it_may_see(url: str) -> None:
    async with opened(url) as (client, _, ann, bob):
        for user, theirs in ((ann, [1, 2]), (bob, [3]), (None, [])):
            client.cookies.clear()
            if user is not None:
                await client.sign_in(user)
            shown = (await client.get("/note")).text
            assert sorted(int(each) for each in re.findall(r'<option value="(\d+)"', shown)) == theirs
            sent = await client.post("/note", data={"order": "3", "text": "x"})
            assert (sent.text == "saved") is (3 in theirs), sent.text


async def test_a_form_leaves_links_to_what_is_not_seen(url: str) -> None:
    async with opened(url) as (client, _, ann, _bob):
        await client.sign_in(ann)
        tag = await Tag.one(Tag.name == "tag 1")
        theirs = await Order.unscoped("a test").where(Order.number == 3).one()
        await Tag.orders.add(tag, theirs)
        shown = (await client.get(f"/tag/{tag.id}")).text
        assert sorted(int(each) for each in re.findall(r'value="(\d+)"', shown)) == [1, 2]
        sent = {"name": "tag", "orders": ["2"]}
        assert (await client.post(f"/tag/{tag.id}", data=sent)).text == "saved"
        assert numbers(await Tag.orders.of(tag).unscoped("a test")) == [2, 3]
        assert (await client.post(f"/tag/{tag.id}", data={**sent, "orders": [str(theirs.id)]})).status_code == 422


async def test_rows_of_a_form_are_theirs_or_stay(url: str) -> None:
    async with opened(url) as (client, _, ann, bob):
        await client.sign_in(ann)
        own = (await client.get(f"/owner/{ann.id}")).text
        assert re.findall(r'type="number" value="(\d+)"', own) == ["1", "2"]
        there = (await client.get(f"/owner/{bob.id}")).text
        assert 'value="3"' not in there
        row = {"orders[0]._row": "", "orders[0].number": "9"}
        refused = await client.post(f"/owner/{bob.id}", data=row)
        assert (refused.status_code, numbers(await Order.scoped(bob))) == (403, [3])
        stolen = await client.post(f"/owner/{bob.id}", data={"orders[0]._row": "3", "orders[0].number": "9"})
        assert (stolen.status_code, numbers(await Order.scoped(bob))) == (403, [3])
        assert (await client.post(f"/owner/{ann.id}", data=row)).text == "saved"
        assert numbers(await Order.scoped(ann)) == [9]
        assert numbers(await Order.scoped(bob)) == [3]


async def test_rules_that_cannot_be_used() -> None:
    app = App(Settings(**SETTINGS))

    @app.policy(Note)
    def of_two(user: Owner, action: str) -> bool:
        return user.active and action == "view"

    with pytest.raises(HandlerError, match=r"\[H126\] The policy .*of_two\(\) of Note takes user, action\."):
        app.built  # noqa: B018
    with pytest.raises(PolicyError, match=r"\[Q607\] A policy of int was declared for view, add, change, delete\."):
        app.policy(int)(everyone)
    with pytest.raises(PolicyError, match=r"\[Q607\] A policy of Note was declared for read\."):
        app.policy(Note, "read")(everyone)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    other = App(Settings(**SETTINGS))
    other.policy(Note)(says_yes)
    async with Client(other):
        with pytest.raises(PolicyError, match=r"\[Q609\] A policy of Note returned 'yes'\."):
            await Note.scoped(None)


async def test_visitors_and_everybody() -> None:
    app = App(Settings(**SETTINGS))

    @app.policy(Tag, "view")
    def public(user: Owner | None) -> Condition | bool:
        return True if user is not None else Tag.name == "public"

    @app.policy(Line)
    def everybody() -> bool:
        return True

    async with Client(app):
        await create_tables(Owner, Order, Line, Tag)
        for name in ("public", "other"):
            await Tag.create(name=name)
        owner = await Owner.create(email="a@example.org")
        assert [tag.name for tag in await Tag.scoped(None)] == ["public"]
        assert len(await Tag.scoped(owner)) == 2
        assert await Tag.scoped(owner).update(name="x") == 0  # no rule is about changing
        assert await Line.scoped(None) == []
        assert await Order.all() == []  # this application has no policy for it
    with pytest.raises(PolicyError, match=r"\[Q608\] Tag\.scoped\(\) was asked outside of the application"):
        Tag.scoped(owner).text("sqlite")
    with pytest.raises(PolicyError, match=r"\[Q601\]"):
        Tag.all().text("sqlite")
    assert Tag.unscoped("by hand").text("sqlite").startswith("SELECT")


async def test_plans_are_shared_by_everyone_who_asks_the_same() -> None:
    async with opened() as (_, _, ann, bob):
        await Line.scoped(ann).include(Line.order)
        kept = len(Line.__table_info__.plans)
        for user in (ann, bob, ann):
            await Line.scoped(user).include(Line.order)
        assert len(Line.__table_info__.plans) == kept
