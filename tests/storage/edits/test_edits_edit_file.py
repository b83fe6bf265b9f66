"""A transcript is edited as plain text; what comes back is taken as it is meant, or refused by line."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stored_talks import begin
from talks import rows_at, spoken, talk

from storage.database import Database
from storage.edits.edit_file import edit_text, read_edit
from storage.edits.edited_utterances import Edited, edited_utterances
from storage.edits.editing import edit_file, take_edit
from storage.errors import EditError
from storage.study import Study
from storage.tables import Interview, State, VersionKind
from storage.transcripts.approval import approve_transcript
from storage.transcripts.reading import read_transcripts
from storage.transcripts.saving import save_machine_version, save_next_version
from storage.transcripts.transcript import InterviewTranscript, Spoken
from storage.transcripts.words import text_of

SPEAKERS = ("C_001", "INT_01", "LW_02")
LOOP = Spoken("C_001", 1, 5_000, 5_300, "", [["so", 5_000, 5_300, 0.1, ["loop"]]])
BEFORE = talk(
    ("INT_01", 0, 0, "How are you?"),
    ("C_001", 1, 2_000, "Well, I drove home."),
    ("INT_01", 0, 2_000, "Right."),
    LOOP,
    ("", 1, 6_000, "It cost £20 – “for nothing” 🙂."),
)
FILE = edit_text(BEFORE, SPEAKERS)
BODY = """
[1 00:00:00.000] INT_01: How are you?

[2 00:00:02.000] C_001: Well, I drove home.

[3 00:00:02.000] INT_01: Right.

