"""Django's ORM by its plain methods: its asynchronous ones run the same on a thread, and are slower."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import django
from django.conf import settings

from benchmarks.orm.work import country


def configure(db: str, url: str) -> None:
    if db == "sqlite":
        options = {"init_command": "pragma journal_mode=wal; pragma synchronous=normal; pragma foreign_keys=on"}
        database: dict[str, Any] = {"ENGINE": "django.db.backends.sqlite3", "NAME": url, "OPTIONS": options}
    else:
        parts = urlsplit(url)
        database = {
            "ENGINE": "django.db.backends.postgresql", "NAME": parts.path[1:], "USER": parts.username,
            "PASSWORD": parts.password, "HOST": parts.hostname, "PORT": parts.port,
        }  # fmt: skip
    database["CONN_MAX_AGE"] = None
    settings.configure(DATABASES={"default": database}, INSTALLED_APPS=["django.contrib.contenttypes"], USE_TZ=True)
    django.setup()


class DjangoEntry:
    async def open(self, db: str, url: str) -> None:
        import os

        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # plain calls from the one coroutine that measures
        configure(db, url)
        from benchmarks.apps.orm import django_models

        self.models: Any = django_models

    async def close(self) -> None:
        from django.db import connections

        connections.close_all()

    def get(self, n: int) -> Any:
        return self.models.Book.objects.get(pk=n)

    def get1000(self, n: int) -> Any:
        return list(self.models.Book.objects.filter(id__lte=1000).order_by("id"))

    def insert(self, n: int) -> Any:
        return self.models.Note.objects.create(text=f"Note {n}", amount=n, done=False)

    def insert1000(self, n: int) -> Any:
        note = self.models.Note
        return note.objects.bulk_create([note(text=f"Note {i}", amount=i, done=False) for i in range(n, n + 1000)])

    def update(self, n: int) -> Any:
        book = self.models.Book.objects.get(pk=n)
        book.pages = book.pages % 900 + 1  # always another
        book.save(update_fields=["pages"])

    def update1000(self, n: int) -> Any:
        books = list(self.models.Book.objects.filter(id__lte=1000))
        for book in books:
            book.pages = book.id + n
        self.models.Book.objects.bulk_update(books, ["pages"], batch_size=400)

    def join(self, n: int) -> Any:
        books = self.models.Book.objects.filter(author__country=country(n))
        return list(books.select_related("author").order_by("id")[:20])

    def children(self, n: int) -> Any:
        authors = self.models.Author.objects.filter(id__lte=10).order_by("id").prefetch_related("books")
        return [(author, author.books.all()) for author in authors]

    def aggregate(self, n: int) -> Any:
        from django.db.models import Count, Max

        rows = self.models.Book.objects.values_list("author__country").annotate(Count("id"), Max("price"))
        return list(rows.order_by())


def make(db: str) -> DjangoEntry:
    return DjangoEntry()
