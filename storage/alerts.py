"""What a person should know until it is over: one row a matter, raised as often as it is met, told once."""

from collections.abc import Collection
from datetime import datetime

from sqlmodel import Session, col, select

from storage.tables import Alert


def raise_alert(session: Session, key: str, message: str, now: datetime) -> bool:
    """Say that something is the matter, with the next step; whether this is new. The first time it was met stays."""
    known = session.get(Alert, key)
    if known is None:
        session.add(Alert(key=key, message=message, since=now, seen_at=now))
        session.flush()
        return True
    known.message, known.seen_at = message, now
    return False


def clear_alerts(session: Session, keys: Collection[str]) -> None:
    """Say that matters are over; those that never were change nothing."""
    for alert in session.exec(select(Alert).where(col(Alert.key).in_(keys))):
        session.delete(alert)


def alerts(session: Session) -> list[Alert]:
    """All that is the matter now, the oldest first."""
    return list(session.exec(select(Alert).order_by(col(Alert.since), col(Alert.key))))
