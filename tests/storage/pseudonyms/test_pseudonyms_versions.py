"""Pseudonymised versions: no name in any column, one pseudonym everywhere, a log that makes the same text again."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from pseudonyms_study import SAID, said
from sqlmodel import select

from storage.contacts import Contacts, SealedReplacement
from storage.database import Database
from storage.errors import StorageError
from storage.pseudonyms import pseudonymise
from storage.pseudonyms.allotment import allot, give, read_allotted
from storage.pseudonyms.decisions import Examined
from storage.pseudonyms.log import Decision, read_log, replayed, used_pseudonyms
from storage.pseudonyms.pseudonymise import Pseudonymised, apply_certain, examine, in_question
from storage.study import Study
from storage.tables import Utterance, Version, VersionKind
from storage.transcripts.reading import read_transcripts
from storage.transcripts.saving import save_next_version
from storage.transcripts.transcript import InterviewTranscript, Spoken
from storage.transcripts.words import text_of

NOON = datetime(2020, 6, 10, 12, 0, tzinfo=UTC)
Transcribed = Callable[..., InterviewTranscript]
ORIGINALS = ("Margaret", "Paul", "Jesmond", "Doreen", "Pattison", "one nine one", "double five")


@pytest.fixture
def run(database: Database, study: Study, people: Contacts) -> Callable[..., list[Pseudonymised]]:
    """Examine and replace what is certain in the transcripts of the codes, or in all that wait."""

    def go(*codes: str) -> list[Pseudonymised]:
        with database.reading() as session:
            found = examine(session, study, people, in_question(session, study, people, codes))
        return [apply_certain(database, people, each, actor="researcher", at=NOON) for each in found]

    return go


def newest(database: Database, study: Study, code: str = "C_001") -> InterviewTranscript:
    with database.reading() as session:
        [transcript] = read_transcripts(session, study, [code])
    return transcript


def texts(transcript: InterviewTranscript) -> list[str]:
    return [spoken.text for spoken in transcript.utterances]


def test_what_is_certain_is_replaced_in_a_new_version_and_what_is_not_is_asked(
    run: Any, database: Database, study: Study, transcribed: Transcribed
) -> None:
    before = transcribed()
    [done] = run("C_001")
    assert texts(newest(database, study)) == [
        "Hello [C_001], how are you?",
        "Not bad. [LW_01] rang from [Place 1], and [Person 1]'s sister came.",
        "My number is [Phone number].",
        "Will you rest now? It was somewhere, NE28 maybe.",
    ]
    assert (done.version_number, done.replaced, done.kept) == (2, 5, 0)
    assert [(row.time, row.candidate.original) for row in done.doubtful] == [("00:00:15", "NE28")]
    after = newest(database, study)
    assert (after.version_kind, after.approved_by) == (VersionKind.PSEUDONYMISED, "")
    assert after.notes == ("5 names and other details were replaced by pseudonyms in brackets.",)
    with database.reading() as session:
        old = session.exec(select(Version).where(Version.guid == before.version_guid)).one()
        kept = session.exec(select(Utterance.text).where(Utterance.version_id == old.id)).all()
    assert list(kept) == [text for _, text in SAID]


def test_words_keep_their_times_and_a_name_the_time_of_its_words(
    run: Any, database: Database, study: Study, transcribed: Transcribed
) -> None:
    before = transcribed()
    run("C_001")
    after = newest(database, study)
    for old, new in zip(before.utterances, after.utterances, strict=True):
        assert (new.speaker, new.channel, new.start_ms, new.end_ms) == (
            old.speaker,
            old.channel,
            old.start_ms,
            old.end_ms,
        )
        assert text_of(new.words) == new.text
        times = {row[0]: row[1:3] for row in old.words}
        for row in new.words:
            if "[" not in row[0]:
                assert row[1:3] == times[row[0]]
    doreen = next(row for row in after.utterances[1].words if row[0].startswith("[Person 1]"))
    said_before = [row for row in before.utterances[1].words if row[0] in ("Doreen", "Pattison's")]
    assert doreen[1:3] == [said_before[0][1], said_before[1][2]]


def columns(row: Any) -> str:
    return " ".join(str(value) for value in row.model_dump().values())


def test_no_original_is_in_any_column_of_the_new_version(
    run: Any, database: Database, study: Study, transcribed: Transcribed
) -> None:
    utterances = said(SAID)
    hidden = Spoken(
        "C_001", 1, 90_000, 91_000, "Yes.", [["Yes.", 90_000, 90_500, 0.9], ["Margaret", 90_500, 91_000, 0.1, ["loop"]]]
    )
    by_hand = Spoken(
        "C_001", 1, 92_000, 93_000, "Ask Paul.", [["Ask", 92_000, 92_500, 0.9], ["Margaret.", 92_500, 93_000, 0.9]]
    )
    transcribed(utterances=[*utterances, hidden, by_hand], notes=["Margaret Tolley's second half was lost."])
    run("C_001")
    with database.reading() as session:
        version = session.exec(select(Version).where(Version.number == 2)).one()
        rows = session.exec(select(Utterance).where(Utterance.version_id == version.id)).all()
        everything = " ".join([columns(version), *(columns(row) for row in rows)])
    for original in ORIGINALS:
        assert original not in everything
    assert version.notes == [
        "[C_001]'s second half was lost.",
        "7 names and other details were replaced by pseudonyms in brackets. "
        "What was set aside (1 passage) is not in this version.",
    ]


def test_a_second_run_finds_nothing_more_and_makes_no_version(
    run: Any, database: Database, study: Study, transcribed: Transcribed
) -> None:
    transcribed()
    run("C_001")
    [again] = run("C_001")
    assert (again.version_number, again.replaced) == (None, 0)
    assert newest(database, study).version_number == 2
    assert run() == []  # of those that wait there is none


def test_the_same_person_and_place_have_the_same_pseudonym_in_every_transcript(
    run: Any, database: Database, study: Study, transcribed: Transcribed
) -> None:
    transcribed("C_001")
    transcribed("C_002", said([("C_002", "Margaret Tolley met Doreen Pattison and Ann in Jesmond, and Margaret too.")]))
    run("C_002", "C_001")
    assert texts(newest(database, study, "C_002")) == [
        "[C_001] met [Person 1] and [Person 2] in [Place 1], and [C_001] too."
    ]
    assert "[Person 1]'s sister" in texts(newest(database, study, "C_001"))[1]


def test_the_log_makes_the_same_text_again_and_tells_where_each_name_went(
    run: Any, people: Contacts, database: Database, study: Study, transcribed: Transcribed
) -> None:
    before = transcribed()
    run("C_001")
    after = newest(database, study)
    logged = read_log(people, after.version_guid)
    assert list(replayed([*texts(before), *before.notes], logged)) == texts(after)
    for each in logged:
        assert (each.source_guid, each.decision, each.actor, each.at) == (
            before.version_guid,
            Decision.REPLACE,
            "researcher",
            "2020-06-10T12:00:00+00:00",
        )
        assert before.utterances[each.place].text[each.start : each.end] == each.original
        assert after.utterances[each.place].text[each.new_start : each.new_end] == each.pseudonym
    assert [each.original for each in logged][:2] == ["Margaret", "Paul"]


def test_the_log_is_sealed_and_no_original_is_in_the_files_of_the_contacts_database(
    run: Any, people: Contacts, study: Study, transcribed: Transcribed
) -> None:
    transcribed()
    run("C_001")
    with people.database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    for path in study.place(study.storage.contacts).parent.glob("contacts.db*"):
        content = path.read_bytes()
        for original in ORIGINALS:
            assert original.encode() not in content


def test_a_crash_between_log_and_version_leaves_nothing_that_a_rerun_does_not_mend(
    run: Any,
    people: Contacts,
    database: Database,
    study: Study,
    transcribed: Transcribed,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    transcribed()

    def dies(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(pseudonymise, "save_next_version", dies)
        run("C_001")
    assert newest(database, study).version_number == 1
    run("C_001")
    version = newest(database, study)
    with people.database.reading() as session:
        guids = set(session.exec(select(SealedReplacement.version_guid)).all())
    assert guids == {version.version_guid}
    assert len(read_log(people, version.version_guid)) == 5


def test_what_was_logged_of_other_decisions_before_a_crash_is_cleared_away(
    run: Any,
    people: Contacts,
    database: Database,
    study: Study,
    transcribed: Transcribed,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    transcribed()
    with monkeypatch.context() as patched, pytest.raises(ZeroDivisionError):
        patched.setattr(pseudonymise, "save_next_version", lambda *_, **__: 1 / 0)
        run("C_001")
    give(people, "name:doreen pattison", "sister of a friend", is_used=False)
    run("C_001")
    with people.database.reading() as session:
        guids = set(session.exec(select(SealedReplacement.version_guid)).all())
    assert guids == {newest(database, study).version_guid}
    assert "[sister of a friend]'s sister" in texts(newest(database, study))[1]


def test_a_transcript_that_was_changed_meanwhile_is_not_overwritten(
    database: Database, study: Study, people: Contacts, transcribed: Transcribed
) -> None:
    transcript = transcribed()
    with database.reading() as session:
        [found] = examine(session, study, people, [transcript])
    with database.writing() as session:
        save_next_version(session, transcript, transcript.utterances, actor="RES_02", note="corrected")
    with pytest.raises(StorageError, match="changed by someone else"):
        apply_certain(database, people, found, actor="researcher", at=NOON)
    assert newest(database, study).version_kind == VersionKind.CORRECTED


def test_a_version_with_nothing_to_replace_is_stored_as_pseudonymised_all_the_same(
    run: Any, database: Database, study: Study, transcribed: Transcribed
) -> None:
    transcribed(utterances=said([("C_001", "Nothing here is about anybody.")]))
    [done] = run("C_001")
    assert (done.version_number, done.replaced) == (2, 0)
    assert newest(database, study).version_kind == VersionKind.PSEUDONYMISED


def test_a_speaker_called_by_name_is_refused_without_repeating_it(run: Any, transcribed: Transcribed) -> None:
    transcribed(utterances=said([("Margaret", "Well.")]))
    with pytest.raises(StorageError, match="the speaker at 00:00:00 is not a code") as caught:
        run("C_001")
    assert "Margaret" not in str(caught.value)


def test_numbers_of_pseudonyms_are_given_once_and_counted_by_kind(people: Contacts) -> None:
    first = allot(people, [("name:ann", "Person"), ("place:x", "Place"), ("C_001", "Person"), ("name:bea", "Person")])
    assert list(first.values()) == ["[Person 1]", "[Place 1]", "[C_001]", "[Person 2]"]
    assert allot(people, [("name:bea", "Person"), ("name:cat", "Person")]) == {
        "name:bea": "[Person 2]",
        "name:cat": "[Person 3]",
    }
    assert list(read_allotted(people)) == ["name:ann", "place:x", "name:bea", "name:cat"]


def test_a_pseudonym_that_is_in_use_cannot_become_another(run: Any, people: Contacts, transcribed: Transcribed) -> None:
    transcribed()
    run("C_001")
    assert used_pseudonyms(people)["[Person 1]"] == 1
    with pytest.raises(StorageError, match=re.escape("[Person 1] stands for that name")):
        give(people, "name:doreen pattison", "Rachel", is_used=True)
    assert give(people, "name:doreen", "Person 1", is_used=False) == "[Person 1]"  # the same person by another name


@pytest.mark.parametrize("wrong", ["", "[]", "a]b", "x" * 61, "two\nlines"])
def test_what_cannot_be_a_pseudonym_is_refused(people: Contacts, wrong: str) -> None:
    with pytest.raises(StorageError, match="cannot be a pseudonym"):
        give(people, "name:ann", wrong, is_used=False)


def test_examining_many_tells_how_far_it_is(
    database: Database, study: Study, people: Contacts, transcribed: Transcribed
) -> None:
    transcribed("C_001")
    transcribed("C_002")
    steps: list[tuple[int, int]] = []
    with database.reading() as session:
        found: tuple[Examined, ...] = examine(
            session,
            study,
            people,
            in_question(session, study, people, ()),
            lambda done, total: steps.append((done, total)),
        )
    assert steps == [(1, 2), (2, 2)]
    assert [each.transcript.code for each in found] == ["C_001", "C_002"]


@pytest.mark.parametrize(("codes", "message"), [(("C_009",), "C_009 has no transcript")])
def test_a_participant_without_a_transcript_is_named(run: Any, codes: tuple[str, ...], message: str) -> None:
    with pytest.raises(StorageError, match=message):
        run(*codes)


def test_the_same_decisions_applied_twice_at_once_make_one_version_with_its_log(
    database: Database, study: Study, people: Contacts, transcribed: Transcribed
) -> None:
    transcribed()
    with database.reading() as session:
        [found] = examine(session, study, people, in_question(session, study, people, ()))
    apply_certain(database, people, found, actor="researcher", at=NOON)
    with pytest.raises(StorageError, match="changed by someone else"):
        apply_certain(database, people, found, actor="researcher", at=NOON)
    version = newest(database, study)
    assert version.version_number == 2
    assert len(read_log(people, version.version_guid)) == 5
