"""What follows the ``yield`` of a dependency."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any

import pytest

from rooftree.base import ClientDisconnected, DependencyError, HTTPError, RequestInvalid
from rooftree.binding import Depends, Providers, ThreadPool
from rooftree.http import File, Response, Stream
from tests.unit.binding.kit import answer, content_of, make_request, plan_of


class Failed(Exception):
    pass


class Log(list[str]):
    """What happened, in order."""

    def plain(self, name: str) -> Any:
        """A plain generator dependency that tells what it sees."""

        def dependency() -> Iterator[str]:
            self.append(f"enter {name}")
            try:
                yield name
            except BaseException as error:
                self.append(f"{name} saw {type(error).__name__}")
                raise
            else:
                self.append(f"leave {name}")

        return Depends(dependency)

    def asynchronous(self, name: str) -> Any:
        """The same, asynchronous."""

        async def dependency() -> AsyncIterator[str]:
            self.append(f"enter {name}")
            try:
                yield name
            except BaseException as error:
                self.append(f"{name} saw {type(error).__name__}")
                raise
            else:
                self.append(f"leave {name}")

        return Depends(dependency)


def needing(function: Any, **needs: Any) -> Any:
    """The function with its parameters annotated as these dependencies."""
    function.__annotations__.update({name: Annotated[str, marker] for name, marker in needs.items()})
    return function


KINDS = ["plain", "asynchronous"]


@pytest.mark.parametrize("first", KINDS)
@pytest.mark.parametrize("second", KINDS)
@pytest.mark.parametrize("handler", KINDS)
@pytest.mark.parametrize("outcome", ["success", "failure"])
async def test_the_last_one_entered_leaves_first(first: str, second: str, handler: str, outcome: str) -> None:
    log = Log()

    def work(a: str, b: str) -> str:
        log.append(f"handler {a}{b}")
        if outcome == "failure":
            raise Failed
        return "done"

    async def work_async(a: str, b: str) -> str:
        return work(a, b)

    needs = {"a": getattr(log, first)("a"), "b": getattr(log, second)("b")}
    plan = plan_of(needing(work if handler == "plain" else work_async, **needs))
    if outcome == "success":
        assert (await answer(plan)).body == "done"
        assert log == ["enter a", "enter b", "handler ab", "leave b", "leave a"]
    else:
        with pytest.raises(Failed):
            await answer(plan)
        assert log == ["enter a", "enter b", "handler ab", "b saw Failed", "a saw Failed"]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_clean_up_may_answer_in_another_way(kind: str) -> None:
    def guard() -> Iterator[str]:
        try:
            yield "x"
        except Failed:
            raise HTTPError(409) from None

    async def guard_async() -> AsyncIterator[str]:
        try:
            yield "x"
        except Failed:
            raise HTTPError(409) from None

    log = Log()

    async def handler(a: str, b: str) -> None:
        raise Failed

    dependency = Depends(guard if kind == "plain" else guard_async)
    with pytest.raises(HTTPError) as raised:
        await answer(plan_of(needing(handler, a=log.asynchronous("a"), b=dependency)))
    assert raised.value.status == 409
    assert log == ["enter a", "a saw HTTPError"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("handler_kind", KINDS)
async def test_an_error_that_is_swallowed_goes_on(kind: str, handler_kind: str) -> None:
    def quiet() -> Iterator[str]:
        with contextlib.suppress(Failed):
            yield "x"

    async def quiet_async() -> AsyncIterator[str]:
        with contextlib.suppress(Failed):
            yield "x"

    async def handler(a: str) -> None:
        raise Failed

    def plain(a: str) -> None:
        raise Failed

    dependency = Depends(quiet if kind == "plain" else quiet_async)
    with pytest.raises(Failed):
        await answer(plan_of(needing(handler if handler_kind == "asynchronous" else plain, a=dependency)))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("handler_kind", KINDS)
async def test_a_clean_up_that_fails_is_the_outcome(kind: str, handler_kind: str) -> None:
    def commit() -> Iterator[str]:
        yield "x"
        raise Failed

    async def commit_async() -> AsyncIterator[str]:
        yield "x"
        raise Failed

    log = Log()

    async def handler(a: str, b: str, c: str) -> str:
        return "not sent"

    def plain(a: str, b: str, c: str) -> str:
        return "not sent"

    needs = {
        "a": log.asynchronous("a"),
        "b": Depends(commit if kind == "plain" else commit_async),
        "c": log.asynchronous("c") if kind == "asynchronous" else log.plain("c"),
    }
    with pytest.raises(Failed):
        await answer(plan_of(needing(handler if handler_kind == "asynchronous" else plain, **needs)))
    assert log == ["enter a", "enter c", "leave c", "a saw Failed"]


async def test_all_of_them_run_though_each_fails() -> None:
    ran: list[str] = []

    def failing(name: str) -> Any:
        async def dependency() -> AsyncIterator[str]:
            try:
                yield name
            finally:
                ran.append(name)
                raise Failed(name)

        return Depends(dependency)

    async def handler(a: str, b: str, c: str) -> None: ...

    with pytest.raises(Failed) as raised:
        await answer(plan_of(needing(handler, a=failing("a"), b=failing("b"), c=failing("c"))))
    assert ran == ["c", "b", "a"]
    assert str(raised.value) == "a"
    assert isinstance(raised.value.__context__, Failed)


@pytest.mark.parametrize("kind", KINDS)
async def test_what_was_entered_leaves_where_the_next_cannot_be(kind: str) -> None:
    log = Log()

    async def refuse(a: str) -> str:
        raise HTTPError(403)

    async def handler(b: str) -> None: ...

    needing(refuse, a=getattr(log, kind)("a"))
    with pytest.raises(HTTPError):
        await answer(plan_of(needing(handler, b=Depends(refuse))))
    assert log == ["enter a", "a saw HTTPError"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("handler_kind", KINDS)
async def test_a_request_that_is_refused_after_something_was_entered(kind: str, handler_kind: str) -> None:
    log = Log()

    async def handler(a: str, n: int) -> None: ...
    def plain(a: str, n: int) -> None: ...

    chosen = needing(handler if handler_kind == "asynchronous" else plain, a=getattr(log, kind)("a"))
    with pytest.raises(RequestInvalid):
        await answer(plan_of(chosen), make_request(query="n=x"))
    assert log == ["enter a", "a saw RequestInvalid"]


@pytest.mark.parametrize("handler_kind", KINDS)
@pytest.mark.parametrize("kind", KINDS)
async def test_a_stream_keeps_what_it_needs_until_its_end(kind: str, handler_kind: str) -> None:
    log = Log()

    async def source() -> AsyncIterator[str]:
        yield "a"
        log.append("streaming")
        yield "b"

    async def handler(a: str) -> Stream:
        return Stream(source())

    def plain(a: str) -> Stream:
        return Stream(source())

    chosen = handler if handler_kind == "asynchronous" else plain
    response = await answer(plan_of(needing(chosen, a=getattr(log, kind)("a"))))
    assert log == ["enter a"]
    assert await content_of(response) == b"ab"
    assert log == ["enter a", "streaming", "leave a"]


async def test_a_stream_that_fails() -> None:
    log = Log()

    async def handler(a: str) -> AsyncIterator[str]:
        yield "a"
        raise Failed

    response = await answer(plan_of(needing(handler, a=log.asynchronous("a"))))
    with pytest.raises(Failed):
        await content_of(response)
    assert log == ["enter a", "a saw Failed"]


async def test_a_clean_up_that_fails_after_a_stream() -> None:
    async def commit() -> AsyncIterator[str]:
        yield "x"
        raise Failed

    async def handler(a: str) -> AsyncIterator[str]:
        yield "a"

    response = await answer(plan_of(needing(handler, a=Depends(commit))))
    with pytest.raises(Failed):
        await content_of(response)


async def test_a_client_that_leaves_a_stream() -> None:
    log = Log()

    async def handler(a: str) -> AsyncIterator[str]:
        try:
            while True:
                yield a
        finally:
            log.append("closed")

    response = await answer(plan_of(needing(handler, a=log.asynchronous("a"))))
    body: Any = response.body
    await anext(body)
    await body.aclose()
    assert log == ["enter a", "closed", f"a saw {ClientDisconnected.__name__}"]
    await body.aclose()
    assert len(log) == 3


async def test_a_stream_that_is_never_read() -> None:
    log = Log()

    async def handler(a: str) -> AsyncIterator[str]:
        yield a

    body: Any = (await answer(plan_of(needing(handler, a=log.asynchronous("a"))))).body
    await body.aclose()  # as for HEAD
    assert log == ["enter a", "leave a"]


async def test_a_stream_that_cannot_be_closed() -> None:
    class Parts:
        def __aiter__(self) -> Parts:
            return self

        async def __anext__(self) -> bytes:
            return b"x"

    async def failing() -> AsyncIterator[bytes]:
        try:
            yield b"x"
        finally:
            raise Failed

    log = Log()

    async def handler(a: str, which: int) -> Response:
        return Response(Parts() if which else failing())

    plan = plan_of(needing(handler, a=log.asynchronous("a")))
    bare: Any = (await answer(plan, make_request(query="which=1"))).body
    await bare.aclose()
    body: Any = (await answer(plan, make_request(query="which=0"))).body
    await anext(body)
    with pytest.raises(Failed):
        await body.aclose()
    assert log == ["enter a", "leave a", "enter a", "a saw Failed"]


async def test_a_clean_up_that_fails_when_the_client_leaves() -> None:
    async def commit() -> AsyncIterator[str]:
        try:
            yield "x"
        finally:
            raise Failed

    async def handler(a: str) -> AsyncIterator[str]:
        yield "a"

    body: Any = (await answer(plan_of(needing(handler, a=Depends(commit))))).body
    await anext(body)
    with pytest.raises(Failed):
        await body.aclose()


async def test_a_file_that_a_dependency_owns(tmp_path: Any) -> None:
    def temporary() -> Iterator[str]:
        path = tmp_path / "big"
        path.write_bytes(b"x" * 100_000)
        yield str(path)
        path.unlink()

    def handler(path: str) -> File:
        return File(path)

    response = await answer(plan_of(needing(handler, path=Depends(temporary))))
    assert len(await content_of(response)) == 100_000
    assert not (tmp_path / "big").exists()


async def test_plain_clean_up_runs_on_the_thread_of_its_handler() -> None:
    used: list[int] = []

    def dependency() -> Iterator[str]:
        used.append(threading.get_ident())
        yield "x"
        used.append(threading.get_ident())

    def handler(a: str) -> None:
        used.append(threading.get_ident())

    await answer(plan_of(needing(handler, a=Depends(dependency))))
    assert len(used) == 3
    assert len(set(used)) == 1
    assert used[0] != threading.get_ident()


@pytest.mark.parametrize("kind", KINDS)
async def test_a_dependency_without_a_yield(kind: str) -> None:
    def empty() -> Iterator[str]:
        yield from ()

    async def empty_async() -> AsyncIterator[str]:
        for text in list[str]():
            yield text

    async def handler(a: str) -> None: ...

    with pytest.raises(DependencyError) as raised:
        await answer(plan_of(needing(handler, a=Depends(empty if kind == "plain" else empty_async))))
    assert raised.value.code == "D108"
    assert raised.value.fact.endswith("() ended without a yield.")
    assert raised.value.remedy == "Let it yield its value, or raise where there is none."


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("outcome", ["success", "failure"])
async def test_a_dependency_that_yields_twice(kind: str, outcome: str) -> None:
    def twice() -> Iterator[str]:
        with contextlib.suppress(Failed):
            yield "a"
        yield "b"

    async def twice_async() -> AsyncIterator[str]:
        with contextlib.suppress(Failed):
            yield "a"
        yield "b"

    async def handler(a: str) -> None:
        if outcome == "failure":
            raise Failed

    with pytest.raises(DependencyError) as raised:
        await answer(plan_of(needing(handler, a=Depends(twice if kind == "plain" else twice_async))))
    assert raised.value.code == "D109"
    assert raised.value.remedy == "Let it yield once."
    assert isinstance(raised.value.__cause__, Failed if outcome == "failure" else type(None))


@pytest.mark.parametrize("kind", KINDS)
async def test_a_stop_iteration_of_a_plain_handler(kind: str) -> None:
    log = Log()

    def handler(a: str) -> None:
        next(iter(()))

    with pytest.raises(RuntimeError, match="coroutine raised StopIteration"):
        await answer(plan_of(needing(handler, a=getattr(log, kind)("a"))))
    # on its own thread the error is what it was; on the loop a coroutine has turned it into a RuntimeError (PEP 479)
    assert log[-1] == ("a saw StopIteration" if kind == "plain" else "a saw RuntimeError")


async def test_a_stop_async_iteration() -> None:
    log = Log()

    async def handler(a: str) -> None:
        raise StopAsyncIteration

    with pytest.raises(StopAsyncIteration):
        await answer(plan_of(needing(handler, a=log.asynchronous("a"))))
    assert log[-1] == "a saw StopAsyncIteration"


async def test_cancelling_a_handler_cleans_up() -> None:
    log = Log()
    waiting = asyncio.Event()

    async def handler(a: str, b: str) -> None:
        waiting.set()
        await asyncio.sleep(10)

    plan = plan_of(needing(handler, a=log.asynchronous("a"), b=log.plain("b")))
    task = asyncio.create_task(answer(plan))
    await waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert log == ["enter a", "enter b", "b saw CancelledError", "a saw CancelledError"]


async def test_cancelling_while_a_plain_dependency_is_entered_still_leaves_it() -> None:
    started, proceed = threading.Event(), threading.Event()
    left: list[str] = []

    def slow() -> Iterator[str]:
        started.set()
        proceed.wait(5)
        try:
            yield "x"
        except BaseException as error:
            left.append(type(error).__name__)
            raise

    async def handler(a: str) -> None:
        raise AssertionError("it was called")

    task = asyncio.create_task(answer(plan_of(needing(handler, a=Depends(slow)))))
    await asyncio.to_thread(started.wait, 5)
    task.cancel()
    await asyncio.sleep(0.01)
    assert not task.done()
    proceed.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert left == ["CancelledError"]


async def test_requests_that_wait_for_what_others_hold_never_stand_still() -> None:
    """Two threads, two connections: those who hold a connection need a thread, those who hold a thread need one."""
    providers = Providers()
    providers.threads = ThreadPool(2)
    connections = threading.BoundedSemaphore(2)

    def connect() -> Iterator[str]:
        assert connections.acquire(timeout=10)
        yield "connection"
        connections.release()

    async def between(a: str) -> str:
        await asyncio.sleep(0.001)
        return a

    def handler(b: str, a: str) -> str:
        return b

    async def handler_async(b: str, a: str) -> str:
        return b

    needing(between, a=Depends(connect))
    plans = [
        plan_of(needing(function, b=Depends(between), a=Depends(connect)), providers=providers)
        for function in (handler, handler_async)
    ]
    made = await asyncio.wait_for(asyncio.gather(*[answer(plan) for _ in range(20) for plan in plans]), 10)
    assert {response.body for response in made} == {"connection"}
    providers.threads.close()


async def test_many_requests_share_nothing() -> None:
    opened: set[str] = set()

    async def session(n: int) -> AsyncIterator[str]:
        name = f"session {n}"
        opened.add(name)
        await asyncio.sleep(0)
        yield name
        opened.discard(name)

    async def handler(a: str, n: int) -> str:
        await asyncio.sleep(0)
        return f"{a} {n}"

    plan = plan_of(needing(handler, a=Depends(session)), providers=Providers())
    made = await asyncio.gather(*[answer(plan, make_request(query=f"n={n}")) for n in range(100)])
    assert [response.body for response in made] == [f"session {n} {n}" for n in range(100)]
    assert opened == set()
