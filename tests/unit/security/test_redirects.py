from __future__ import annotations

from urllib.parse import quote

import pytest

from rooftree import App, Redirect, Request, Settings
from rooftree.http import ConnectionInfo, Fields
from rooftree.security import safe_next
from rooftree.testing import Client


def asked(query: str) -> Request:
    connection = ConnectionInfo("https", ("192.0.2.1", 1), ("192.0.2.2", 443))
    return Request("GET", b"/", query.encode(), Fields([]), b"example.org", connection)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/orders", "/orders"),
        ("/orders?page=2&q=a%20b#x", "/orders?page=2&q=a%20b#x"),
        ("https://example.org/orders", "/orders"),
        ("", "/home"),
        ("orders", "/home"),
        ("?page=2", "/home"),
        ("https://evil.example/", "/home"),
        ("https://example.org.evil.example/", "/home"),
        ("https://example.org@evil.example/", "/home"),
        ("https://example.org//evil.example/", "/home"),
        ("http://example.org/", "/home"),
        ("//evil.example", "/home"),
        ("///evil.example", "/home"),
        ("/\\evil.example", "/home"),
        ("\\\\evil.example", "/home"),
        ("/\t/evil.example", "/home"),
        ("/\n/evil.example", "/home"),
        (" //evil.example", "/home"),
        ("javascript:alert(1)", "/home"),
        ("JaVaScRiPt:alert(1)", "/home"),
        ("data:text/html,x", "/home"),
        ("/a\r\nset-cookie: x=y", "/home"),
        ("/" + "a" * 3000, "/home"),
    ],
)
def test_next_stays_on_the_site(target: str, expected: str) -> None:
    assert safe_next(asked(f"next={quote(target)}"), "/home") == expected


async def test_a_form_may_say_it_too() -> None:
    app = App(Settings(mode="test"))

    @app.post("/sign-in")
    async def sign_in(request: Request) -> Redirect:
        await request.form()
        return Redirect(safe_next(request, "/home"))

    async with Client(app) as client:
        for given, expected in (("/orders", "/orders"), ("//evil.example", "/home")):
            answer = await client.post("/sign-in", data={"next": given})
            assert (answer.status_code, answer.headers["location"]) == (303, expected)
