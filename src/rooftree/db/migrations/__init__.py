"""Migrations: one time line of files per project, run by Alembic, driven by us.

The files are Alembic's own: ``revision``, ``down_revision``, ``upgrade()``, ``downgrade()``. Importing this package is
heavy; only commands do.
"""

from rooftree.db.migrations.errors import MigrationError
from rooftree.db.migrations.runner import Migrations, MigrationStatus, table

__all__ = ["MigrationError", "MigrationStatus", "Migrations", "table"]
