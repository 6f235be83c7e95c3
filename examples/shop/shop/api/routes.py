"""The catalogue and the cart for programs; described at ``/docs``."""

from __future__ import annotations

from rooftree import Filter, Group, NotFound, Resource
from rooftree.db import Condition, Query
from shop.api.shapes import CartOut, CategoryOut, ProductOut, Wish
from shop.cart.contents import Contents, contents
from shop.cart.routes import Wanted
from shop.cart.session import Cart
from shop.products.listing import offered
from shop.products.models import Category, Product
from shop.settings import ShopSettings

routes = Group("/api", name="api")


def in_stock(value: bool) -> Condition:
    """Only what can be sent today, or what cannot."""
    return Product.stock > 0 if value else Product.stock == 0


class Products(
    Resource[Product, None, ProductOut],
    path="/products",
    tags=["catalogue"],
    filters=(Filter(Product.price, "ge", "le"), Product.category.slug, in_stock),
    ordering=(Product.price, Product.name_en, Product.name_de, Product.created_at),
    search=(Product.name_en, Product.summary_en, Product.text_en),
):
    def rows(self) -> Query[Product]:
        return offered()


class Categories(Resource[Category, None, CategoryOut], path="/categories", tags=["catalogue"]): ...


routes.include(Products, Categories)
cart = Group("/cart", tags=["cart"])
routes.include(cart)


@cart.get(name="cart")
async def show(contents: Contents) -> CartOut:
    """What is in the cart of this session."""
    return CartOut.of(contents)


@cart.put("/{product}", name="put", raises=[NotFound])
async def put(product: Wanted, wish: Wish, cart: Cart, settings: ShopSettings) -> CartOut:
    """Have so many of a product in the cart; 0 takes it out."""
    cart.put(product.id, wish.count)
    return CartOut.of(await contents(cart, settings))


@cart.delete(name="empty")
async def empty(cart: Cart) -> None:
    """Take everything out."""
    cart.empty()
