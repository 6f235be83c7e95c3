"""Alderway, a small shop for things that make a home quiet: the application, put together."""

from __future__ import annotations

from rooftree import App, Languages, Request
from rooftree.sessions import open_session
from shop.cart.contents import contents
from shop.cart.routes import routes as cart
from shop.cart.session import Cart
from shop.drawings.routes import routes as drawings
from shop.home.routes import routes as home
from shop.products.routes import routes as products
from shop.seeds.goods import goods
from shop.settings import ShopSettings

app = App(ShopSettings.load(database="sqlite:///shop.db"), name="Alderway")
app.use(Languages("en", "de", prefix="all", outside=("/api", "/drawings"), timezone="Europe/Berlin"))
app.static()
app.uploads("/photos", "photos")
app.include(home, products, drawings, cart)
app.provide(contents)
app.seed(goods)


@app.templates.name
async def cart_count(request: Request) -> int:
    return (await open_session(request, Cart)).count
