"""Categories and about two hundred products: the same ones each time."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

from shop.drawings.colours import COLOURS, Colour
from shop.products.models import Category, Product
from shop.seeds.kinds import KINDS, SERIES, Kind

EACH = 20
FIRST = datetime(2026, 3, 2, 9, tzinfo=UTC)


async def goods() -> None:
    if await Product.all().exists():
        return
    for place, kind in enumerate(KINDS):
        category = await Category.create(
            slug=kind.slug,
            name_en=kind.name[0],
            name_de=kind.name[1],
            intro_en=kind.intro[0],
            intro_de=kind.intro[1],
            drawing=f"{kind.drawing}/{list(COLOURS)[(place * 7 + 2) % len(COLOURS)]}/{place}",
            place=place,
        )
        await Product.create_many(_made(kind, category, Random(place)))


def _made(kind: Kind, category: Category, chance: Random) -> list[Product]:
    colours = list(COLOURS.values())
    chance.shuffle(colours)
    series = list(SERIES)
    chance.shuffle(series)
    return [
        _one(kind, number, series[number], colours[number], category=category, chance=chance) for number in range(EACH)
    ]


def _one(kind: Kind, number: int, series: str, colour: Colour, *, category: Category, chance: Random) -> Product:
    english, german = kind.nouns[number % len(kind.nouns)]
    made, use = kind.made[number % len(kind.made)], kind.use[number // 2 % len(kind.use)]
    low, high = kind.prices
    price = Decimal(chance.randint(low, high)) - Decimal(chance.choice(("0.10", "0.05", "0.50", "0.00")))
    name = f"{series} {english} in {colour.en}"
    return Product(
        slug=re.sub("[^a-z0-9]+", "-", name.lower()),
        name_en=name,
        name_de=f"{german} {series} in {colour.de}",
        summary_en=made[0],
        summary_de=made[1],
        text_en=(
            f"{made[0]} {use[0]}\n\nThe colour is {colour.en}: we mix it ourselves, so it can differ a little from"
            f" one batch to the next. {series} is a family of things; they like to stand together."
        ),
        text_de=(
            f"{made[1]} {use[1]}\n\nDie Farbe heißt {colour.de}: Wir mischen sie selbst, deshalb kann sie von einer"
            f" Charge zur nächsten etwas abweichen. {series} ist eine Familie von Dingen; sie stehen gern beisammen."
        ),
        price=price,
        stock=chance.choice((0, 2, 5, 8, 12, 20, 34, 60)) if number % 7 else chance.choice((0, 1, 3)),
        category=category,
        drawing=f"{kind.drawing}/{colour.key}/{number}",
        created_at=FIRST + timedelta(days=chance.randint(0, 200), minutes=number),
    )
