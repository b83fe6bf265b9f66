"""Recordings that came as several files: which one is transcribed, whose its channels are, the texts beside it."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "companion",
        sa.Column("recording_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("suffix", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["recording_id"], ["recording.id"]),
        sa.PrimaryKeyConstraint("recording_id", "sha256"),
    )
    op.create_index(op.f("ix_companion_sha256"), "companion", ["sha256"], unique=False)
    # a column that points at its own table: Alembic would make the whole table anew for it on SQLite
    op.execute("ALTER TABLE recording ADD COLUMN transcribed_as INTEGER REFERENCES recording (id)")
    op.add_column("recording", sa.Column("sides", sa.JSON(), server_default=sa.text("'[]'"), nullable=False))
    op.create_index(op.f("ix_recording_transcribed_as"), "recording", ["transcribed_as"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_recording_transcribed_as"), table_name="recording")
    op.drop_column("recording", "sides")
    op.drop_column("recording", "transcribed_as")
    op.drop_index(op.f("ix_companion_sha256"), table_name="companion")
    op.drop_table("companion")
