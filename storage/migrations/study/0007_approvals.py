"""Who approved which version of a transcript, and when."""

import sqlalchemy as sa
from alembic import op

from storage.guards import refusals

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "approval",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["version.id"]),
        sa.PrimaryKeyConstraint("version_id"),
    )
    for statement in refusals(op.get_bind().dialect.name, "approval", "UPDATE", "DELETE"):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("approval")
