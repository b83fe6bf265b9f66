"""How complete a version's text is, and what else a reader should know of it."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("version", sa.Column("completeness", sa.Float(), nullable=True))
    op.add_column("version", sa.Column("unclear_ms", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("version", sa.Column("notes", sa.JSON(), server_default=sa.text("'[]'"), nullable=False))


def downgrade() -> None:
    op.drop_column("version", "notes")
    op.drop_column("version", "unclear_ms")
    op.drop_column("version", "completeness")
