"""The same inputs as over sockets, handed to connections in this process: an input takes a tenth of the time.

The application is the real one. ``--long`` runs a million of them.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import random
import re
import resource
from typing import Any, cast

import pytest
import uvloop

from rooftree import App
from rooftree.server.connection import Connection
from rooftree.server.service import Service
from tests.e2e.fuzz.application import app
from tests.e2e.fuzz.inputs import spoilt, valued
from tests.unit.server.test_fuzz import Transport

MEGABYTE = 1024


def memory() -> int:
    """Kilobytes that this process has had at the most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


async def send(service: Service, data: bytes, cut: int) -> bytes:
    """Hand bytes to a new connection, in two pieces; return what it wrote until its client goes."""
    loop = asyncio.get_running_loop()
    connection, transport = Connection(service), Transport()
    failed: list[BaseException] = []

    def receive(piece: bytes) -> None:
        try:
            if not (transport.closed or transport.paused):
                connection.data_received(piece)
        except BaseException as error:  # noqa: BLE001 - none may leave
            failed.append(error)

    def go() -> None:
        connection.connection_made(cast("Any", transport))
        receive(data[:cut])

    def lose() -> None:
        transport.closed = True
        connection.connection_lost(None)

    loop.call_soon(go)
    await asyncio.sleep(0)
    loop.call_soon(receive, data[cut:])
    for _ in range(4):
        await asyncio.sleep(0)
    loop.call_soon(lose)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not failed, failed
    return bytes(transport.written)


async def run(app: App, seed: int, inputs: int) -> int:
    """Send so many inputs; return by how many kilobytes the memory grew after the first half of them.

    What is remembered within bounds (header fields, query strings, ...) is full after some 40,000.
    """
    chance, before = random.Random(seed), 0
    service = Service(app, app.limits, asyncio.get_running_loop())
    await app.startup()
    try:
        for number in range(inputs):
            data = chance.choice((spoilt, valued))(chance)
            cut = chance.choice((0, chance.randrange(len(data) + 1)))
            answer = await send(service, data, cut)
            assert not answer or answer.startswith(b"HTTP/1.1 "), (answer[:200], data, cut)
            assert not re.search(rb"HTTP/1\.1 50[0234]", answer), (answer[:200], data, cut)
            if number == inputs // 2:
                gc.collect()
                before = memory()
        while service.background:
            await asyncio.wait(service.background)
        assert not service.connections
    finally:
        await app.shutdown()
    return memory() - before


def check(inputs: int, caplog: pytest.LogCaptureFixture) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - shown where it fails
    caplog.set_level(logging.ERROR)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        grown = runner.run(run(app, seed, inputs))
    assert not caplog.records
    assert grown < 8 * MEGABYTE


def test_some_inputs(caplog: pytest.LogCaptureFixture) -> None:
    check(3_000, caplog)


@pytest.mark.long
@pytest.mark.parametrize("part", range(10))
def test_a_million_inputs(part: int, caplog: pytest.LogCaptureFixture) -> None:
    check(100_000, caplog)
