from __future__ import annotations

from decimal import Decimal

from rooftree import (
    App,
    Col,
    Found,
    Many,
    Model,
    ModelForm,
    Page,
    Redirect,
    Ref,
    Settings,
    col,
    field,
    many,
    ref,
    render,
)
from rooftree.db import Query, create_tables
from rooftree.forms import MoneyInput

app = App(Settings(mode="development", database="sqlite://"))


class Category(Model, table="form_example_categories"):
    name: Col[str] = col(max_length=80, unique=True)
    open: Col[bool] = col(default=True)


class Tag(Model, table="form_example_tags"):
    name: Col[str] = col(max_length=40)


class Product(Model, table="form_example_products"):
    name: Col[str] = col(max_length=200, unique=True)
    price: Col[Decimal] = col(max_digits=10, decimal_places=2, ge=0)
    category: Ref[Category] = ref()
    tags: Many[Tag] = many()
    parts: Many[Part] = many(by="product")
    version: Col[int] = col(role="version", default=1)


class Part(Model, table="form_example_parts"):
    product: Ref[Product] = ref(on_delete="cascade")
    name: Col[str] = col(max_length=80)
    place: Col[int] = col(default=0)


class ProductForm(
    ModelForm[Product],
    fields=(Product.name, Product.price, Product.category, Product.tags, Product.parts),
):
    def open_categories(self) -> Query[Category]:
        return Category.where(Category.open)

    price = field(widget=MoneyInput("EUR"))
    category = field(choices=open_categories)
    parts = field(fields=(Part.name,), order=Part.place)


@app.form("/products/new")
@app.form("/products/{product}/edit")
async def edit(form: ProductForm, product: Found[Product] | None = None) -> Page | Redirect:
    if saved := await form.bind(product).save():
        return Redirect(f"/products/{saved.id}/edit")
    return render("product.html", form=form)


@app.on_startup
async def fill() -> None:
    await create_tables(Category, Tag, Product, Part)
    await Category.create_many([Category(name="Wood"), Category(name="Stone", open=False)])
