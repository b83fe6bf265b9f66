"""Which files a tool left together, told from their names alone."""

from pathlib import PurePath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.intake.bundles import bundles_of
from storage.intake.tools.base import Bundle

MEETING = "2020-05-12 10.02.31 Talk with C_031 81234567890/"
PEOPLE = MEETING + "Audio Record/"
SID = "RE" + "0123456789abcdef" * 2


def bundles(*names: str) -> list[Bundle]:
    return bundles_of([PurePath(name) for name in names])


def shape(bundle: Bundle) -> list[tuple[list[str], list[tuple[str, str]]]]:
    """The stretches of a bundle: names of its mixed files, and its tracks with their people."""
    return [
        ([name.name for name in stretch.mixed], [(track.name.name, track.person) for track in stretch.tracks])
        for stretch in bundle.stretches
    ]


class TestZoom:
    def test_a_folder_is_one_meeting_and_its_sound_is_better_than_its_video(self) -> None:
        (bundle,) = bundles(MEETING + "video1639780501.mp4", MEETING + "audio1639780501.m4a", MEETING + "chat.txt")
        assert shape(bundle) == [(["audio1639780501.m4a", "video1639780501.mp4"], [])]
        assert [name.name for name in bundle.beside] == ["chat.txt"]
        assert (bundle.tool, bundle.lacks) == ("Zoom", "")

    def test_files_of_one_person_each_belong_to_the_stretch_whose_digits_they_end_in(self) -> None:
        (bundle,) = bundles(
            MEETING + "audio1639780501.m4a",
            PEOPLE + "audioJaneDoe11639780501.m4a",
            PEOPLE + "audioC_03121639780501.m4a",
            MEETING + "audio2639780501.m4a",
            PEOPLE + "audioJaneDoe12639780501.m4a",
            PEOPLE + "audioC_03122639780501.m4a",
        )
        first, second = shape(bundle)
        assert first == (
            ["audio1639780501.m4a"],
            [("audioC_03121639780501.m4a", "C_031"), ("audioJaneDoe11639780501.m4a", "JaneDoe")],
        )
        assert [person for _, person in second[1]] == ["C_031", "JaneDoe"]

    def test_a_name_that_ends_in_the_digits_of_another_stretch_is_not_mistaken(self) -> None:
        (bundle,) = bundles(
            MEETING + "audio1639780501.m4a",
            MEETING + "audio2639780501.m4a",
            PEOPLE + "audioVolodymyr21639780501.m4a",
            PEOPLE + "audioHudson31639780501.m4a",
        )
        assert [len(tracks) for _, tracks in shape(bundle)] == [2, 0]

    def test_without_the_mixed_file_the_digits_that_are_shared_tell_the_stretch(self) -> None:
        (bundle,) = bundles(PEOPLE + "audioBlakeSims21759316641.m4a", PEOPLE + "audioTutoring11759316641.m4a")
        assert [person for _, person in shape(bundle)[0][1]] == ["BlakeSims", "Tutoring"]

    def test_names_with_a_random_number_each_are_read_too(self) -> None:
        (bundle,) = bundles(PEOPLE + "audioJohnSmith98796876.m4a", PEOPLE + "audioAnnLee12796871.m4a")
        assert [person for _, person in shape(bundle)[0][1]] == ["AnnLee", "JohnSmith"]

    def test_older_clients_number_their_files(self) -> None:
        (bundle,) = bundles(
            "C_031/zoom_0.mp4", "C_031/audio_only.m4a", "C_031/zoom_1.mp4", "C_031/audio_only_1.m4a", "C_031/chat.txt"
        )
        assert shape(bundle) == [(["audio_only.m4a", "zoom_0.mp4"], []), (["audio_only_1.m4a", "zoom_1.mp4"], [])]

    def test_older_clients_name_people_after_a_number(self) -> None:
        (bundle,) = bundles(
            MEETING + "audio_only.m4a",
            PEOPLE + "audio_only_16778240_Jane Doe.m4a",
            PEOPLE + "audio_only_33555456_Tom.m4a",
        )
        assert [person for _, person in shape(bundle)[0][1]] == ["Jane Doe", "Tom"]

    def test_people_whose_part_is_not_known_are_kept_and_not_joined(self) -> None:
        (bundle,) = bundles(MEETING + "zoom_0.mp4", MEETING + "zoom_1.mp4", PEOPLE + "audio_only_16778240_Jane.m4a")
        assert shape(bundle)[0] == (["zoom_0.mp4", "audio_only_16778240_Jane.m4a"], [])
        assert "not known" in bundle.remark

    def test_ten_stretches_are_in_order(self) -> None:
        (bundle,) = bundles(*(f"{MEETING}zoom_{number}.mp4" for number in range(11)))
        assert [mixed for mixed, _ in shape(bundle)] == [[f"zoom_{number}.mp4"] for number in range(11)]

    def test_what_zoom_has_not_converted_is_told_with_the_next_step(self) -> None:
        (bundle,) = bundles(MEETING + "double_click_to_convert_01.zoom", MEETING + "audio1639780501.m4a")
        assert "double click" in bundle.lacks
        assert len(bundle.names) == 2

    def test_one_person_alone_is_not_the_meeting(self) -> None:
        (bundle,) = bundles(PEOPLE + "audioJaneDoe11639780501.m4a")
        assert "Only one person's file" in bundle.lacks

    def test_meetings_out_of_their_folders_are_told_apart_by_their_digits(self) -> None:
        found = bundles("audio1639780501.m4a", "video1639780501.mp4", "audio1777777777.m4a", "audio1.m4a", "lone.zoom")
        assert sorted(len(bundle.names) for bundle in found) == [1, 1, 2]
        assert PurePath("audio1.m4a") not in {name for bundle in found for name in bundle.names}

    def test_other_files_in_a_folder_of_zoom_stand_alone(self) -> None:
        (bundle,) = bundles(MEETING + "audio1639780501.m4a", MEETING + "notes.docx", MEETING + "other.wav")
        assert [name.name for name in bundle.names] == ["audio1639780501.m4a"]


