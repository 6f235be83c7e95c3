from __future__ import annotations

import asyncio

import pytest

from rooftree.app.middleware import BodyLimit, TimeLimit
from rooftree.base import HTTPError, PayloadTooLarge
from rooftree.http import Request, Response
from tests.unit.http.making import Arriving, make_request


async def quick(request: Request) -> Response:
    return Response(await request.body())


@pytest.mark.both_loops
async def test_a_handler_that_takes_too_long_is_cancelled() -> None:
    ended: list[str] = []

    async def slow(_: Request) -> Response:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("ended")
        return Response(b"")

    with pytest.raises(HTTPError) as caught:
        await TimeLimit(0.01)(make_request(), slow)
    assert (caught.value.status, caught.value.headers) == (503, {"retry-after": "1"})
    assert caught.value.detail == "No answer was ready within 0.01 seconds."
    assert ended == ["ended"]


async def test_a_handler_in_time_is_left_alone() -> None:
    answer = await TimeLimit(5)(make_request(content=b"x"), quick)
    assert answer.body == b"x"


async def test_a_time_limit_of_the_handler_itself_is_its_own_error() -> None:
    async def impatient(_: Request) -> Response:
        async with asyncio.timeout(0.001):
            await asyncio.sleep(60)
        return Response(b"")

    with pytest.raises(TimeoutError):
        await TimeLimit(5)(make_request(), impatient)


@pytest.mark.parametrize("seconds", [0, -1, float("nan")])
def test_a_limit_that_leaves_no_time(seconds: float) -> None:
    with pytest.raises(ValueError, match=rf"A time limit of {seconds} seconds leaves no time: give a number above 0\."):
        TimeLimit(seconds)


async def test_bodies_are_bounded() -> None:
    limit = BodyLimit(3)
    assert (await limit(make_request(content=b"abc"), quick)).body == b"abc"
    with pytest.raises(PayloadTooLarge):
        await limit(make_request(content=b"abcd"), quick)
    with pytest.raises(PayloadTooLarge):
        await limit(make_request(arriving=Arriving([b"ab", b"cd"])), quick)


async def test_a_length_that_says_too_much_is_refused_at_once() -> None:
    async def never(_: Request) -> Response:
        raise AssertionError("The handler was called.")

    for length in (b"4", b"9" * 30):
        with pytest.raises(PayloadTooLarge) as caught:
            await BodyLimit(3)(make_request(headers=[(b"content-length", length)]), never)
        assert caught.value.limit == 3
    assert (await BodyLimit(3)(make_request(headers=[(b"content-length", b"3")], content=b"abc"), quick)).status == 200
    assert (await BodyLimit(3)(make_request(headers=[(b"content-length", b"x")]), quick)).status == 200


async def test_a_smaller_limit_of_the_route_stays() -> None:
    request = make_request(max_body=2)
    await BodyLimit(3)(request, quick)
    assert request.max_body == 2
