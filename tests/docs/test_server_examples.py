"""The examples of the page about serving."""

from __future__ import annotations

from docs.examples.server import beside, run_many
from rooftree.server import Server


async def test_beside() -> None:
    assert await beside.main() == "Hello, World!"


async def test_what_workers_load_is_served_within_those_limits() -> None:
    assert run_many.OPTIONS.worker_count >= 1
    async with Server(run_many.load(), limits=run_many.OPTIONS.limits) as server:
        assert server.url.startswith("http://127.0.0.1:")
