"""What is unsafe on a large table, statement by statement."""

from __future__ import annotations

from pathlib import Path

import pytest

from rooftree.db.migrations import MigrationError
from rooftree.db.migrations.files import TimeLine
from rooftree.db.migrations.lint import Finding, Recorded, lint

UNSAFE = [
    ("G301", 'ALTER TABLE "planks" ALTER COLUMN "length" TYPE numeric(9,0) USING "length"::numeric(9,0)'),
    ("G301", "alter table only shop.planks\n  alter length set data type text"),
    ("G301", "ALTER TABLE planks ADD COLUMN key uuid DEFAULT gen_random_uuid()"),
    ("G301", "ALTER TABLE planks ADD twice bigint GENERATED ALWAYS AS (length * 2) STORED"),
    ("G301", "ALTER TABLE planks ADD COLUMN no bigserial"),
    ("G302", "ALTER TABLE planks ADD CONSTRAINT ck CHECK (length > 0)"),
    ("G302", "ALTER TABLE planks ADD CONSTRAINT fk FOREIGN KEY (maker) REFERENCES makers (id)"),
    ("G302", 'ALTER TABLE "planks" ADD CONSTRAINT "uq" UNIQUE ("name")'),
    ("G302", "ALTER TABLE planks ALTER COLUMN name SET NOT NULL"),
    ("G303", "ALTER TABLE planks ADD COLUMN size bigint NOT NULL"),
    ("G304", "ALTER TABLE planks DROP COLUMN IF EXISTS size"),
    ("G304", "ALTER TABLE planks DROP size"),
    ("G304", "-- gone\nDROP TABLE planks"),
    ("G304", 'ALTER TABLE planks RENAME COLUMN "a" TO "b"'),
    ("G304", "ALTER TABLE planks RENAME TO boards"),
    ("G305", "CREATE UNIQUE INDEX ix ON planks (name)"),
    ("G305", 'DROP INDEX "shop"."ix"'),
]
SAFE = [
    "CREATE INDEX CONCURRENTLY ix ON planks (name)",
    "DROP INDEX CONCURRENTLY IF EXISTS ix",
    "ALTER TABLE planks ADD CONSTRAINT ck CHECK (length > 0 AND length IS NOT NULL) NOT VALID",
    "ALTER TABLE planks ADD CONSTRAINT uq UNIQUE USING INDEX ix",
    "ALTER TABLE planks VALIDATE CONSTRAINT ck",
    "ALTER TABLE planks ADD COLUMN size bigint",
    "ALTER TABLE planks ADD COLUMN size bigint DEFAULT 0 NOT NULL",
    "ALTER TABLE planks DROP CONSTRAINT ck",
    "ALTER TABLE planks RENAME CONSTRAINT a TO b",
    "ALTER TABLE planks ALTER COLUMN name DROP NOT NULL",
    "INSERT INTO planks VALUES ('DROP TABLE planks')",
    "CREATE TABLE boards (id bigint NOT NULL)",
]


def found(tmp_path: Path, *statements: str, dialect: str = "postgresql", allow: str = "") -> list[Finding]:
    line = TimeLine(tmp_path)
    file = line.make("Change")
    file.write_text(file.read_text() + allow)
    (script,) = TimeLine(tmp_path).in_order()
    return list(lint([Recorded(script, statements, {})], dialect))


@pytest.mark.parametrize(("code", "statement"), UNSAFE)
def test_what_is_unsafe(tmp_path: Path, code: str, statement: str) -> None:
    (finding,) = found(tmp_path, statement)
    assert (finding.code, finding.migration) == (code, "0001_change")
    assert "{" not in finding.fact + finding.remedy
    assert finding.remedy


@pytest.mark.parametrize("statement", SAFE)
def test_what_is_safe(tmp_path: Path, statement: str) -> None:
    assert found(tmp_path, statement) == []


def test_each_action_of_one_statement_counts(tmp_path: Path) -> None:
    findings = found(
        tmp_path, "ALTER TABLE planks ADD COLUMN a numeric(9, 2), DROP COLUMN b, ALTER COLUMN c SET NOT NULL"
    )
    assert [each.code for each in findings] == ["G304", "G302"]
    assert findings[0].statement == "ALTER TABLE planks DROP COLUMN b"
    (cast,) = found(tmp_path / "cast", "ALTER TABLE planks ALTER a TYPE bigint USING a::bigint")
    assert cast.statement == "ALTER TABLE planks ALTER a TYPE bigint USING a::bigint"


def test_a_table_that_the_migrations_make_is_empty(tmp_path: Path) -> None:
    assert (
        found(
            tmp_path,
            "CREATE TABLE IF NOT EXISTS planks (id bigint)",
            "CREATE INDEX ix ON planks (id)",
            "ALTER TABLE planks RENAME TO boards",
            "ALTER TABLE boards ADD COLUMN a bigint NOT NULL",
        )
        == []
    )


def test_a_rebuild_of_sqlite_loses_nothing(tmp_path: Path) -> None:
    rebuild = ('CREATE TABLE "a__new" (id integer)', 'DROP TABLE "a"', 'ALTER TABLE "a__new" RENAME TO "a"')
    assert found(tmp_path, *rebuild, dialect="sqlite") == []
    assert [each.code for each in found(tmp_path / "b", *rebuild[:2], dialect="sqlite")] == ["G304"]
    assert found(tmp_path / "c", "CREATE INDEX ix ON a (id)", dialect="sqlite") == []


def test_the_text(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, 'CREATE INDEX "ix_name" ON "planks" USING btree ("name")')
    assert str(finding) == (
        "[G305] The index ix_name is built while nobody can write planks. At 0001_change. "
        "Use index_concurrently(), in a migration of its own."
    )


def test_what_the_file_allows(tmp_path: Path) -> None:
    drop = "DROP TABLE planks"
    assert found(tmp_path, drop, allow='\nallow = {"G304": "nobody reads it since 2.1"}\n') == []
    for at, bad in enumerate(['{"G304": ""}', '{"G304": " "}', '{"G999": "why"}', '["G304"]', "{3: 4}"]):
        with pytest.raises(MigrationError) as wrong:
            found(tmp_path / str(at), drop, allow=f"\nallow = {bad}\n")
        assert wrong.value.code == "G112"
        assert "allow of the migration 0001_change is" in str(wrong.value)
