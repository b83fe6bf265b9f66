"""The project file: valid by schema and by rule, linked in time, the same every time."""

import io
import tracemalloc
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid5

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from storage.exports.contents import Contents, Person, Sound
from storage.exports.document import Document
from storage.exports.qdpx import write_qdpx
from storage.exports.qdpx_check import check_qdpx
from storage.exports.refi_qda import NAMESPACE
from storage.transcripts.transcript import InterviewTranscript, Spoken

Make = Callable[..., Contents]
Documents = Callable[..., Document]


def test_its_xml_is_as_agreed(contents: Make, golden: Callable[[str], bytes]) -> None:
    assert _archive(contents()).read("project.qde") == golden("project.qde")


def test_it_holds_the_project_the_text_and_the_recording_and_nothing_else(contents: Make) -> None:
    archive = _archive(contents())
    assert archive.namelist() == [
        "project.qde",
        "sources/00000000-0000-4000-8000-000000000005.txt",
        "sources/00000000-0000-4000-8000-000000000003.m4a",
    ]
    assert archive.read("sources/00000000-0000-4000-8000-000000000003.m4a") == b"sound"


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_transcript_conforms_and_every_sync_point_finds_its_words(
    data: st.DataObject,
    contents: Make,
    document: Documents,
    anything_said: st.SearchStrategy[tuple[Spoken, ...]],
    tmp_path: Path,
) -> None:
    made = document(utterances=data.draw(anything_said))
    path = tmp_path / "study.qdpx"
    path.write_bytes(_written(contents(documents=(made,))))
    assert check_qdpx(path) == []
    archive = zipfile.ZipFile(path)
    text = archive.read(f"sources/{made.transcript.version_guid}.txt").decode("utf-8")
    points = _all(archive, "SyncPoint")
    said = [spoken for spoken in sorted(made.transcript.utterances, key=_start) if _signs(spoken.text)]
    assert len(points) == len(said) + 1
    for spoken, point, following in zip(said, points, points[1:], strict=False):
        words = text[int(point.get("position", "")) : int(following.get("position", ""))]
        words = words.rpartition("\n\n")[0] if "\n\n" in words else words
        assert _signs(words) == _signs(spoken.text)
        assert len(words.splitlines()) == 1
        assert (point.get("guid"), point.get("timeStamp")) == (spoken.guid, str(spoken.start_ms))
    assert "\r" not in text


def _start(spoken: Spoken) -> int:
    return spoken.start_ms


def _signs(text: str) -> str:
    """Every sign of a text but space, with U+FFFD for those that XML cannot hold: what no file may lose or add to."""
    forbidden = {*map(chr, range(32)), "\ufffe", "\uffff"}
    return "".join("\ufffd" if sign in forbidden else sign for sign in text if not sign.isspace())


def test_the_last_sync_point_is_the_end_of_text_and_recording(contents: Make) -> None:
    last = _all(_archive(contents()), "SyncPoint")[-1]
    text = _archive(contents()).read("sources/00000000-0000-4000-8000-000000000005.txt").decode()
    assert (last.get("timeStamp"), last.get("position")) == ("3605250", str(len(text)))
    assert last.get("guid") == str(uuid5(UUID("00000000-0000-4000-8000-000000000005"), "end"))


def test_a_case_without_transcript_has_its_group_and_no_source(contents: Make) -> None:
    manager = next(case for case in _all(_archive(contents()), "Case") if case.get("name") == "M_05")
    assert {child.tag for child in manager} == {f"{{{NAMESPACE}}}VariableValue"}
    assert _values(_archive(contents()), manager) == {
        "group": "manager",
        "consent to quotation": "no",
        "consent to archive": "no",
        "consent to re-contact": "no",
    }


def test_a_video_is_a_video_source(contents: Make, document: Documents) -> None:
    archive = _archive(contents(documents=(document(has_video=True, recording_suffix=".mp4"),)))
    assert [source.get("name") for source in _all(archive, "VideoSource")] == ["C_031_2020-06.mp4"]
    assert _all(archive, "AudioSource") == []


def test_a_recording_over_the_size_rule_is_referred_to(contents: Make, tmp_path: Path) -> None:
    path = tmp_path / "study.qdpx"
    path.write_bytes(_written(contents(is_internal=False)))
    source = _all(zipfile.ZipFile(path), "AudioSource")[0]
    assert source.get("path") == "relative:///00000000-0000-4000-8000-000000000003.m4a"
    assert [name for name in zipfile.ZipFile(path).namelist() if name.endswith(".m4a")] == []
    assert check_qdpx(path) == []


def test_the_text_of_a_recording_that_cannot_go_out_is_a_text_source(contents: Make, tmp_path: Path) -> None:
    path = tmp_path / "study.qdpx"
    path.write_bytes(_written(contents(sounds={})))
    archive = zipfile.ZipFile(path)
    text = "sources/00000000-0000-4000-8000-000000000005.txt"
    assert archive.namelist() == ["project.qde", text]
    assert archive.read(text) == zipfile.ZipFile(io.BytesIO(_written(contents()))).read(text)
    (source,) = _all(archive, "TextSource")
    assert (source.get("name"), source.get("guid")) == ("C_031_2020-06.txt", "00000000-0000-4000-8000-000000000005")
    (case,) = (case for case in _all(archive, "Case") if case.get("name") == "C_031")
    assert [link.get("targetGUID") for link in case.iter("{*}SourceRef")] == [source.get("guid")]
    assert _all(archive, "SyncPoint") == []
    assert check_qdpx(path) == []


