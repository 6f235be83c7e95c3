"""The goods of examples/shop, by its own lists, as rows: 10 categories and 200 products."""

import random
import re
import sys
from pathlib import Path
from typing import Any

SHOP = Path(__file__).resolve().parents[2] / "examples" / "shop"
CATALOGUE = SHOP / "shop" / "locales" / "de" / "LC_MESSAGES" / "messages.po"
sys.path.insert(0, str(SHOP))

from shop.drawings.colours import COLOURS  # noqa: E402
from shop.seeds.kinds import KINDS, SERIES  # noqa: E402

DDL = """
create table if not exists front_category(id int primary key, slug varchar(40) not null, name_en varchar(60) not null,
  name_de varchar(60) not null, drawing varchar(60) not null, place int not null);
create table if not exists front_product(id int primary key, slug varchar(80) not null unique,
  name_en varchar(80) not null, name_de varchar(80) not null, price int not null, stock int not null,
  active boolean not null, category_id int not null references front_category(id), drawing varchar(60) not null,
  released int not null);
create index if not exists front_product_released on front_product(released);
create table if not exists front_session(token varchar(64) primary key, user_id int references app_user(id),
  csrf varchar(64) not null, cart text not null, expires bigint not null);
"""


def rows() -> dict[str, list[Any]]:
    """Return the rows of each table, the same ones each time."""
    categories: list[Any] = []
    products: list[Any] = []
    for place, kind in enumerate(KINDS):
        chance = random.Random(place)
        categories.append((place + 1, kind.slug, *kind.name, f"{kind.drawing}/sage/{place}", place))
        colours = chance.sample(list(COLOURS.values()), 20)
        for number, (series, colour) in enumerate(zip(chance.sample(SERIES, 20), colours, strict=True)):
            english, german = kind.nouns[number % len(kind.nouns)]
            name = f"{series} {english} in {colour.en}"
            products.append((
                len(products) + 1,
                re.sub("[^a-z0-9]+", "-", name.lower()),
                name,
                f"{german} {series} in {colour.de}",
                chance.randint(*kind.prices) * 100 - chance.choice((10, 5, 50, 0)),
                chance.choice((0, 1, 2, 5, 8, 12, 20, 34, 60)),
                number != 13,
                place + 1,
                f"{kind.drawing}/{colour.key}/{number}",
                number * 10 + (place * 7) % 10,
            ))  # fmt: skip
    return {
        "front_category(id,slug,name_en,name_de,drawing,place)": categories,
        "front_product(id,slug,name_en,name_de,price,stock,active,category_id,drawing,released)": products,
    }
