"""What a person should know until it is over: one row a matter, raised as often as it is met, told once."""

from collections.abc import Collection, Mapping
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


def keep_alerts(session: Session, kind: str, messages: Mapping[str, str], now: datetime) -> list[str]:
    """Let the alerts of a kind be exactly these, messages by matter; returns those that are new.

    The key of such an alert is kind and matter, as in 'meet-expiry:12'.
    """
    wanted = {f"{kind}:{matter}": message for matter, message in messages.items()}
    clear_alerts(session, {alert.key for alert in alerts_of(session, kind)} - wanted.keys())
    return [message for key, message in wanted.items() if raise_alert(session, key, message, now)]


def alerts_of(session: Session, kind: str) -> list[Alert]:
    """The alerts of a kind, the oldest first."""
    query = select(Alert).where(col(Alert.key).startswith(f"{kind}:", autoescape=True))
    return list(session.exec(query.order_by(col(Alert.since), col(Alert.key))))
