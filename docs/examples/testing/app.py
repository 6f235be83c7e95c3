import asyncio
from collections.abc import AsyncIterator

from rooftree import App, Redirect, Response, Schema, Upload, WebSocket

app = App()
visits = 0
ended: list[str] = []


class Message(Schema):
    text: str


@app.get("/visits")
async def count_visits() -> dict[str, int]:
    global visits  # noqa: PLW0603 - a number is all that this example keeps
    visits += 1
    return {"visits": visits}


@app.post("/login")
async def login() -> Response:
    answer = Redirect("/visits")
    answer.set_cookie("user", "ann")
    return answer


@app.post("/photos")
async def add_photo(photo: Upload) -> dict[str, object]:
    return {"name": photo.filename, "bytes": photo.size}


@app.post("/messages")
async def shout(message: Message) -> Message:
    return Message(text=message.text.upper())


@app.get("/count")
async def count() -> AsyncIterator[int]:
    for number in (1, 2, 3):
        yield number


@app.get("/clock")
async def clock() -> AsyncIterator[str]:
    try:
        while True:
            yield "tick"
            await asyncio.sleep(0.1)
    finally:
        ended.append("clock")


@app.get("/broken")
async def broken() -> None:
    raise ZeroDivisionError("on purpose")


@app.websocket("/echo")
async def echo(ws: WebSocket[Message]) -> None:
    async for message in ws:
        await ws.send(Message(text=message.text.upper()))
