from collections.abc import AsyncIterator

from rooftree import App, Schema, WebSocket

app = App()
visits = 0


class Message(Schema):
    text: str


@app.get("/visits")
async def count_visits() -> dict[str, int]:
    global visits  # noqa: PLW0603 - a number is all that this example keeps
    visits += 1
    return {"visits": visits}


@app.get("/count")
async def count() -> AsyncIterator[int]:
    for number in (1, 2, 3):
        yield number


@app.websocket("/echo")
async def echo(ws: WebSocket[Message]) -> None:
    async for message in ws:
        await ws.send(Message(text=message.text.upper()))
