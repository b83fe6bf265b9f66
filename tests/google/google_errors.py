"""What Google answers when it refuses, in the two forms that its APIs have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_STATUS = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND"}


@dataclass(frozen=True)
class GoogleError(Exception):
    """An error as Google tells it; `reason` is what a client decides by."""

    status: int
    reason: str
    message: str
    domain: str = "global"
    location: str = ""  # name of the parameter or header that is at fault
    retry_after_s: int | None = None

    def envelope(self, *, is_platform: bool) -> dict[str, Any]:
        """The body: `errors[]` for Calendar and Drive, `status` for Meet and for whatever fails at the front end."""
        if is_platform:
            details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": self.reason}]
            status = _STATUS.get(self.status, "UNAVAILABLE")
            return {"error": {"code": self.status, "message": self.message, "status": status, "details": details}}
        error = {"domain": self.domain, "reason": self.reason, "message": self.message}
        if self.location:
            kind = "header" if self.location in ("Authorization", "If-Match") else "parameter"
            error |= {"locationType": kind, "location": self.location}
        return {"error": {"errors": [error], "code": self.status, "message": self.message}}


def invalid(message: str, location: str = "") -> GoogleError:
    return GoogleError(400, "invalid", message, location=location)


def required(what: str) -> GoogleError:
    return GoogleError(400, "required", f"Missing {what}.", location=what)


def not_found(message: str = "Not Found") -> GoogleError:
    return GoogleError(404, "notFound", message)


def forbidden(reason: str, message: str) -> GoogleError:
    return GoogleError(403, reason, message)