class TestZoomCloud:
    def test_all_views_of_one_start_are_one_recording(self) -> None:
        stamp = "GMT20200512-090231"
        (bundle,) = bundles(
            f"{stamp}_Recording_gallery_1920x1080.mp4",
            f"{stamp}_Recording_avo_640x360.mp4",
            f"{stamp}_Recording.m4a",
            f"{stamp}_Recording.transcript.vtt",
            f"{stamp}_RecordingnewChat.txt",
        )
        ((mixed, tracks),) = shape(bundle)
        assert (mixed[0], len(mixed), tracks) == (f"{stamp}_Recording.m4a", 3, [])
        assert len(bundle.beside) == 2

    def test_two_starts_are_two_recordings_and_a_text_alone_is_none(self) -> None:
        found = bundles(
            "GMT20200512-090231_Recording.m4a",
            "GMT20200512-100231_Recording.mp4",
            "GMT20200513-100231_Recording.cc.vtt",
        )
        assert [len(bundle.names) for bundle in found] == [1, 1]

    def test_a_second_sound_file_is_never_taken_for_everyone(self) -> None:
        (bundle,) = bundles("GMT20200512-090231_Recording.m4a", "GMT20200512-090231_Recording_Jane.m4a")
        assert shape(bundle)[0][0] == ["GMT20200512-090231_Recording.m4a"]


class TestTeams:
    NAME = "Talk - part-20200512_090231UTC-Meeting Recording"

    @pytest.mark.parametrize(
        "text", [f"{NAME}.vtt", f"{NAME.replace('Recording', 'Transcript')}.docx", "Talk - part.vtt"]
    )
    def test_its_transcript_is_kept_beside_it(self, text: str) -> None:
        (bundle,) = bundles(f"{self.NAME}.mp4", text, "Another.vtt")
        assert [name.name for name in bundle.beside] == [text]

    def test_the_local_time_of_a_business_is_read_as_well(self) -> None:
        (bundle,) = bundles("Talk-20200512_100231-Meeting Recording.mp4")
        assert bundle.tool == "Teams"

    def test_a_text_that_could_be_of_two_recordings_is_of_neither(self) -> None:
        found = bundles(
            "Talk-20200512_090231UTC-Meeting Recording.mp4", "Talk-20200513_090231UTC-Meeting Recording.mp4", "Talk.vtt"
        )
        assert [bundle.beside for bundle in found] == [(), ()]


