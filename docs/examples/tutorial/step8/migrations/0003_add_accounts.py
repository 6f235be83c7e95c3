"""Add accounts"""

from __future__ import annotations

from rooftree.db.migrations import ddl

revision = "14aa35a6d7d0"
down_revision = "89c8f84c845c"
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


def downgrade() -> None:
    ddl('DROP TABLE "users_groups"')
    ddl('DROP TABLE "users_api_keys"')
    ddl('DROP TABLE "users_permissions"')
    ddl('DROP TABLE "auth_group_permissions"')
    ddl('DROP TABLE "users"')
    ddl('DROP TABLE "auth_groups"')
