"""The example of static files does what its page says."""

from __future__ import annotations

import re

from rooftree.testing import SyncClient
from tests.docs.test_examples import load


def test_static_files() -> None:
    with SyncClient(load("docs/examples/static/app").app) as client:
        page = client.get("/").text
        css = re.search(r'href="(/static/site\.[0-9a-f]{12}\.css)"', page)
        assert css is not None
        assert re.search(r"url\(img/roof\.[0-9a-f]{12}\.svg\)", client.get(css[1]).text)
        assert re.search(r'"cart":"/static/js/cart\.[0-9a-f]{12}\.js"', page)
        assert client.get("/shop/basket", headers={"accept": "text/html"}).text.startswith("<!DOCTYPE html>")
        assert client.get("/shop/api/typo", headers={"accept": "text/html"}).status_code == 404
        assert client.get("/pictures/none.png").status_code == 404
        assert client.get("/contracts/none.pdf").status_code == 404
