"""The threads on which plain functions run."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from rooftree.binding import ThreadPool
from rooftree.binding import threads as threads_module
from rooftree.binding.threads import Lane

variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable")


@pytest.fixture
def lane() -> Iterator[Lane]:
    lane = Lane("test", 2)
    yield lane
    lane.close()


def alive(name: str) -> list[str]:
    return sorted(t.name for t in threading.enumerate() if t.name.startswith(f"rooftree-{name}-"))


async def until(condition: Any, seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        await asyncio.sleep(0.005)


@pytest.mark.both_loops
async def test_it_returns_and_raises(lane: Lane) -> None:
    assert await lane.run(lambda: 3) == 3

    def fail() -> None:
        raise ValueError("x")

    with pytest.raises(ValueError, match="x"):
        await lane.run(fail)
    assert await lane.run(threading.get_ident) != threading.get_ident()


async def test_threads_have_names_and_a_limit(lane: Lane) -> None:
    assert alive("test") == []
    seen: set[str] = set()
    running = 0
    most = 0
    lock = threading.Lock()

    def work() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.002)
        seen.add(threading.current_thread().name)
        with lock:
            running -= 1

    await asyncio.gather(*[lane.run(work) for _ in range(20)])
    assert seen == set(alive("test")) == {"rooftree-test-1", "rooftree-test-2"}
    assert most == lane.threads == 2


async def test_one_thread_is_enough_for_one_after_another(lane: Lane) -> None:
    for _ in range(5):
        await lane.run(lambda: None)
    assert lane.threads == 1


async def test_the_context_comes_along_and_stays_apart(lane: Lane) -> None:
    variable.set("outside")

    def work() -> str:
        before = variable.get()
        variable.set("inside")
        return before

    assert await lane.run(work) == "outside"
    assert variable.get() == "outside"


async def test_a_step_that_waits_is_withdrawn(lane: Lane) -> None:
    release = threading.Event()
    ran: list[str] = []
    blocked = [asyncio.create_task(lane.run(lambda: release.wait(5))) for _ in range(2)]
    waiting = asyncio.create_task(lane.run(lambda: ran.append("ran")))
    await asyncio.sleep(0.02)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    release.set()
    assert await asyncio.gather(*blocked) == [True, True]
    assert await lane.run(lambda: "next") == "next"
    assert ran == []


async def test_a_step_that_has_begun_runs_to_its_end(lane: Lane) -> None:
    started, release = threading.Event(), threading.Event()
    ran: list[str] = []

    def work() -> None:
        started.set()
        release.wait(5)
        ran.append("ended")

    task = asyncio.create_task(lane.run(work))
    await asyncio.to_thread(started.wait, 5)
    task.cancel()
    await asyncio.sleep(0.02)
    assert not task.done()
    release.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ran == ["ended"]


async def test_a_time_limit_waits_for_the_step(lane: Lane) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await lane.run(lambda: time.sleep(0.05))
    assert await lane.run(lambda: 1) == 1


async def test_errors_of_every_kind_come_back(lane: Lane) -> None:
    class Odd(BaseException):
        pass

    def fail() -> None:
        raise Odd

    def stop() -> None:
        raise StopIteration

    with pytest.raises(Odd):
        await lane.run(fail)
    with pytest.raises(RuntimeError, match="StopIteration"):
        await lane.run(stop)
    assert await lane.run(lambda: 1) == 1


def test_one_lane_for_one_loop_after_another() -> None:
    lane = Lane("loops", 1)
    for _ in range(3):
        assert asyncio.run(lane.run(lambda: 7)) == 7
    lane.close()


def test_a_loop_that_is_gone_does_not_matter() -> None:
    lane = Lane("gone", 1)
    started, release = threading.Event(), threading.Event()

    def work() -> None:
        started.set()
        release.wait(5)

    async def start() -> None:
        lane_run = lane.run(work)
        lane_run.send(None)  # as a task would, whose loop is closed before it ends
        started.wait(5)

    asyncio.run(start())
    release.set()
    assert asyncio.run(lane.run(lambda: 1)) == 1
    lane.close()


async def test_the_resume_lane_is_relieved_where_nothing_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads_module, "STALLED", 0.01)
    lane = Lane("relieved", 1, relief=True)
    release = threading.Event()
    blocked = asyncio.create_task(lane.run(lambda: release.wait(10)))
    also = asyncio.create_task(lane.run(lambda: release.wait(10)))
    await asyncio.sleep(0)
    # what frees the others waits behind both, and gets to run
    await asyncio.wait_for(lane.run(release.set), 5)
    assert list(await asyncio.gather(blocked, also)) == [True, True]
    await until(lambda: alive("relieved") == ["rooftree-relieved-1"])
    assert lane.threads == 1
    lane.close()


async def test_a_lane_that_moves_is_not_relieved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads_module, "STALLED", 0.02)
    lane = Lane("moving", 1, relief=True)
    names: set[str] = set()

    def work() -> None:
        time.sleep(0.001)
        names.add(threading.current_thread().name)

    await asyncio.gather(*[lane.run(work) for _ in range(60)])
    assert names == {"rooftree-moving-1"}
    await asyncio.sleep(0.05)
    lane.close()


async def test_no_two_requests_wait_for_each_others_threads() -> None:
    """Every thread of the first lane waits for something that only later steps of other requests give back."""
    pool = ThreadPool(2)
    connections = threading.Semaphore(2)

    async def request() -> None:
        await pool.enter.run(connections.acquire)
        await asyncio.sleep(0.001)
        await pool.resume.run(connections.release)

    await asyncio.wait_for(asyncio.gather(*[request() for _ in range(50)]), 10)
    pool.close()


async def test_closing_ends_the_threads() -> None:
    pool = ThreadPool(3)
    await asyncio.gather(*[pool.enter.run(lambda: time.sleep(0.001)) for _ in range(9)], pool.resume.run(lambda: None))
    members = [*pool.enter._members, *pool.resume._members]
    assert all(thread.is_alive() for thread in members)
    pool.close()
    assert not any(thread.is_alive() for thread in members)
    assert await pool.enter.run(lambda: 1) == 1  # what comes later starts new ones
    pool.close()


async def test_a_thread_that_hangs_does_not_hold_up_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads_module, "JOIN", 0.01)
    lane = Lane("hanging", 1)
    release = threading.Event()
    task = asyncio.create_task(lane.run(lambda: release.wait(10)))
    await asyncio.sleep(0.02)
    lane.close()
    release.set()
    assert await task
    await until(lambda: alive("hanging") == [])


async def test_a_lane_that_is_forgotten_ends_its_threads() -> None:
    lane = Lane("forgotten", 2)
    await lane.run(lambda: None)
    assert alive("forgotten") == ["rooftree-forgotten-1"]
    del lane
    gc.collect()
    await until(lambda: alive("forgotten") == [])


async def test_the_end_of_relief_leaves_the_sign_to_stop_for_others() -> None:
    lane = Lane("sign", 1)
    await lane.run(lambda: None)
    line = lane._line
    lane._thread(line.work_off, "relief")
    lane.close()
    line.waiting.put(None)
    line.work_off()
    assert line.waiting.get_nowait() is None


def test_the_limit_of_a_pool_holds_for_both_lanes() -> None:
    pool = ThreadPool(limit=3)
    assert pool.limit == 3
    pool.limit = 2
    assert (pool.limit, pool.enter.limit, pool.resume.limit) == (2, 2, 2)
