"""Create the catalogue"""

from __future__ import annotations

from rooftree.db.migrations import ddl

revision = "a21bfba65167"
down_revision = None
dialect = "sqlite"


def upgrade() -> None:
    ddl(
        """
        CREATE TABLE "categories" (
            "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
            "slug" VARCHAR(40) NOT NULL,
            "name_en" VARCHAR(60) NOT NULL,
            "name_de" VARCHAR(60) NOT NULL,
            "intro_en" VARCHAR(200) NOT NULL,
            "intro_de" VARCHAR(200) NOT NULL,
            "drawing" VARCHAR(60) NOT NULL,
            "place" INTEGER NOT NULL,
            CONSTRAINT "uq_categories_slug" UNIQUE ("slug"),
            CONSTRAINT "ck_categories_drawing_max_length" CHECK (length("drawing") <= 60),
            CONSTRAINT "ck_categories_intro_de_max_length" CHECK (length("intro_de") <= 200),
            CONSTRAINT "ck_categories_intro_en_max_length" CHECK (length("intro_en") <= 200),
            CONSTRAINT "ck_categories_name_de_max_length" CHECK (length("name_de") <= 60),
            CONSTRAINT "ck_categories_name_en_max_length" CHECK (length("name_en") <= 60),
            CONSTRAINT "ck_categories_slug_max_length" CHECK (length("slug") <= 40)
        )
        """
    )
    ddl(
        """
        CREATE TABLE "products" (
            "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
            "slug" VARCHAR(80) NOT NULL,
            "name_en" VARCHAR(80) NOT NULL,
            "name_de" VARCHAR(80) NOT NULL,
            "summary_en" VARCHAR(200) NOT NULL,
            "summary_de" VARCHAR(200) NOT NULL,
            "text_en" VARCHAR(4000) NOT NULL,
            "text_de" VARCHAR(4000) NOT NULL,
            "price" SCALED INTEGER(8,2) NOT NULL,
            "stock" INTEGER NOT NULL,
            "active" BOOLEAN NOT NULL,
            "category_id" INTEGER NOT NULL,
            "drawing" VARCHAR(60) NOT NULL,
            "photo" VARCHAR(80),
            "created_at" TEXT NOT NULL,
            "version" INTEGER NOT NULL,
            CONSTRAINT "uq_products_slug" UNIQUE ("slug"),
            CONSTRAINT "ck_products_drawing_max_length" CHECK (length("drawing") <= 60),
            CONSTRAINT "ck_products_name_de_max_length" CHECK (length("name_de") <= 80),
            CONSTRAINT "ck_products_name_en_max_length" CHECK (length("name_en") <= 80),
            CONSTRAINT "ck_products_photo_max_length" CHECK (length("photo") <= 80),
            CONSTRAINT "ck_products_price_gt" CHECK ("price" > 0),
            CONSTRAINT "ck_products_slug_max_length" CHECK (length("slug") <= 80),
            CONSTRAINT "ck_products_stock_ge" CHECK ("stock" >= 0),
            CONSTRAINT "ck_products_summary_de_max_length" CHECK (length("summary_de") <= 200),
            CONSTRAINT "ck_products_summary_en_max_length" CHECK (length("summary_en") <= 200),
            CONSTRAINT "ck_products_text_de_max_length" CHECK (length("text_de") <= 4000),
            CONSTRAINT "ck_products_text_en_max_length" CHECK (length("text_en") <= 4000),
            CONSTRAINT "fk_products_category_id" FOREIGN KEY ("category_id") REFERENCES "categories"("id") ON DELETE RESTRICT
        )
        """
    )
    ddl('CREATE INDEX "ix_products_category_id" ON "products" ("category_id")')
    ddl('CREATE INDEX "ix_products_created_at" ON "products" ("created_at")')
    ddl('CREATE INDEX "ix_products_price" ON "products" ("price")')
    ddl(
        'CREATE VIRTUAL TABLE "products_english" USING fts5("name_en", "summary_en", "text_en", content=\'products\', content_rowid=\'id\', tokenize=\'porter unicode61 remove_diacritics 2\')'
    )
    ddl(
        'CREATE TRIGGER "products_english_delete" AFTER DELETE ON "products" BEGIN INSERT INTO "products_english" ("products_english", rowid, "name_en", "summary_en", "text_en") VALUES (\'delete\', old."id", old."name_en", old."summary_en", old."text_en"); END'
    )
    ddl(
        'CREATE TRIGGER "products_english_insert" AFTER INSERT ON "products" BEGIN INSERT INTO "products_english" (rowid, "name_en", "summary_en", "text_en") VALUES (new."id", new."name_en", new."summary_en", new."text_en"); END'
    )
    ddl(
        'CREATE TRIGGER "products_english_update" AFTER UPDATE OF "id", "name_en", "summary_en", "text_en" ON "products" BEGIN INSERT INTO "products_english" ("products_english", rowid, "name_en", "summary_en", "text_en") VALUES (\'delete\', old."id", old."name_en", old."summary_en", old."text_en"); INSERT INTO "products_english" (rowid, "name_en", "summary_en", "text_en") VALUES (new."id", new."name_en", new."summary_en", new."text_en"); END'
    )
    ddl(
        'CREATE VIRTUAL TABLE "products_german" USING fts5("name_de", "summary_de", "text_de", content=\'products\', content_rowid=\'id\', tokenize=\'unicode61 remove_diacritics 2\')'
    )
    ddl(
        'CREATE TRIGGER "products_german_delete" AFTER DELETE ON "products" BEGIN INSERT INTO "products_german" ("products_german", rowid, "name_de", "summary_de", "text_de") VALUES (\'delete\', old."id", old."name_de", old."summary_de", old."text_de"); END'
    )
    ddl(
        'CREATE TRIGGER "products_german_insert" AFTER INSERT ON "products" BEGIN INSERT INTO "products_german" (rowid, "name_de", "summary_de", "text_de") VALUES (new."id", new."name_de", new."summary_de", new."text_de"); END'
    )
    ddl(
        'CREATE TRIGGER "products_german_update" AFTER UPDATE OF "id", "name_de", "summary_de", "text_de" ON "products" BEGIN INSERT INTO "products_german" ("products_german", rowid, "name_de", "summary_de", "text_de") VALUES (\'delete\', old."id", old."name_de", old."summary_de", old."text_de"); INSERT INTO "products_german" (rowid, "name_de", "summary_de", "text_de") VALUES (new."id", new."name_de", new."summary_de", new."text_de"); END'
    )


def downgrade() -> None:
    ddl('DROP TRIGGER "products_english_delete"')
    ddl('DROP TRIGGER "products_english_insert"')
    ddl('DROP TRIGGER "products_english_update"')
    ddl('DROP TABLE "products_english"')
    ddl('DROP TRIGGER "products_german_delete"')
    ddl('DROP TRIGGER "products_german_insert"')
    ddl('DROP TRIGGER "products_german_update"')
    ddl('DROP TABLE "products_german"')
    ddl('DROP TABLE "products"')
    ddl('DROP TABLE "categories"')
