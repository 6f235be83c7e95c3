"""Alderway, a small shop for things that make a home quiet: the application, put together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from rooftree import App, Languages, Request
from rooftree.sessions import open_session
from shop.accounts.models import accounts
from shop.accounts.routes import routes as customers
from shop.api.routes import routes as api
from shop.cart.contents import contents
from shop.cart.routes import routes as cart
from shop.cart.session import Cart
from shop.drawings.routes import routes as drawings
from shop.home.routes import routes as home
from shop.orders.models import Order
from shop.orders.policy import own_orders
from shop.orders.routes import routes as orders
from shop.payments.housekeeping import keep_house
from shop.payments.provider import open_provider
from shop.payments.routes import routes as payments
from shop.payments.till import till
from shop.products.routes import routes as products
from shop.seeds.goods import goods
from shop.seeds.people import people
from shop.settings import PHOTOS, ShopSettings, known_key
from shop.staff.routes import routes as staff

settings = ShopSettings.load(database="sqlite:///shop.db")
app = App(settings, name="Alderway")
app.use(
    Languages("en", "de", prefix="all", outside=("/api", "/drawings"), timezone="Europe/Berlin", regions={"en": "GB"})
)
app.use(accounts)
app.static()
app.uploads("/photos", PHOTOS)

app.provide(open_provider, scope="app")
app.provide(contents)
app.provide(till)
app.policy(Order)(own_orders)
app.include(home, products, drawings, cart, customers, orders, payments, staff, api)

app.checks.append(known_key)
app.seed(goods)
app.seed(people)


@app.lifespan
async def housekeeping() -> AsyncIterator[None]:
    task = asyncio.create_task(keep_house(settings))
    yield
    task.cancel()


@app.templates.name
async def cart_count(request: Request) -> int:
    return (await open_session(request, Cart)).count
