"""SQLAlchemy 2 ORM, asynchronous: a session for each piece of work, as its documentation shows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, String, event, func, select, update
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, joinedload, mapped_column, relationship, selectinload

from benchmarks.orm.work import country


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "orm_author"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    email: Mapped[str] = mapped_column(String(120))
    country: Mapped[str] = mapped_column(String(40))
    books: Mapped[list[Book]] = relationship(back_populates="author")


class Book(Base):
    __tablename__ = "orm_book"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    pages: Mapped[int]
    price: Mapped[int]
    in_print: Mapped[bool]
    rating: Mapped[float]
    author_id: Mapped[int] = mapped_column(ForeignKey("orm_author.id"))
    author: Mapped[Author] = relationship(back_populates="books")


class Note(Base):
    __tablename__ = "orm_note"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(String(200))
    amount: Mapped[int]
    done: Mapped[bool]


class SQLAlchemyEntry:
    async def open(self, db: str, url: str) -> None:
        address = f"sqlite+aiosqlite:///{url}" if db == "sqlite" else url.replace("postgresql:", "postgresql+asyncpg:")
        self.engine = create_async_engine(address, pool_size=2)
        if db == "sqlite":

            @event.listens_for(self.engine.sync_engine, "connect")
            def pragmas(connection: Any, record: Any) -> None:
                for pragma in ("journal_mode=wal", "synchronous=normal", "foreign_keys=on"):
                    connection.execute(f"pragma {pragma}")

        self.session = async_sessionmaker(self.engine, expire_on_commit=False)

    async def close(self) -> None:
        await self.engine.dispose()

    async def get(self, n: int) -> Any:
        async with self.session() as session:
            return await session.get(Book, n)

    async def get1000(self, n: int) -> Any:
        async with self.session() as session:
            return (await session.scalars(select(Book).where(Book.id <= 1000).order_by(Book.id))).all()

    async def insert(self, n: int) -> Any:
        async with self.session() as session:
            made = Note(text=f"Note {n}", amount=n, done=False)
            session.add(made)
            await session.commit()
            return made

    async def insert1000(self, n: int) -> Any:
        async with self.session() as session:
            session.add_all([Note(text=f"Note {i}", amount=i, done=False) for i in range(n, n + 1000)])
            await session.commit()

    async def update(self, n: int) -> Any:
        async with self.session() as session:
            book = await session.get_one(Book, n)
            book.pages = book.pages % 900 + 1  # always another
            await session.commit()

    async def update1000(self, n: int) -> Any:
        async with self.session() as session:  # the bulk update by key of its docs
            books = (await session.scalars(select(Book).where(Book.id <= 1000))).all()
            await session.execute(update(Book), [{"id": book.id, "pages": book.id + n} for book in books])
            await session.commit()

    async def join(self, n: int) -> Any:
        async with self.session() as session:
            statement = select(Book).join(Book.author).where(Author.country == country(n))
            statement = statement.options(joinedload(Book.author)).order_by(Book.id).limit(20)
            return (await session.scalars(statement)).all()

    async def children(self, n: int) -> Any:
        async with self.session() as session:
            statement = select(Author).where(Author.id <= 10).order_by(Author.id).options(selectinload(Author.books))
            return [(author, author.books) for author in await session.scalars(statement)]

    async def aggregate(self, n: int) -> Any:
        async with self.session() as session:
            statement = select(Author.country, func.count(), func.max(Book.price)).join(Book.author)
            return (await session.execute(statement.group_by(Author.country))).all()


def make(db: str) -> SQLAlchemyEntry:
    return SQLAlchemyEntry()
