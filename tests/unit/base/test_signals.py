from __future__ import annotations

import logging

import pytest

from rooftree.base import Signal


async def test_receivers_are_called_in_order_and_can_leave() -> None:
    ordered: Signal[str] = Signal("ordered")
    seen: list[str] = []

    @ordered.connect
    def plain(name: str) -> None:
        seen.append(f"plain {name}")

    @ordered.connect
    async def later(name: str) -> None:
        seen.append(f"later {name}")

    await ordered.send("oak")
    ordered.disconnect(plain)
    ordered.disconnect(plain)
    await ordered.send("elm")
    assert seen == ["plain oak", "later oak", "later elm"]
    assert repr(ordered) == "<Signal ordered: 1 receivers>"


async def test_the_error_of_one_receiver_is_logged_and_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    ordered: Signal[int] = Signal("ordered")
    seen: list[int] = []

    def broken(number: int) -> None:
        raise ValueError(number)

    ordered.connect(broken)
    ordered.connect(seen.append)
    with caplog.at_level(logging.ERROR):
        await ordered.send(1)
    assert seen == [1]
    assert "A receiver of the signal 'ordered' failed" in caplog.text
