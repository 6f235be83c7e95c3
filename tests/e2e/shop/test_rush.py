"""Two hundred buyers for fifty pieces, at the same time, while workers are killed: exactly fifty are sold."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.e2e.shop.serving import Served, environment_of, run, served
from tests.services import need, temporary_database

PREPARE = str(Path(__file__).with_name("prepare.py"))
ADDRESS = {
    "delivery.name": "B",
    "delivery.street": "Way 1",
    "delivery.postcode": "10115",
    "delivery.city": "Berlin",
    "delivery.country": "DE",
}


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'shop.db'}"
    else:
        with temporary_database(need("postgresql"), f"rooftree_rush_{uuid.uuid4().hex[:12]}") as url:
            yield url


@pytest.mark.time_limit(240)
async def test_exactly_what_is_there_is_sold(database: str) -> None:
    # nobody answers there, so that no customer is led away: their orders wait for payment
    environment = environment_of(database, ROOFTREE_PROVIDER_URL="http://127.0.0.1:9", PYTHONPATH=".")
    await asyncio.to_thread(run, environment, "-m", "rooftree", "db", "migrate")
    buyers: list[dict[str, str]] = json.loads(await asyncio.to_thread(run, environment, PREPARE))
    with served("shop.app", environment, workers=2) as shop:
        rush = Rush(shop)
        ended = await asyncio.gather(
            *(rush.buy(buyer, times=2 if at % 5 == 0 else 1) for at, buyer in enumerate(buyers))
        )
        bought = [places for places in ended if "/orders/" in places[0]]
        again = await asyncio.gather(*(rush.buy(buyer) for buyer in buyers[:20]))  # who reload the page
    assert rush.killed == 3
    assert all(len(set(places)) == 1 for places in ended)
    assert len(bought) == len({places[0] for places in bought}) == 50
    assert [places[0] for places in again] == [places[0] for places in ended[:20]]
    assert {places[0] for places in ended if places not in bought} == {"/en/cart"}
    counted = json.loads(await asyncio.to_thread(run, environment, PREPARE, "count"))
    assert counted == {"orders": 50, "customers": 50, "sold": 50, "stock": 0}


class Rush:
    """Buyers before one shop, who try again until they are answered; workers are killed as answers come."""

    def __init__(self, shop: Served) -> None:
        self.shop = shop
        self.answers = 0
        self.killed = 0
        self._door = asyncio.Semaphore(64)

    async def buy(self, buyer: dict[str, str], times: int = 1) -> list[str]:
        """Send an order, several times at once as an impatient finger does; return where that led."""
        return await asyncio.gather(*(self._send(buyer) for _ in range(times)))

    async def _send(self, buyer: dict[str, str]) -> str:
        body = urlencode({**ADDRESS, "key": buyer["key"]})
        request = (
            f"POST /en/checkout HTTP/1.1\r\nHost: localhost:{self.shop.port}\r\nConnection: close\r\n"
            f"Cookie: __Host-session={buyer['cookie']}\r\nSec-Fetch-Site: same-origin\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        ).encode()
        while True:
            async with self._door:
                answer = await self._ask(request)
            if answer.startswith("HTTP/1.1 303 "):
                break
            assert answer == "" or answer[9:12] == "503", answer
            await asyncio.sleep(0.1)
        self.answers += 1
        if self.answers in {10, 25, 40}:
            self.killed += self.shop.kill_a_worker()
        return answer.lower().partition("\r\nlocation: ")[2].partition("\r\n")[0]

    async def _ask(self, request: bytes) -> str:
        """Return the answer; nothing where the worker was killed."""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.shop.port)
            writer.write(request)
            answer = await reader.read()
            writer.close()
        except OSError:
            return ""
        return answer.decode("latin-1")
