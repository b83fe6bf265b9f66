"""Interviews of three parties, outside effects that are owed, and what calendars and meetings tell of them."""

import sqlalchemy as sa
from alembic import op

from storage.guards import refusals

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alert",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "calendar_view",
        sa.Column("calendar", sa.String(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("busy", sa.JSON(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("failure", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("calendar"),
    )
    op.create_table(
        "attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("interview_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("call_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["interview_id"],
            ["interview.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_attempt_interview_id"), "attempt", ["interview_id"], unique=False)
    op.create_table(
        "conflict",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("interview_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settlement", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["interview_id"],
            ["interview.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_conflict_interview_id"), "conflict", ["interview_id"], unique=False)
    op.create_index(
        "one_open_conflict",
        "conflict",
        ["interview_id"],
        unique=True,
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_table(
        "effect",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("interview_id", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("failure", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["interview_id"],
            ["interview.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_index("effects_due", "effect", ["state", "due_at"], unique=False)
    op.create_index(op.f("ix_effect_interview_id"), "effect", ["interview_id"], unique=False)
    op.create_table(
        "placement",
        sa.Column("interview_id", sa.Integer(), nullable=False),
        sa.Column("calendar", sa.String(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("etag", sa.String(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_cancelled", sa.Boolean(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("replies", sa.JSON(), nullable=False),
        sa.Column("meeting_code", sa.String(), nullable=False),
        sa.Column("meeting_url", sa.String(), nullable=False),
        sa.Column("meeting_phone", sa.String(), nullable=False),
        sa.Column("meeting_state", sa.String(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["interview_id"],
            ["interview.id"],
        ),
        sa.PrimaryKeyConstraint("interview_id"),
    )
    op.create_index(op.f("ix_placement_event_id"), "placement", ["event_id"], unique=False)
    op.create_index(op.f("ix_placement_meeting_code"), "placement", ["meeting_code"], unique=False)
    op.create_table(
        "remote_recording",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("meeting_code", sa.String(), nullable=False),
        sa.Column("conference", sa.String(), nullable=False),
        sa.Column("file_id", sa.String(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("interview_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("failure", sa.String(), nullable=False),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["interview_id"],
            ["interview.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_index(op.f("ix_remote_recording_interview_id"), "remote_recording", ["interview_id"], unique=False)
    op.add_column("interview", sa.Column("attending_code", sa.String(), nullable=True))
    op.add_column("interview", sa.Column("line_code", sa.String(), nullable=True))
    op.add_column("participant", sa.Column("zone", sa.String(), server_default=sa.text("''"), nullable=False))
    op.add_column("participant", sa.Column("language", sa.String(), server_default=sa.text("''"), nullable=False))
    op.add_column("participant", sa.Column("needs", sa.String(), server_default=sa.text("''"), nullable=False))
    op.add_column("participant", sa.Column("link_worker", sa.String(), nullable=True))
    op.add_column(
        "participant", sa.Column("link_worker_attends", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column(
        "participant", sa.Column("link_worker_reminded", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    for statement in refusals(op.get_bind().dialect.name, "attempt", "UPDATE", "DELETE"):
        op.execute(statement)


def downgrade() -> None:
    op.drop_column("participant", "link_worker_reminded")
    op.drop_column("participant", "link_worker_attends")
    op.drop_column("participant", "link_worker")
    op.drop_column("participant", "needs")
    op.drop_column("participant", "language")
    op.drop_column("participant", "zone")
    op.drop_column("interview", "line_code")
    op.drop_column("interview", "attending_code")
    op.drop_index(op.f("ix_remote_recording_interview_id"), table_name="remote_recording")
    op.drop_table("remote_recording")
    op.drop_index(op.f("ix_placement_meeting_code"), table_name="placement")
    op.drop_index(op.f("ix_placement_event_id"), table_name="placement")
    op.drop_table("placement")
    op.drop_index(op.f("ix_effect_interview_id"), table_name="effect")
    op.drop_index("effects_due", table_name="effect")
    op.drop_table("effect")
    op.drop_index(
        "one_open_conflict",
        table_name="conflict",
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.drop_index(op.f("ix_conflict_interview_id"), table_name="conflict")
    op.drop_table("conflict")
    op.drop_index(op.f("ix_attempt_interview_id"), table_name="attempt")
    op.drop_table("attempt")
    op.drop_table("calendar_view")
    op.drop_table("alert")
