"""Triggers and constraints that SQLAlchemy cannot express, for SQLite and PostgreSQL.

They refuse what must never be, whoever asks and whatever was checked before: a party in two places at
once, words or a transcript without consent to record, a version or a step of history altered or removed.
Erasing a participant's data is the one thing that may remove them, and lifts the guard for it by name. Putting back
rows that were accepted once lifts the triggers as a whole: a consent that was taken back since would refuse what came
before it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, inspect

CLAIM_OVERLAP = "claims of one party overlap"
NO_CONSENT = "no consent to record"
IMMUTABLE = "is never changed"

_CONSENT_OF_INTERVIEW = """
    SELECT c.recording FROM interview i JOIN consent c ON c.participant_code = i.participant_code
    WHERE i.id = NEW.interview_id ORDER BY c.id DESC LIMIT 1
"""
_CONSENT_OF_RECORDING = """
    SELECT c.recording FROM binding b JOIN interview i ON i.id = b.interview_id
    JOIN consent c ON c.participant_code = i.participant_code
    WHERE b.recording_id = NEW.recording_id ORDER BY c.id DESC LIMIT 1
"""
_CONSENT_OF_TRANSCRIPTION = """
    SELECT c.recording FROM transcription t JOIN binding b ON b.recording_id = t.recording_id
    JOIN interview i ON i.id = b.interview_id JOIN consent c ON c.participant_code = i.participant_code
    WHERE t.id = NEW.transcription_id ORDER BY c.id DESC LIMIT 1
"""
# machine text is not even begun without consent, is not gone on with, and never becomes a transcript without it
_CONSENT = {
    "transcription": _CONSENT_OF_RECORDING,
    "window": _CONSENT_OF_TRANSCRIPTION,
    "transcript": _CONSENT_OF_INTERVIEW,
}

_KEPT = ("version", "utterance", "change")  # neither changed nor removed
_UNCHANGED = ("consent", "transcript", "window")  # what they say of whom is not changed; a newer row may say more


def _sqlite_claim_trigger(event: str) -> str:
    return f"""
    CREATE TRIGGER claim_no_overlap_{event.lower()} BEFORE {event} ON claim
    WHEN EXISTS (
        SELECT 1 FROM claim
        WHERE party_code = NEW.party_code AND id IS NOT NEW.id
          AND starts_at < NEW.ends_at AND NEW.starts_at < ends_at
    )
    BEGIN SELECT RAISE(ABORT, '{CLAIM_OVERLAP}'); END
    """  # noqa: S608 - only constants of this file


def _sqlite_consent_trigger(table: str, query: str) -> str:
    return f"""
    CREATE TRIGGER {table}_needs_consent BEFORE INSERT ON "{table}"
    WHEN COALESCE(({query}), 0) = 0
    BEGIN SELECT RAISE(ABORT, '{NO_CONSENT}'); END
    """


def _postgresql_consent_trigger(table: str, query: str) -> tuple[str, str]:
    function = f"""
    CREATE FUNCTION {table}_needs_consent() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NOT COALESCE(({query}), FALSE) THEN
            RAISE EXCEPTION '{NO_CONSENT}' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$
    """
    trigger = (
        f'CREATE TRIGGER {table}_needs_consent BEFORE INSERT ON "{table}" '
        f"FOR EACH ROW EXECUTE FUNCTION {table}_needs_consent()"
    )
    return function, trigger


def _refusals() -> list[tuple[str, str]]:
    """Table and event of everything that is refused outright."""
    return [
        *((table, event) for table in _KEPT for event in ("UPDATE", "DELETE")),
        *((t, "UPDATE") for t in _UNCHANGED),
    ]


def _verb(event: str) -> str:
    return event.split()[0].lower()


def _sqlite_refusal(table: str, event: str) -> str:
    return f"""
    CREATE TRIGGER {table}_no_{_verb(event)} BEFORE {event} ON "{table}"
    BEGIN SELECT RAISE(ABORT, '{table} {IMMUTABLE}'); END
    """


def _postgresql_refusal(table: str, event: str) -> str:
    return (
        f'CREATE TRIGGER {table}_no_{_verb(event)} BEFORE {event} ON "{table}" '
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


SQLITE = (
    _sqlite_claim_trigger("INSERT"),
    _sqlite_claim_trigger("UPDATE"),
    *(_sqlite_consent_trigger(table, query) for table, query in _CONSENT.items()),
    *(_sqlite_refusal(table, event) for table, event in _refusals()),
)

POSTGRESQL = (
    "CREATE EXTENSION IF NOT EXISTS btree_gist",
    """
    ALTER TABLE claim ADD CONSTRAINT claim_no_overlap
    EXCLUDE USING gist (party_code WITH =, tstzrange(starts_at, ends_at, '[)') WITH &&)
    """,
    *(line for table, query in _CONSENT.items() for line in _postgresql_consent_trigger(table, query)),
    f"""
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '% {IMMUTABLE}', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    *(_postgresql_refusal(table, event) for table, event in _refusals()),
)


def statements(dialect: str) -> tuple[str, ...]:
    """The DDL for a dialect ('sqlite' or 'postgresql'), in order."""
    return SQLITE if dialect == "sqlite" else POSTGRESQL


def refusals(dialect: str, table: str, *events: str) -> tuple[str, ...]:
    """The DDL that refuses 'UPDATE', 'UPDATE OF column, …' or 'DELETE' of a table made after the first.

    `statements` comes before it.
    """
    refusal = _sqlite_refusal if dialect == "sqlite" else _postgresql_refusal
    return tuple(refusal(table, event) for event in events)


@contextmanager
def lifted(connection: Connection) -> Iterator[None]:
    """A database without its triggers, within one transaction; they are in force again, as they were, afterwards."""
    if connection.dialect.name == "sqlite":
        kept = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY rowid"
        triggers = connection.exec_driver_sql(kept).all()
        before = [f'DROP TRIGGER "{name}"' for name, _ in triggers]
        after = [sql for _, sql in triggers]
    else:
        tables = inspect(connection).get_table_names()
        before = [f'ALTER TABLE "{table}" DISABLE TRIGGER USER' for table in tables]
        after = [f'ALTER TABLE "{table}" ENABLE TRIGGER USER' for table in tables]
    for statement in before:
        connection.exec_driver_sql(statement)
    yield
    for statement in after:
        connection.exec_driver_sql(statement)