[4 00:00:06.000] Speaker: It cost £20 – “for nothing” 🙂.
"""


def take(text: str | bytes, before: InterviewTranscript = BEFORE) -> Edited:
    data = text.encode() if isinstance(text, str) else text
    return edited_utterances(before, read_edit(data), SPEAKERS)


def changed(old: str, new: str) -> Edited:
    assert FILE.count(old) == 1
    return take(FILE.replace(old, new))


def refused(text: str) -> str:
    with pytest.raises(EditError) as error:
        take(text)
    return str(error.value)


def line_of(text: str, part: str) -> int:
    return next(number for number, line in enumerate(text.split("\n"), start=1) if part in line)


def test_the_file_has_a_head_and_a_mark_and_a_speaker_for_each_utterance() -> None:
    assert FILE.endswith(BODY)
    head = FILE.removesuffix(BODY)
    assert all(line.startswith("#") for line in head.splitlines())
    assert "# Version: 1 machine v\n" in head
    assert "Speakers: C_001, INT_01, LW_02" in head
    assert "pseudonymised" not in head
    assert "write no name" in edit_text(talk(version_kind="pseudonymised"), SPEAKERS)


def test_a_file_that_comes_back_as_it_was_changes_nothing() -> None:
    edited = take(FILE)
    assert (edited.utterances, edited.note) == (BEFORE.utterances, "")


@pytest.mark.parametrize(
    "saved",
    [
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.replace("\n", "\r").encode(),
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.encode("utf-16"),
        lambda text: text.replace("\n\n", "\n \t\n\n").encode(),
        lambda text: text.rstrip().encode(),
        lambda text: text.replace("drove home", "drove\n  home").encode(),
        lambda text: text.replace("INT_01: Right", "int_01 :  Right").encode(),
    ],
)
def test_how_an_editor_saves_a_file_changes_nothing(saved: Callable[[str], bytes]) -> None:
    assert take(saved(FILE)).utterances == BEFORE.utterances


def test_corrected_words_are_taken_with_the_times_of_those_they_replace() -> None:
    edited = changed("drove home", "walked home")
    assert edited.note == "Edited by hand: 1 utterance changed."
    assert [u.text for u in edited.utterances] == [
        "How are you?",
        "Well, I walked home.",
        "Right.",
        "",
        "It cost £20 – “for nothing” 🙂.",
    ]
    before, after = BEFORE.utterances[1], edited.utterances[1]
    assert after.words == [*before.words[:2], ["walked", 2_600, 2_900, None], before.words[3]]
    assert (after.start_ms, after.end_ms, after.channel) == (before.start_ms, before.end_ms, before.channel)
    assert edited.utterances[3] == LOOP


@pytest.mark.parametrize(
    ("name", "speaker"),
    [("LW_02", "LW_02"), ("c_001", "C_001"), ("Speaker", ""), ("speaker 2", "Speaker 2"), ("Speaker 3 ", "Speaker 3")],
)
def test_a_speaker_can_be_corrected(name: str, speaker: str) -> None:
    edited = changed("INT_01: Right.", f"{name}: Right.")
    assert edited.utterances[2] == replace(BEFORE.utterances[2], speaker=speaker)
    assert edited.note == "Edited by hand: 1 utterance changed."


def test_an_utterance_can_be_split_between_speakers() -> None:
    edited = changed("Well, I drove home.", "Well, I\n\n[2+] INT_01: Drove home?\n[2+] C_001: Yes.")
    assert edited.note == "Edited by hand: 1 utterance split."
    assert [u.start_ms for u in edited.utterances] == [0, 2_000, 2_000, 2_600, 3_200, 5_000, 6_000]
    assert [u.text for u in edited.utterances][1:4] == ["Well, I", "Right.", "Drove home?"]
    parts = [u for u in edited.utterances if u.channel == 1 and u.text][:3]
    assert [(u.speaker, u.start_ms, u.end_ms, u.text) for u in parts] == [
        ("C_001", 2_000, 2_600, "Well, I"),
        ("INT_01", 2_600, 3_200, "Drove home?"),
        ("C_001", 3_200, 3_200, "Yes."),
    ]


def test_an_utterance_can_be_taken_out_and_what_was_set_aside_in_it_stays() -> None:
    edited = changed("INT_01: Right.", "INT_01: [delete]")
    assert edited.note == "Edited by hand: 1 utterance taken out."
    assert edited.utterances == (*BEFORE.utterances[:2], *BEFORE.utterances[3:])
    said = spoken("C_001", 1, 0, "so it goes")
    said = replace(said, words=[*said.words, ["goes", 900, 950, 0.1, ["loop"]]])
    before = talk(said)
    after = take(edit_text(before, SPEAKERS).replace("so it goes", "[delete]"), before)
    assert after.utterances == (replace(said, text="", words=said.words[3:]),)


def test_a_text_without_word_rows_is_edited_as_it_stands() -> None:
    before = talk(Spoken("C_001", 1, 0, 1_000, "a b", []))
    file = edit_text(before, SPEAKERS)
    assert take(file, before).utterances == before.utterances
    (after,) = take(file.replace("a b", "a bc"), before).utterances
    assert (after.text, after.words) == ("a bc", [["a", 0, 333, None], ["bc", 333, 1_000, None]])


# --- what is refused -----------------------------------------------------------------------------------------------

MARK = "[2 00:00:02.000]"
REFUSALS = {
    "an altered time": (MARK, "[2 00:00:02.001]", "the mark was [2 00:00:02.000]; write it so again"),
    "a lost time": (MARK, "[2]", "the mark is not as it was"),
    "a lost number": (MARK, "[00:00:02.000]", "the mark is not as it was"),
    "a lost bracket": (MARK, "2 00:00:02.000]", "the mark is not as it was"),
    "a number that is none": (MARK, "[9 00:00:02.000]", "there is no utterance 9; the last is 4"),
    "an unknown speaker": ("C_001: Well", "C_002: Well", "stands no known speaker with a colon: C_001, INT_01, LW_02"),
    "a name as speaker": ("C_001: Well", "Margaret: Well", "stands no known speaker with a colon"),
    "a lost speaker": ("C_001: Well", "Well", "stands no known speaker with a colon"),
    "no words": ("Well, I drove home.", "", "there are no words; bring them back, or write [delete]"),
    "a doubt without words": ("Well, I drove home.", "[speaker?]", "there are no words"),
    "deletion beside words": ("drove home.", "[delete]", "[delete] stands alone"),
    "a lost letter": ("drove home", "drove h\ufffdme", "a letter was lost"),
    "a control character": ("drove home", "drove h\x00me", "a letter was lost"),
}


@pytest.mark.parametrize(("old", "new", "told"), REFUSALS.values(), ids=REFUSALS)
def test_a_slip_in_a_line_is_told_with_its_number(old: str, new: str, told: str) -> None:
    text = FILE.replace(old, new)
    message = refused(text)
    line = line_of(FILE, MARK)
    assert f"  line {line}: " in message
    assert told in message.split(f"line {line}: ")[1].split("\n")[0]
    assert "nothing was changed" in message
    assert "Margaret" not in message and "home" not in message


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n\n[2 00:00:02.000] C_001: Well", " Well"),  # joined to the utterance before
        ("\n[2 00:00:02.000] C_001: Well, I drove home.\n", ""),  # cut out
        ("\n[2 00:00:02.000] C_001:", "\n"),
        ("\n[2 00:00:02.000]", "\n"),
    ],
)
def test_a_lost_mark_is_told_before_the_next_utterance(old: str, new: str) -> None:
    assert old in FILE
    text = FILE.replace(old, new)
    assert f"line {line_of(text, '[3 ')}: {MARK} is missing before this line" in refused(text)


def test_a_file_cut_short_lacks_what_it_lost() -> None:
    text = FILE[: FILE.index("\n[3 ")]
    message = refused(text)
    assert "[3 00:00:02.000] is missing" in message and "[4 00:00:06.000] is missing" in message


def test_an_utterance_pasted_twice_or_out_of_its_place_is_told() -> None:
    second = f"{MARK} C_001: Well, I drove home.\n"
    assert f"utterance 2 is here a second time; the first is in line {line_of(FILE, MARK)}" in refused(FILE + second)
    assert "utterance 2 stands behind 4; put it back" in refused(FILE.replace(second, "") + second)


def test_a_mark_in_the_middle_of_a_line_is_told() -> None:
    text = FILE.replace("home.\n\n[3", "home. [3")
    assert f"line {line_of(FILE, MARK)}: a mark, or some of one, stands within the words" in refused(text)


def test_a_speaker_without_a_mark_is_not_taken_for_words() -> None:
    text = FILE.replace("Well, I drove home.", "Well, I drove home.\nint_01: Did you?\n")
    assert f"line {line_of(text, 'Did you')}: a speaker stands here without a mark; [2+] before it" in refused(text)


@pytest.mark.parametrize(
    "part", ["[1+] C_001: Yes.", "[3+] INT_01: [delete]", "[3+] INT_01:", "[3+ 00:00:02] INT_01: a"]
)
def test_a_part_in_the_wrong_place_or_without_words_is_told(part: str) -> None:
    text = FILE.replace("INT_01: Right.", f"INT_01: Right.\n{part}")
    assert f"line {line_of(text, part)}: " in refused(text)


def test_nothing_is_split_off_what_is_taken_out() -> None:
    text = FILE.replace("INT_01: Right.", "INT_01: [delete]\n[3+] C_001: Right.")
    assert "so nothing is split off it" in refused(text)


def test_words_before_the_first_mark_are_told() -> None:
    assert "words stand before the first mark" in refused(f"Dear all\n{FILE}")


def test_a_line_of_the_head_among_the_utterances_is_told_and_not_taken_for_words() -> None:
    version = "# Version: 1 machine v"
    text = FILE.replace(f"{version}\n", "").replace("home.\n", f"home.\n{version}\n")
    assert f"line {line_of(text, version)}: a line with # stands among the utterances" in refused(text)


def test_many_faults_are_told_at_once_but_not_all() -> None:
    before = talk(*(("C_001", 1, n * 1_000, "word") for n in range(40)))
    with pytest.raises(EditError) as error:
        take(edit_text(before, SPEAKERS).replace("C_001: word", "X: word"), before)
    assert str(error.value).count("line ") == 20
    assert "and 20 more" in str(error.value)


def test_a_broken_encoding_is_told_with_the_line() -> None:
    data = FILE.replace("🙂", "").encode("cp1252")
    with pytest.raises(EditError, match=f"Line {line_of(FILE, 'Letters')} is not UTF-8"):
        take(data)


def test_an_editor_that_took_the_file_for_another_encoding_is_told() -> None:
    for altered in (FILE.encode().decode("cp1252", "replace"), FILE.replace("é", "e\u0301"), FILE.replace("£", "?")):
        with pytest.raises(EditError, match="the editor has altered letters"):
            take(altered)


def test_a_file_without_its_version_is_told() -> None:
    with pytest.raises(EditError, match="'# Version: …' is missing"):
        take(BODY)


WEIRD = st.lists(
    st.sampled_from(
        ["£", "“q”", "🙂", "e\u0301", "مرحبا", "\u202e", "#", "a:b", "[x?]", "[12", "00:00:01", "-->", "…"]
    ),
    min_size=1,
    max_size=6,
).map(" ".join)


@given(
    st.lists(st.tuples(st.sampled_from(["C_001", "INT_01", "", "a<b>&c"]), st.integers(0, 1), st.integers(0, 9), WEIRD))
)
def test_whatever_was_said_comes_back_as_it_was(said: list[tuple[str, int, int, str]]) -> None:
    before = talk(*(spoken(who, channel, at * 500, text) for who, channel, at, text in said))
    edited = take(edit_text(before, SPEAKERS), before)
    assert (edited.note, sorted(map(repr, edited.utterances))) == ("", sorted(map(repr, before.utterances)))


SLIPS = st.sampled_from(["cut the line", "double it", "swap it with the next", "join it to the next", "cut some of it"])


@given(st.data())
def test_after_any_slip_the_file_is_refused_or_nothing_is_lost(data: st.DataObject) -> None:
    said = [(who, n % 2, n * 900, f"word{n} again word{n}") for n, who in enumerate(("C_001", "INT_01") * 3)]
    before = talk(*said)
    lines = edit_text(before, SPEAKERS).split("\n")
    for _ in range(data.draw(st.integers(1, 2))):
        at = data.draw(st.integers(0, len(lines) - 2))
        slip = data.draw(SLIPS)
        if slip == "cut the line":
            del lines[at]
        elif slip == "double it":
            lines.insert(at, lines[at])
        elif slip == "swap it with the next":
            lines[at : at + 2] = lines[at + 1], lines[at]
        elif slip == "join it to the next":
            lines[at : at + 2] = [lines[at] + lines[at + 1]]
        else:
            begin = data.draw(st.integers(0, len(lines[at])))
            lines[at] = lines[at][:begin] + lines[at][begin + data.draw(st.integers(1, 30)) :]
    try:
        edited = take("\n".join(lines), before)
    except EditError as error:
        assert "word" not in str(error).replace("words", "")
        return
    assert (edited.taken_out, edited.split) == (0, 0)
    assert [(u.channel, u.start_ms, u.end_ms) for u in edited.utterances] == [
        (u.channel, u.start_ms, u.end_ms) for u in before.utterances
    ]
    body = "\n".join(lines)
    for was, now in zip(before.utterances, edited.utterances, strict=True):
        assert now.text and now.words
        if f"{was.speaker}: {was.text}" in body:
            assert now.text.startswith(was.text) and now.words[: len(was.words)] == was.words


# --- stored --------------------------------------------------------------------------------------------------------


@pytest.fixture
def stored(study: Study, database: Database, book: Callable[..., Interview]) -> Callable[[], InterviewTranscript]:
    """Store a machine version of two utterances; reads the newest version."""
    interview = book("C_001")
    with database.writing() as session:
        rows = rows_at(0, "I drove home.")
        said = Spoken("C_001", 1, 0, 900, text_of(rows), rows)
        save_machine_version(session, begin(session, interview), [said, spoken("INT_01", 0, 2_000, "Right.")])
        session.get_one(Interview, interview.id).attending_code = "LW_02"

    def newest() -> InterviewTranscript:
        with database.reading() as session:
            return read_transcripts(session, study)[0]

    return newest


def written_for(database: Database, transcript: InterviewTranscript) -> str:
    with database.reading() as session:
        return edit_file(session, transcript).decode()


def taken(database: Database, transcript: InterviewTranscript, text: str, actor: str = "RES_01") -> Any:
    with database.writing() as session:
        return take_edit(session, [transcript], text.encode(), actor=actor)


def test_an_edited_file_becomes_the_next_version(database: Database, stored: Callable[[], InterviewTranscript]) -> None:
    text = written_for(database, stored())
    assert "Speakers: C_001, INT_01, LW_02;" in text
    took = taken(database, stored(), text.replace("drove", "walked"))
    assert (took.number, took.kind, took.note) == (2, VersionKind.CORRECTED, "Edited by hand: 1 utterance changed.")
    newest = stored()
    assert (newest.version_number, newest.version_kind, newest.notes) == (2, "corrected", (took.note,))
    assert [u.text for u in newest.utterances] == ["I walked home.", "Right."]
    assert len({u.guid for u in newest.utterances}) == 2


def test_nothing_edited_makes_no_version(database: Database, stored: Callable[[], InterviewTranscript]) -> None:
    took = taken(database, stored(), written_for(database, stored()))
    assert (took.number, took.note, stored().version_number) == (None, "", 1)


def test_what_a_person_could_write_down_is_no_longer_counted_as_unclear(
    database: Database, study: Study, book: Callable[..., Interview]
) -> None:
    interview = book("C_001")
    passages = [["[unclear 00:00:01-00:00:03]", 1_000, 3_000, 0.0, ["unclear"]], ["so", 3_000, 3_500, 0.9]]
    other = Spoken("C_001", 1, 9_000, 9_500, "", [["[unclear 00:00:09-00:00:09]", 9_000, 9_500, 0.0, ["unclear"]]])
    said = Spoken("C_001", 1, 1_000, 3_500, text_of(passages), passages)
    with database.writing() as session:
        told = [said, replace(other, text=text_of(other.words))]
        save_machine_version(session, begin(session, interview), told, completeness=0.9, unclear_ms=2_500)
        (before,) = read_transcripts(session, study)
    taken(database, before, written_for(database, before).replace("[unclear 00:00:01-00:00:03] so", "it was so"))
    with database.reading() as session:
        (after,) = read_transcripts(session, study)
    assert after.unclear_ms == 500
    assert after.completeness == pytest.approx(0.98)


def test_an_edited_pseudonymised_version_stays_pseudonymised_and_is_to_be_approved_anew(
    database: Database, stored: Callable[[], InterviewTranscript]
) -> None:
    with database.writing() as session:
        kind = VersionKind.PSEUDONYMISED
        save_next_version(session, stored(), stored().utterances, kind=kind, actor="pseudonymise", note="0 names")
    with database.writing() as session:
        interview = session.get_one(Interview, 1)
        approve_transcript(session, interview, actor="RES_01")
        assert interview.state == State.PSEUDONYMISED
    assert taken(database, stored(), written_for(database, stored()).replace("drove", "walked")).kind == kind
    newest = stored()
    assert (newest.version_kind, newest.approved_by, newest.state) == (kind, "", State.CHECKED)


def test_of_two_who_edit_the_same_version_the_second_is_told_and_nothing_is_lost(
    database: Database, stored: Callable[[], InterviewTranscript]
) -> None:
    text = written_for(database, stored())
    taken(database, stored(), text.replace("drove", "walked"), actor="RES_01")
    with pytest.raises(EditError) as told:
        taken(database, stored(), text.replace("home", "away"), actor="RES_02")
    assert "made from version 1 of C_001_05/20, and RES_01 has made version 2 since" in str(told.value)
    assert "transcripts diff C_001 --from 1" in str(told.value)
    assert [u.text for u in stored().utterances] == ["I walked home.", "Right."]


def test_a_file_of_another_transcript_is_refused(database: Database, stored: Callable[[], InterviewTranscript]) -> None:
    text = written_for(database, stored()).replace(stored().version_guid, "00000000-0000-4000-8000-000000000000")
    with pytest.raises(EditError, match=r"not made from a transcript of C_001_05/20"):
        taken(database, stored(), text)
