"""What checkers see of forms: typed data, typed rows, fields by name."""

from __future__ import annotations

from decimal import Decimal
from typing import assert_type

from rooftree import App, Col, Found, Model, ModelForm, Page, Redirect, Schema, SchemaForm, col, field, render
from rooftree.db import Input
from rooftree.forms import BoundField


class Contact(Schema):
    name: str


class ContactForm(SchemaForm[Contact], submit="Send", wait=2):
    name = field(label="Name")


class Product(Model, table="typed_form_products"):
    name: Col[str] = col(max_length=9)
    price: Col[Decimal] = col(ge=0)


class ProductForm(ModelForm[Product], fields=(Product.name, Product.price)): ...


app = App()


@app.form("/contact")
async def contact(form: ContactForm) -> Page:
    assert_type(await form.validate(), Contact | None)
    assert_type(form.data, Contact)
    assert_type(form.name, BoundField)
    assert_type(form["name"], BoundField)
    assert_type(form.bind({"name": "x"}), ContactForm)
    form.nobody()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue,reportUnknownMemberType]
    return render("contact.html", form=form)


@app.form("/new")
@app.form("/{product}/edit")
async def edit(form: ProductForm, product: Found[Product] | None = None) -> Page | Redirect:
    if saved := await form.bind(product).save(price=Decimal(1)):
        assert_type(saved, Product)
        assert_type(form.data, Input[Product])
        assert_type(form.data[Product.price], Decimal)
        return Redirect("/")
    assert_type(form.instance, Product | None)
    return render("product.html", form=form)


field(lable="x")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
