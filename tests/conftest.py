"""What every test stands on: async tests run here, services are asked for by name, long runs wait for ``--long``.

- ``async def test_x()`` runs on uvloop, with a time limit (30 s, or ``@pytest.mark.time_limit(seconds)``), and fails
  where a task or callback ended in an error that nobody saw. ``@pytest.mark.both_loops`` runs it once on uvloop
  and once on asyncio's own loop.
- ``@pytest.mark.service("postgresql", "nginx")`` or one of the fixtures ``postgres_url``, ``redis_url``, ``nginx``,
  ``chromium``, ``wrk`` asks for something outside of Python. Where it is missing the test is skipped and counted in one
  line at the end; under ``CI=true`` it fails.
- ``@pytest.mark.long`` (fuzz, soak, faults) runs with ``--long`` only.
"""

from __future__ import annotations

import asyncio
import inspect
import os
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import hypothesis
import pytest
import uvloop

from tests.services import IN_CI, SKIPPED, need, temporary_database

TIME_LIMIT = 30.0

hypothesis.settings.register_profile("default", deadline=None, max_examples=60)
hypothesis.settings.register_profile("ci", deadline=None, max_examples=100, derandomize=True)
hypothesis.settings.register_profile("long", deadline=None, max_examples=20_000)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="also run the tests marked long: fuzz, soak and fault runs")


def pytest_configure(config: pytest.Config) -> None:
    profile = "long" if config.getoption("--long") else "ci" if IN_CI else "default"
    hypothesis.settings.load_profile(profile)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--long"):
        return
    waiting = [item for item in items if item.get_closest_marker("long")]
    if waiting:
        config.hook.pytest_deselected(items=waiting)
        items[:] = [item for item in items if not item.get_closest_marker("long")]


# ---- async tests


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.definition.get_closest_marker("both_loops"):
        metafunc.fixturenames.append("loop_kind")
        metafunc.parametrize("loop_kind", ["uvloop", "asyncio"])


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> object | None:
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    __tracebackhide__ = True
    arguments = {name: pyfuncitem.funcargs[name] for name in inspect.signature(pyfuncitem.obj).parameters}
    marker = pyfuncitem.get_closest_marker("time_limit")
    seconds = float(marker.args[0]) if marker else TIME_LIMIT
    parameters = pyfuncitem.callspec.params if hasattr(pyfuncitem, "callspec") else {}
    on_asyncio = parameters.get("loop_kind") == "asyncio"
    run_async(
        lambda: pyfuncitem.obj(**arguments),
        seconds,
        asyncio.new_event_loop if on_asyncio else uvloop.new_event_loop,
    )
    return True


def run_async(
    test: Callable[[], Coroutine[Any, Any, object]],
    seconds: float,
    loop_factory: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    """Run a test to its end on a loop of its own; fail where it takes longer, or where an error was seen by nobody."""
    __tracebackhide__ = True
    unseen: list[dict[str, Any]] = []

    async def limited() -> None:
        __tracebackhide__ = True
        asyncio.get_running_loop().set_exception_handler(lambda _, context: unseen.append(context))
        limit = asyncio.timeout(seconds)
        try:
            async with limit:
                await test()
        except TimeoutError as error:
            if limit.expired():
                error.add_note(f"The test took longer than {seconds:g} s.")
            raise

    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(limited())
    if unseen:
        texts = [f"{context['message']}: {context.get('exception')!r}" for context in unseen]
        pytest.fail("Errors that nobody saw:\n" + "\n".join(texts), pytrace=False)


# ---- services


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers("service"):
        for name in marker.args:
            need(name)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was skipped, and why, in a line for all that lacked a service and one for the rest."""
    missing: Counter[str] = Counter()
    others: Counter[str] = Counter()
    for report in terminalreporter.stats.get("skipped", []):
        match report.longrepr:
            case (_, _, str(text)):
                reason = text.removeprefix("Skipped: ")
                (missing if reason.startswith(SKIPPED) else others)[reason.removeprefix(SKIPPED)] += 1
            case _:
                pass
    if missing:
        terminalreporter.write_line("Missing services: " + counted(missing), yellow=True, bold=True)
    if others:
        terminalreporter.write_line("Skipped besides: " + counted(others))


def counted(reasons: Counter[str]) -> str:
    return "; ".join(f"{why} ({count} test{'s' if count != 1 else ''} skipped)" for why, count in reasons.items())


@pytest.fixture(scope="session")
def postgres_url(worker_id: str) -> Iterator[str]:
    """The URL of an empty PostgreSQL database of this test process's own, dropped at the end."""
    with temporary_database(need("postgresql"), f"rooftree_test_{os.getpid()}_{worker_id}") as url:
        yield url


@pytest.fixture(scope="session")
def redis_url() -> str:
    """The URL of a Redis server; use keys that no one else can have."""
    return need("redis")


@pytest.fixture(scope="session")
def nginx() -> str:
    """The path of the nginx program."""
    return need("nginx")


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium that runs headless."""
    return need("chromium")


@pytest.fixture(scope="session")
def wrk() -> str:
    """The path of the wrk load generator."""
    return need("wrk")
