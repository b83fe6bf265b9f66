"""Alembic migrations: `study/` for the study database, `contacts/` for the contacts database."""
