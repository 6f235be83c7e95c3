"""Payments that the provider refuses to give back"""

from __future__ import annotations

from rooftree.db.migrations import ddl, rebuild

revision = "23460220b6d5"
down_revision = "3055f57dd335"
dialect = "sqlite"


def upgrade() -> None:
    with rebuild("payments"):
        ddl(
            """
            CREATE TABLE "payments__new" (
                "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
                "order_id" INTEGER NOT NULL,
                "reference" VARCHAR(80) NOT NULL,
                "amount" SCALED INTEGER(10,2) NOT NULL,
                "state" VARCHAR(9) NOT NULL,
                "reason" VARCHAR(9) NOT NULL,
                "created_at" TEXT NOT NULL,
                CONSTRAINT "uq_payments_reference" UNIQUE ("reference"),
                CONSTRAINT "ck_payments_reason_enum" CHECK ("reason" IN ('', 'twice', 'gone', 'amount', 'cancelled')),
                CONSTRAINT "ck_payments_reference_max_length" CHECK (length("reference") <= 80),
                CONSTRAINT "ck_payments_state_enum" CHECK ("state" IN ('started', 'paid', 'declined', 'refunding', 'refunded', 'refused')),
                CONSTRAINT "fk_payments_order_id" FOREIGN KEY ("order_id") REFERENCES "orders"("id") ON DELETE CASCADE
            )
            """
        )
        ddl(
            """
            INSERT INTO "payments__new" ("id", "order_id", "reference", "amount", "state", "reason", "created_at")
            SELECT "id", "order_id", "reference", "amount", "state", "reason", "created_at" FROM "payments"
            """
        )
        ddl('DROP TABLE "payments"')
        ddl('ALTER TABLE "payments__new" RENAME TO "payments"')
        ddl('CREATE INDEX "ix_payments_order_id" ON "payments" ("order_id")')
        ddl('CREATE INDEX "ix_payments_state" ON "payments" ("state")')


def downgrade() -> None:
    with rebuild("payments"):
        ddl(
            """
            CREATE TABLE "payments__new" (
                "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
                "order_id" INTEGER NOT NULL,
                "reference" VARCHAR(80) NOT NULL,
                "amount" SCALED INTEGER(10,2) NOT NULL,
                "state" VARCHAR(9) NOT NULL,
                "reason" VARCHAR(9) NOT NULL,
                "created_at" TEXT NOT NULL,
                CONSTRAINT "uq_payments_reference" UNIQUE ("reference"),
                CONSTRAINT "ck_payments_reason_enum" CHECK ("reason" IN ('', 'twice', 'gone', 'amount', 'cancelled')),
                CONSTRAINT "ck_payments_reference_max_length" CHECK (length("reference") <= 80),
                CONSTRAINT "ck_payments_state_enum" CHECK ("state" IN ('started', 'paid', 'declined', 'refunding', 'refunded')),
                CONSTRAINT "fk_payments_order_id" FOREIGN KEY ("order_id") REFERENCES "orders"("id") ON DELETE CASCADE
            )
            """
        )
        ddl(
            """
            INSERT INTO "payments__new" ("id", "order_id", "reference", "amount", "state", "reason", "created_at")
            SELECT "id", "order_id", "reference", "amount", "state", "reason", "created_at" FROM "payments"
            """
        )
        ddl('DROP TABLE "payments"')
        ddl('ALTER TABLE "payments__new" RENAME TO "payments"')
        ddl('CREATE INDEX "ix_payments_order_id" ON "payments" ("order_id")')
        ddl('CREATE INDEX "ix_payments_state" ON "payments" ("state")')