class TestTwilio:
    @pytest.mark.parametrize("name", [f"{SID}.wav", f"{SID}.mp3", f"C_031 {SID}.mp3", f"CA{'1' * 32}_{SID}.wav"])
    def test_a_recording_is_known_by_its_id(self, name: str) -> None:
        (bundle,) = bundles(name)
        assert bundle.tool == "Twilio"
        assert "RequestedChannels=2" in bundle.if_mono

    @pytest.mark.parametrize("name", [f"X{SID}.wav", f"{SID}0.wav", f"{SID[:-1]}.wav", f"{SID}.txt"])
    def test_what_is_not_quite_an_id_is_none(self, name: str) -> None:
        assert bundles(name) == []


class TestAsterisk:
    @pytest.mark.parametrize(
        ("received", "sent"),
        [
            ("call-rx.wav", "call-tx.wav"),
            ("call_r.WAV", "call_t.WAV"),
            ("call-in.wav", "call-out.wav"),
            ("rx.wav", "tx.wav"),
            ("out-07700900123-101-20200512-100231-1589274151.42-rx.wav",
             "out-07700900123-101-20200512-100231-1589274151.42-tx.wav"),
            ("call-in.mp3", "call-out.mp3"),
        ],
    )  # fmt: skip
    def test_both_sides_of_a_call_are_one_recording_received_first(self, received: str, sent: str) -> None:
        for names in ((received, sent), (sent, received)):
            (bundle,) = bundles(*names)
            assert shape(bundle) == [([], [(received, ""), (sent, "")])]
            assert bundle.in_step and not bundle.lacks

    def test_the_mixed_file_is_kept_with_them(self) -> None:
        (bundle,) = bundles("call.wav", "call-rx.wav", "call-tx.wav")
        assert shape(bundle)[0][0] == ["call.wav"]

    @pytest.mark.parametrize(("here", "missing"), [("rx", "tx"), ("t", "r"), ("in", "out")])
    def test_one_side_alone_waits_for_the_other(self, here: str, missing: str) -> None:
        (bundle,) = bundles(f"call-{here}.wav")
        assert f"{here} is there, {missing} is not" in bundle.lacks

    @pytest.mark.parametrize("name", ["2020-05-12_10-02-31_out.m4a", "call-in.amr", "Martin.wav", "begin.wav"])
    def test_a_telephone_that_notes_who_called_is_no_side(self, name: str) -> None:
        assert bundles(name) == []

    def test_sides_of_different_calls_folders_and_kinds_are_no_pair(self) -> None:
        found = bundles("a-rx.wav", "b-tx.wav", "x/c-rx.wav", "y/c-tx.wav", "d-rx.wav", "d-out.wav")
        assert all(bundle.lacks for bundle in found)
        assert len(found) == 6

    @pytest.mark.parametrize("name", ["call.raw", "call.sln16", "call.gsm", "call.ulaw"])
    def test_sound_without_a_header_is_told_with_the_next_step(self, name: str) -> None:
        (bundle,) = bundles(name)
        assert "without a header" in bundle.lacks


PIECES = st.sampled_from(
    ["audio", "video", "zoom_0", "-rx", "_t", "1639780501", "Audio Record", "/", "2020-05-12 10.02.31 ",
     "GMT20200512-090231_", ".m4a", ".mp4", ".wav", ".zoom", ".vtt", SID, "-Meeting Recording", "..", "\u202e",
     "\x00\n", "🦊", "é", "a" * 300]
)  # fmt: skip


@given(st.lists(st.lists(PIECES, min_size=1, max_size=6).map("".join), max_size=8, unique=True))
def test_no_name_is_too_strange_and_no_file_is_in_two_bundles(names: list[str]) -> None:
    paths = list({PurePath(name) for name in names if PurePath(name).name})
    found = bundles_of(paths)
    claimed = [name for bundle in found for name in bundle.names]
    assert len(claimed) == len(set(claimed))
    assert set(claimed) <= set(paths)
    assert all(stretch.names for bundle in found for stretch in bundle.stretches)


@given(st.permutations([
    MEETING + "audio1639780501.m4a", PEOPLE + "audioA11639780501.m4a", PEOPLE + "audioB21639780501.m4a",
    "call-rx.wav", "call-tx.wav", f"{SID}.wav", "GMT20200512-090231_Recording.m4a", "other.mp3",
]))  # fmt: skip
def test_the_order_in_which_files_are_found_changes_nothing(names: list[str]) -> None:
    def plain(found: list[Bundle]) -> set[Bundle]:
        return set(found)

    assert plain(bundles(*names)) == plain(bundles(*sorted(names)))
