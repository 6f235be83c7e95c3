"""Add customers and orders"""

from __future__ import annotations

from rooftree.db.migrations import ddl

revision = "3055f57dd335"
down_revision = "a21bfba65167"
dialect = "sqlite"


def upgrade() -> None:
    ddl(
        """
        CREATE TABLE "auth_groups" (
            "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
            "name" VARCHAR(80) NOT NULL,
            CONSTRAINT "uq_auth_groups_name" UNIQUE ("name"),
            CONSTRAINT "ck_auth_groups_name_max_length" CHECK (length("name") <= 80)
        )
        """
    )
    ddl(
        """
        CREATE TABLE "users" (
            "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
            "email" VARCHAR(254) NOT NULL,
            "password_hash" VARCHAR(255) NOT NULL,
            "active" BOOLEAN NOT NULL,
            "staff" BOOLEAN NOT NULL,
            "superuser" BOOLEAN NOT NULL,
            "created_at" TEXT NOT NULL,
            "last_sign_in" TEXT,
            "session_generation" INTEGER NOT NULL,
            "name" VARCHAR(80) NOT NULL,
            CONSTRAINT "uq_users_email" UNIQUE ("email"),
            CONSTRAINT "ck_users_email_max_length" CHECK (length("email") <= 254),
            CONSTRAINT "ck_users_name_max_length" CHECK (length("name") <= 80),
            CONSTRAINT "ck_users_password_hash_max_length" CHECK (length("password_hash") <= 255)
        )
        """
    )
    ddl(
        """
        CREATE TABLE "provider_events" (
            "id" VARCHAR(80) NOT NULL,
            "received_at" TEXT NOT NULL,
            PRIMARY KEY ("id"),
            CONSTRAINT "ck_provider_events_id_max_length" CHECK (length("id") <= 80)
        )
        """
    )
    ddl(
        """
        CREATE TABLE "auth_group_permissions" (
            "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
            "group_id" INTEGER NOT NULL,
            "name" VARCHAR(150) NOT NULL,
            CONSTRAINT "uq_auth_group_permissions_group_id_name" UNIQUE ("group_id", "name"),
            CONSTRAINT "ck_auth_group_permissions_name_max_length" CHECK (length("name") <= 150),
            CONSTRAINT "fk_auth_group_permissions_group_id" FOREIGN KEY ("group_id") REFERENCES "auth_groups"("id") ON DELETE CASCADE
        )
        """
    )
    ddl('CREATE INDEX "ix_auth_group_permissions_group_id" ON "auth_group_permissions" ("group_id")')
    ddl(
        """
        CREATE TABLE "users_permissions" (
            "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
            "name" VARCHAR(150) NOT NULL,
            "user_id" INTEGER NOT NULL,
            CONSTRAINT "uq_users_permissions_user_id_name" UNIQUE ("user_id", "name"),
            CONSTRAINT "ck_users_permissions_name_max_length" CHECK (length("name") <= 150),
            CONSTRAINT "fk_users_permissions_user_id" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE
        )
        """
    )
    ddl('CREATE INDEX "ix_users_permissions_user_id" ON "users_permissions" ("user_id")')
    ddl(
        """
        CREATE TABLE "users_api_keys" (
            "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
            "prefix" VARCHAR(16) NOT NULL,
            "secret_hash" BLOB NOT NULL,
            "name" VARCHAR(80) NOT NULL,
            "created_at" TEXT NOT NULL,
            "expires_at" TEXT,
            "last_used" TEXT,
            "revoked" BOOLEAN NOT NULL,
            "user_id" INTEGER NOT NULL,
            CONSTRAINT "uq_users_api_keys_prefix" UNIQUE ("prefix"),
            CONSTRAINT "ck_users_api_keys_name_max_length" CHECK (length("name") <= 80),
            CONSTRAINT "ck_users_api_keys_prefix_max_length" CHECK (length("prefix") <= 16),
            CONSTRAINT "fk_users_api_keys_user_id" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE
        )
        """
    )
    ddl('CREATE INDEX "ix_users_api_keys_user_id" ON "users_api_keys" ("user_id")')
    ddl(
        """
        CREATE TABLE "users_groups" (
            "user_id" INTEGER NOT NULL,
            "user_group_id" INTEGER NOT NULL,
            PRIMARY KEY ("user_id", "user_group_id"),
            CONSTRAINT "fk_users_groups_user_group_id" FOREIGN KEY ("user_group_id") REFERENCES "auth_groups"("id") ON DELETE CASCADE,
            CONSTRAINT "fk_users_groups_user_id" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE
        )
        """
    )
    ddl('CREATE INDEX "ix_users_groups_user_group_id" ON "users_groups" ("user_group_id")')
    ddl(
        """
        CREATE TABLE "orders" (
            "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
            "number" VARCHAR(12) NOT NULL,
            "customer_id" INTEGER NOT NULL,
            "key" VARCHAR(64) NOT NULL,
            "status" VARCHAR(9) NOT NULL,
            "delivery" TEXT NOT NULL,
            "invoice" TEXT,
            "goods" SCALED INTEGER(10,2) NOT NULL,
            "shipping" SCALED INTEGER(8,2) NOT NULL,
            "language" VARCHAR(5) NOT NULL,
            "created_at" TEXT NOT NULL,
            "pay_until" TEXT NOT NULL,
            "paid_at" TEXT,
            CONSTRAINT "uq_orders_key" UNIQUE ("key"),
            CONSTRAINT "uq_orders_number" UNIQUE ("number"),
            CONSTRAINT "ck_orders_goods_ge" CHECK ("goods" >= 0),
            CONSTRAINT "ck_orders_key_max_length" CHECK (length("key") <= 64),
            CONSTRAINT "ck_orders_language_max_length" CHECK (length("language") <= 5),
            CONSTRAINT "ck_orders_number_max_length" CHECK (length("number") <= 12),
            CONSTRAINT "ck_orders_shipping_ge" CHECK ("shipping" >= 0),
            CONSTRAINT "ck_orders_status_enum" CHECK ("status" IN ('waiting', 'paid', 'packed', 'sent', 'expired', 'cancelled')),
            CONSTRAINT "fk_orders_customer_id" FOREIGN KEY ("customer_id") REFERENCES "users"("id") ON DELETE RESTRICT
        )
        """
    )
    ddl('CREATE INDEX "ix_orders_created_at" ON "orders" ("created_at")')
    ddl('CREATE INDEX "ix_orders_customer_id" ON "orders" ("customer_id")')
    ddl('CREATE INDEX "ix_orders_status" ON "orders" ("status")')
    ddl(
        """
        CREATE TABLE "order_lines" (
            "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
            "order_id" INTEGER NOT NULL,
            "product_id" INTEGER NOT NULL,
            "name_en" VARCHAR(80) NOT NULL,
            "name_de" VARCHAR(80) NOT NULL,
            "price" SCALED INTEGER(8,2) NOT NULL,
            "amount" INTEGER NOT NULL,
            CONSTRAINT "ck_order_lines_amount_gt" CHECK ("amount" > 0),
            CONSTRAINT "ck_order_lines_name_de_max_length" CHECK (length("name_de") <= 80),
            CONSTRAINT "ck_order_lines_name_en_max_length" CHECK (length("name_en") <= 80),
            CONSTRAINT "ck_order_lines_price_ge" CHECK ("price" >= 0),
            CONSTRAINT "fk_order_lines_order_id" FOREIGN KEY ("order_id") REFERENCES "orders"("id") ON DELETE CASCADE,
            CONSTRAINT "fk_order_lines_product_id" FOREIGN KEY ("product_id") REFERENCES "products"("id") ON DELETE RESTRICT
        )
        """
    )
    ddl('CREATE INDEX "ix_order_lines_order_id" ON "order_lines" ("order_id")')
    ddl('CREATE INDEX "ix_order_lines_product_id" ON "order_lines" ("product_id")')
    ddl(
        """
        CREATE TABLE "payments" (
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
    ddl('CREATE INDEX "ix_payments_order_id" ON "payments" ("order_id")')
    ddl('CREATE INDEX "ix_payments_state" ON "payments" ("state")')


def downgrade() -> None:
    ddl('DROP TABLE "payments"')
    ddl('DROP TABLE "order_lines"')
    ddl('DROP TABLE "orders"')
    ddl('DROP TABLE "users_groups"')
    ddl('DROP TABLE "users_api_keys"')
    ddl('DROP TABLE "users_permissions"')
    ddl('DROP TABLE "auth_group_permissions"')
    ddl('DROP TABLE "provider_events"')
    ddl('DROP TABLE "users"')
    ddl('DROP TABLE "auth_groups"')
