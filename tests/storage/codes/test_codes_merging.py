"""The texts of a project are found among the study's versions: by GUID, by hash, by quote, and never by a guess."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache

import pytest
from coded_values import ALONE, spoken

from storage.codes.merging import TELLING, Places, places_of
from storage.codes.texts import StudyText, StudyVersion, study_text
from storage.imports.coded_project import CodedProject, ProjectCoding, ProjectSource, ProjectText
from storage.tables import MatchedBy

Said = list[tuple[str, str]]
ONE: Said = [("INT_01", "How have you been?"), ("", "On my own, mostly, since my sister moved away in the winter.")]
ONE_CORRECTED: Said = [*ONE, ("", "Not that it was easy before, with the buses being what they are.")]
TWO: Said = [("INT_01", "How have you been?"), ("", "They cut the buses, and then the shop on the corner closed too.")]
WORDS = {1: ONE, 2: ONE_CORRECTED, 3: TWO}


def version(number: int, transcript: int, id: int) -> StudyVersion:
    return StudyVersion(
        id=id,
        guid=f"version-{id}",
        number=number,
        transcript_id=transcript,
        transcript_guid=f"transcript-{transcript}",
        recording_guid=f"recording-{transcript}",
        recording_sha256=f"hash-{transcript}",
        duration_ms=90_000,
        interview_id=transcript,
        label=f"C_03{transcript}_06/20",
        language="en",
    )


VERSIONS = (version(1, 1, 1), version(2, 1, 2), version(1, 2, 3))


@cache
def texts_of(asked: StudyVersion) -> Sequence[StudyText]:
    said = tuple(spoken(asked.label[:5], WORDS[asked.id]))
    return tuple(study_text(asked, said, style) for style in ("full", "intelligent"))


def text(id: int) -> str:
    return texts_of(VERSIONS[id - 1])[0].text


def placed(
    source: ProjectSource, *quotes: str, texts: Callable[[StudyVersion], Sequence[StudyText]] = texts_of
) -> tuple[Places, list[ProjectCoding]]:
    codings = [
        ProjectCoding(f"coding-{number}", ALONE.guid, source.guid, source.texts[0].guid, 0, len(quote), quote=quote)
        for number, quote in enumerate(quotes)
    ]
    return places_of(CodedProject("", "", sources=(source,), codings=tuple(codings)), VERSIONS, texts), codings


def source(guid: str, *texts: tuple[str, str], kind: str = "audio", sha256: str = "") -> ProjectSource:
    return ProjectSource(
        guid, "", kind, sha256=sha256, texts=tuple(ProjectText(name, "", said) for name, said in texts)
    )


@pytest.mark.parametrize("of", [source("x", ("version-1", "typed anew")), source("version-1", ("x", "y"), kind="text")])
def test_a_text_with_the_guid_of_a_version_is_that_version_whatever_it_reads(of: ProjectSource) -> None:
    place = placed(of)[0].texts[of.texts[0].guid]
    assert (place.text.version.guid, place.matched_by) == ("version-1", MatchedBy.GUID)


@pytest.mark.parametrize(
    ("of", "how"),
    [
        (source("recording-1", ("x", text(1))), MatchedBy.GUID),
        (source("x", ("transcript-1", text(1))), MatchedBy.GUID),
        (source("x", ("y", text(1)), sha256="hash-1"), MatchedBy.HASH),
        (source("x", ("y", text(1))), MatchedBy.HASH),
    ],
)
def test_of_the_versions_of_a_recording_it_is_the_one_that_reads_the_same(of: ProjectSource, how: MatchedBy) -> None:
    place = placed(of)[0].texts[of.texts[0].guid]
    assert (place.text.version.guid, place.matched_by, place.offset) == ("version-1", how, 0)


def test_of_a_text_that_reads_like_none_of_them_it_is_the_newest() -> None:
    assert placed(source("recording-1", ("x", "typed anew")))[0].texts["x"].text.version.guid == "version-2"


def test_a_text_with_a_heading_is_the_version_that_stands_in_it() -> None:
    place = placed(source("x", ("y", f"Study: ours\n\n{text(3)}"), kind="text"))[0].texts["y"]
    assert (place.text.version.guid, place.matched_by, place.offset) == ("version-3", MatchedBy.HASH, 13)


def test_a_text_in_the_other_style_is_known_too() -> None:
    def in_two_styles(asked: StudyVersion) -> Sequence[StudyText]:
        full, other = texts_of(asked)
        return full, replace(other, text=other.text.replace("mostly, ", ""))

    of = source("x", ("y", in_two_styles(VERSIONS[0])[1].text), kind="text")
    place = placed(of, texts=in_two_styles)[0].texts["y"]
    assert (place.text.version.guid, place.text.style) == ("version-1", "intelligent")


def test_a_document_of_another_layout_is_known_by_its_words() -> None:
    of = source("x", ("y", f"Interviewer: …\nClient: {ONE[1][1]}\n"), kind="text")
    places, codings = placed(of, "my own, mostly,\nsince my sister moved away", "winter")
    assert places.texts["y"].text.version.guid == "version-2"  # the newest that has them
    assert places.texts["y"].matched_by == MatchedBy.QUOTE
    assert places.of(codings[1]) == places.texts["y"]


def test_of_a_document_with_several_interviews_each_coding_goes_to_its_own() -> None:
    of = source("x", ("y", "all of them"), kind="text")
    places, codings = placed(of, ONE[1][1], TWO[1][1], "buses")
    found = [places.of(coding) for coding in codings]
    assert [p if isinstance(p, str) else p.text.version.guid for p in found] == [
        "version-2",
        "version-3",
        "its text is not one of the study's, and its 5 characters are too few to look for",
    ]


def test_words_that_stand_in_two_interviews_are_nobodys() -> None:
    both = "the bus was late again and so was I, as it happens"

    def with_both(asked: StudyVersion) -> Sequence[StudyText]:
        return tuple(replace(each, text=each.text + both) for each in texts_of(asked))

    places, codings = placed(source("x", ("y", both), kind="text"), both, texts=with_both)
    assert places.of(codings[0]) == (
        "its text is not one of the study's, and its words stand in several: C_031_06/20, C_032_06/20"
    )


def test_one_phrase_does_not_make_field_notes_an_interview() -> None:
    """One of three long quotes happens to be somebody's words; the others are nobody's."""
    of = source("x", ("y", "field notes"), kind="text")
    places, codings = placed(of, TWO[1][1], "n" * TELLING, "m" * TELLING)
    assert places.texts == {}
    found = [places.of(coding) for coding in codings]
    assert [isinstance(place, str) for place in found] == [False, True, True]
    assert found[1] == "its text is not one of the study's, and its words stand in none"


def test_the_texts_of_all_versions_are_read_only_where_no_guid_is_known() -> None:
    asked: list[str] = []

    def watched(version: StudyVersion) -> Sequence[StudyText]:
        asked.append(version.guid)
        return texts_of(version)

    placed(source("recording-2", ("version-3", "x")), texts=watched)
    assert asked == ["version-3"]


def test_what_is_coded_in_the_sound_belongs_to_the_recording() -> None:
    coding = ProjectCoding("c", ALONE.guid, "recording-1", start_ms=0, end_ms=9)
    for of in (source("recording-1"), source("recording-1", ("version-1", text(1)))):
        places = places_of(CodedProject("", "", sources=(of,), codings=(coding,)), VERSIONS, texts_of)
        place = places.of(coding)
        assert not isinstance(place, str)
        assert place.text.version.guid == ("version-1" if of.texts else "version-2")


def test_a_picture_is_nothing_of_the_study() -> None:
    of = source("x", kind="picture")
    coding = ProjectCoding("c", ALONE.guid, "x")
    places = places_of(CodedProject("", "", sources=(of,), codings=(coding,)), VERSIONS, texts_of)
    assert places.of(coding) == "what it is in is no recording and no text of the study"
