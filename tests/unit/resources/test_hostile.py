"""What anybody can send: no answer is an error of ours, and none has more than was to be seen."""

# ruff: noqa: E501 - lists of what is sent

from __future__ import annotations

import base64
import json
from pathlib import Path
from urllib.parse import quote, urlencode

import httpx
import pytest

from rooftree.testing import Client
from tests.unit.resources.catalogue import opened

PAYLOADS = Path("tests/unit/db/queries/payloads/sqli.txt")
NAMES = (
    "name", "name.in", "name.contains", "name.startswith", "price", "price.ge", "price.in", "grade", "sold", "cut_on",
    "made_at.ge", "wood", "wood.name", "marked", "q", "order", "include", "size", "page", "cursor", "total", "other",
)  # fmt: skip


def payloads() -> list[str]:
    lines = PAYLOADS.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


async def test_sql_in_every_parameter(url: str) -> None:
    async with opened(url) as client:
        whole = (await client.get("/planks?size=10")).json()
        every = payloads()
        for at, name in enumerate(NAMES):
            for payload in every[at % 5 :: 5]:
                answer = await client.get(f"/planks?{name}={quote(payload, errors='surrogateescape')}")
                assert answer.status_code in {200, 422}, (name, payload, answer.text)
                if answer.status_code == 200 and name not in {"page", "size", "total", "order", "include", "sold", "q"}:
                    assert answer.json() == [], (name, payload)
        for payload in every[::7]:
            for headers in ({"if-match": payload}, {"if-none-match": payload}, {"idempotency-key": payload}):
                if any(sign < " " for value in headers.values() for sign in value):
                    continue
                sent = httpx.Headers(
                    [(key.encode(), value.encode("utf-8", "surrogateescape")) for key, value in headers.items()]
                )
                method = "POST" if "idempotency-key" in headers else "GET"
                answer = await client.request(method, "/planks" if method == "POST" else "/planks/1", headers=sent)
                assert answer.status_code in {200, 304, 412, 422}, (headers, answer.text)
        assert (await client.get("/planks?size=10")).json() == whole


def forged(*values: object, seal: str = "") -> str:
    return seal + base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


async def cursor_of(client: Client, query: str) -> str:
    answer = await client.get(f"/planks?cursor=&{query}")
    return answer.headers["link"].rpartition("cursor=")[2].partition(">")[0]


async def test_forged_cursors(url: str) -> None:
    async with opened(url) as client:
        good = await cursor_of(client, "order=-price")
        seal = good[:6]
        for cursor in (
            "x", seal, seal + "!!!!", seal + "AAAA", "\x00", seal + "\x00", "🙂", seal + "W10", good[:-2], good[6:], good + "x" * 3000,
            forged(seal=seal), forged(1, seal=seal), forged("5", 1, 2, seal=seal), forged(None, None, seal=seal),
            forged("NaN", 1, seal=seal), forged("1e999999", 1, seal=seal), forged("5", 2**80, seal=seal),
            forged({"a": []}, 1, seal=seal), forged("5", "' or 1=1 --", seal=seal), forged(["5"], [1], seal=seal),
            forged(5, 1, seal=seal), forged("5.00", 1.5, seal=seal), "[" * 2000, seal + base64.urlsafe_b64encode(b"[" * 1400).decode(),
        ):  # fmt: skip
            answer = await client.get(f"/planks?{urlencode({'cursor': cursor, 'order': '-price'})}")
            assert answer.status_code in {200, 422}, (cursor[:80], answer.text)
            if answer.status_code == 422:
                assert answer.json()["errors"][0]["parameter"] == "cursor"
        # of another order, with the same columns; beyond a filter it shows what the filter lets through
        for order in ("order=price", "order=-name", ""):
            assert (await client.get(f"/planks?cursor={good}&{order}")).status_code == 422
        narrowed = await client.get(f"/planks?cursor={good}&order=-price&sold=true")
        assert narrowed.json() == []
        anywhere = await client.get(f"/planks?cursor={forged('99.00', 0, seal=seal)}&order=-price&sold=true")
        assert [each["id"] for each in anywhere.json()] == [7, 6]
        text = (await cursor_of(client, "order=name"))[:6]
        for value in ("\x00", "\ud800", "x" * 900):
            answer = await client.get(f"/planks?cursor={forged(value, 1, seal=text)}&order=name")
            assert answer.status_code in {200, 422}, answer.text


async def test_numbers_dates_and_texts_at_their_ends(url: str) -> None:
    async with opened(url) as client:
        for query in (
            f"wood={2**63}", f"wood={-(2**63) - 1}", f"wood={'9' * 5000}", "price=NaN", "price.ge=Infinity", "price=1e400",
            "price.le=1e-4000", f"price=0.{'0' * 30}1", f"price={'9' * 400}", "cut_on=0000-00-00", "cut_on=9999-12-31",
            "made_at.ge=0001-01-01T00:00:00%2B14:00", "made_at.ge=9999-12-31T23:59:59-14:00", "name=%00", "name=%FF%FE",
            "name.contains=%ED%A0%80", "name.contains=%00", "q=%00", "q=%22%22%22 or or -", "marked=%00", "wood.name=%00", "size=-1",
            "size=0", "page=-1", f"page={'9' * 5000}", "order=", "include=", "order=-", "total=", "cursor=%00", "grade=%00",
            "name.in=" + "&name.in=".join(["x"] * 101), "name.contains=" + "x" * 201, "q=" + "y" * 201, "name.in=",
            "name.contains=", "%00=1", "%FF=1", "=1", "&&&", "name", "name&name", "order=name&order=-name&order=price",
        ):  # fmt: skip
            answer = await client.get(f"/planks?{query}")
            assert answer.status_code in {200, 400, 422}, (query[:80], answer.text)


async def test_many_at_once(url: str) -> None:
    async with opened(url) as client:
        many = "&".join(f"name{number}=1" for number in range(1000))
        answer = await client.get(f"/planks?{many}")
        assert answer.status_code in {400, 422}
        assert len(answer.content) < 200_000
        answer = await client.get("/planks?" + "&".join(["price.ge=1"] * 1000))
        assert answer.status_code in {400, 422}
        answer = await client.get("/planks?" + "&".join(f"price.in={number}" for number in range(1000)))
        assert answer.status_code in {400, 422}
        tags = ", ".join(f'"{number}"' for number in range(500))
        assert (await client.get("/planks/1", headers={"if-none-match": tags})).status_code == 200
        for number in range(600):  # what is known of query strings and statements is bounded
            assert (await client.get(f"/planks?price={number}.{number}")).status_code == 200


@pytest.mark.parametrize("key", ["0", "-0", "1.0", " 1", "%31", "1%00", "١", "1e0", "0x1", "true", "null", "9" * 400])
async def test_keys(key: str) -> None:
    async with opened("sqlite://") as client:
        answer = await client.get(f"/planks/{key}")
        assert answer.status_code in {200, 404, 422}, answer.text
        assert (answer.status_code == 200) == (key == "%31")


async def test_bodies() -> None:
    async with opened("sqlite://") as client:
        for body in (
            b"",
            b"null",
            b"[]",
            b"{",
            b'{"name": "x"',
            b"\xff",
            b'{"name": {"$gt": ""}, "price": 1}',
            b"[" * 5000,
        ):
            for method, path in (("POST", "/planks"), ("PATCH", "/planks/1"), ("PUT", "/planks/1")):
                answer = await client.request(method, path, content=body, headers={"content-type": "application/json"})
                assert answer.status_code in {400, 422}, (body[:20], method, answer.text)
