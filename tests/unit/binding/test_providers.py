"""Values by their type: scopes, the application's own, overrides."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any

import pytest

from rooftree.base import BaseSettings, DependencyError, UsageError
from rooftree.binding import Depends, Plan, Providers, compile_plan, inspect_handler
from rooftree.http import Request
from tests.unit.binding.kit import answer, make_request, plan_of, refused


class Config(BaseSettings, frozen=True):
    name: str = "shop"


class Pool:
    def __init__(self, name: str = "pool") -> None:
        self.name = name


class Session:
    def __init__(self, pool: Pool) -> None:
        self.pool = pool


class Clock:
    pass


LOG: list[str] = []


@pytest.fixture(autouse=True)
def log() -> Iterator[list[str]]:
    LOG.clear()
    yield LOG
    LOG.clear()


async def open_pool(config: Config) -> AsyncIterator[Pool]:
    LOG.append("open")
    yield Pool(config.name)
    LOG.append("close")


def make_session(pool: Pool, *, request: Request) -> Iterator[Session]:
    LOG.append("begin")
    yield Session(pool)
    LOG.append(f"end {request.method}")


async def handler(session: Session) -> str:
    return session.pool.name


def shop() -> Providers:
    providers = Providers()
    providers.value(Config(), Config, BaseSettings)
    providers.provide(make_session)
    providers.provide(open_pool, scope="app")
    return providers


async def test_by_type_in_all_scopes() -> None:
    providers = shop()
    plan = plan_of(handler, providers=providers)
    async with providers.running():
        assert LOG == ["open"]
        assert (await answer(plan)).body == "shop"
        assert (await answer(plan)).body == "shop"
    assert LOG == ["open", "begin", "end GET", "begin", "end GET", "close"]


async def test_it_runs_again_after_it_was_closed() -> None:
    providers = shop()
    plan = plan_of(handler, providers=providers)
    for _ in range(2):
        async with providers.running():
            assert (await answer(plan)).body == "shop"
    assert LOG.count("open") == LOG.count("close") == 2


async def test_the_same_value_for_all_that_ask() -> None:
    def second(session: Session) -> Session:
        return session

    async def ask(a: Session, b: Session | None, c: Annotated[Session, Depends(make_session)], d: Session) -> bool:
        return a is b is c is d

    ask.__annotations__["d"] = Annotated[Session, Depends(second)]
    providers = shop()
    async with providers.running():
        assert (await answer(plan_of(ask, providers=providers))).body == b"true"


async def test_the_scope_call() -> None:
    providers = Providers()
    providers.provide(Clock, scope="call")

    async def ask(a: Clock, b: Clock) -> bool:
        return a is b

    assert (await answer(plan_of(ask, providers=providers))).body == b"false"


async def test_kinds_of_providers() -> None:
    def plain() -> Pool:
        return Pool("plain")

    async def asynchronous(pool: Pool) -> Session:
        return Session(pool)

    def generator(*, session: Session) -> Iterator[Clock]:
        LOG.append(session.pool.name)
        yield Clock()
        LOG.append("stopped")

    providers = Providers()
    for provider in (generator, asynchronous, plain):
        providers.provide(provider, scope="app")
    providers.provide(lambda: "text", type=str | int)
    async with providers.running():
        assert [type(p.value).__name__ for p, _ in providers._order or ()] == ["Pool", "Session", "Clock"]
    assert LOG == ["plain", "stopped"]


async def test_before_the_application_was_started() -> None:
    plan = plan_of(handler, providers=shop())
    with pytest.raises(DependencyError) as raised:
        await answer(plan)
    assert raised.value.code == "D110"
    assert raised.value.fact == (
        "test_providers.open_pool() makes its value at start-up, and the application has not been started."
    )
    assert raised.value.remedy == "Start it: a server does, and so does 'async with Client(app)' in a test."


async def test_what_was_made_is_closed_where_the_next_fails() -> None:
    providers = shop()

    def fail(pool: Pool) -> Clock:
        raise OSError("no clock")

    providers.provide(fail, scope="app")
    with pytest.raises(OSError, match="no clock"):
        async with providers.running():
            raise AssertionError("it runs")
    assert LOG == ["open"]  # the generator saw the error: what follows its yield is for success


async def test_an_error_of_the_application_is_seen() -> None:
    async def watch() -> AsyncIterator[Clock]:
        try:
            yield Clock()
        except OSError as error:
            raise ValueError("seen") from error

    providers = Providers()
    providers.provide(watch, scope="app")
    with pytest.raises(ValueError, match="seen"):
        async with providers.running():
            raise OSError


async def test_a_provider_that_fails_to_close() -> None:
    async def watch() -> AsyncIterator[Clock]:
        yield Clock()
        raise OSError("not closed")

    providers = shop()
    providers.provide(watch, scope="app")
    with pytest.raises(OSError, match="not closed"):
        async with providers.running():
            pass


# ---- errors at start-up


def test_two_for_one_type() -> None:
    def another() -> Pool:
        return Pool()

    providers = shop()
    with refused(DependencyError, "D105") as said:
        providers.provide(another)
    assert (
        "another() provides Pool, and so does test_providers.open_pool() at tests/unit/binding/test_providers"
        in said[0]
    )
    assert said[0].endswith(
        "Take one out, or give one a type of its own: app.provide(..., type=...). In a test, override it."
    )
    with refused(DependencyError, "D105") as said:
        providers.value(Config())
    assert said[0].startswith("the Config given provides Config, and so does the Config given. ")


def untyped():  # type: ignore[no-untyped-def]
    return Pool()


def nothing() -> None: ...
def bare_generator() -> Iterator:  # type: ignore[type-arg]  # pyright: ignore[reportMissingTypeArgument,reportUnknownParameterType]
    yield Pool()


WITHOUT_A_TYPE: list[Any] = [untyped, nothing, bare_generator]


@pytest.mark.parametrize("call", WITHOUT_A_TYPE)
def test_a_provider_without_a_type(call: Any) -> None:
    with refused(DependencyError, "D104") as said:
        Providers().provide(call)
    assert said[0] == (
        f"test_providers.{call.__name__}() does not say what it provides: it has no return type. "
        "Annotate it: 'def ...() -> Pricing:', or name it: app.provide(..., type=Pricing)."
    )
    Providers().provide(call, type=Pool)


def test_a_scope_that_there_is_not() -> None:
    with refused(DependencyError, "D107") as said:
        Providers().provide(open_pool, scope="session")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    assert said[0] == "test_providers.open_pool() has the scope 'session'. Choose one of app, request, call."


def test_a_provider_that_is_no_function() -> None:
    with refused(DependencyError, "D106"):
        Providers().provide(Pool(), type=Pool)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_a_hole_in_the_applications_own() -> None:
    providers = Providers()
    providers.provide(from_session, scope="app")
    with refused(DependencyError, "D102"):
        providers.check()


def from_session(session: Session) -> Clock:
    raise AssertionError(session)


def from_request(request: Request) -> Clock:
    raise AssertionError(request)


def from_depends(pool: Annotated[Pool, Depends(untyped)]) -> Clock:
    raise AssertionError(pool)


def from_query(page: int) -> Clock:
    raise AssertionError(page)


@pytest.mark.parametrize(
    ("call", "parameter", "origin"),
    [
        (from_session, "session: Session", "test_providers.make_session()"),
        (from_request, "request: Request", "the request of each request"),
        (from_depends, "pool: Pool", "test_providers.untyped()"),
        (from_query, "page: int", "the query of each request"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_what_lives_shorter(call: Any, parameter: str, origin: str) -> None:
    providers = shop()
    providers.provide(call, scope="app")
    with refused(DependencyError, "D103") as said:
        inspect_handler(handler, {}, providers=providers)
    assert said[0] == (
        f"test_providers.{call.__name__}() makes something once for the application, but its parameter '{parameter}' "
        f"comes from {origin}, which is new for each request. Give test_providers.{call.__name__}() the scope "
        "'request', or what it needs the scope 'app'."
    )


def circle_a(b: Session) -> Pool:
    raise AssertionError(b)


def circle_b(a: Pool) -> Session:
    raise AssertionError(a)


def test_a_circle() -> None:
    providers = Providers()
    providers.provide(circle_a, scope="app")
    providers.provide(circle_b, scope="app")
    with refused(DependencyError, "D101") as said:
        providers.check()
    assert said[0] == (
        "Dependencies need each other in a circle: test_providers.circle_a() -> test_providers.circle_b() -> "
        "test_providers.circle_a(). Take one of them out of it."
    )


def test_a_type_that_cannot_be_hashed() -> None:
    async def ask(a: int) -> None: ...

    ask.__annotations__["a"] = Annotated[int, []]
    assert inspect_handler(ask, {}, providers=Providers()).parameters[0].source == "query"
    assert Providers().of_type([]) is None


# ---- overrides


async def body_of(plan: Plan) -> str | bytes:
    body = (await answer(plan)).body
    assert isinstance(body, str | bytes)
    return body


async def search() -> str:
    return "real"


async def fake_search(q: str = "fake") -> str:
    return q


async def test_a_function_is_overridden() -> None:
    providers = Providers()

    async def ask(found: Annotated[str, Depends(search)]) -> str:
        return found

    plan = plan_of(ask, providers=providers)
    code = plan.__code__
    other = plan_of(search, providers=providers)
    untouched = other.__code__
    with providers.override(search, fake_search):
        assert await body_of(plan) == "fake"
        assert (await answer(plan, make_request(query="q=x"))).body == "x"
        with providers.override(search, lambda: "inner"):
            assert await body_of(plan) == "inner"
        assert await body_of(plan) == "fake"
        assert other.__code__ is untouched
    assert await body_of(plan) == "real"
    assert plan.__code__ is code


async def test_a_plan_that_was_compiled_during_an_override() -> None:
    providers = Providers()

    async def ask(found: Annotated[str, Depends(search)]) -> str:
        return found

    with providers.override(search, fake_search):
        plan = plan_of(ask, providers=providers)
        assert await body_of(plan) == "fake"
    assert await body_of(plan) == "real"


async def test_requests_under_way_end_as_they_began() -> None:
    providers = Providers()
    going, proceed = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        going.set()
        await proceed.wait()

    async def ask(first: None, found: Annotated[str, Depends(search)], n: int = 1) -> str:
        return f"{found} {n}"

    ask.__annotations__["first"] = Annotated[None, Depends(wait)]
    plan = plan_of(ask, providers=providers)
    task = asyncio.create_task(answer(plan, make_request(query="n=7")))
    await going.wait()
    with providers.override(search, fake_search):
        proceed.set()
        assert (await task).body == "real 7"


async def test_a_provider_is_overridden_by_its_type_or_itself() -> None:
    providers = shop()
    plan = plan_of(handler, providers=providers)

    def fake() -> Session:
        return Session(Pool("fake"))

    async with providers.running():
        with providers.override(Session, fake):
            assert await body_of(plan) == "fake"
        with providers.override(make_session, fake):
            assert await body_of(plan) == "fake"
        assert await body_of(plan) == "shop"


async def test_the_applications_own_is_overridden_before_it_starts() -> None:
    providers = shop()
    plan = plan_of(handler, providers=providers)

    async def fake() -> AsyncIterator[Pool]:
        LOG.append("fake open")
        yield Pool("fake")
        LOG.append("fake close")

    with providers.override(open_pool, fake):
        async with providers.running():
            assert await body_of(plan) == "fake"
    assert LOG == ["fake open", "begin", "end GET", "fake close"]
    async with providers.running():
        assert await body_of(plan) == "shop"


async def test_the_applications_own_is_overridden_while_it_runs() -> None:
    providers = shop()
    plan = plan_of(handler, providers=providers)

    def fake(*, config: Config) -> Pool:
        return Pool(f"fake {config.name}")

    def fake_generator() -> Iterator[Pool]:
        yield Pool("generated")
        LOG.append("generator closed")

    async def fake_async() -> Pool:
        raise AssertionError

    async with providers.running():
        with providers.override(Pool, fake):
            assert await body_of(plan) == "fake shop"
        with providers.override(Pool, fake_generator):
            assert await body_of(plan) == "generated"
        assert LOG[-1] == "generator closed"
        with pytest.raises(UsageError) as raised, providers.override(Pool, fake_async):
            raise AssertionError
        assert str(raised.value).startswith("[U501] test_providers.")
        assert raised.value.fact.endswith("is asynchronous, and stands in for something that was made at start-up.")
        assert raised.value.remedy == "Override it before the application starts, or with a plain function."
        assert await body_of(plan) == "shop"


async def test_a_value_is_overridden_at_once_and_for_all_its_types() -> None:
    providers = shop()

    async def ask(config: Config, base: BaseSettings) -> list[str]:
        return [config.name, type(base).__name__]

    plan = plan_of(ask, providers=providers)
    with providers.override(Config, lambda: Config(name="test")):
        assert await body_of(plan) == b'["test","Config"]'
    assert await body_of(plan) == b'["shop","Config"]'


async def test_a_type_that_nothing_provides_can_be_given_by_a_function() -> None:
    providers = Providers()
    with providers.override(Clock, Clock), refused(DependencyError, "D102"):
        plan_of(from_clock, providers=providers)


async def from_clock(clock: Clock) -> None:
    raise AssertionError(clock)


async def test_an_effect_is_overridden() -> None:
    providers = Providers()

    async def effect() -> None:
        LOG.append("effect")

    async def ask() -> None: ...

    plan = plan_of(ask, providers=providers, dependencies=[effect])
    with providers.override(effect, lambda: LOG.append("instead")):
        await answer(plan)
    await answer(plan)
    assert LOG == ["instead", "effect"]


async def test_nothing_of_overrides_is_on_the_way_of_a_request() -> None:
    providers = shop()
    info = inspect_handler(handler, {}, providers=providers)
    assert "override" not in compile_plan(info).__code__.co_names


# ---- types that make their own values


class Visit:
    def __init__(self, number: int) -> None:
        self.number = number

    @classmethod
    def __dependency__(cls, name: str, type: Any, optional: bool) -> Any:
        return make_visit


async def make_visit(request: Request, number: int = 1) -> Visit:
    return Visit(number)


async def greet(visit: Visit, again: Visit, maybe: Visit | None = None) -> list[int]:
    assert visit is again is maybe
    return [visit.number]


async def test_a_type_that_makes_its_own_values() -> None:
    plan = plan_of(greet)
    assert (await answer(plan, make_request(query="number=3"))).body == b"[3]"


async def test_a_provider_goes_before_the_type_itself() -> None:
    providers = Providers()
    providers.provide(lambda: Visit(7), type=Visit)
    plan = compile_plan(inspect_handler(greet, {}, providers=providers))
    assert (await plan(make_request())).body == b"[7]"
