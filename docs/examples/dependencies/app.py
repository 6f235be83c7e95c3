from collections.abc import AsyncIterator, Iterator
from typing import Annotated

from rooftree import App, Depends, Group, Header, HTTPError, Request, Schema, Settings

app = App()


class Paging(Schema):
    page: int
    size: int


async def paging(page: int = 1, size: int = 20) -> Paging:
    return Paging(page=page, size=min(size, 100))


class Search:
    def __init__(self, paging: Annotated[Paging, Depends(paging)], q: str = "") -> None:
        self.paging = paging
        self.q = q


@app.get("/search")
async def search(found: Annotated[Search, Depends(Search)]) -> dict[str, object]:
    return {"q": found.q, "page": found.paging.page}


class Pool:
    def __init__(self, name: str) -> None:
        self.name = name
        self.open = True


class Session:
    def __init__(self, pool: Pool) -> None:
        self.pool = pool


log: list[str] = []


async def open_pool(settings: Settings) -> AsyncIterator[Pool]:
    pool = Pool(settings.mode)
    yield pool
    pool.open = False


def begin(pool: Pool, request: Request) -> Iterator[Session]:
    session = Session(pool)
    try:
        yield session
    except BaseException:
        log.append(f"roll back {request.path}")
        raise
    else:
        log.append(f"commit {request.path}")


app.provide(open_pool, scope="app")
app.provide(begin)


@app.get("/orders")
async def orders(session: Session) -> str:
    return f"orders from {session.pool.name}"


@app.get("/broken")
async def broken(session: Session) -> str:
    raise HTTPError(409, "Someone was faster.")


async def signed_in(authorization: Annotated[str, Header()] = "") -> None:
    if authorization != "Bearer secret":
        raise HTTPError(401, "Sign in first.")


admin = Group("/admin", dependencies=[Depends(signed_in)])


@admin.get("/report")
async def report(year: int) -> str:
    return f"report of {year}"


app.include(admin)
