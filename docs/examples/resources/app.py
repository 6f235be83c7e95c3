from __future__ import annotations

from decimal import Decimal

from rooftree import (
    App,
    Col,
    Filter,
    Included,
    Input,
    Listing,
    Many,
    Model,
    Output,
    Ref,
    Request,
    Resource,
    Results,
    Settings,
    col,
    many,
    ref,
)
from rooftree.db import Condition, Query


class Category(Model):
    name: Col[str] = col(max_length=80, unique=True)


class Tag(Model):
    text: Col[str] = col(max_length=40)


class Item(Model, table="items"):
    name: Col[str] = col(max_length=80)
    price: Col[Decimal] = col(max_digits=10, decimal_places=2, ge=0)
    cost: Col[Decimal] = col(default=Decimal(0), private=True)
    stock: Col[int] = col(default=0, ge=0)
    hidden: Col[bool] = col(default=False)
    category: Ref[Category] = ref()
    tags: Many[Tag] = many()
    revision: Col[int] = col(default=1, role="version")


class CategoryOut(Output[Category], fields=(Category.id, Category.name)): ...


class TagOut(Output[Tag], fields=(Tag.text,)): ...


class NewItem(Input[Item], fields=(Item.name, Item.price, Item.category)): ...


class ItemOut(Output[Item], fields=(Item.id, Item.name, Item.price)):
    category: Included[CategoryOut]
    tags: Included[list[TagOut]]


class Prices(Resource[Item], path="/prices"): ...


def in_stock(value: bool) -> Condition:
    """Only what can be sent today, or what cannot."""
    return Item.stock > 0 if value else Item.stock == 0


class Items(
    Resource[Item, NewItem, ItemOut],
    path="/items",
    filters=(Item.name, Filter(Item.price, "ge", "le"), Item.category, Item.category.name, in_stock),
    ordering=(Item.name, Item.price),
    search=(Item.name, Item.category.name),
    include=(Item.category, Item.tags),
    page_size=20,
):
    def rows(self) -> Query[Item]:
        return Item.where(Item.hidden == False)  # noqa: E712 - a column is compared

    async def list(self, listing: Listing[Item], cheap: bool = False) -> Results[Item]:
        """List items: those in the shop's window."""
        return await (listing.where(Item.price < 10) if cheap else listing).results()

    async def create(self, data: NewItem, request: Request) -> Item:
        return await Item.create(**data.values(), stock=1 if "x-in-stock" in request.headers else 0)


class OfCategory(
    Resource[Item, NewItem, ItemOut],
    path="/categories/{category}/items",
    verbs=("list", "read"),
    name="of_category",
):
    def rows(self, category: int) -> Query[Item]:
        return Item.where(Item.category.is_(category))


app = App(Settings(database="sqlite://"))
app.include(Items, OfCategory, Prices)