def test_a_study_with_nobody_in_it_has_no_empty_containers(contents: Make, tmp_path: Path) -> None:
    path = tmp_path / "study.qdpx"
    path.write_bytes(_written(contents(people=(), sounds={})))
    assert _all(zipfile.ZipFile(path), "Cases") == []
    assert check_qdpx(path) == []


def test_two_interviews_of_one_participant_are_one_case(
    contents: Make, transcript: Callable[..., InterviewTranscript], tmp_path: Path
) -> None:
    second = transcript(
        recording_guid="00000000-0000-4000-8000-000000000013",
        version_guid="00000000-0000-4000-8000-000000000015",
        mode="video",
        utterances=(),
    )
    both = (Document(transcript(), "C_031_2020-06"), Document(second, "C_031_2020-06_2"))
    path = tmp_path / "study.qdpx"
    path.write_bytes(_written(contents(documents=both)))
    case = _all(zipfile.ZipFile(path), "Case")[0]
    told = [text.text for text in case.iter("{*}TextValue")]
    assert told == ["client", "phone, video", "2020-06", "INT_01", "no", "no", "no"]
    assert len(list(case.iter("{*}SourceRef"))) == 2
    assert check_qdpx(path) == []


def test_two_texts_of_one_recording_are_two_transcripts_of_one_source(
    contents: Make, transcript: Callable[..., InterviewTranscript], tmp_path: Path
) -> None:
    guid = "00000000-0000-4000-8000-000000000015"
    again = (replace(transcript().utterances[0], guid="00000000-0000-4000-8000-000000000111"),)
    second = transcript(version_guid=guid, version_number=2, version_kind="pseudonymised", utterances=again)
    both = (Document(transcript(), "C_031_2020-06"), Document(second, "C_031_2020-06"))
    path = tmp_path / "study.qdpx"
    path.write_bytes(_written(contents(documents=both)))
    (source,) = _all(zipfile.ZipFile(path), "AudioSource")
    names = [text.get("name") for text in source.iter("{*}Transcript")]
    assert names == ["C_031_2020-06 v1 machine", "C_031_2020-06 v2 pseudonymised"]
    assert len(_all(zipfile.ZipFile(path), "SourceRef")) == 1
    assert check_qdpx(path) == []


def test_what_a_participant_agreed_to_is_on_their_case_and_their_sources(contents: Make, tmp_path: Path) -> None:
    person = Person("C_031", "00000000-0000-4000-8000-000000000002", "client", quotation=True, recontact=True)
    archive = _archive(contents(people=(person,)))
    agreed = {"consent to quotation": "yes", "consent to archive": "no", "consent to re-contact": "yes"}
    interview = {"group": "client", "mode": "phone", "month": "2020-06", "interviewer": "INT_01"}
    assert _values(archive, _all(archive, "Case")[0]) == {**interview, **agreed}
    assert _values(archive, _all(archive, "AudioSource")[0]) == {**interview, **agreed}


def test_the_team_made_the_texts_and_the_interviewer_the_recordings(contents: Make) -> None:
    archive = _archive(contents())
    users = {user.get("guid"): user.get("name") for user in _all(archive, "User")}
    assert sorted(filter(None, users.values())) == ["INT_01", "Study team"]
    assert users[_all(archive, "AudioSource")[0].get("creatingUser")] == "INT_01"
    assert users[_all(archive, "Transcript")[0].get("creatingUser")] == "Study team"
    assert users[_all(archive, "Project")[0].get("creatingUserGUID")] == "Study team"


def test_the_same_contents_give_the_same_bytes(contents: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    first = _written(contents())
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    assert _written(contents()) == first


def test_memory_does_not_grow_with_the_recording(contents: Make, tmp_path: Path) -> None:
    large = tmp_path / "large.m4a"
    with large.open("wb") as file:
        file.truncate(64 << 20)
    made = contents()
    made = contents(sounds={guid: Sound(large, is_internal=True) for guid in made.sounds})
    tracemalloc.start()
    with (tmp_path / "study.qdpx").open("wb") as file:
        write_qdpx(made, file)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16 << 20
    assert (tmp_path / "study.qdpx").stat().st_size > 64 << 20


def _written(made: Contents) -> bytes:
    file = io.BytesIO()
    write_qdpx(made, file)
    return file.getvalue()


def _archive(made: Contents) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(_written(made)))


def _values(archive: zipfile.ZipFile, owner: etree._Element) -> dict[str | None, str | None]:
    """The values that hang on a case or a source, by the name of their variable."""
    names = {variable.get("guid"): variable.get("name") for variable in _all(archive, "Variable")}
    return {
        names[value.find("{*}VariableRef").get("targetGUID")]: value.findtext("{*}TextValue")  # type: ignore[union-attr]
        for value in owner.iter("{*}VariableValue")
    }


def _all(archive: zipfile.ZipFile, tag: str) -> list[etree._Element]:
    return list(etree.fromstring(archive.read("project.qde")).iter(f"{{{NAMESPACE}}}{tag}"))
