from __future__ import annotations

from decimal import Decimal

from rooftree import App, Col, Found, Model, ModelForm, Page, Redirect, Session, Settings, col, render
from rooftree.db import create_tables

app = App(Settings(mode="development", database="sqlite://"))


class Product(Model, table="readme_products"):
    name: Col[str] = col(max_length=80, unique=True)
    price: Col[Decimal] = col(max_digits=8, decimal_places=2, gt=0)


class ProductForm(ModelForm[Product], fields=(Product.name, Product.price)): ...


@app.get("/")
async def index(q: str = "", number: int = 1) -> Page:
    wanted = Product.where(Product.name.contains(q, ignore_case=True)).order_by(Product.name)
    return render("products.html", products=await wanted.page(number, size=20))


@app.form("/new")
@app.form("/{product}/edit")
async def edit(form: ProductForm, session: Session, product: Found[Product] | None = None) -> Page | Redirect:
    if saved := await form.bind(product).save():
        session.flash(f"Saved {saved.name}.", "success")
        return Redirect("/")
    return render("product.html", form=form)


app.on_startup(lambda: create_tables(Product))
