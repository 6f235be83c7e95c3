from __future__ import annotations

import re

import pytest

from rooftree.testing import Client, assert_queries
from shop.drawings import KINDS, draw
from shop.products.models import Product

pytestmark = pytest.mark.anyio
CARD = re.compile(r'<article class="product">.*?<h[23]>(.*?)</h', re.DOTALL)
HTML = {"accept": "text/html"}


async def names(client: Client, address: str) -> list[str]:
    answer = await client.get(address)
    assert answer.status_code == 200, answer.text
    return CARD.findall(answer.text)


async def test_the_front_page_is_in_the_language_of_its_visitor(client: Client) -> None:
    sent_on = await client.get("/", headers={**HTML, "accept-language": "de"})
    assert sent_on.headers["location"] == "/de/"
    assert "Dinge für ein ruhiges Zuhause" in (await client.get("/de/")).text
    assert "Things for a quiet home" in (await client.get("/en/")).text


async def test_words_are_found_in_both_languages(client: Client) -> None:
    assert all("teapot" in name for name in await names(client, "/en/products?q=teapots"))
    assert all("Teekanne" in name for name in await names(client, "/de/products?q=teekanne"))
    assert await names(client, "/en/products?q=teekanne") == []
    assert "Nothing here is like that" in (await client.get("/en/products?q=%22%27%29+OR")).text


async def test_filters_and_order(client: Client) -> None:
    cheap = await names(client, "/en/products?category=candles&least=8&most=12&order=cheap")
    wanted = await (
        Product.where(Product.category.slug == "candles", Product.price.between(8, 12))
        .order_by(Product.price, Product.name_en)
        .values(Product.name_en)
    )
    assert cheap == wanted != []
    there = await names(client, "/en/products?category=candles&in_stock=true&order=name")
    assert there == sorted(there)
    assert len(there) < 20
    assert (await client.get("/en/products?category=boats")).status_code == 404
    assert (await client.get("/en/products?page=0")).status_code == 422


async def test_pages(client: Client) -> None:
    seen = [name for page in (1, 2, 9) for name in await names(client, f"/en/products?order=name&page={page}")]
    assert len(seen) == len(set(seen)) == 24 + 24 + 8


async def test_a_page_of_the_catalogue_asks_little(client: Client) -> None:
    with assert_queries(3):  # categories, products, how many there are
        await client.get("/en/products?in_stock=true")


async def test_a_product(client: Client) -> None:
    product = await Product.get(1)
    page = await client.get(f"/de/products/{product.slug}")
    assert product.name_de in page.text
    assert "Teekannen" in page.text or "Becher" in page.text
    await Product.where(Product.id == product.id).update(active=False)
    assert (await client.get(f"/de/products/{product.slug}")).status_code == 404


async def test_drawings(client: Client) -> None:
    drawn = await client.get("/drawings/mug/sage/3.svg")
    assert drawn.headers["content-type"].startswith("image/svg+xml")
    assert "immutable" in drawn.headers["cache-control"]
    assert drawn.text == draw("mug", "sage", 3)
    assert (await client.get("/drawings/mug/purple/3.svg")).status_code == 404
    assert (await client.get("/drawings/boat/sage/3.svg")).status_code == 404
    assert len({draw(kind, "sage", number) for kind in KINDS for number in range(20)}) == 200


async def test_a_page_that_is_no_longer_there_leads_to_the_last_one(client: Client) -> None:
    answer = await client.get("/en/products?category=mugs&order=cheap&page=99")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/en/products?category=mugs&order=cheap"
    assert (await client.get("/en/products?page=99")).headers["location"] == "/en/products?page=9"
    assert (await client.get("/en/products?q=zzzz&page=99")).headers["location"] == "/en/products?q=zzzz"


async def test_errors_are_told_in_the_frame_of_the_shop(client: Client) -> None:
    browser = {"accept": "text/html"}
    page = await client.get("/de/nothing", headers=browser)
    assert page.status_code == 404
    assert "Hier ist nichts" in page.text
    assert 'class="brand" href="/de/"' in page.text
    faulty = await client.get("/en/products?page=x", headers=browser)
    assert "<code>page</code>: Enter a whole number." in faulty.text
