"""ELAN and Praat, read back with pympi."""

import io
from collections.abc import Callable
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pympi
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from storage.exports.document import Document, heading
from storage.exports.elan import write_elan
from storage.exports.praat import write_praat
from storage.exports.tiers import tiers_of
from storage.exports.turns import lines_of
from storage.transcripts.transcript import Spoken

Make = Callable[..., Document]
Annotation = tuple[int, int, str]

# children in their order, required and allowed attributes: EAFv3.0.xsd, as far as it is used here
EAF: dict[str, tuple[list[str], set[str], set[str]]] = {
    "ANNOTATION_DOCUMENT": (
        ["HEADER", "TIME_ORDER", "TIER", "LINGUISTIC_TYPE"],
        {"DATE", "AUTHOR", "VERSION"},
        {"FORMAT", "{http://www.w3.org/2001/XMLSchema-instance}noNamespaceSchemaLocation"},
    ),
    "HEADER": (["MEDIA_DESCRIPTOR", "PROPERTY"], set(), {"MEDIA_FILE", "TIME_UNITS"}),
    "MEDIA_DESCRIPTOR": ([], {"MEDIA_URL", "MIME_TYPE"}, {"RELATIVE_MEDIA_URL"}),
    "PROPERTY": ([], set(), {"NAME"}),
    "TIME_ORDER": (["TIME_SLOT"], set(), set()),
    "TIME_SLOT": ([], {"TIME_SLOT_ID"}, {"TIME_VALUE"}),
    "TIER": (["ANNOTATION"], {"TIER_ID", "LINGUISTIC_TYPE_REF"}, {"PARTICIPANT"}),
    "ANNOTATION": (["ALIGNABLE_ANNOTATION"], set(), set()),
    "ALIGNABLE_ANNOTATION": (["ANNOTATION_VALUE"], {"ANNOTATION_ID", "TIME_SLOT_REF1", "TIME_SLOT_REF2"}, set()),
    "ANNOTATION_VALUE": ([], set(), set()),
    "LINGUISTIC_TYPE": ([], {"LINGUISTIC_TYPE_ID"}, {"TIME_ALIGNABLE", "GRAPHIC_REFERENCES"}),
}
CROSSED = (
    Spoken("C_031", 1, 1_000, 9_000, "And so I went on.", []),
    Spoken("INT_01", 0, 3_000, 3_500, "Mhm.", []),
    Spoken("C_031", 0, 8_500, 9_500, "On and on.", []),
    Spoken("C_031", 1, 9_000, 9_000, "Yes.", []),
)


def test_elan_is_as_agreed(document: Make, golden: Callable[[str], bytes]) -> None:
    assert _elan(document()) == golden("C_031_2020-06.eaf")


def test_praat_is_as_agreed(document: Make, golden: Callable[[str], bytes]) -> None:
    assert _praat(document()) == golden("C_031_2020-06.TextGrid")


def test_speech_at_once_keeps_its_times_in_tiers_of_its_own(document: Make, tmp_path: Path) -> None:
    expected = {
        "C_031": [(1_000, 9_000, "And so I went on."), (9_000, 9_001, "Yes.")],
        "INT_01": [(3_000, 3_500, "Mhm.")],
        "C_031 (2)": [(8_500, 9_500, "On and on.")],
    }
    made = document(utterances=CROSSED)
    assert _read_elan(_elan(made), tmp_path) == expected
    assert _read_praat(_praat(made), tmp_path) == expected


