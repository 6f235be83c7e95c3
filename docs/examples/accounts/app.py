from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from rooftree import (
    Accounts,
    App,
    Col,
    Condition,
    Form,
    Found,
    Group,
    Len,
    Model,
    Page,
    PasswordOptions,
    PasswordRefused,
    Redirect,
    Ref,
    Request,
    Requirement,
    Schema,
    SchemaForm,
    Secret,
    Settings,
    UniqueError,
    UserGroup,
    UserMixin,
    WebSocket,
    col,
    permission,
    redirect,
    ref,
    render,
    signed_in,
    staff,
)
from rooftree.forms import EmailInput, PasswordInput


class User(UserMixin, Model, table="users"):
    name: Col[str] = col(max_length=80, default="")


class Product(Model, table="products"):
    name: Col[str] = col(max_length=80)


class Order(Model, table="orders"):
    customer: Ref[User] = ref()
    total: Col[int] = col(default=0)


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


@app.policy(Order)
def own_orders(user: User) -> Condition:
    return Order.customer.is_(user)


@app.policy(Order, "view", "change")
async def orders_for_the_office(user: User) -> bool:
    return await user.can("change", Order)


@app.get("/orders")
async def orders(user: User) -> list[int]:
    return [order.id for order in await Order.scoped(user).order_by(Order.id)]


@app.get("/orders/{order}")
async def order(order: Found[Order]) -> dict[str, int]:
    return {"total": order.total}


async def report() -> int:
    return await Order.unscoped("the report is about all of them").count()


async def new_key(user: User) -> str:
    key, text = await accounts.issue_key(user, name="nightly export", expires=timedelta(days=90))
    return f"{text} (as {key.name}, until {key.expires_at:%Y-%m-%d})"


async def first_users() -> None:
    ann = await accounts.create(email="ann@example.org", password="a good long password", name="Ann", staff=True)
    editors = await UserGroup.create(name="Editors")
    await accounts.grant(editors, Product, "add", "change")
    await accounts.grant(ann, "reports", "export")
    assert await ann.can("export", "reports")


app.seed(first_users)


class NewAccount(Schema):
    email: Annotated[str, EmailInput(), Len(3, 254)]
    name: Annotated[str, Len(1, 80)]
    password: Annotated[str, PasswordInput()]


class SignUpForm(SchemaForm[NewAccount], submit="Sign up", honeypot=True): ...


@app.form("/sign-up", limit="5/hour")
async def sign_up(form: SignUpForm, request: Request) -> Page | Redirect:
    if data := await form.validate():
        try:
            user = await accounts.create(email=data.email, name=data.name, password=data.password)
        except PasswordRefused as refused:
            form.error("password", refused.reason)
        except UniqueError:
            form.error("email", "This address has an account already.")
        else:
            await accounts.sign_in(request, user)
            return redirect(home)
    return render("sign_up.html", form=form)
