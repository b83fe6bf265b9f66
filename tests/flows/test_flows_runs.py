"""Each flow does what is to be done, says what really happened, and can be run again any time."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from counting_recognizer import Counting, counting
from numpy.typing import NDArray
from prefect import State
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import Artifact
from prefect.client.schemas.sorting import ArtifactSort
from sqlalchemy.engine import make_url
from sqlmodel import select

from flows import reports, transcribe
from flows.book import book_interviews
from flows.capture import capture_recordings
from flows.deliver import deliver_transcripts
from flows.engine import Engine
from flows.options import BookOptions, CaptureOptions, DeliverOptions, NightOptions, RecordingOptions
from flows.outcomes import Outcome, Summary
from flows.progress import Nobody, watching
from flows.transcribe import transcribe_overnight, transcribe_recording
from scheduling.participants import import_participants
from storage.contacts import Contacts
from storage.database import Database
from storage.study import Study
from storage.tables import Interview, Recording, Version
from transcription.transcript import Word

Add = Callable[..., Recording]
BOOKED_AS_OF = "2020-04-27T08:00:00+00:00"
NAME = "Zebedee Quill"
PEOPLE = f"""code,group,name,phone,email,mode,available,consent_date,consent_sheet,consent_recording
C_001,client,{NAME},+44 7700 900001,zebedee@example.org,phone,,2020-04-20,v1,yes
C_002,client,{NAME},+44 7700 900002,zebedee@example.org,phone,,2020-04-20,v1,yes
LW_01,link_worker,{NAME},+44 7700 900003,zebedee@example.org,video,,2020-04-20,v1,no
"""


def run(flow: Any, options: Any) -> tuple[State[Any], Summary]:
    with watching(Nobody()) as summaries:
        state = flow(options, return_state=True)
    return state, summaries[-1]


def artifact(key: str) -> Artifact:
    with get_client(sync_client=True) as client:
        found = client.read_artifacts(sort=ArtifactSort.CREATED_DESC)
    return next(item for item in found if item.key == key)


def rows(key: str) -> list[dict[str, Any]]:
    table: list[dict[str, Any]] = json.loads(str(artifact(key).data))
    return table


def names_of_runs(state: State[Any]) -> tuple[str, list[str]]:
    """The name of a flow run and those of its task runs, in order."""
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
    from prefect.client.schemas.sorting import TaskRunSort

    assert state.state_details.flow_run_id is not None
    this = FlowRunFilter(id=FlowRunFilterId(any_=[state.state_details.flow_run_id]))
    with get_client(sync_client=True) as client:
        flow_run = client.read_flow_run(state.state_details.flow_run_id)
        tasks = client.read_task_runs(flow_run_filter=this, sort=TaskRunSort.EXPECTED_START_TIME_DESC)
    return flow_run.name, [task.name for task in tasks]


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch) -> list[Engine]:
    """Stands in for the model that would be loaded; every load is noted."""
    loaded: list[Engine] = []

    def load(*_: object) -> Engine:
        loaded.append(counting())
        return loaded[-1]

    monkeypatch.setattr(transcribe, "load_engine", load)
    return loaded


@pytest.fixture
def people(in_study: Study, database: Database, contacts: Contacts) -> Study:
    import_participants(in_study, database, contacts, PEOPLE, now=datetime.fromisoformat(BOOKED_AS_OF))
    in_study.place(in_study.capture.inbox).mkdir()
    file = in_study.folder / "study.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("settle_seconds = 10", "settle_seconds = 0"))
    return in_study


class TestBooking:
    def test_everyone_is_booked_once_and_the_calendars_are_published(self, people: Study, database: Database) -> None:
        options = BookOptions.model_validate({"as_of": BOOKED_AS_OF})
        state, summary = run(book_interviews, options)
        assert (state.is_completed(), state.message) == (True, "3 interviews booked")
        assert names_of_runs(state)[0] == "book 3 interviews"
        assert list(people.place(people.calendar.folder).glob("*.ics"))
        assert {o.code: o.result for o in summary.outcomes} == {"C_001": "done", "C_002": "done", "LW_01": "done"}

        state, summary = run(book_interviews, options)
        assert (state.is_completed(), state.message) == (True, "no interview to be booked")
        with database.reading() as session:
            assert len(session.exec(select(Interview)).all()) == 3

    def test_recruitment_is_reported_against_its_targets(self, people: Study) -> None:
        run(book_interviews, BookOptions.model_validate({"as_of": BOOKED_AS_OF, "codes": ["C_001"]}))
        table = {row["group"]: row for row in rows("recruitment")}
        assert list(table) == ["Clients", "Link workers", "Managers", "All"]
        assert (table["Clients"]["target"], table["Clients"]["to book"]) == (44, 1)
        assert table["All"]["target"] == 57

    def test_who_cannot_be_booked_fails_the_run_and_the_others_are_booked(
        self, people: Study, database: Database
    ) -> None:
        last_day = "2020-09-30T15:00:00+00:00"
        state, summary = run(book_interviews, BookOptions.model_validate({"as_of": last_day}))
        assert (state.is_failed(), state.message) == (True, "3 of 3 interviews could not be booked")
        assert all(outcome.message for outcome in summary.outcomes)

    def test_an_unknown_code_is_said(self, people: Study) -> None:
        state, _ = run(book_interviews, BookOptions(codes=["C_099"]))
        assert state.is_failed()
        assert "C_099" in str(state.message)


class TestCapture:
    def test_what_is_in_the_inbox_is_taken_and_a_bad_file_does_not_stop_it(self, people: Study, talk: Path) -> None:
        run(book_interviews, BookOptions.model_validate({"as_of": BOOKED_AS_OF}))
        inbox = people.place(people.capture.inbox)
        (inbox / "C_001.wav").write_bytes(talk.read_bytes())
        (inbox / f"{NAME}.wav").write_text("not a sound")
        state, summary = run(capture_recordings, CaptureOptions())
        assert state.is_failed()
        assert state.message == ("1 recording taken, 1 file cannot be taken. See 'fieldcall recordings --review'")
        assert summary.needs_person
        assert [(outcome.code, outcome.result) for outcome in summary.outcomes] == [("C_001", "done")]

        state, summary = run(capture_recordings, CaptureOptions())
        assert state.is_completed(), "a file that a person was told of does not fail every later run"
        assert summary.needs_person

    def test_without_an_inbox_it_says_so(self, in_study: Study, contacts: Contacts) -> None:
        state, _ = run(capture_recordings, CaptureOptions())
        assert state.is_failed()
        assert "inbox" in str(state.message)


class TestTheNight:
    def test_every_recording_that_waits_is_transcribed_with_one_model(
        self, in_study: Study, database: Database, add_recording: Add, talk: Path, engines: list[Engine]
    ) -> None:
        add_recording("C_002", talk, day=1)
        add_recording("C_001", talk, day=2)
        state, summary = run(transcribe_overnight, NightOptions())
        assert (state.is_completed(), state.message) == (True, "2 recordings transcribed")
        name, tasks = names_of_runs(state)
        assert name.startswith("night of ")
        assert set(tasks) == {"transcribe C_002 · 1 min", "transcribe C_001 · 1 min"}
        assert [outcome.code for outcome in summary.outcomes] == ["C_002", "C_001"]
        assert len(engines) == 1
        night = rows("last-night")
        assert [(row["code"], row["outcome"]) for row in night] == [("C_002", "done"), ("C_001", "done")]
        assert night[0]["length"] == "0:16"
        assert "x real time" in night[0]["speed"]
        assert (artifact("night-progress").data, artifact("recording-in-hand").data) == (100.0, 100.0)

        state, _ = run(transcribe_overnight, NightOptions())
        assert (state.is_completed(), state.message) == (True, "no recording to be transcribed")
        assert len(engines) == 1, "no model is loaded for nothing"

    def test_one_bad_recording_never_stops_the_night(
        self, in_study: Study, add_recording: Add, talk: Path, silence: Path, tmp_path: Path, engines: list[Engine]
    ) -> None:
        text = tmp_path / "text.wav"
        text.write_text("not a sound")
        for day, (code, sound) in enumerate((("C_001", text), ("C_002", silence), ("C_003", talk))):
            add_recording(code, sound, day=day)
        state, summary = run(transcribe_overnight, NightOptions())
        assert (state.is_failed(), state.message) == (
            True,
            "2 of 3 recordings could not be transcribed, 1 recording transcribed",
        )
        assert [outcome.result for outcome in summary.outcomes] == ["failed", "failed", "done"]
        assert [row["outcome"].partition(":")[0] for row in rows("last-night")] == ["failed", "failed", "done"]

    def test_what_there_is_no_consent_for_is_shown_as_such(
        self, in_study: Study, add_recording: Add, talk: Path, engines: list[Engine]
    ) -> None:
        add_recording("C_001", talk, consent=False)
        state, summary = run(transcribe_overnight, NightOptions())
        assert state.is_completed()
        assert "has not agreed to be recorded" in str(state.message)
        assert (summary.outcomes[0].result, engines) == ("skipped", [])

    def test_it_takes_no_more_than_its_limit(
        self, in_study: Study, add_recording: Add, talk: Path, engines: list[Engine]
    ) -> None:
        for day, code in enumerate(("C_001", "C_002", "C_003")):
            add_recording(code, talk, day=day)
        state, _ = run(transcribe_overnight, NightOptions(limit=1))
        assert (state.is_completed(), state.message) == (True, "1 recording transcribed, 2 left for the next night")

    def test_when_the_night_is_over_the_recording_in_hand_is_finished_and_no_other_begun(
        self, in_study: Study, add_recording: Add, talk: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        clock = [datetime.fromisoformat("2020-06-11T05:59:00+00:00")]  # 06:59 in London

        class Slow(Counting):
            def words(self, sound: NDArray[Any]) -> tuple[Word, ...]:
                clock[0] += timedelta(minutes=5)
                return super().words(sound)

        monkeypatch.setattr(transcribe, "now", lambda: clock[0])
        monkeypatch.setattr(transcribe, "load_engine", lambda *_: Engine("slow", Slow()))
        for day, code in enumerate(("C_001", "C_002")):
            add_recording(code, talk, day=day)
        state, summary = run(transcribe_overnight, NightOptions(until="07:00"))
        assert (state.is_completed(), state.message) == (True, "1 recording transcribed, 1 left for the next night")
        assert [outcome.result for outcome in summary.outcomes] == ["done", "left"]

    def test_outside_the_window_the_scheduled_run_takes_nothing(
        self,
        in_study: Study,
        add_recording: Add,
        talk: Path,
        engines: list[Engine],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        add_recording("C_001", talk)
        monkeypatch.setattr(transcribe, "end_of_window", lambda *_: None)
        state, summary = run(transcribe_overnight, NightOptions(whole_window=True))
        assert state.is_completed()
        assert (summary.outcomes[0].result, engines) == ("left", [])

    def test_a_missing_model_fails_at_once_and_all_is_still_to_be_done(
        self, in_study: Study, database: Database, add_recording: Add, talk: Path
    ) -> None:
        add_recording("C_001", talk)
        state, _ = run(transcribe_overnight, NightOptions(model="tiny"))
        assert state.is_failed()
        assert "tiny" in str(state.message)
        assert "fieldcall models" in str(state.message)
        with database.reading() as session:
            assert session.exec(select(Version)).all() == []

    def test_one_recording_is_transcribed_by_its_code(
        self, in_study: Study, add_recording: Add, talk: Path, engines: list[Engine]
    ) -> None:
        add_recording("C_001", talk)
        add_recording("C_002", talk)
        state, _ = run(transcribe_recording, RecordingOptions(code="C_002"))
        assert (state.is_completed(), state.message) == (True, "1 recording transcribed")
        assert names_of_runs(state)[0] == "transcribe C_002 · 1 min"
        state, _ = run(transcribe_recording, RecordingOptions(code="C_002"))
        assert state.message == "C_002: No recording of C_002 waits to be transcribed."

    def test_a_table_that_cannot_be_made_does_not_change_what_has_happened(
        self,
        in_study: Study,
        add_recording: Add,
        talk: Path,
        engines: list[Engine],
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        def broken(*_: object, **__: object) -> None:
            raise OSError(f"no table for {NAME}")

        add_recording("C_001", talk)
        for name in ("recruitment", "create_table_artifact", "create_progress_artifact"):
            monkeypatch.setattr(reports, name, broken)
        state, _ = run(transcribe_overnight, NightOptions())
        assert (state.is_completed(), state.message) == (True, "1 recording transcribed")
        assert "could not be shown" in caplog.text
        assert NAME not in caplog.text

    def test_a_terminal_can_watch(self, in_study: Study, add_recording: Add, talk: Path, engines: list[Engine]) -> None:
        class Seen(Nobody):
            told: list[object] = []  # noqa: RUF012

            def began(self, name: str) -> None:
                self.told.append(("began", name))

            def moved(self, name: str, done: float, total: float, words: str = "") -> None:
                assert 0 <= done <= total == 1
                assert words

            def ended(self, name: str, outcome: Outcome | None) -> None:
                self.told.append(("ended", name, outcome and outcome.result))

        add_recording("C_001", talk)
        with watching(Seen()):
            transcribe_overnight(NightOptions(), return_state=True)
        night = Seen.told[0][1]  # type: ignore[index]
        assert str(night).startswith("night of ")
        assert Seen.told == [
            ("began", night),
            ("began", "C_001 · 1 min"),
            ("ended", "C_001 · 1 min", "done"),
            ("ended", night, None),
        ]


class TestDelivery:
    def test_transcripts_are_delivered_and_the_same_again_changes_nothing(
        self, in_study: Study, add_recording: Add, talk: Path, engines: list[Engine]
    ) -> None:
        add_recording("C_001", talk)
        run(transcribe_overnight, NightOptions())
        state, summary = run(deliver_transcripts, DeliverOptions(formats=["txt", "csv"]))
        assert state.is_completed()
        assert summary.folder is not None
        assert list(summary.folder.rglob("*.txt"))
        assert str(in_study.folder) not in str(state.message)
        state, again = run(deliver_transcripts, DeliverOptions(formats=["txt", "csv"]))
        assert (state.is_completed(), again.folder) == (True, summary.folder)
        assert {row["group"]: row["delivered"] for row in rows("recruitment")}["Clients"] == 1

    def test_with_nothing_to_deliver_it_says_so(self, in_study: Study, database: Database) -> None:
        state, _ = run(deliver_transcripts, DeliverOptions())
        assert (state.is_completed(), str(state.message)[:18]) == (True, "nothing to deliver")


class TestNothingPersonalReachesPrefect:
    """A canary in every place that holds something personal; Prefect's whole database is searched for it."""

    CANARIES = (NAME, "Zebedee", "Quill", "900001", "zebedee@example.org", "canarytext")

    @pytest.fixture
    def prefect_database(self, prefect_backend: None) -> Iterator[Path]:
        from prefect.settings import PREFECT_API_DATABASE_CONNECTION_URL

        yield Path(str(make_url(str(PREFECT_API_DATABASE_CONNECTION_URL.value())).database))

    def test_neither_by_good_runs_nor_by_bad_ones(
        self,
        people: Study,
        talk: Path,
        monkeypatch: pytest.MonkeyPatch,
        prefect_database: Path,
    ) -> None:
        class Telling(Counting):
            def words(self, sound: NDArray[Any]) -> tuple[Word, ...]:
                if self.calls:
                    raise RuntimeError(f"canarytext {NAME}")
                self.calls += 1
                return (Word("canarytext", 0, 500, 0.9),)

        monkeypatch.setattr(transcribe, "load_engine", lambda *_: Engine("telling", Telling()))
        inbox = people.place(people.capture.inbox)
        run(book_interviews, BookOptions.model_validate({"as_of": BOOKED_AS_OF}))
        for name in (f"C_001 {NAME}.wav", f"{NAME} zebedee@example.org.wav"):
            (inbox / name).write_bytes(talk.read_bytes() + name.encode())
        (inbox / f"{NAME}.mp3").write_text("canarytext")
        run(capture_recordings, CaptureOptions())
        state, _ = run(transcribe_overnight, NightOptions())
        assert state.is_failed()
        run(transcribe_recording, RecordingOptions(code="C_001"))
        run(deliver_transcripts, DeliverOptions())
        monkeypatch.setattr("flows.book.publish", self.raise_canary)
        state, _ = run(book_interviews, BookOptions.model_validate({"as_of": BOOKED_AS_OF}))
        assert state.is_failed()

        assert prefect_database.is_file()
        with sqlite3.connect(prefect_database) as connection:
            dump = "\n".join(connection.iterdump())
        assert "transcribe C_001" in dump, "the search looks at the runs"
        for canary in self.CANARIES:
            assert canary.lower() not in dump.lower(), canary

    @staticmethod
    def raise_canary(*_: object) -> None:
        raise ValueError(f"canarytext {NAME}")
