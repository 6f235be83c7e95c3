from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooftree.http import Event, EventStream, last_event_id
from tests.unit.http.making import content_of, make_request


def read(stream: str) -> list[dict[str, str]]:
    """Read a stream as a browser does (WHATWG HTML, section 9.2.6)."""
    events: list[dict[str, str]] = []
    data: list[str] = []
    kind, last = "", ""
    for line in stream.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            if data:
                events.append({"type": kind or "message", "data": "\n".join(data), "id": last})
            data, kind = [], ""
        elif field == "data":
            data.append(value)
        elif field == "event":
            kind = value
        elif field == "id" and "\0" not in value:
            last = value
    return events


@pytest.mark.parametrize(
    ("event", "sent"),
    [
        (Event(data="a"), b"data: a\n\n"),
        (Event(data=""), b"data: \n\n"),
        (Event(data="a\nb\r\nc\rd"), b"data: a\ndata: b\ndata: c\ndata: d\n\n"),
        (Event(data=b"\xc3\xbc"), "data: ü\n\n".encode()),
        (Event(data={"a": 1}), b'data: {"a":1}\n\n'),
        (Event(data=[1, "x\ny"]), b'data: [1,"x\\ny"]\n\n'),
        (Event(data=0), b"data: 0\n\n"),
        (Event(data=1, event="tick", id="7", retry=3000), b"event: tick\nid: 7\nretry: 3000\ndata: 1\n\n"),
        (Event[str](comment="a\nb"), b": a\n: b\n\n"),
        (Event[str](id=""), b"id: \n\n"),
        (Event[str](), b"\n"),
    ],
)
def test_events_as_sent(event: Event[Any], sent: bytes) -> None:
    assert event.encode() == sent


@pytest.mark.parametrize("field", ["event", "id"])
@pytest.mark.parametrize("value", ["a\nb", "a\rb", "a\0b"])
def test_a_name_or_id_cannot_begin_another_field(field: str, value: str) -> None:
    event: Event[str] = Event(id=value) if field == "id" else Event(event=value)
    with pytest.raises(ValueError, match=rf"The {field} '.*' of an event holds a line break or NUL\. Leave it out\."):
        event.encode()


