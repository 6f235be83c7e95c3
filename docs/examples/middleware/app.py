import time

from rooftree import CORS, App, CallNext, Compression, CORSOptions, Group, Request, Response, Settings
from rooftree.app.middleware import BodyLimit, TimeLimit


async def timing(request: Request, call_next: CallNext) -> Response:
    start = time.perf_counter()
    response = await call_next(request)
    response.headers["server-timing"] = f"app;dur={(time.perf_counter() - start) * 1000:.1f}"
    return response


class Maintenance:
    def __init__(self) -> None:
        self.on = False

    async def __call__(self, request: Request, call_next: CallNext) -> Response:
        if self.on:
            return Response("Back in a minute.", 503, "text/plain", {"retry-after": "60"})
        return await call_next(request)


maintenance = Maintenance()
app = App(Settings(hosts=("example.org",)), middleware=[timing, maintenance, Compression()])

api = Group(
    "/api",
    middleware=[
        CORS(CORSOptions(origins=["https://app.example.org"], credentials=True, headers=["X-Token"])),
        TimeLimit(5),
        BodyLimit(100_000),
    ],
)


@api.get("/items")
async def items() -> list[dict[str, str]]:
    return [{"name": "oak", "text": "a good wood " * 20}] * 10


app.include(api)
