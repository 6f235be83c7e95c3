from __future__ import annotations

from rooftree import (
    Accounts,
    App,
    Col,
    Form,
    Group,
    Model,
    Page,
    PasswordOptions,
    Redirect,
    Request,
    Requirement,
    Secret,
    Settings,
    UserGroup,
    UserMixin,
    WebSocket,
    col,
    permission,
    render,
    signed_in,
    staff,
)


class User(UserMixin, Model, table="users"):
    name: Col[str] = col(max_length=80, default="")


class Product(Model, table="products"):
    name: Col[str] = col(max_length=80)


app = App(
    Settings(
        mode="development",
        database="sqlite://",
        secret_key=Secret("only for this example, with 32 characters"),
        passwords=PasswordOptions(memory=19_456, passes=2, lanes=1),
    )
)
accounts = Accounts(User)
app.use(accounts)


@app.get("/profile")
async def profile(user: User) -> Page:
    return render("profile.html", person=user)


@app.get("/")
async def home(user: User | None) -> str:
    return f"Hello, {user.name}!" if user is not None else "Hello!"


office = Group("/office", requires=staff)


@office.get("/products", requires=permission(Product, "change"))
async def products() -> str:
    return "Every product."


grown = Requirement("of age", lambda user: user.name != "Tim")


@app.get("/wine", requires=[signed_in, grown])
async def wine() -> str:
    return "Red, white, orange."


@app.websocket("/news")
async def news(ws: WebSocket[str], user: User) -> None:
    await ws.send(f"Nothing new, {user.name}.")


app.include(office)


@app.post("/password")
async def change_password(request: Request, user: User, password: Form[str]) -> Redirect:
    await accounts.set_password(user, password, request=request)
    return Redirect("/profile")


async def first_users() -> None:
    ann = await accounts.create(email="ann@example.org", password="a good long password", name="Ann", staff=True)
    editors = await UserGroup.create(name="Editors")
    await accounts.grant(editors, Product, "add", "change")
    await accounts.grant(ann, "reports", "export")
    assert await ann.can("export", "reports")


app.seed(first_users)
