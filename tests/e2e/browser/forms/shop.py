"""A site of one form with every control, in three languages."""

from __future__ import annotations

import datetime as dt
import enum
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from rooftree import (
    App,
    Ge,
    Gt,
    Html,
    Languages,
    Le,
    Len,
    Page,
    Pattern,
    Schema,
    SchemaForm,
    Settings,
    Upload,
    field,
    render,
    rule,
)
from rooftree.forms import (
    CheckboxGroup,
    ColorInput,
    EmailInput,
    HiddenInput,
    ImageInput,
    MoneyInput,
    MultiSelect,
    PasswordInput,
    RadioGroup,
    RangeInput,
    SearchInput,
    TelephoneInput,
    Textarea,
    UrlInput,
)

HERE = Path(__file__).parent
WOODS = ("Ash", "Beech", "Birch", "Cedar", "Cherry", "Elm", "Fir", "Hazel", "Larch", "Maple", "Oak", "Pine", "Yew")


class Size(enum.Enum):
    SMALL = "s"
    LARGE = "l"


class Line(Schema):
    what: Annotated[str, Len(1, 20)]
    count: Annotated[int, Ge(1), Le(99)] = 1
    how: Annotated[Literal["buy", "rent"], RadioGroup()] = "buy"


class Address(Schema):
    street: Annotated[str, Len(1, 80)]
    city: str = ""


class Order(Schema):
    name: Annotated[str, Len(2, 40)]
    code: Annotated[str, Pattern("^[A-Z]{2}[0-9]{3}$")]
    email: Annotated[str, EmailInput()]
    price: Annotated[Decimal, Gt(0), MoneyInput("EUR")]
    day: dt.date
    wood: str
    size: Annotated[Size, RadioGroup()]
    terms: Literal[True]
    password: Annotated[str, PasswordInput(), Len(8)]
    token: Annotated[str, HiddenInput()] = "abc"
    home: Annotated[str, UrlInput()] = ""
    phone: Annotated[str, TelephoneInput()] = ""
    find: Annotated[str, SearchInput()] = ""
    colour: Annotated[str, ColorInput()] = "#884411"
    level: Annotated[int, Ge(0), Le(10), RangeInput()] = 4
    count: int = 1
    weight: float = 1.5
    clock: dt.time | None = None
    moment: dt.datetime | None = None
    note: Annotated[str, Textarea(rows=3)] = ""
    news: bool = False
    days: Annotated[list[Literal["mon", "tue", "wed"]], CheckboxGroup()] = []
    others: list[str] = []
    kind: Literal["person", "company"] = "person"
    company: str | None = None
    file: Upload | None = None
    photo: Annotated[Upload | None, ImageInput()] = None
    address: Address | None = None
    lines: list[Line] = []


class OrderForm(SchemaForm[Order], submit="Order", id="order"):
    name = field(group="You", help="As on your door.", autocomplete="name", placeholder="Anna Ash")
    email = field(group="You", autocomplete="email", label="E-mail")
    phone = field(group="You", autocomplete="tel")
    password = field(group="You", autocomplete="new-password")
    code = field(help="Two letters and three digits.")
    wood = field(choices=WOODS)
    others = field(choices=WOODS, widget=MultiSelect())
    company = field(when={"kind": "company"}, required=True)
    terms = field(label="I agree to the terms")
    lines = field(row="Line", most=4)
    clock = field(label="Time")
    moment = field(label="Date and time")

    @rule("name")
    async def is_nobody(self, name: str) -> str | None:
        return "Somebody, please." if name == "nobody" else f"Not {name}" if "(" in name else None


THANKS = Html('<!doctype html><html lang="en"><title>Thanks</title><link rel="icon" href="data:,"><h1>Thanks, {}.</h1>')


def shop(sent: list[Order] | None = None) -> App:
    """Return the site; what it is sent is noted in ``sent``."""
    app = App(Settings(mode="test"), root=HERE)
    app.use(Languages("en", "de", "ar"))

    @app.form("/")
    async def order(form: OrderForm) -> Page | Html:
        if data := await form.validate():
            if sent is not None:
                sent.append(data)
            return THANKS.format(data.name)
        return render("page.html", form=form)

    return app
