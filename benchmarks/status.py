"""How long `fieldcall --help` and `fieldcall status` take, as whole processes: `python -m benchmarks.status`."""

import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlmodel import Session

from desk.output import print_table
from scheduling.participants import import_participants
from storage.contacts import open_contacts
from storage.database import open_database
from storage.interviews import record_change
from storage.study import load_study
from storage.tables import CLOSED_STATES, HELD_STATES, Attempt, Interview, Party, PartyKind, State

ROOT = Path(__file__).parents[1]
RUNS = 11
PARTICIPANTS, INTERVIEWS = 2_500, 5_000


def main() -> None:
    """Time the commands on the demo's participants and on a study of thousands, and print the table."""
    with tempfile.TemporaryDirectory() as folder:
        small, large = Path(folder) / "small", Path(folder) / "large"
        for study in (small, large):
            fieldcall("init", str(study))
        shutil.copyfile(ROOT / "demo" / "participants.csv", small / "participants.csv")
        fieldcall("--study", str(small), "participants", "import", str(small / "participants.csv"))
        fill(large)
        commands = {
            "--help": ["--help"],
            "status, 57 participants": ["--study", str(small), "status"],
            f"status, {INTERVIEWS:,} interviews": ["--study", str(large), "status"],
            f"due, {INTERVIEWS:,} interviews": ["--study", str(large), "due"],
        }
        print_table([timed(name, arguments) for name, arguments in commands.items()], f"{RUNS} runs each, seconds")


def fill(folder: Path) -> None:
    """Write a study's rows: two interviews for each participant, most of them moved and tried several times."""
    study, dice = load_study(folder), random.Random(1)
    database = open_database(study)
    codes = [f"C_{number:04}" for number in range(PARTICIPANTS)]
    rows = "\n".join(("code,group", *(f"{code},client" for code in codes)))
    import_participants(study, database, open_contacts(study), rows, now=datetime.now(UTC))
    with database.writing() as session:
        session.add(Party(code="INT_01", kind=PartyKind.INTERVIEWER))
        session.flush()
        for code in codes:
            _interview(session, dice, code, dice.choice(CLOSED_STATES))
            _interview(session, dice, code, dice.choice((State.BOOKED, *HELD_STATES)))


def _interview(session: Session, dice: random.Random, code: str, state: State) -> None:
    starts_at = datetime(2020, 5, 1, 9, tzinfo=UTC) + timedelta(hours=dice.randrange(3_000))
    interview = Interview(
        participant_code=code,
        interviewer_code="INT_01",
        mode="phone",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1),
        state=State.BOOKED,
    )
    for step in (State.BOOKED, *([State.MOVED, State.BOOKED] * dice.randrange(3)), state):
        record_change(session, interview, step, actor="benchmark")
    for minutes in range(dice.randrange(4)):
        at = starts_at + timedelta(minutes=minutes)
        session.add(Attempt(interview_id=interview.id or 0, outcome="no answer", actor="benchmark", at=at))


def timed(name: str, arguments: list[str]) -> dict[str, object]:
    """Least, median and greatest wall-clock time of a command after one run that is not counted."""
    fieldcall(*arguments)
    seconds = sorted(fieldcall(*arguments) for _ in range(RUNS))
    return {
        "fieldcall": name,
        "least": f"{seconds[0]:.2f}",
        "median": f"{statistics.median(seconds):.2f}",
        "greatest": f"{seconds[-1]:.2f}",
    }


def fieldcall(*arguments: str) -> float:
    """Run a command to its end and return the seconds it took."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "desk", *arguments], check=True, capture_output=True, cwd=ROOT)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
