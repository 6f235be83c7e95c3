"""Create books"""

from __future__ import annotations

from rooftree.db.migrations import ddl

revision = "d2cce6040f10"
down_revision = None
dialect = "sqlite"


def upgrade() -> None:
    ddl(
        """
        CREATE TABLE "books" (
            "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
            "title" VARCHAR(200) NOT NULL,
            "author" VARCHAR(120) NOT NULL,
            "year" INTEGER NOT NULL,
            "cover" BLOB,
            "cover_type" VARCHAR(40),
            "version" INTEGER NOT NULL,
            CONSTRAINT "ck_books_author_max_length" CHECK (length("author") <= 120),
            CONSTRAINT "ck_books_author_min_length" CHECK (length("author") >= 1),
            CONSTRAINT "ck_books_cover_type_max_length" CHECK (length("cover_type") <= 40),
            CONSTRAINT "ck_books_title_max_length" CHECK (length("title") <= 200),
            CONSTRAINT "ck_books_title_min_length" CHECK (length("title") >= 1),
            CONSTRAINT "ck_books_year_ge" CHECK ("year" >= 1450),
            CONSTRAINT "ck_books_year_le" CHECK ("year" <= 2100)
        )
        """
    )
    ddl('CREATE INDEX "ix_books_title" ON "books" ("title")')


def downgrade() -> None:
    ddl('DROP TABLE "books"')
