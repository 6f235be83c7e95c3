from __future__ import annotations

from typing import Annotated

from rooftree import Group, NotFound, Page, Query, Redirect, redirect, render
from shop.products.listing import Wanted, matching, offered
from shop.products.models import Category, Product

routes = Group(name="products")


@routes.get("/products", name="list")
async def catalogue(wanted: Annotated[Wanted, Query()]) -> Page | Redirect:
    categories = await Category.all().order_by(Category.place)
    chosen = next((category for category in categories if category.slug == wanted.category), None)
    if wanted.category and chosen is None:
        raise NotFound
    found = await matching(wanted).include(Product.category).page(wanted.page, size=24)
    if wanted.page > max(found.pages, 1):  # an old link, after goods have left
        return redirect(catalogue, **wanted.address(page=found.pages if found.pages > 1 else None))
    return render("products/list.html", found=found, wanted=wanted, categories=categories, chosen=chosen)


@routes.get("/products/{slug}", name="detail")
async def detail(slug: str) -> Page:
    product = await offered().where(Product.slug == slug).include(Product.category).first()
    if product is None:
        raise NotFound
    others = await (
        offered()
        .where(Product.category.is_(product.category), Product.id != product.id, Product.stock > 0)
        .order_by(Product.created_at.desc())
        .limit(4)
    )
    return render("products/detail.html", product=product, others=others)
