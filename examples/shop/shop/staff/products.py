from __future__ import annotations

from rooftree import Found, Group, Page, Redirect, Session, _, permission, redirect, render
from shop.products.models import Product
from shop.staff.forms import ProductForm
from shop.words import in_german

routes = Group("/products", name="products")


@routes.get(name="index", requires=permission(Product, "view"))
async def index(q: str = "", page: int = 1) -> Page:
    found = Product.all()
    if q.strip():
        found = found.where(
            Product.name_en.contains(q, ignore_case=True)
            | Product.name_de.contains(q, ignore_case=True)
            | Product.slug.contains(q, ignore_case=True)
        )
    name = Product.name_de if in_german() else Product.name_en
    listed = await found.order_by(name).include(Product.category).page(page, size=25)
    return render("staff/products.html", found=listed, q=q)


@routes.form("/new", name="new", requires=permission(Product, "add"), max_body=4_000_000)
@routes.form("/{product}", name="edit", requires=permission(Product, "change"), max_body=4_000_000)
async def edit(form: ProductForm, session: Session, product: Found[Product] | None = None) -> Page | Redirect:
    if saved := await form.bind(product).save():
        session.flash(_("%(name)s is saved.", name=saved.name), "success")
        return redirect(index)
    return render("staff/product.html", form=form, product=product)
