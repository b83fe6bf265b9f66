"""CalDAV keeps what every calendar promises, on a real Radicale server."""

from calendar_contract import CalendarContract


class TestCalDav(CalendarContract):
    """CalDAV keeps what every calendar promises."""
