from decimal import Decimal
from typing import Annotated

from rooftree import App, Gt, Len, NotFound, Page, Schema, render

app = App()


class NewProduct(Schema):
    name: Annotated[str, Len(1, 80)]
    price: Annotated[Decimal, Gt(0)]


class Product(NewProduct):
    id: int


products: list[Product] = [Product(id=1, name="Oak table", price=Decimal("349.00"))]


@app.get("/")
async def catalogue(q: str = "") -> Page:
    found = [product for product in products if q.lower() in product.name.lower()]
    return render("catalogue.html", products=found, q=q)


@app.get("/api/products")
async def list_products() -> list[Product]:
    return products


@app.get("/api/products/{id}")
async def show_product(id: int) -> Product:
    for product in products:
        if product.id == id:
            return product
    raise NotFound("There is no such product.")


@app.post("/api/products", status=201)
async def add_product(data: NewProduct) -> Product:
    product = Product(id=len(products) + 1, name=data.name, price=data.price)
    products.append(product)
    return product
