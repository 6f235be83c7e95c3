"""Payments that the provider refuses to give back"""

from __future__ import annotations

from rooftree.db.migrations import ddl

revision = "395f25f9e069"
down_revision = "5d7df80734cb"
dialect = "postgresql"


def upgrade() -> None:
    ddl('ALTER TABLE "payments" DROP CONSTRAINT "ck_payments_state_enum"')
    ddl(
        "ALTER TABLE \"payments\" ADD CONSTRAINT \"ck_payments_state_enum\" CHECK (((state)::text = ANY ((ARRAY['started'::character varying, 'paid'::character varying, 'declined'::character varying, 'refunding'::character varying, 'refunded'::character varying, 'refused'::character varying])::text[])))"
    )


def downgrade() -> None:
    ddl('ALTER TABLE "payments" DROP CONSTRAINT "ck_payments_state_enum"')
    ddl(
        "ALTER TABLE \"payments\" ADD CONSTRAINT \"ck_payments_state_enum\" CHECK (((state)::text = ANY (ARRAY[('started'::character varying)::text, ('paid'::character varying)::text, ('declined'::character varying)::text, ('refunding'::character varying)::text, ('refunded'::character varying)::text])))"
    )
