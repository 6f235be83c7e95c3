"""The examples of templates do what their page says."""

from __future__ import annotations

from rooftree.testing import Client
from tests.docs.test_examples import load


async def test_templates() -> None:
    module = load("docs/examples/templates/app")
    async with Client(module.app) as client:
        page = (await client.get("/products?q=oak", headers={"cookie": "cart=1 2"})).text
        assert "<title>Products</title>" in page
        assert '<a href="/products">Shop</a> 2 in your cart' in page
        assert '<td><a href="/products/1">Oak &lt;table&gt;</a></td><td>€990.00</td>' in page
        part = await client.get("/products?q=nothing", headers={"fragment": "rows"})
        assert part.text.strip() == "<tr><td>Nothing found.</td></tr>"
        assert part.headers["vary"] == "Fragment, HX-Target, Turbo-Frame"
        assert (await client.get("/rows")).text.count("<tr>") == 2
        product = (await client.get("/products/1")).text
        assert '<section class="card info" id="product">\n  <h1>Oak &lt;table&gt;</h1>' in product
        assert "O&lt;, changed on May 1, 2026" in product
        assert "<footer>€990.00</footer>" in product
        assert 'const product = "Oak \\u003ctable\\u003e";' in product
        gone = await client.get("/products/3")
        assert (gone.status_code, "There is no such product." in gone.text) == (404, True)
        assert (await client.get("/report")).text.endswith("<li>line 49999</li></ol>")
        assert (await client.get("/badge?text=<i>")).text == "<b class='badge'>&lt;i&gt;</b>"
        assert (await client.get("/greeting?name=<i>")).text == "<p>Hello, <b>&lt;i&gt;</b>!</p>"
        assert "<p>Oak &lt;table&gt;</p>" in await module.receipt(1)
        assert module.app.templates.check() == []
