"""The list of transcripts tells what their words would, without reading them."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from sqlmodel import delete, select
from stored_talks import SPOKEN, begin

from storage.database import Database
from storage.study import Study
from storage.tables import Interview, VersionKind, VersionSize
from storage.transcripts.approval import approve_transcript
from storage.transcripts.listing import transcript_rows
from storage.transcripts.passages import set_aside
from storage.transcripts.reading import read_transcripts
from storage.transcripts.saving import save_machine_version, save_next_version
from storage.transcripts.transcript import Spoken
from storage.transcripts.words import unclear_count, word_count

LONDON = ZoneInfo("Europe/London")
ROWS = [["How", 0, 300, 0.9], ["so", 300, 400, 0.9, ["loop"]], ["so", 400, 500, 0.9, ["loop"]]]
MARKED = (
    Spoken("C_001", 1, 0, 900, "How", ROWS),
    Spoken("INT_01", 0, 1_000, 2_000, "I said [unclear 00:00:01-00:00:02] so.", []),
)


def test_sizes_are_stored_with_a_version_and_are_those_of_its_words(
    database: Database, study: Study, book: Callable[..., Interview]
) -> None:
    interview = book("C_001")
    with database.writing() as session:
        save_machine_version(session, begin(session, interview), SPOKEN)
        save_next_version(session, read_transcripts(session, study)[0], MARKED, actor="RES_01", note="edited")
        approve_transcript(session, session.get_one(Interview, interview.id), actor="RES_02")
    with database.reading() as session:
        [row] = transcript_rows(session, LONDON)
        [whole] = read_transcripts(session, study)
        assert len(session.exec(select(VersionSize)).all()) == 2
    assert (row.words, row.unclear, row.set_aside) == (4, 1, 1)
    assert row.words == sum(word_count(spoken.text) for spoken in whole.utterances)
    assert row.unclear == sum(unclear_count(spoken.text) for spoken in whole.utterances)
    assert row.set_aside == len(set_aside(whole.utterances))
    assert (row.label, row.version_number, row.version_kind) == (whole.label, 2, VersionKind.CORRECTED)
    assert (row.approved_by, row.model, row.state) == (whole.approved_by, whole.model, whole.state)


def test_a_version_from_before_sizes_were_stored_is_counted(
    database: Database, study: Study, book: Callable[..., Interview]
) -> None:
    for number, code in enumerate(("C_002", "C_001")):
        interview = book(code, interviewer=f"INT_0{number + 1}")
        with database.writing() as session:
            save_machine_version(session, begin(session, interview, str(number) * 64), MARKED)
    with database.writing() as session:
        session.exec(delete(VersionSize))
    with database.reading() as session:
        rows = transcript_rows(session, LONDON)
    assert [(row.label, row.words, row.unclear, row.set_aside) for row in rows] == [
        ("C_001_05/20", 4, 1, 1),
        ("C_002_05/20", 4, 1, 1),
    ]
