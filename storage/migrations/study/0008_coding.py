"""What comes back from coding: coders, the codebook, codings and memos."""

import sqlalchemy as sa
from alembic import op

from storage.guards import refusals

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_NOT_RETIRED = sa.text("retired_by IS NULL")
_IN_PLACE = sa.text("retired_by IS NULL AND standing = 'kept' AND start IS NOT NULL")
_MEMO = "id, guid, name, text, coder_id, made_at, import_id"
_CODING = (
    'id, guid, code_id, version_id, style, coder_id, start, "end", start_ms, end_ms, quote, made_at, import_id, '
    "matched_by, standing, reason"
)


def upgrade() -> None:
    _coder_and_code()
    _coding()
    _memo()
    dialect = op.get_bind().dialect.name
    for table, columns in (("coding", _CODING), ("memo", _MEMO)):  # they may be retired, and brought back
        for statement in refusals(dialect, table, f"UPDATE OF {columns}", "DELETE"):
            op.execute(statement)
    for statement in refusals(dialect, "coded_text", "UPDATE", "DELETE"):
        op.execute(statement)


def downgrade() -> None:
    for table in ("memo_about", "memo", "coding", "coded_text", "code", "coder", "coding_import"):
        op.drop_table(table)


def _coder_and_code() -> None:
    op.create_table(
        "coding_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "coder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("guid", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("guid"),
    )
    op.create_table(
        "code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("guid", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("color", sa.String(), nullable=False),
        sa.Column("is_codable", sa.Boolean(), nullable=False),
        sa.CheckConstraint("parent_id <> id", name="code_is_not_below_itself"),
        sa.ForeignKeyConstraint(["parent_id"], ["code.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("guid"),
    )
    op.create_index(op.f("ix_code_parent_id"), "code", ["parent_id"], unique=False)


def _coding() -> None:
    op.create_table(
        "coded_text",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("style", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["version.id"]),
        sa.PrimaryKeyConstraint("version_id", "style"),
    )
    op.create_table(
        "coding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("guid", sa.String(), nullable=False),
        sa.Column("code_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("style", sa.String(), nullable=False),
        sa.Column("coder_id", sa.Integer(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=True),
        sa.Column("end", sa.Integer(), nullable=True),
        sa.Column("start_ms", sa.Integer(), nullable=True),
        sa.Column("end_ms", sa.Integer(), nullable=True),
        sa.Column("quote", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("matched_by", sa.String(), nullable=False),
        sa.Column("standing", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("retired_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("start IS NOT NULL OR start_ms IS NOT NULL", name="coding_has_a_place"),
        sa.CheckConstraint('(start IS NULL) = ("end" IS NULL)', name="coding_has_both_positions"),
        sa.CheckConstraint("(start_ms IS NULL) = (end_ms IS NULL)", name="coding_has_both_times"),
        sa.CheckConstraint('0 <= start AND start < "end"', name="coding_positions_in_order"),
        sa.CheckConstraint("0 <= start_ms AND start_ms < end_ms", name="coding_times_in_order"),
        sa.CheckConstraint("matched_by IN ('guid', 'hash', 'quote')", name="coding_matched_somehow"),
        sa.CheckConstraint("standing IN ('kept', 'flagged')", name="coding_kept_or_flagged"),
        sa.CheckConstraint("(standing = 'flagged') = (reason <> '')", name="coding_flagged_with_a_reason"),
        sa.ForeignKeyConstraint(["code_id"], ["code.id"]),
        sa.ForeignKeyConstraint(["version_id", "style"], ["coded_text.version_id", "coded_text.style"]),
        sa.ForeignKeyConstraint(["coder_id"], ["coder.id"]),
        sa.ForeignKeyConstraint(["import_id"], ["coding_import.id"]),
        sa.ForeignKeyConstraint(["retired_by"], ["coding_import.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("guid", "version_id", "coder_id"):
        op.create_index(op.f(f"ix_coding_{column}"), "coding", [column], unique=False)
    _partial("one_coding", "coding", ["guid"], _NOT_RETIRED, unique=True)
    of_code = ["code_id", "version_id", "coder_id", "standing", "retired_by"]
    _partial("codings_of_code", "coding", of_code, _NOT_RETIRED)
    in_place = ["version_id", "style", "coder_id", "start", "end", "code_id", "standing", "retired_by"]
    _partial("codings_in_place", "coding", in_place, _IN_PLACE)


def _memo() -> None:
    op.create_table(
        "memo",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("guid", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("coder_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("retired_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["coder_id"], ["coder.id"]),
        sa.ForeignKeyConstraint(["import_id"], ["coding_import.id"]),
        sa.ForeignKeyConstraint(["retired_by"], ["coding_import.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_memo_guid"), "memo", ["guid"], unique=False)
    _partial("one_memo", "memo", ["guid"], _NOT_RETIRED, unique=True)
    op.create_table(
        "memo_about",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("memo_id", sa.Integer(), nullable=False),
        sa.Column("code_id", sa.Integer(), nullable=True),
        sa.Column("coding_id", sa.Integer(), nullable=True),
        sa.Column("transcript_id", sa.Integer(), nullable=True),
        sa.Column("participant_code", sa.String(), nullable=True),
        sa.CheckConstraint(
            "CASE WHEN code_id IS NULL THEN 0 ELSE 1 END + CASE WHEN coding_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN transcript_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN participant_code IS NULL THEN 0 ELSE 1 END = 1",
            name="memo_is_about_one_thing",
        ),
        sa.ForeignKeyConstraint(["memo_id"], ["memo.id"]),
        sa.ForeignKeyConstraint(["code_id"], ["code.id"]),
        sa.ForeignKeyConstraint(["coding_id"], ["coding.id"]),
        sa.ForeignKeyConstraint(["transcript_id"], ["transcript.id"]),
        sa.ForeignKeyConstraint(["participant_code"], ["participant.code"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_memo_about_memo_id"), "memo_about", ["memo_id"], unique=False)


def _partial(name: str, table: str, columns: list[str], condition: sa.TextClause, *, unique: bool = False) -> None:
    op.create_index(name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition)
