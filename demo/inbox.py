"""Which demo recording belongs to whom, and the name its recorder gives it when it lands in the inbox."""

from dataclasses import dataclass
from pathlib import Path

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Arrival:
    """A recording of participant `code` that began `late_s` after the booked start.

    `name` is a strftime pattern for the local time at which it began.
    """

    code: str
    recording: Path
    script: Path
    name: str
    late_s: int


def _arrival(code: str, recording: str, name: str, late_s: int) -> Arrival:
    path = _HERE / "recordings" / recording
    return Arrival(code, path, _HERE / "scripts" / f"{path.stem}.json", name, late_s)


ARRIVALS = (
    _arrival("C_003", "client_choir_two_channel_phone.wav", "C_003_interview.wav", 95),
    _arrival("C_027", "client_garden_phone.wav", "call_%Y-%m-%d_%H-%M-%S.wav", 151),
    _arrival("C_002", "client_kitchen_amr.amr", "Call recording %Y-%m-%d %H-%M-%S.amr", 151),
    _arrival("C_031", "client_carer_opus.ogg", "C_031 %d.%m.%Y.ogg", 40),
    _arrival("LW_02", "link_worker_m4a.m4a", "LW_02_interview.m4a", 70),
    _arrival("M_08", "manager_video.mp4", "Interview-%Y%m%d_%H%M%S-Meeting Recording.mp4", 48),
)
