"""Migrations: one time line of files per project, run by Alembic, driven by us.

The files are Alembic's own: ``revision``, ``down_revision``, ``upgrade()``, ``downgrade()``. Importing this package is
heavy; only commands do.
"""

from rooftree.db.migrations.errors import MigrationError
from rooftree.db.migrations.lint import Finding
from rooftree.db.migrations.operations import ddl, drop_index_concurrently, index_concurrently, rebuild, table
from rooftree.db.migrations.renames import Rename, parse_renames
from rooftree.db.migrations.runner import Made, Migrations, MigrationStatus, Pulled

__all__ = [
    "Finding",
    "Made",
    "MigrationError",
    "MigrationStatus",
    "Migrations",
    "Pulled",
    "Rename",
    "ddl",
    "drop_index_concurrently",
    "index_concurrently",
    "parse_renames",
    "rebuild",
    "table",
]
