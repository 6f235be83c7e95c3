from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from typing import Literal

import pytest

from rooftree import transaction
from rooftree.testing import Client, database_for_tests

with pytest.MonkeyPatch.context() as environment:
    environment.setenv("ROOFTREE_MODE", "test")
    environment.setenv("ROOFTREE_HOUSEKEEPING_SECONDS", "3600")
    environment.setenv("ROOFTREE_ACCESS_LOG", "false")
    from shop.app import app

from shop.payments.provider import Opened, Provider, open_provider


class FakeProvider(Provider):
    """Opens payments without a network, and remembers what it was asked for."""

    def __init__(self) -> None:
        self.opened: list[str] = []
        self.refunds: list[str] = []
        self.on_refund: Literal["taken", "refused", "away"] = "taken"

    async def open(self, reference: str, amount: Decimal, return_url: str, notify_url: str, *, language: str) -> Opened:
        self.opened.append(f"pay-{len(self.opened)}-{reference}")
        return Opened(id=self.opened[-1], url=f"http://127.0.0.1:8001/pay/{self.opened[-1]}")

    async def refund(self, reference: str) -> Literal["taken", "refused", "away"]:
        self.refunds.append(reference)
        return self.on_refund


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
def database() -> Iterator[None]:
    with database_for_tests(app):
        asyncio.run(fill())
        yield


async def fill() -> None:
    async with Client(app):
        for seed in app.seeds.values():
            async with transaction():
                if (made := seed()) is not None:
                    await made


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    fake = FakeProvider()

    def stand_in() -> Provider:
        return fake

    with app.providers.override(open_provider, stand_in):
        yield fake


@pytest.fixture
async def client(anyio_backend: str, provider: FakeProvider) -> AsyncIterator[Client]:
    """A visitor; what they do is taken back at the end."""
    async with Client(app, rollback=True) as client:
        yield client
