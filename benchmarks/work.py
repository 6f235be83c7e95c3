"""The work: what each test asks for, with how many connections, and what a right answer is.

A check talks to a running peer and raises ``WrongAnswer`` where the answer is not right.
"""

from __future__ import annotations

import html
import http.client
import json
import re
import sqlite3
import subprocess
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from benchmarks.places import HERE
from benchmarks.seen import seen

__all__ = ["WORK", "Client", "Work", "WrongAnswer"]

ITEM: dict[str, Any] = {"name": "x", "price": 9.99, "tags": ["a", "b"], "owner": {"id": 7, "email": "a@b.co"}}
EXTRA = "Additional fortune added at request time."
MEGABYTE = bytes(range(256)) * 4096
JSON = "application/json"


class WrongAnswer(AssertionError):
    """A peer answered something else than the test asks for."""


def right(condition: object, *seen: object) -> None:
    """Raise unless the condition holds."""
    if not condition:
        raise WrongAnswer(repr(seen)[:400])


class Client:
    """A new connection for each request, with a cookie jar."""

    def __init__(self, port: int, pg: str, sqlite: str | None) -> None:
        self.port = port
        self.pg = pg
        self.sqlite = sqlite
        self.cookies: dict[str, str] = {}

    def __call__(
        self, method: str, path: str, body: str | bytes | None = None, type: str = JSON
    ) -> tuple[int, str, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        headers = {"Content-Type": type} if body is not None else {}
        if self.cookies:
            headers["Cookie"] = self.cookie_header()
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.split(";")[0].partition("=")
            self.cookies[name] = value
        connection.close()
        return answer.status, (answer.headers.get("Content-Type") or "").lower().replace(" ", ""), content

    def cookie_header(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def get_json(self, path: str) -> Any:
        status, kind, content = self("GET", path)
        right(status == 200 and kind.startswith(JSON), path, status, kind)
        return json.loads(content)

    def pairs(self, query: str) -> dict[int, int]:
        """Ask the database itself, past the peer, for rows of two numbers."""
        if self.sqlite:
            connection = sqlite3.connect(self.sqlite)
            rows = connection.execute(query).fetchall()
            connection.close()
            return dict(rows)
        done = subprocess.run(
            ["psql", self.pg, "-XAtF,", "-c", query],
            capture_output=True,
            text=True,
            check=True,
            stdin=subprocess.DEVNULL,
        )
        lines = (line.split(",") for line in done.stdout.split())
        return {int(key): int(value) for key, value in lines}


# ---- the kernel


def check_hello(client: Client, path: str = "/json") -> None:
    right(client.get_json(path) == {"message": "Hello, World!"}, path)


def check_item(client: Client) -> None:
    def post(path: str, body: Any) -> tuple[int, str, bytes]:
        return client("POST", path, json.dumps(body))

    status, kind, content = post("/items/42?verbose=true", ITEM)
    right(status == 200 and kind.startswith(JSON) and json.loads(content) == {"id": 42, **ITEM}, status, content)
    status, _, content = post("/items/42?verbose=false", ITEM)
    right(status == 200 and json.loads(content) == {"id": 42, "name": "x"}, status, content)
    wrong: list[dict[str, Any]] = [
        {"price": 0},
        {"price": "cheap"},
        {"tags": [{}]},
        {"owner": {"id": "q", "email": "e"}},
        {"owner": None},
        {"name": 5},
    ]
    for part in wrong:
        right(post("/items/42", ITEM | part)[0] in {400, 422}, "took", part)
    right(post("/items/nan", ITEM)[0] in {400, 404, 422}, "took", "/items/nan")


def check_routes(client: Client, last: int) -> None:
    for i in (0, last // 2, last):
        right(client.get_json(f"/r{i}/77") == {"id": 77}, i)
    right(client("GET", f"/r{last + 1}/77")[0] == 404, "answers a route that is not there")


def check_upload(client: Client) -> None:
    for body in (MEGABYTE, MEGABYTE[1:], b"short"):
        status, kind, content = client("POST", "/upload", body, "application/octet-stream")
        right(status == 200 and kind.startswith(JSON), status, kind)
        right(json.loads(content) == {"length": len(body), "crc": zlib.crc32(body[::4096])}, content)


def check_text(client: Client) -> None:
    status, kind, content = client("GET", "/text")
    right(status == 200 and kind.startswith("text/plain"), status, kind)
    right(content == b"All work and no play makes Jack a dull boy.\n" * 2273, len(content))


# ---- data


def is_world(row: dict[str, int]) -> bool:
    return row.keys() == {"id", "randomNumber"} and 1 <= row["id"] <= 10000 and 1 <= row["randomNumber"] <= 10000


def check_db(client: Client) -> None:
    got = [client.get_json("/db") for _ in range(5)]
    right(all(map(is_world, got)) and len({row["id"] for row in got}) > 1, got)


def check_queries(client: Client) -> None:
    for n in (20, 1):
        got = client.get_json(f"/queries?n={n}")
        right(len({row["id"] for row in got}) == len(got) == n and all(map(is_world, got)), got)
    want = client.pairs("select id, randomnumber from world")
    right(all(want[row["id"]] == row["randomNumber"] for row in client.get_json("/queries?n=20")), "not what is stored")


def check_fortunes(client: Client) -> None:
    status, kind, content = client("GET", "/fortunes")
    text = content.decode()
    right(status == 200 and kind == "text/html;charset=utf-8", status, kind)
    right("<script>" not in text and text.startswith("<!DOCTYPE html>"), text)
    rows = [(int(i), html.unescape(m)) for i, m in re.findall(r"<tr><td>(\d+)</td><td>(.*?)</td></tr>", text)]
    messages = [message for _, message in rows]
    right(len(rows) == 13 and (0, EXTRA) in rows and messages == sorted(messages), rows)
    right((3, "fortune number 3 <script>alert(1)</script> フレームワーク") in rows, rows)


def check_updates(client: Client) -> None:
    got = client.get_json("/updates?n=10")
    right(len({row["id"] for row in got}) == 10 and all(map(is_world, got)), got)
    keys = ",".join(str(row["id"]) for row in got)
    now = client.pairs(f"select id, randomnumber from world where id in ({keys})")
    right(now == {row["id"]: row["randomNumber"] for row in got}, now, got)


def check_page(client: Client) -> None:
    client.cookies.clear()
    right(client("GET", "/page")[0] in {302, 401, 403}, "the page must need a login")
    right(client("GET", "/login?user=3")[0] == 200, "login")
    client("GET", "/page")
    status, kind, content = client("GET", "/page")
    text = content.decode()
    right(status == 200 and kind == "text/html;charset=utf-8", status, kind)
    right("<b>user3</b> (user3@example.org)" in text and text.count('<tr class="product">') == 20, text)
    right("<title>Products - Shop</title>" in text and "Books &amp; Maps" in text and "<footer>" in text, text)
    right('Product 5 <b>"new"</b>' in html.unescape(text) and "<b>&" not in text and "sold out" in text, text)
    field_ = re.search(r'<input type="hidden" name="(\w+)" value="([^"]{16,})">', text)
    if field_ is None:
        raise WrongAnswer("no CSRF field")
    name, token = field_.groups()
    form = "application/x-www-form-urlencoded"
    right(
        client("POST", "/page", f"{name}={'0' * len(token)}&product=1", form)[0] in {400, 403}, "a wrong token passed"
    )
    right(client("POST", "/page", "product=1", form)[0] in {400, 403, 422}, "a missing token passed")
    right(client("POST", "/page", f"{name}={token}&product=1", form)[0] in {302, 303}, "the right token did not pass")


def check_front(client: Client) -> None:
    def page(language: str) -> str:
        status, kind, content = client("GET", f"/{language}/")
        right(status == 200 and kind == "text/html;charset=utf-8", language, status, kind)
        return content.decode()

    client.cookies.clear()
    visitor = seen(page("de"))
    right("Anmelden" in visitor and "Ihre Bestellungen" not in visitor, "a visitor", visitor)
    right(client("GET", "/enter?user=3")[0] == 200, "sign in")
    page("de")
    for language in ("en", "de"):
        text = page(language)
        wanted = (HERE / "apps" / f"front.{language}.txt").read_text().splitlines()
        shown = seen(text)
        right(shown == wanted, language, [pair for pair in zip_longest(shown, wanted) if pair[0] != pair[1]][:3])
        right(f'<html lang="{language}"' in text and text.count('<article class="product">') == 20, text)
        right(11_500 < len(text) < 13_000, "another size", len(text))
        right("&amp; " in text and "& " not in text, "not escaped")
        right(re.search(r'<input type="hidden" name="\w+" value="[^"]{16,}">', text), "no CSRF field")


@dataclass(frozen=True)
class Work:
    """One test: a request, asked again and again, and the check of its answer."""

    what: str
    path: str
    check: Callable[[Client], None]
    method: str = "GET"
    body: bytes | None = None
    kind: str = JSON
    connections: int | None = None  # None: as many as the run has
    env: dict[str, str] = field(default_factory=dict[str, str])  # of the peer: one with another env is started anew
    data: bool = False  # asks a database
    signed_in: bool = False  # asked with the cookies that the check got


WORK = {
    "json": Work("hello JSON", "/json", check_hello),
    "item": Work(
        "typed POST: path, query, nested body",
        "/items/42?verbose=true",
        check_item,
        method="POST",
        body=json.dumps(ITEM, separators=(",", ":")).encode(),
    ),
    "def": Work("hello JSON from a plain `def` on the thread pool", "/def", lambda client: check_hello(client, "/def")),
    "upload": Work(
        "1 MB upload", "/upload", check_upload, method="POST", body=MEGABYTE, kind="application/octet-stream"
    ),
    "text": Work("100 kB of text", "/text", check_text),
    "json1000": Work("hello JSON, 1,000 connections", "/json", check_hello, connections=1000),
    "routes10": Work("the last of 10 routes", "/r9/77", lambda client: check_routes(client, 9)),
    "routes10k": Work(
        "the last of 10,000 routes",
        "/r9999/77",
        lambda client: check_routes(client, 9999),
        env={"BENCH_ROUTES": "10000"},
    ),
    "db": Work("one row by key", "/db", check_db, data=True),
    "queries": Work("20 rows, a query for each", "/queries?n=20", check_queries, data=True),
    "fortunes": Work("12 rows, sorted, HTML", "/fortunes", check_fortunes, data=True),
    "updates": Work("10 rows read and written", "/updates?n=10", check_updates, data=True),
    "page": Work(
        "a signed-in page with a form", "/page", check_page, data=True, signed_in=True, env={"BENCH_PAGES": "1"}
    ),
    "front": Work(
        "the shop's front page: signed in, 20 products with their category, in German",
        "/de/",
        check_front,
        data=True,
        signed_in=True,
        env={"BENCH_FRONT": "1", "BENCH_ROUTES": "0"},
    ),
}
