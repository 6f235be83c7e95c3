"""What routes require, told apart: who, which page or problem, and what is said at start-up."""

from __future__ import annotations

import pytest

from rooftree import (
    Accounts,
    App,
    Depends,
    Group,
    HandlerError,
    Model,
    RouteError,
    SessionOptions,
    Settings,
    StartupError,
    UsageError,
    UserGroup,
    UserMixin,
    permission,
    signed_in,
    staff,
    superuser,
)
from rooftree.db import create_tables
from rooftree.testing import Client, assert_queries
from tests.unit.auth.site import SETTINGS, Product, User, make_app, opened


async def test_who_is_let_in() -> None:
    async with opened() as (client, accounts):
        ann = await accounts.create(email="ann@example.org")
        editors = await UserGroup.create(name="Editors")
        everything = ("/staff", "/super", "/either", "/both", "/named")

        async def open_to_ann() -> list[str]:
            return [path for path in everything if (await client.get(path)).status_code == 200]

        assert {(await client.get(path)).status_code for path in everything} == {401}
        await client.sign_in(ann)
        assert await open_to_ann() == []
        await accounts.grant(ann, Product, "change", "change")
        assert await open_to_ann() == ["/either"]
        assert await ann.permissions() == {"site_products.change"}
        await accounts.grant(editors, "reports", "export")
        await User.groups.add(ann, editors)
        assert await open_to_ann() == ["/either", "/both"]
        assert await ann.permissions() == {"site_products.change"}  # kept with this instance
        ann.forget_permissions()
        assert await ann.permissions() == {"site_products.change", "reports.export"}
        await accounts.revoke(editors, "reports", "export")
        await accounts.revoke(ann, Product, "change")
        assert await open_to_ann() == []
        assert not await ann.can("change", Product)
        ann.staff, ann.name = True, "Ann"
        await ann.save()
        assert await open_to_ann() == ["/staff", "/named"]
        ann.superuser = True
        await ann.save()
        assert await open_to_ann() == list(everything)
        assert await ann.can("anything", "at-all")
        ann.active = False
        assert not await ann.can("anything", "at-all")


async def test_who_is_not_let_in_sees_a_page() -> None:
    async with opened() as (client, accounts):
        await client.sign_in(await accounts.create(email="ann@example.org"))
        page = await client.get("/staff", headers={"accept": "text/html"})
        assert page.status_code == 403
        assert "This is not open to you" in page.text
        problem = await client.get("/staff")
        assert problem.headers["content-type"] == "application/problem+json"
        assert "staff" not in problem.text


async def test_what_is_required_is_checked_before_anything_else() -> None:
    app, accounts = make_app()
    ran: list[str] = []

    def costly() -> None:
        ran.append("dependency")

    group = Group("/office", requires=signed_in, dependencies=[Depends(costly)])
    inner = Group("/inner", requires=[staff])

    @inner.post("/plain", requires=superuser)
    def plain(user: User, number: int = 0) -> str:
        return user.email

    group.include(inner)
    app.include(group)
    names = {
        str(endpoint.info.pattern.text): [each.name for each in endpoint.handler.requires]
        for endpoint in app.built.endpoints
        if endpoint.handler is not None and "office" in endpoint.info.pattern.text
    }
    assert names["/office/inner/plain"] == ["signed in", "staff", "superuser"]
    async with Client(app) as client:
        await create_tables(*accounts.models)
        assert (await client.post("/office/inner/plain?number=x")).status_code == 401
        user = await accounts.create(email="a@example.org")
        await client.sign_in(user)
        assert (await client.post("/office/inner/plain")).status_code == 403
        assert ran == []
        user.superuser = True
        await user.save()
        assert (await client.post("/office/inner/plain")).text == "a@example.org"
        assert ran == ["dependency"]


async def test_a_signed_in_request_costs_the_session_and_the_user() -> None:
    async with opened(session=SessionOptions(store="memory")) as (client, accounts):
        ann = await accounts.create(email="ann@example.org")
        await client.sign_in(ann)
        with assert_queries(1):
            assert (await client.get("/named")).status_code == 403  # two requirements, one user
        with assert_queries(1):
            assert (await client.get("/me")).status_code == 200
        with assert_queries(2):
            assert (await client.get("/both")).status_code == 403  # all permissions by one query
        client.cookies.clear()
        with assert_queries(0):
            assert (await client.get("/maybe")).status_code == 200


def test_accounts_need_a_database() -> None:
    app = App(Settings(access_log=False))
    app.use(Accounts(User))
    with pytest.raises(StartupError) as refused:
        app.built  # noqa: B018
    assert str(refused.value) == (
        "[U710] The application has accounts of User, and no database to keep them in. "
        "Set ROOFTREE_DATABASE=sqlite:///app.db, or write App(Settings(database=...))."
    )


def test_mistakes_are_told_at_start_up() -> None:
    class Admin(UserMixin, Model, table="requirement_admins"): ...

    app = App(Settings(**SETTINGS))

    @app.get("/me")
    async def me(user: User) -> None: ...

    with pytest.raises(HandlerError, match=r"\[H124\] .*me\(\) asks for the signed-in User, and the application"):
        app.built  # noqa: B018
    app = App(Settings(**SETTINGS))

    @app.get("/office", requires=staff)
    async def office() -> None: ...

    with pytest.raises(HandlerError, match=r"\[H124\] .*office\(\) asks for staff \(requires=\), and the application"):
        app.built  # noqa: B018
    app, _ = make_app()

    async def admin(user: Admin) -> None: ...

    admin.__annotations__["user"] = Admin
    app.get("/admin")(admin)
    with pytest.raises(HandlerError, match=r"\[H125\] .*admin\(\) asks for a Admin, and the accounts of"):
        app.built  # noqa: B018
    with pytest.raises(RouteError, match=r"\[R132\] requires= was given 'staff', which is no requirement\."):
        Group("/x", requires="staff")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    for subject, action, code in ((3, "change", "U702"), ("a b", "change", "U702"), (Product, "", "U703")):
        with pytest.raises(UsageError, match=rf"\[{code}\]"):
            permission(subject, action)
    with pytest.raises(UsageError, match=r"\[U703\] A permission on Product was named without an action\. "):
        permission(Product)


def test_requirements_read_as_they_are_meant() -> None:
    either = staff | permission(Product, "change") | superuser
    assert either.name == "staff or site_products.change or superuser"
    both = (staff | superuser) & signed_in & permission("reports", "export")
    assert both.name == "(staff or superuser) and signed in and reports.export"
    assert repr(both.parts[0]) == "<Requirement staff or superuser>"
