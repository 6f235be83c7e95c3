"""Create planks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "5e6f0d3b2a11"
down_revision = None


def upgrade() -> None:
    planks = op.create_table(
        "planks",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.String(80), nullable=False),
    )
    op.bulk_insert(planks, [{"id": 1, "name": "oak"}, {"id": 2, "name": "ash"}])


def downgrade() -> None:
    op.drop_table("planks")
