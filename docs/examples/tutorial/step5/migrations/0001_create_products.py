"""Create products"""

from __future__ import annotations

from rooftree.db.migrations import ddl

revision = "012f385ab606"
down_revision = None
dialect = "sqlite"


def upgrade() -> None:
    ddl(
        """
        CREATE TABLE "products" (
            "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
            "name" VARCHAR(80) NOT NULL,
            "price" SCALED INTEGER(8,2) NOT NULL,
            CONSTRAINT "uq_products_name" UNIQUE ("name"),
            CONSTRAINT "ck_products_name_max_length" CHECK (length("name") <= 80),
            CONSTRAINT "ck_products_name_min_length" CHECK (length("name") >= 1),
            CONSTRAINT "ck_products_price_gt" CHECK ("price" > 0)
        )
        """
    )


def downgrade() -> None:
    ddl('DROP TABLE "products"')
