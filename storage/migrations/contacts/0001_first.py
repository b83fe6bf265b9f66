"""Sealed contact details and sealed original names."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table, key in (("contact", "code"), ("original_name", "sha256")):
        op.create_table(
            table,
            sa.Column(key, sa.String(), primary_key=True),
            sa.Column("sealed", sa.LargeBinary(), nullable=False),
        )


def downgrade() -> None:
    op.drop_table("original_name")
    op.drop_table("contact")