def test_a_second_tier_never_takes_the_name_of_a_speaker(document: Make) -> None:
    said = tuple(Spoken(who, 0, 0, 9, "Yes.", []) for who in ("A", "A", "A (2)", "A (2)"))
    names = [tier.name for tier in tiers_of(lines_of(document(utterances=said).transcript))]
    assert sorted(names) == ["A", "A (2)", "A (2) (2)", "A (3)"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_elan_keeps_its_rules_and_reads_back_as_what_was_said(
    data: st.DataObject, document: Make, anything_said: st.SearchStrategy[tuple[Spoken, ...]], tmp_path: Path
) -> None:
    made = document(utterances=data.draw(anything_said))
    _assert_valid(etree.fromstring(_elan(made)))
    assert sorted(_flat(_read_elan(_elan(made), tmp_path))) == _said(made)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_praat_fills_every_tier_without_a_gap_and_reads_back(
    data: st.DataObject, document: Make, anything_said: st.SearchStrategy[tuple[Spoken, ...]], tmp_path: Path
) -> None:
    made = document(utterances=data.draw(anything_said))
    grid = _grid(_praat(made), tmp_path)
    assert (grid.xmin, len(grid.tiers)) == (0, grid.tier_num)
    assert grid.tier_num >= 1
    for tier in grid.tiers:
        bounds = [(start, end) for start, end, _ in tier.intervals]
        assert (tier.xmin, tier.xmax, bounds[0][0], bounds[-1][1]) == (grid.xmin, grid.xmax, 0, grid.xmax)
        assert all(end == start for (_, end), (start, _) in pairwise(bounds))
        assert all(start < end for start, end in bounds)
    assert sorted(_flat(_read_praat(_praat(made), tmp_path))) == _said(made)


def test_elan_says_what_a_reader_must_know_and_which_recording_it_is(document: Make) -> None:
    root = etree.fromstring(_elan(document()))
    properties = {each.get("NAME"): each.text for each in root.iter("PROPERTY")}
    assert {name: properties[name] for name, _ in heading(document())} == dict(heading(document()))
    assert properties["URN"] == "urn:nl-mpi-tools-elan-eaf:00000000-0000-4000-8000-000000000005"
    (media,) = root.iter("MEDIA_DESCRIPTOR")
    assert (media.get("RELATIVE_MEDIA_URL"), media.get("MIME_TYPE")) == ("./C_031_2020-06.m4a", "audio/*")


@pytest.mark.parametrize(
    ("suffix", "has_video", "kind"),
    [
        (".wav", False, "audio/x-wav"),
        (".mp4", True, "video/mp4"),
        (".mp4", False, "audio/*"),
        (".webm", True, "video/*"),
    ],
)
def test_elan_names_the_kind_of_recording(document: Make, suffix: str, has_video: bool, kind: str) -> None:
    (media,) = etree.fromstring(_elan(document(recording_suffix=suffix, has_video=has_video))).iter("MEDIA_DESCRIPTOR")
    assert media.get("MIME_TYPE") == kind


def test_a_recording_without_words_gives_files_without_annotations(document: Make, tmp_path: Path) -> None:
    made = document(utterances=())
    _assert_valid(etree.fromstring(_elan(made)))
    assert _read_elan(_elan(made), tmp_path) == {}
    grid = _grid(_praat(made), tmp_path)
    assert [(tier.name, tier.intervals) for tier in grid.tiers] == [("Speaker", [(0, 3605.25, "")])]


def _assert_valid(root: Any) -> None:
    """Children and attributes, the keys, the references, time slots in order, nothing that overlaps in a tier."""
    for element in root.iter():
        children, required, allowed = EAF[element.tag]
        order = [children.index(child.tag) for child in element]
        assert order == sorted(order)
        assert required <= set(element.attrib) <= required | allowed
    datetime.fromisoformat(root.get("DATE"))
    assert [len(list(root.iter(tag))) for tag in ("HEADER", "TIME_ORDER")] == [1, 1]
    assert all(len(annotation) == 1 for annotation in root.iter("ANNOTATION", "ALIGNABLE_ANNOTATION"))
    ids = [slot.get("TIME_SLOT_ID") for slot in root.iter("TIME_SLOT")]
    ids += [annotation.get("ANNOTATION_ID") for annotation in root.iter("ALIGNABLE_ANNOTATION")]
    assert len(ids) == len(set(ids))  # of type ID, so unique in the document
    tiers = [tier.get("TIER_ID") for tier in root.iter("TIER")]
    assert len(tiers) == len(set(tiers))
    assert {tier.get("LINGUISTIC_TYPE_REF") for tier in root.iter("TIER")} <= {
        kind.get("LINGUISTIC_TYPE_ID") for kind in root.iter("LINGUISTIC_TYPE")
    }
    times = {slot.get("TIME_SLOT_ID"): int(slot.get("TIME_VALUE")) for slot in root.iter("TIME_SLOT")}
    assert list(times.values()) == sorted(times.values())
    used = []
    for tier in root.iter("TIER"):
        ends = 0
        for annotation in tier.iter("ALIGNABLE_ANNOTATION"):
            slots = [annotation.get(f"TIME_SLOT_REF{side}") for side in (1, 2)]
            used += slots
            start, end = (times[slot] for slot in slots)
            assert ends <= start < end
            ends = end
    assert sorted(used) == sorted(times)  # each slot belongs to one annotation


def _elan(made: Document) -> bytes:
    file = io.BytesIO()
    write_elan(made, file)
    return file.getvalue()


def _praat(made: Document) -> bytes:
    file = io.BytesIO()
    write_praat(made, file)
    return file.getvalue()


def _read_elan(content: bytes, folder: Path) -> dict[str, list[Annotation]]:
    path = folder / "read.eaf"
    path.write_bytes(content)
    eaf = pympi.Eaf(str(path))
    return {name: sorted(eaf.get_annotation_data_for_tier(name)) for name in eaf.get_tier_names()}


def _grid(content: bytes, folder: Path) -> Any:
    path = folder / "read.TextGrid"
    path.write_bytes(content)
    return pympi.TextGrid(str(path))


def _read_praat(content: bytes, folder: Path) -> dict[str, list[Annotation]]:
    return {
        tier.name: [(round(start * 1000), round(end * 1000), text) for start, end, text in tier.intervals if text]
        for tier in _grid(content, folder).tiers
    }


def _flat(tiers: dict[str, list[Annotation]]) -> list[Annotation]:
    return [each for annotations in tiers.values() for each in annotations]


def _said(made: Document) -> list[Annotation]:
    lines = lines_of(made.transcript)
    return sorted((line.start_ms, max(line.end_ms, line.start_ms + 1), line.text) for line in lines)
