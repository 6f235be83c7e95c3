from __future__ import annotations

from typing import Annotated

from rooftree import Depends, Form, Ge, Group, Le, NotFound, Page, Redirect, _, redirect, render
from shop.cart.contents import Contents
from shop.cart.session import MOST, Cart
from shop.products.listing import offered
from shop.products.models import Product
from shop.settings import ShopSettings

routes = Group("/cart", name="cart")
Count = Annotated[int, Ge(0), Le(MOST)]


async def wanted(product: int) -> Product:
    """Return a product that is in the shop; of what is not yet, or no longer, nobody learns the name."""
    found = await offered().where(Product.id == product).first()
    if found is None:
        raise NotFound
    return found


Wanted = Annotated[Product, Depends(wanted)]


@routes.get(name="show")
async def show(contents: Contents, settings: ShopSettings) -> Page:
    return render("cart/show.html", cart=contents, free_from=settings.free_shipping_from, most=MOST)


@routes.post("/{product}/add", name="add")
async def add(product: Wanted, cart: Cart, count: Form[Count] = 1) -> Redirect:
    cart.put(product.id, cart.cart.get(product.id, 0) + count)
    cart.flash(_("%(name)s is in your cart.", name=product.name), "success")
    return redirect(show)


@routes.post("/{product}", name="change")
async def change(product: Wanted, cart: Cart, count: Form[Count]) -> Redirect:
    cart.put(product.id, count)
    if not count:
        cart.flash(_("%(name)s was taken out.", name=product.name))
    return redirect(show)
