"""Who speaks when, where voices told it: found before the words, and once, however often a run is broken off."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("transcription", sa.Column("turns", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("transcription", "turns")
