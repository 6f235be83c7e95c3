from __future__ import annotations

from rooftree import Group, Redirect, redirect, staff
from shop.accounts.models import User
from shop.products.models import Product
from shop.staff import orders, products

routes = Group("/staff", name="staff", requires=staff)
routes.include(products.routes, orders.routes)


@routes.get(name="index")
async def index(user: User) -> Redirect:
    """Lead to what somebody looks after."""
    may = await user.can("view", Product)
    return redirect(products.index if may else orders.index)
