"""Pseudonyms of a study, the names on its roster, and the log of what was replaced: sealed, beside the contacts."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("pseudonym", "roster_entry"):
        op.create_table(
            table,
            sa.Column("id", sa.Integer(), primary_key=True),
            sa.Column("sealed", sa.LargeBinary(), nullable=False),
        )
    op.create_table(
        "replacement",
        sa.Column("version_guid", sa.String(), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_replacement_code", "replacement", ["code"])


def downgrade() -> None:
    op.drop_table("replacement")
    op.drop_table("roster_entry")
    op.drop_table("pseudonym")
