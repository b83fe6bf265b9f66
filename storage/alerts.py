"""What a person should know until it is over: one row a matter, kept up to date and removed by whoever looks."""

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session, col, select

from storage.tables import Alert


def keep_alerts(session: Session, kind: str, messages: Mapping[str, str], *, now: datetime) -> list[str]:
    """Let the alerts of a kind be exactly these, messages by matter; returns those that are new.

    An alert's key is kind and matter, such as 'meet-expiry:12'. Messages hold codes only, never who somebody is.
    """
    wanted = {f"{kind}:{matter}": message for matter, message in messages.items()}
    there = {alert.key: alert for alert in alerts_of(session, kind)}
    for key in there.keys() - wanted.keys():
        session.delete(there[key])
    for key, message in wanted.items():
        since = there[key].since if key in there else now
        session.merge(Alert(key=key, message=message, since=since, seen_at=now))
    return [message for key, message in wanted.items() if key not in there]


def alerts_of(session: Session, kind: str) -> list[Alert]:
    """The alerts of a kind, the oldest first."""
    query = select(Alert).where(col(Alert.key).startswith(f"{kind}:", autoescape=True))
    return list(session.exec(query.order_by(col(Alert.since), col(Alert.key))))
