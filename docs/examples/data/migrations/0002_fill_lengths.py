"""Fill lengths."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from rooftree.db.migrations import table

revision = "9c1d7e40b6aa"
down_revision = "5e6f0d3b2a11"


def upgrade() -> None:
    op.add_column("planks", sa.Column("length", sa.Integer()))
    planks = table("planks")
    op.execute(planks.update().values(length=7).where(planks.c.name == "oak"))


def downgrade() -> None:
    op.drop_column("planks", "length")
