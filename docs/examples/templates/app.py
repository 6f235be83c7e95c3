from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

from rooftree import Answer, App, Html, Page, Request, Schema, render

app = App()


class Product(Schema):
    id: int
    name: str
    price: Decimal
    changed: datetime


PRODUCTS = [
    Product(id=1, name="Oak <table>", price=Decimal("990.00"), changed=datetime(2026, 5, 1, 12, 0, tzinfo=UTC)),
    Product(id=2, name="Ash chair", price=Decimal("89.90"), changed=datetime(2026, 5, 2, 9, 30, tzinfo=UTC)),
]


@app.get("/products")
async def products(q: str = "") -> Page:
    found = [product for product in PRODUCTS if q.lower() in product.name.lower()]
    return render("products.html", products=found, q=q).partial("rows")


@app.get("/products/{id}")
async def product(id: int) -> Page | Answer[Page]:
    for one in PRODUCTS:
        if one.id == id:
            return render("product.html", product=one)
    return Answer(render("gone.html"), status=404)


@app.get("/rows")
async def rows() -> Page:
    return render("products.html#rows", products=PRODUCTS)


@app.get("/report")
async def report() -> Page:
    async def lines() -> AsyncIterator[str]:
        for number in range(50_000):
            yield f"line {number}"

    return render("report.html", lines=lines()).streamed()


@app.get("/badge")
async def badge(text: str) -> Html:
    return Html("<b class='badge'>{}</b>").format(text)


@app.templates.name
async def cart_count(request: Request) -> int:
    return len(request.cookies.get("cart", "").split())


@app.templates.filter
def initials(name: str) -> str:
    return "".join(word[0] for word in name.split())


async def receipt(number: int) -> str:
    return await app.templates.render("receipt.html", number=number, products=PRODUCTS)


@app.get("/greeting")
async def greeting(name: Annotated[str, "whatever a visitor writes"] = "you") -> Page:
    return render("greeting.html", name=name)
