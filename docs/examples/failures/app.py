from rooftree import App, Failure, HTTPError, NotFound, Request, Response

app = App()
reported: list[str] = []


class OutOfStock(HTTPError):
    status = 409


@app.get("/books/{id}", raises=[OutOfStock])
async def book(id: int) -> dict[str, int]:
    if id == 7:
        raise OutOfStock(detail="The last copy was sold this morning.")
    if id > 100:
        raise NotFound("There is no such book.")
    return {"id": id}


@app.error(TimeoutError)
async def too_slow(request: Request, error: TimeoutError) -> Response:
    return Response("Please try again in a minute.", 503, "text/plain; charset=utf-8", {"retry-after": "60"})


@app.get("/slow")
async def slow() -> str:
    raise TimeoutError


@app.get("/broken")
async def broken() -> str:
    raise ZeroDivisionError("on purpose")


@app.failed.connect
async def report(failure: Failure) -> None:
    reported.append(f"{failure.request.id}: {failure.error!r}")
