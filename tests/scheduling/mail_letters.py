"""Letters for tests of mail: one of every kind, any field of which can be given."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from scheduling.mails.letters import Kind, Letter, Recipient, Role

LONDON = ZoneInfo("Europe/London")
START = datetime(2020, 6, 3, 13, 0, tzinfo=UTC)


def recipient(**fields: Any) -> Recipient:
    usual: dict[str, Any] = {
        "code": "C_031",
        "name": "Ann Example",
        "address": "ann@example.org",
        "zone": LONDON,
        "role": Role.PARTICIPANT,
    }
    return Recipient(**(usual | fields))


def letter(kind: Kind = Kind.INVITATION, *, to: Recipient | None = None, **fields: Any) -> Letter:
    usual: dict[str, Any] = {
        "key": f"{kind}/7c9e6679-7425-40de-944b-e07fc1f90ae7/0/C_031",
        "kind": kind,
        "recipient": to or recipient(),
        "participant_code": "C_031",
        "guid": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
        "sequence": 0,
        "starts_at": START,
        "ends_at": START + timedelta(minutes=60),
        "mode": "phone",
        "study_title": "Social prescribing at a distance",
        "study_zone": LONDON,
        "sender_name": "Remote Interviews Team",
        "sender_address": "interviews@example.org",
        "made_at": datetime(2020, 5, 20, 9, 30, tzinfo=UTC),
    }
    return Letter(**(usual | fields))
