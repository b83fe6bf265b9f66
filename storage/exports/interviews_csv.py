"""The list of interviews: CSV (RFC 4180) in UTF-8 without a byte order mark, LF line ends."""

import csv
import io
from typing import IO
from zoneinfo import ZoneInfo

from storage.exports.cells import cell
from storage.exports.contents import Contents, InterviewSummary
from storage.lengths import clock

COLUMNS = (
    "label",
    "code",
    "group",
    "mode",
    "interviewer",
    "start_utc",
    "start_local",
    "state",
    "recordings",
    "length",
    "words",
    "completeness",
    "model",
    "remark",
)


def write_interviews_csv(contents: Contents, file: IO[bytes]) -> None:
    """Write one row per interview, those that did not take place included."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS)
    zone = ZoneInfo(contents.zone)
    rows.writerows([cell(value) for value in _row(interview, zone)] for interview in contents.interviews)
    file.write(text.getvalue().encode())


def _row(interview: InterviewSummary, zone: ZoneInfo) -> tuple[str | int, ...]:
    return (
        interview.label,
        interview.code,
        interview.group,
        interview.mode,
        interview.interviewer,
        f"{interview.starts_at:%Y-%m-%dT%H:%M:%SZ}",
        interview.starts_at.astimezone(zone).isoformat(timespec="minutes"),
        interview.state,
        interview.recordings,
        clock(interview.length_ms),
        interview.words,
        interview.completeness,
        interview.model,
        interview.remark,
    )
