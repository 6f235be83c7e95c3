import asyncio
from collections.abc import AsyncIterator, Iterator

from rooftree import App, Event, EventStream, Request, Stream
from rooftree.http import last_event_id

app = App()


@app.get("/count.csv")
async def count() -> Stream:
    async def rows() -> AsyncIterator[str]:
        yield "number,square\n"
        for number in range(1000):
            yield f"{number},{number * number}\n"

    return Stream(rows(), media_type="text/csv; charset=utf-8")


@app.get("/archive")
async def archive() -> Stream:
    def parts() -> Iterator[bytes]:  # plain code that waits for a disk or a library: it runs on a thread
        for number in range(3):
            yield bytes([number]) * 1000

    return Stream(parts(), length=3000)


@app.get("/ticks")
async def ticks(request: Request) -> EventStream[int]:
    seen = last_event_id(request)
    start = int(seen) + 1 if seen.isdecimal() else 0

    async def events() -> AsyncIterator[Event[int]]:
        for number in range(start, start + 3):
            yield Event(data=number * number, id=str(number), event="tick")
            await asyncio.sleep(0.01)

    return EventStream(events(), ping=15)


@app.get("/news")
async def news() -> AsyncIterator[Event[dict[str, str]]]:
    yield Event(data={"title": "Oak is sold out"})


@app.post("/total")
async def total(numbers: Stream) -> dict[str, int]:
    size = 0
    async for part in numbers:
        size += len(part)
    return {"bytes": size}
