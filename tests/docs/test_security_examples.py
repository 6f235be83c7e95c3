"""The examples of sessions and security do what their pages say."""

from __future__ import annotations

import io

from PIL import Image

from rooftree.testing import SyncClient
from tests.docs.test_examples import load


def test_sessions() -> None:
    with SyncClient(load("docs/examples/sessions/app").app) as client:
        assert client.post("/cart/3").headers["location"] == "/cart"
        assert client.get("/cart").json() == {"cart": [3], "messages": [["success", "Added to your cart."]]}
        assert client.get("/cart").json() == {"cart": [3], "messages": []}
        client.get("/products/1")
        assert client.get("/products/2").json() == {"id": 2, "seen": [1, 2], "theme": "light"}
        before = client.cookies["session"]
        assert client.post("/sign-in").status_code == 204
        assert client.cookies["session"] != before
        client.post("/sign-out")
        assert client.get("/cart").json() == {"cart": [], "messages": []}


def test_security() -> None:
    module = load("docs/examples/security/app")
    elsewhere = {"sec-fetch-site": "cross-site", "origin": "https://evil.example"}
    with SyncClient(module.app) as client:
        assert client.post("/hooks/payment", headers=elsewhere).status_code == 204
        assert client.post("/search", headers=elsewhere).status_code == 403
        assert (
            "frame-src 'self' https://www.youtube-nocookie.com"
            in client.get("/film").headers["content-security-policy"]
        )
        hello = client.get("/hello")
        assert hello.text.partition('nonce="')[2].partition('"')[0] in hello.headers["content-security-policy"]
        assert client.post("/search").headers["ratelimit-policy"] == '"30-60";q=30;w=60'
        assert client.get("/rates").headers["ratelimit-policy"] == '"100-60";q=100;w=60, "1000-3600";q=1000;w=3600'
        link = client.get("/invoices/7/link").text
        assert client.get(link).text == "Invoice 7"
        assert client.get("/invoices/7").status_code == 403
        assert client.get(module.letter_link(3)).text == "User 3 gets no more letters."
        assert client.get("/unsubscribe/x").status_code == 403
        file = io.BytesIO()
        Image.new("RGB", (5, 4)).save(file, "PNG")
        assert client.post("/photo", files={"file": ("a", file.getvalue())}).json() == {
            "type": "image/png", "width": 5, "height": 4,
        }  # fmt: skip
        assert client.post("/photo", files={"file": ("a.png", b"<svg>", "image/png")}).status_code == 422
        assert client.post("/contract", files={"file": ("a", b"%PDF-1.7")}).text == "application/pdf"
        for given, expected in (("/orders", "/orders"), ("//evil.example", "/account")):
            assert client.post("/sign-in", data={"next": given}).headers["location"] == expected
