"""Add categories"""

from __future__ import annotations

from rooftree.db.migrations import ddl, rebuild

revision = "89c8f84c845c"
down_revision = "012f385ab606"
dialect = "sqlite"


def upgrade() -> None:
    ddl(
        """
        CREATE TABLE "categories" (
            "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
            "name" VARCHAR(40) NOT NULL,
            CONSTRAINT "uq_categories_name" UNIQUE ("name"),
            CONSTRAINT "ck_categories_name_max_length" CHECK (length("name") <= 40),
            CONSTRAINT "ck_categories_name_min_length" CHECK (length("name") >= 1)
        )
        """
    )
    ddl("""INSERT INTO "categories" ("name") VALUES ('Other')""")
    with rebuild("products"):
        ddl(
            """
            CREATE TABLE "products__new" (
                "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
                "name" VARCHAR(80) NOT NULL,
                "price" SCALED INTEGER(8,2) NOT NULL,
                "category_id" INTEGER NOT NULL,
                CONSTRAINT "uq_products_name" UNIQUE ("name"),
                CONSTRAINT "ck_products_name_max_length" CHECK (length("name") <= 80),
                CONSTRAINT "ck_products_name_min_length" CHECK (length("name") >= 1),
                CONSTRAINT "ck_products_price_gt" CHECK ("price" > 0),
                CONSTRAINT "fk_products_category_id" FOREIGN KEY ("category_id") REFERENCES "categories"("id") ON DELETE RESTRICT
            )
            """
        )
        ddl(
            """
            INSERT INTO "products__new" ("id", "name", "price", "category_id")
            SELECT "id", "name", "price", 1 FROM "products"
            """
        )
        ddl('DROP TABLE "products"')
        ddl('ALTER TABLE "products__new" RENAME TO "products"')
        ddl('CREATE INDEX "ix_products_category_id" ON "products" ("category_id")')


def downgrade() -> None:
    with rebuild("products"):
        ddl(
            """
            CREATE TABLE "products__new" (
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
        ddl(
            """
            INSERT INTO "products__new" ("id", "name", "price")
            SELECT "id", "name", "price" FROM "products"
            """
        )
        ddl('DROP TABLE "products"')
        ddl('ALTER TABLE "products__new" RENAME TO "products"')
    ddl('DROP TABLE "categories"')
