from __future__ import annotations

from rooftree import Group, Page, render
from shop.products.listing import offered
from shop.products.models import Category, Product

routes = Group(name="home")


@routes.get("/", name="index")
async def index() -> Page:
    categories = await Category.all().order_by(Category.place)
    in_stock = offered().where(Product.stock > 0).include(Product.category)
    newest = await in_stock.order_by(Product.created_at.desc()).limit(20)
    return render("home/index.html", categories=categories, newest=newest)
