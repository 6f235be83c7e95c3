"""Create planks"""

from __future__ import annotations

from rooftree.db.migrations import ddl

revision = "1c7e11794c7e"
down_revision = None
dialect = "sqlite"


def upgrade() -> None:
    ddl(
        """
        CREATE TABLE "kinds" (
            "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
            "name" VARCHAR(80) NOT NULL,
            CONSTRAINT "uq_kinds_name" UNIQUE ("name"),
            CONSTRAINT "ck_kinds_name_max_length" CHECK (length("name") <= 80)
        )
        """
    )
    ddl(
        """
        CREATE TABLE "planks" (
            "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
            "name" VARCHAR(80) NOT NULL,
            "price" SCALED INTEGER(8,2) NOT NULL,
            "stock" INTEGER NOT NULL,
            "cost" SCALED INTEGER(8,2) NOT NULL,
            "kind_id" INTEGER NOT NULL,
            "created_at" TEXT NOT NULL,
            CONSTRAINT "uq_planks_name" UNIQUE ("name"),
            CONSTRAINT "ck_planks_name_max_length" CHECK (length("name") <= 80),
            CONSTRAINT "ck_planks_price_gt" CHECK ("price" > 0),
            CONSTRAINT "ck_planks_stock_ge" CHECK ("stock" >= 0),
            CONSTRAINT "fk_planks_kind_id" FOREIGN KEY ("kind_id") REFERENCES "kinds"("id") ON DELETE RESTRICT
        )
        """
    )
    ddl('CREATE INDEX "ix_planks_kind_id" ON "planks" ("kind_id")')


def downgrade() -> None:
    ddl('DROP TABLE "planks"')
    ddl('DROP TABLE "kinds"')
