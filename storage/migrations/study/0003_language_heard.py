"""Which language each window was taken for, so that a recording in another than the study's is told."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("window", sa.Column("language", sa.String(), server_default=sa.text("''"), nullable=False))
    op.add_column("window", sa.Column("language_probability", sa.Float(), server_default=sa.text("0"), nullable=False))


def downgrade() -> None:
    op.drop_column("window", "language_probability")
    op.drop_column("window", "language")
