"""The driver compared with plain tasks: whatever a coroutine does, both see the same."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, cast

import pytest
import uvloop
from hypothesis import given
from hypothesis import strategies as st

from rooftree.server.driver import WAITS, Runner, make_runner

VARIABLE: contextvars.ContextVar[int] = contextvars.ContextVar("variable", default=0)
LoopFactory = Callable[[], asyncio.AbstractEventLoop]

Outcome = tuple[str, object]
Program = list[tuple[Any, ...]]


class Boom(Exception):
    pass


# ---- programs: lists of steps, run by one coroutine, that leave a trace

Step = tuple[Any, ...]


def step(*parts: Any) -> st.SearchStrategy[Step]:
    strategies: list[st.SearchStrategy[Any]] = [p if isinstance(p, st.SearchStrategy) else st.just(p) for p in parts]
    return st.tuples(*strategies)


calm = [
    step("yield"),
    step("future", st.sampled_from(["soon", "done"])),
    step("set", st.integers(0, 9)),
    step("get"),
    step("name"),
    step("gather"),
    step("cancelling"),
]
failing = [step("future", "error"), step("raise"), step("cancel-future"), step("bad-yield")]
loud = calm + failing
quarrelsome = [*loud, step("cancel-self"), step("uncancel")]


def programs(own: list[st.SearchStrategy[Step]], children: list[st.SearchStrategy[Step]], depth: int) -> Any:
    """Programs of such steps, with children that run such steps."""
    every = list(own)
    if depth:
        inner = programs(own, children, depth - 1)
        child = programs(children, children, depth - 1)
        every += [
            step("timeout", "never", inner),
            step("group", programs(calm, calm, depth - 1), inner),
            step("shield", child),
            step("child", child),
            step("catch", inner),
        ]
        if own is not calm:
            every.append(step("swallow", inner))
        if own is loud:
            every.append(step("abort", child))
        if own is quarrelsome:
            every.append(step("timeout", "now", inner))
    return st.lists(st.one_of(every), max_size=6 if depth == DEPTH else 4)


DEPTH = 2
# How many turns of the loop lie between a wait and its end is not promised, and may differ by one. So no outcome here
# depends on whether a child or its parent comes first: where one is cancelled or fails, the other is calm.
failing_programs = programs(loud, loud, DEPTH)
cancelling_programs = programs(quarrelsome, calm, DEPTH)


class BadYield:
    def __await__(self) -> Any:
        yield 5


async def interpret(program: Program, trace: list[object], task: asyncio.Task[Any] | None = None) -> int:  # noqa: C901, PLR0912
    loop = asyncio.get_running_loop()
    mine = asyncio.current_task()
    assert mine is not None
    assert task is None or mine is task
    for one in program:
        trace.append(one[0])
        match one:
            case ["yield"]:
                await asyncio.sleep(0)
            case ["future", kind]:
                future: asyncio.Future[int] = loop.create_future()
                if kind == "soon":
                    loop.call_soon(future.set_result, 1)
                elif kind == "done":
                    future.set_result(2)
                else:
                    loop.call_soon(future.set_exception, Boom("future"))
                trace.append(await future)
            case ["set", value]:
                VARIABLE.set(value)
            case ["get"]:
                trace.append(VARIABLE.get())
            case ["raise"]:
                raise Boom("raised")
            case ["cancel-self"]:
                mine.cancel()
            case ["uncancel"]:
                trace.append(mine.uncancel())
            case ["cancelling"]:
                trace.append(mine.cancelling())
            case ["name"]:
                trace.append(asyncio.current_task() is mine)
            case ["gather"]:
                trace.append(await asyncio.gather(asyncio.sleep(0, 1), asyncio.sleep(0, 2)))
            case ["cancel-future"]:
                lost: asyncio.Future[int] = loop.create_future()
                loop.call_soon(lost.cancel)
                await lost
            case ["bad-yield"]:
                await BadYield()
            case ["timeout", when, inner]:
                try:
                    async with asyncio.timeout(0 if when == "now" else 60):
                        await interpret(inner, trace)
                except TimeoutError:
                    trace.append("timed out")
            case ["group", first, second]:
                async with asyncio.TaskGroup() as group:
                    group.create_task(interpret(first, []))
                    await interpret(second, trace)
                    await asyncio.gather(
                        *(asyncio.sleep(0) for _ in range(3))
                    )  # whether the child is done is no matter
            case ["abort", child]:
                async with asyncio.TaskGroup() as group:
                    group.create_task(interpret([("swallow", child), ("raise",)], []))
                    await loop.create_future()  # until the child's end cancels it
            case ["shield", inner]:
                trace.append(await asyncio.shield(interpret(inner, [])))
            case ["child", inner]:
                trace.append(await asyncio.create_task(interpret(inner, [])))
            case ["catch", inner]:
                try:
                    await interpret(inner, trace)
                except Exception as error:  # noqa: BLE001 - that is the step
                    trace.append(summary(error))
            case ["swallow", inner]:
                try:
                    await interpret(inner, trace)
                except asyncio.CancelledError as error:
                    trace.append(error.args)
            case _:
                raise AssertionError(one)
    return VARIABLE.get()


def summary(error: BaseException) -> object:
    if isinstance(error, BaseExceptionGroup):
        inner = cast("tuple[BaseException, ...]", error.exceptions)  # pyright: ignore[reportUnknownMemberType]
        return sorted(str(summary(e)) for e in inner)
    if isinstance(error, asyncio.CancelledError):
        return ("CancelledError", "")
    return (type(error).__name__, str(error))


def outcome_of(value: object, error: BaseException | None) -> Outcome:
    return ("value", value) if error is None else ("error", summary(error))


# ---- the two ways to run one


class Trace(list[object]):
    """A trace that cancels its coroutine, from outside and a turn of the loop later, when it has grown to a length."""

    def __init__(self, cancel_at: int | None = None) -> None:
        super().__init__()
        self.cancel_at = cancel_at
        self.cancel: Callable[[], object] | None = None

    def append(self, entry: object, /) -> None:
        super().append(entry)
        if len(self) == self.cancel_at:
            asyncio.get_running_loop().call_soon(self._cancel)

    def _cancel(self) -> None:
        if self.cancel is not None:
            self.cancel()


async def plainly(coroutine: Coroutine[Any, Any, Any], context: contextvars.Context, trace: Trace) -> Outcome:
    task = asyncio.Task(coroutine, context=context)
    trace.cancel = task.cancel
    await asyncio.wait([task])
    if task.cancelled():
        return ("error", ("CancelledError", ""))
    error = task.exception()
    return outcome_of(None if error else task.result(), error)


async def driven(
    used: bool, coroutine: Coroutine[Any, Any, Any], context: contextvars.Context, trace: Trace
) -> Outcome:
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[Outcome] = loop.create_future()
    runner: Runner[Any] = make_runner(lambda value, error: ended.set_result(outcome_of(value, error)), loop)
    if used:
        loop.call_soon(runner.run, asyncio.sleep(0), contextvars.copy_context())
        assert await ended == ("value", None)
        ended = loop.create_future()
    trace.cancel = runner.cancel

    def start() -> None:  # outside of any task, as a protocol is called
        try:
            value = runner.run(coroutine, context)
        except BaseException as error:  # noqa: BLE001 - whatever it is
            ended.set_result(outcome_of(None, error))
        else:
            if value is not WAITS:
                ended.set_result(outcome_of(value, None))

    loop.call_soon(start)
    outcome = await ended
    runner.close()
    return outcome


async def end_of_others() -> None:
    """Let children that nobody waits for (behind a shield) come to their end."""
    while others := asyncio.all_tasks() - {asyncio.current_task()}:
        for task in others:
            task.cancel()
        await asyncio.wait(others)


def outcomes(program: Program, cancel_at: int | None, used: bool, loop_factory: LoopFactory) -> list[object]:
    """Run a program both ways; return outcome, trace and what the context holds, of each."""
    found: list[object] = []

    async def both() -> None:
        for way in (plainly, partial(driven, used)):
            trace = Trace(cancel_at)
            context = contextvars.copy_context()
            outcome = await way(interpret(program, trace), context, trace)
            found.append((outcome, list(trace), context.get(VARIABLE)))
            await end_of_others()

    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.get_loop().set_exception_handler(lambda _loop, _context: None)  # errors of children that nobody asks for
        runner.run(both())
    return found


both_loops = pytest.mark.parametrize("loop_factory", [uvloop.new_event_loop, asyncio.new_event_loop])


@both_loops
@given(program=failing_programs, used=st.booleans())
def test_a_driven_coroutine_does_what_a_task_does(program: Program, used: bool, loop_factory: LoopFactory) -> None:
    plain, ours = outcomes(program, None, used, loop_factory)
    assert ours == plain


@both_loops
@given(program=cancelling_programs, used=st.booleans())
def test_it_can_cancel_itself_and_time_out_as_a_task_can(
    program: Program, used: bool, loop_factory: LoopFactory
) -> None:
    plain, ours = outcomes(program, None, used, loop_factory)
    assert ours == plain


@both_loops
@given(program=cancelling_programs, cancel_at=st.integers(1, 12), used=st.booleans())
def test_cancelling_it_at_any_point_does_what_it_does_to_a_task(
    program: Program, cancel_at: int, used: bool, loop_factory: LoopFactory
) -> None:
    plain, ours = outcomes(program, cancel_at, used, loop_factory)
    assert ours == plain


# ---- what a coroutine leaves behind


async def run_outside(runner: Runner[Any], coroutine: Coroutine[Any, Any, Any]) -> object:
    """Run a coroutine as a protocol would; return its value, the error that left it at once, or WAITS."""
    given: asyncio.Future[object] = asyncio.get_running_loop().create_future()

    def start() -> None:
        try:
            given.set_result(runner.run(coroutine, contextvars.copy_context()))
        except BaseException as error:  # noqa: BLE001 - that is what it returns
            given.set_result(error)

    asyncio.get_running_loop().call_soon(start)
    return await given


async def until(ended: list[Any]) -> None:
    for _ in range(20):
        if ended:
            return
        await asyncio.sleep(0)
    pytest.fail("It has not ended.")


@pytest.mark.both_loops
async def test_a_cancellation_of_one_coroutine_never_reaches_the_next() -> None:
    ended: list[tuple[object, BaseException | None]] = []
    runner: Runner[Any] = make_runner(lambda value, error: ended.append((value, error)), asyncio.get_running_loop())

    async def cancels_itself(waits: bool) -> str:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        if waits:
            await asyncio.sleep(10)
        return "never seen"

    async def innocent(waits: bool) -> int:
        task = asyncio.current_task()
        assert task is not None
        if waits:
            await asyncio.sleep(0)
        return task.cancelling()

    for waits in (False, True, False, True, True):
        first = await run_outside(runner, cancels_itself(waits))
        if waits:
            assert first is WAITS
            await until(ended)
            assert isinstance(ended.pop()[1], asyncio.CancelledError)
        else:
            assert isinstance(first, asyncio.CancelledError)
        assert await run_outside(runner, innocent(False)) == 0
        assert await run_outside(runner, innocent(True)) is WAITS
        await until(ended)
        assert ended.pop() == (0, None)
    runner.close()


@pytest.mark.both_loops
@pytest.mark.parametrize("leak_waits", [False, True])
@pytest.mark.parametrize("kept", [True, False], ids=["kept", "dropped"])
async def test_a_handle_that_leaks_reaches_no_later_coroutine(leak_waits: bool, kept: bool) -> None:
    ended: list[tuple[object, BaseException | None]] = []
    runner: Runner[Any] = make_runner(lambda value, error: ended.append((value, error)), asyncio.get_running_loop())
    handles: list[asyncio.Task[Any]] = []

    async def leaks() -> str:
        task = asyncio.current_task()
        assert task is not None
        handles.append(task)
        if leak_waits:
            await asyncio.sleep(0)
        return "leaked"

    async def innocent() -> str:
        for _ in range(3):
            await asyncio.sleep(0)
        return "whole"

    def cancel_and_go_on() -> None:  # in one turn of the loop: nothing of the first is tidied up yet
        handles[0].cancel()
        if not kept:
            handles.clear()
        going_on.set_result(runner.run(innocent(), contextvars.copy_context()))

    first = await run_outside(runner, leaks())
    if leak_waits:
        assert first is WAITS
        await until(ended)
        assert ended.pop() == ("leaked", None)
    else:
        assert first == "leaked"
    going_on: asyncio.Future[object] = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(cancel_and_go_on)
    assert await going_on is WAITS
    for handle in handles:
        handle.cancel()
    await until(ended)
    assert ended.pop() == ("whole", None)

    assert await run_outside(runner, innocent()) is WAITS
    for handle in handles:
        handle.cancel()
    await until(ended)
    assert ended.pop() == ("whole", None)
    runner.close()
    await end_of_others()


@pytest.mark.both_loops
async def test_nothing_is_left_running_when_a_runner_is_closed() -> None:
    ended: list[object] = []
    runner: Runner[Any] = make_runner(lambda value, _: ended.append(value), asyncio.get_running_loop())
    assert await run_outside(runner, asyncio.sleep(0, "in place or not")) is WAITS
    runner.close()  # the one that waits goes on to its end
    for _ in range(5):
        await asyncio.sleep(0)
    assert ended == ["in place or not"]
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.both_loops
async def test_a_coroutine_that_fails_in_place_raises_and_the_next_runs() -> None:
    runner: Runner[Any] = make_runner(lambda _value, _error: None, asyncio.get_running_loop())

    async def fail() -> None:
        raise Boom("at once")

    async def work() -> str:
        return "done"

    for _ in range(3):
        assert isinstance(await run_outside(runner, fail()), Boom)
        assert await run_outside(runner, work()) == "done"
    runner.close()
