"""The first tables, with the guards that refuse what must never be."""

import sqlalchemy as sa
from alembic import op

from storage.guards import statements

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("guid", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("guid"),
    )
    op.create_table(
        "party",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "recording",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("guid", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("suffix", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("container", sa.String(), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("streams", sa.JSON(), nullable=False),
        sa.Column("peak_dbfs", sa.Float(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("remark", sa.String(), nullable=False),
        sa.Column("review", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("guid"),
        sa.UniqueConstraint("sha256"),
    )
    op.create_table(
        "refusal",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sha256"),
    )
    op.create_table(
        "study_identity",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("guid", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
        sa.UniqueConstraint("guid"),
    )
    op.create_table(
        "participant",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("guid", sa.String(), nullable=False),
        sa.Column("group", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("available", sa.String(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["code"],
            ["party.code"],
        ),
        sa.PrimaryKeyConstraint("code"),
        sa.UniqueConstraint("guid"),
    )
    op.create_index(op.f("ix_participant_group"), "participant", ["group"], unique=False)
    op.create_table(
        "transcription",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recording_id", sa.Integer(), nullable=False),
        sa.Column("recipe", sa.String(), nullable=False),
        sa.Column("engine", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("model_sha256", sa.String(), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("versions", sa.JSON(), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=True),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("failure", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["recording_id"],
            ["recording.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("recording_id", "recipe", name="one_transcription_per_recipe"),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_transcription_recording_id"), "transcription", ["recording_id"], unique=False)
    op.create_table(
        "consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("participant_code", sa.String(), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("sheet", sa.String(), nullable=False),
        sa.Column("interview", sa.Boolean(), nullable=False),
        sa.Column("recording", sa.Boolean(), nullable=False),
        sa.Column("quotation", sa.Boolean(), nullable=False),
        sa.Column("archive", sa.Boolean(), nullable=False),
        sa.Column("recontact", sa.Boolean(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["participant_code"],
            ["participant.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_consent_participant_code"), "consent", ["participant_code"], unique=False)
    op.create_table(
        "interview",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("guid", sa.String(), nullable=False),
        sa.Column("participant_code", sa.String(), nullable=False),
        sa.Column("interviewer_code", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("ends_at > starts_at", name="interview_ends_after_it_starts"),
        sa.ForeignKeyConstraint(
            ["interviewer_code"],
            ["party.code"],
        ),
        sa.ForeignKeyConstraint(
            ["participant_code"],
            ["participant.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("guid"),
    )
    op.create_index(op.f("ix_interview_interviewer_code"), "interview", ["interviewer_code"], unique=False)
    op.create_index(op.f("ix_interview_participant_code"), "interview", ["participant_code"], unique=False)
    op.create_index(op.f("ix_interview_starts_at"), "interview", ["starts_at"], unique=False)
    op.create_index(op.f("ix_interview_state"), "interview", ["state"], unique=False)
    op.create_index(
        "one_open_interview",
        "interview",
        ["participant_code"],
        unique=True,
        sqlite_where=sa.text("state NOT IN ('cancelled', 'no-show', 'expired', 'withdrawn')"),
        postgresql_where=sa.text("state NOT IN ('cancelled', 'no-show', 'expired', 'withdrawn')"),
    )
    op.create_table(
        "window",
        sa.Column("transcription_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["transcription_id"],
            ["transcription.id"],
        ),
        sa.PrimaryKeyConstraint("transcription_id", "number"),
    )
    op.create_table(
        "binding",
        sa.Column("recording_id", sa.Integer(), nullable=False),
        sa.Column("interview_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["interview_id"],
            ["interview.id"],
        ),
        sa.ForeignKeyConstraint(
            ["recording_id"],
            ["recording.id"],
        ),
        sa.PrimaryKeyConstraint("recording_id"),
    )
    op.create_index(op.f("ix_binding_interview_id"), "binding", ["interview_id"], unique=False)
    op.create_table(
        "change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("interview_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["interview_id"],
            ["interview.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_change_interview_id"), "change", ["interview_id"], unique=False)
    op.create_table(
        "claim",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("party_code", sa.String(), nullable=False),
        sa.Column("interview_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name="claim_ends_after_it_starts"),
        sa.ForeignKeyConstraint(
            ["interview_id"],
            ["interview.id"],
        ),
        sa.ForeignKeyConstraint(
            ["party_code"],
            ["party.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("claims_of_party", "claim", ["party_code", "starts_at", "ends_at"], unique=False)
    op.create_index(op.f("ix_claim_interview_id"), "claim", ["interview_id"], unique=False)
    op.create_table(
        "transcript",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("guid", sa.String(), nullable=False),
        sa.Column("interview_id", sa.Integer(), nullable=False),
        sa.Column("recording_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["interview_id"],
            ["interview.id"],
        ),
        sa.ForeignKeyConstraint(
            ["recording_id"],
            ["recording.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("guid"),
        sa.UniqueConstraint("recording_id"),
    )
    op.create_index(op.f("ix_transcript_interview_id"), "transcript", ["interview_id"], unique=False)
    op.create_table(
        "version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("guid", sa.String(), nullable=False),
        sa.Column("transcript_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("transcription_id", sa.Integer(), nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["transcript_id"],
            ["transcript.id"],
        ),
        sa.ForeignKeyConstraint(
            ["transcription_id"],
            ["transcription.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("guid"),
        sa.UniqueConstraint("transcript_id", "number", name="one_version_per_number"),
    )
    op.create_table(
        "utterance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("guid", sa.String(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("speaker", sa.String(), nullable=False),
        sa.Column("channel", sa.Integer(), nullable=False),
        sa.Column("start_ms", sa.Integer(), nullable=False),
        sa.Column("end_ms", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["version.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("guid"),
        sa.UniqueConstraint("version_id", "number", name="one_utterance_per_number"),
    )
    op.create_index(op.f("ix_utterance_version_id"), "utterance", ["version_id"], unique=False)
    for statement in statements(op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    op.drop_index(op.f("ix_utterance_version_id"), table_name="utterance")
    op.drop_table("utterance")
    op.drop_table("version")
    op.drop_index(op.f("ix_transcript_interview_id"), table_name="transcript")
    op.drop_table("transcript")
    op.drop_index(op.f("ix_claim_interview_id"), table_name="claim")
    op.drop_index("claims_of_party", table_name="claim")
    op.drop_table("claim")
    op.drop_index(op.f("ix_change_interview_id"), table_name="change")
    op.drop_table("change")
    op.drop_index(op.f("ix_binding_interview_id"), table_name="binding")
    op.drop_table("binding")
    op.drop_table("window")
    op.drop_index(
        "one_open_interview",
        table_name="interview",
        sqlite_where=sa.text("state NOT IN ('cancelled', 'no-show', 'expired', 'withdrawn')"),
        postgresql_where=sa.text("state NOT IN ('cancelled', 'no-show', 'expired', 'withdrawn')"),
    )
    op.drop_index(op.f("ix_interview_state"), table_name="interview")
    op.drop_index(op.f("ix_interview_starts_at"), table_name="interview")
    op.drop_index(op.f("ix_interview_participant_code"), table_name="interview")
    op.drop_index(op.f("ix_interview_interviewer_code"), table_name="interview")
    op.drop_table("interview")
    op.drop_index(op.f("ix_consent_participant_code"), table_name="consent")
    op.drop_table("consent")
    op.drop_index(op.f("ix_transcription_recording_id"), table_name="transcription")
    op.drop_table("transcription")
    op.drop_index(op.f("ix_participant_group"), table_name="participant")
    op.drop_table("participant")
    op.drop_table("study_identity")
    op.drop_table("refusal")
    op.drop_table("recording")
    op.drop_table("party")
    op.drop_table("delivery")
    if op.get_bind().dialect.name == "postgresql":
        for function in (
            "transcription_needs_consent",
            "window_needs_consent",
            "transcript_needs_consent",
            "refuse_change",
        ):
            op.execute(f"DROP FUNCTION {function}")
