"""WebVTT and SubRip: read back with parsers written from their specifications."""

import codecs
import html
import io
import re
from collections.abc import Callable
from typing import IO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.exports.document import Document
from storage.exports.srt import write_srt
from storage.exports.turns import lines_of
from storage.exports.vtt import write_vtt
from storage.transcripts.transcript import Spoken

Make = Callable[..., Document]
Write = Callable[[Document, IO[bytes]], None]
Cue = tuple[int, int, str, str]  # start ms, end ms, speaker, text


def test_vtt_is_as_agreed(document: Make, golden: Callable[[str], bytes]) -> None:
    assert _bytes(write_vtt, document()) == golden("C_031_2020-06.vtt")


def test_srt_is_as_agreed(document: Make, golden: Callable[[str], bytes]) -> None:
    assert _bytes(write_srt, document()) == golden("C_031_2020-06.srt")


@pytest.mark.parametrize("write", [write_vtt, write_srt])
def test_the_encoding_is_told_and_not_left_to_be_guessed(document: Make, write: Write) -> None:
    made = document(utterances=(Spoken("C_031", 0, 0, 999, "It cost £20.", []),))
    assert _bytes(write, made).startswith(codecs.BOM_UTF8)


@given(data=st.data())
def test_vtt_reads_back_as_what_was_said(
    data: st.DataObject, document: Make, anything_said: st.SearchStrategy[tuple[Spoken, ...]]
) -> None:
    made = document(utterances=data.draw(anything_said))
    assert _read_vtt(_vtt(made)) == _cues(made)


@given(data=st.data())
def test_srt_reads_back_as_what_was_said(
    data: st.DataObject, document: Make, anything_said: st.SearchStrategy[tuple[Spoken, ...]]
) -> None:
    made = document(utterances=data.draw(anything_said))
    assert _read_srt(_srt(made)) == [(start, end, f"{who}: {text}") for start, end, who, text in _cues(made)]


def test_an_utterance_without_length_still_shows(document: Make) -> None:
    made = document(utterances=(Spoken("C_031", 0, 999, 999, "Oh.", []),))
    assert _read_vtt(_vtt(made)) == [(999, 1000, "C_031", "Oh.")]
    assert "00:00:00,999 --> 00:00:01,000" in _srt(made)


def test_a_recording_without_words_gives_valid_empty_captions(document: Make) -> None:
    assert _read_vtt(_vtt(document(utterances=()))) == []
    assert _srt(document(utterances=())) == ""


def _bytes(write: Write, made: Document) -> bytes:
    file = io.BytesIO()
    write(made, file)
    return file.getvalue()


def _vtt(made: Document) -> str:
    return _bytes(write_vtt, made).decode("utf-8-sig")


def _srt(made: Document) -> str:
    return _bytes(write_srt, made).decode("utf-8-sig")


def _cues(made: Document) -> list[Cue]:
    lines = lines_of(made.transcript)
    return [(line.start_ms, max(line.end_ms, line.start_ms + 1), line.speaker, line.text) for line in lines]


def _read_vtt(text: str) -> list[Cue]:
    """W3C WebVTT section 6: blocks between empty lines; a block with an arrow in its first line is a cue.

    As Taguette reads it, which is stricter: it knows a comment by the space after `NOTE`.
    """
    signature, *blocks = re.split(r"\n{2,}", text.rstrip("\n"))
    assert signature == "WEBVTT"
    cues = []
    for block in blocks:
        if block.startswith("NOTE "):
            assert "-->" not in block
            continue
        times, payload = block.split("\n")
        assert "-->" not in payload
        start, end = (_ms(time, ".") for time in times.split(" --> "))
        voice = re.fullmatch(r"<v ([^<>]+)>([^<>]+)", payload)
        assert voice, payload
        assert start < end
        cues.append((start, end, html.unescape(voice[1]), html.unescape(voice[2])))
    return cues


def _read_srt(text: str) -> list[tuple[int, int, str]]:
    captions = []
    for number, block in enumerate(text.removesuffix("\n").split("\n\n") if text else [], start=1):
        index, times, words = block.split("\n")
        assert index == str(number)
        start, end = (_ms(time, ",") for time in times.split(" --> "))
        captions.append((start, end, words))
    return captions


def _ms(time: str, point: str) -> int:
    match = re.fullmatch(rf"(\d{{2,}}):([0-5]\d):([0-5]\d)\{point}(\d{{3}})", time)
    assert match, time
    hours, minutes, seconds, thousandths = (int(part) for part in match.groups())
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths
