from decimal import Decimal

from rooftree import App, Col, Found, Input, Model, Output, Page, Settings, col, render

app = App(Settings.load(database="sqlite:///catalogue.db"))


class Product(Model, table="products"):
    name: Col[str] = col(min_length=1, max_length=80, unique=True)
    price: Col[Decimal] = col(max_digits=8, decimal_places=2, gt=0)


class NewProduct(Input[Product], fields=(Product.name, Product.price)): ...


class ProductOut(Output[Product], fields=(Product.id, Product.name, Product.price)): ...


@app.get("/")
async def catalogue(q: str = "", number: int = 1) -> Page:
    wanted = Product.where(Product.name.contains(q, ignore_case=True)).order_by(Product.name)
    return render("catalogue.html", page=await wanted.page(number, size=12), q=q).partial("rows")


@app.get("/products/{product}")
async def product_page(product: Found[Product]) -> Page:
    return render("product.html", product=product)


@app.get("/api/products", returns=list[ProductOut])
async def list_products() -> list[Product]:
    return await Product.where().order_by(Product.id)


@app.get("/api/products/{product}", returns=ProductOut)
async def show_product(product: Found[Product]) -> Product:
    return product


@app.post("/api/products", status=201, returns=ProductOut)
async def add_product(data: NewProduct) -> Product:
    return await Product.create(**data.values())


@app.seed
async def products() -> None:
    for name, price in [("Ash stool", "59.90"), ("Oak table", "349.00"), ("Pine shelf", "89.50")]:
        await Product.get_or_create(name=name, defaults={"price": Decimal(price)})