@given(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0")))
def test_browsers_read_what_was_sent(data: str, name: str) -> None:
    sent = Event(data=data, event=name, id="7", comment=data).encode().decode()
    expected = data.replace("\r\n", "\n").replace("\r", "\n")
    assert read(sent) == [{"type": name or "message", "data": expected, "id": "7"}]


@pytest.mark.both_loops
async def test_a_stream_of_events() -> None:
    async def events() -> AsyncIterator[Any]:
        yield "a"
        yield {"b": 1}
        yield Event(data="c", event="tick")
        await asyncio.sleep(0.01)
        yield 4

    stream = EventStream[Any](events(), retry=500, headers={"x-a": "1"})
    assert (stream.status, stream.media_type) == (200, "text/event-stream")
    assert dict(stream.headers.pairs) == {b"x-a": b"1", b"cache-control": b"no-store", b"x-accel-buffering": b"no"}
    sent = await content_of(stream)
    assert sent == b'retry: 500\n\ndata: a\n\ndata: {"b":1}\n\nevent: tick\ndata: c\n\ndata: 4\n\n'


async def test_an_encoder_of_ones_own() -> None:
    async def events() -> AsyncIterator[Any]:
        yield [1]

    stream = EventStream[Any](events(), encode_json=lambda value: msgspec.json.encode({"projected": value}))
    assert await content_of(stream) == b':\n\ndata: {"projected":[1]}\n\n'


async def test_pings_while_there_is_nothing() -> None:
    pinged = asyncio.Event()

    async def events() -> AsyncIterator[str]:
        await pinged.wait()
        yield "a"

    sent: list[bytes] = []
    body = EventStream(events(), ping=0.01).body
    assert not isinstance(body, bytes | str)
    async for part in body:
        sent.append(part)
        if len(sent) == 4:  # the first says that the stream is open
            pinged.set()
    assert sent[:4] == [b":\n\n"] * 4
    assert sent[-1] == b"data: a\n\n"
    assert await content_of(EventStream(events(), ping=None)) == b":\n\ndata: a\n\n"


async def test_a_source_in_a_time_limit_of_its_own_is_left_alone() -> None:
    # a ping must not end, nor move to another task, what the source waits for
    async def events() -> AsyncIterator[str]:
        async with asyncio.timeout(30):
            await asyncio.sleep(0.03)
            yield "a"
            await asyncio.sleep(0.03)
            yield "b"

    sent = await content_of(EventStream(events(), ping=0.01))
    assert [event["data"] for event in read(sent.decode())] == ["a", "b"]


@pytest.mark.parametrize("taken", [0, 1, 2])
async def test_the_source_is_cancelled_and_ended(taken: int) -> None:
    seen: list[str] = []

    async def events() -> AsyncIterator[str]:
        try:
            yield "a"
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise
        finally:
            await asyncio.sleep(0)
            seen.append("ended")

    stream = EventStream(events())
    assert not isinstance(stream.body, bytes | str)
    iterator = aiter(stream.body)
    for _ in range(taken):
        await anext(iterator)
    await asyncio.sleep(0)
    await stream.aclose()
    assert seen == (["cancelled", "ended"] if taken == 2 else [])


async def test_the_source_waits_for_the_client() -> None:
    made: list[int] = []

    async def events() -> AsyncIterator[int]:
        for number in range(100):
            made.append(number)
            yield number

    stream = EventStream(events())
    assert not isinstance(stream.body, bytes | str)
    iterator = aiter(stream.body)
    for _ in range(3):
        await anext(iterator)
        await asyncio.sleep(0.001)
    assert len(made) <= 5
    await stream.aclose()


async def test_an_error_of_the_source_ends_the_stream() -> None:
    async def events() -> AsyncIterator[str]:
        yield "a"
        raise LookupError("gone")

    stream = EventStream(events())
    assert not isinstance(stream.body, bytes | str)
    iterator = aiter(stream.body)
    assert [await anext(iterator), await anext(iterator)] == [b":\n\n", b"data: a\n\n"]
    with pytest.raises(LookupError, match="gone"):
        await anext(iterator)
    for _ in range(2):
        with pytest.raises(StopAsyncIteration):
            await anext(iterator)
    await stream.aclose()


async def test_an_error_while_it_ends_is_not_lost() -> None:
    async def events() -> AsyncIterator[str]:
        try:
            yield "a"
            await asyncio.sleep(60)
        finally:
            raise LookupError("at the end")

    stream = EventStream(events())
    assert not isinstance(stream.body, bytes | str)
    iterator = aiter(stream.body)
    await anext(iterator)
    await anext(iterator)
    await asyncio.sleep(0)
    with pytest.raises(LookupError, match="at the end"):
        await stream.aclose()


async def test_a_source_that_will_not_be_cancelled_is_ended_all_the_same() -> None:
    async def events() -> AsyncIterator[str]:
        for _ in range(9):
            with suppress(asyncio.CancelledError):
                yield "a"
                await asyncio.sleep(60)

    stream = EventStream(events())
    assert not isinstance(stream.body, bytes | str)
    iterator = aiter(stream.body)
    await anext(iterator)
    await anext(iterator)
    await asyncio.sleep(0)
    await stream.aclose()
    await stream.aclose()


async def test_a_source_may_end_by_itself_when_it_is_cancelled() -> None:
    async def events() -> AsyncIterator[str]:
        with suppress(asyncio.CancelledError):
            yield "a"
            await asyncio.sleep(60)

    stream = EventStream(events())
    assert not isinstance(stream.body, bytes | str)
    iterator = aiter(stream.body)
    await anext(iterator)
    await anext(iterator)
    await stream.aclose()


@pytest.mark.parametrize("taken", [0, 1, 2])
@pytest.mark.parametrize("waits", [False, True])
async def test_it_is_ended_from_outside(taken: int, waits: bool) -> None:
    seen: list[str] = []

    async def events() -> AsyncIterator[str]:
        try:
            yield "a"
            await asyncio.sleep(60 if waits else 0)
            yield "b"
            yield "c"
        finally:
            seen.append("ended")

    stream = EventStream(events())
    assert not isinstance(stream.body, bytes | str)
    iterator = aiter(stream.body)
    for _ in range(taken):
        await anext(iterator)
    reading = asyncio.ensure_future(anext(iterator)) if taken == 2 and waits else None
    await asyncio.sleep(0)
    before = stream.ended
    stream.end()
    stream.end()
    assert (before, stream.ended) == (False, True)
    if reading is not None:
        with pytest.raises(StopAsyncIteration):
            await reading
    left = [part async for part in iterator]
    assert left == ([] if taken else [b":\n\n"])
    await stream.aclose()
    assert seen == (["ended"] if taken == 2 else [])


async def test_an_error_that_came_before_its_end_is_told() -> None:
    async def events() -> AsyncIterator[str]:
        yield "a"
        raise LookupError("gone")

    stream = EventStream(events())
    assert not isinstance(stream.body, bytes | str)
    iterator = aiter(stream.body)
    await anext(iterator)
    await anext(iterator)
    for _ in range(5):
        await asyncio.sleep(0)
    stream.end()
    with pytest.raises(LookupError, match="gone"):
        await anext(iterator)
    await stream.aclose()


async def test_an_answer_that_was_let_go_of_has_ended() -> None:
    async def events() -> AsyncIterator[str]:
        yield "a"

    stream = EventStream(events())
    await stream.aclose()
    assert stream.ended
    assert await content_of(stream) == b":\n\n"


async def test_an_iterable_without_an_end_of_its_own() -> None:
    class Events:
        def __init__(self) -> None:
            self.left = 2

        def __aiter__(self) -> Events:
            return self

        async def __anext__(self) -> int:
            self.left -= 1
            if self.left < 0:
                raise StopAsyncIteration
            return self.left

    assert await content_of(EventStream(Events())) == b":\n\ndata: 1\n\ndata: 0\n\n"


@pytest.mark.parametrize(("value", "seen"), [(None, ""), (b"7", "7"), ("ü".encode(), "ü"), (b"\xff", "\ufffd")])
def test_the_last_event_id(value: bytes | None, seen: str) -> None:
    headers = [(b"accept", b"text/event-stream")] + ([] if value is None else [(b"last-event-id", value)])
    assert last_event_id(make_request(headers=headers)) == seen
