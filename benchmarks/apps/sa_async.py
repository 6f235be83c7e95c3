"""FastAPI's and Litestar's shared half: the async engine, the session dependency and the queries on it."""

from common import DB, EXTRA, PG, POOL, SQLITE, count, ids, randint
from sa_models import Fortune, World
from sqlalchemy import event, select
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

URL = f"sqlite+aiosqlite:///{SQLITE}" if DB == "sqlite" else PG.replace("postgresql://", "postgresql+asyncpg://")
engine = create_async_engine(URL, pool_size=POOL, max_overflow=0)
Session = async_sessionmaker(engine, expire_on_commit=False)
if DB == "sqlite":

    @event.listens_for(engine.sync_engine, "connect")
    def pragmas(con, record):
        cur = con.cursor()
        cur.execute("PRAGMA journal_mode=WAL")
        cur.execute("PRAGMA synchronous=NORMAL")
        cur.close()


async def get_session():
    async with Session() as session:
        yield session


async def db(session):
    return (await session.get(World, randint())).as_dict()


async def queries(session, n):
    return [(await session.get(World, i)).as_dict() for i in ids(count(n))]


async def updates(session, n):
    rows = [await session.get(World, i) for i in ids(count(n))]
    for w in rows:
        w.randomnumber = randint()
    await session.commit()
    return [w.as_dict() for w in rows]


async def fortunes(session):
    rows = list(await session.scalars(select(Fortune)))
    rows.append(Fortune(id=0, message=EXTRA))
    return sorted(rows, key=lambda f: f.message)
