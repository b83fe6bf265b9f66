"""What a project says is taken with all its meaning, and what cannot be is told."""

from collections.abc import Callable
from datetime import UTC, datetime

import make_corpus
import pytest
from building import (
    AT,
    CODES,
    SOUND,
    TEXT,
    USERS,
    code,
    codebook,
    coding,
    content,
    element,
    files,
    guid,
    project,
    qdpx,
    recording,
    selection,
    sources,
    span,
    sync,
    text_source,
)

from storage.imports.coded_project import CodedProject, Loss, ProjectStretch

Read = Callable[..., CodedProject]
ReadText = Callable[..., CodedProject]


@pytest.fixture
def from_corpus(read: Read) -> Callable[[str], CodedProject]:
    """Read a file of the corpus."""
    made = make_corpus.corpus()
    return lambda name: read(made[name].content, name.rpartition("/")[2])


def test_a_coding_tells_code_place_words_coder_and_moment(read_text: ReadText) -> None:
    found = read_text(TEXT, selection(41, *span("laughed"), coding(51, 12, coder=2))).codings[0]
    assert (found.guid, found.code_guid, found.source_guid, found.text_guid) == tuple(map(guid, (51, 12, 21, 21)))
    assert (found.quote, TEXT[found.start : found.end]) == ("laughed", "laughed")
    assert (found.start_ms, found.end_ms) == (None, None)
    assert (found.coder_guid, found.created_at) == (guid(2), datetime(2020, 6, 4, 2, 30, 15, tzinfo=UTC))


def test_who_selected_has_coded_where_the_coding_does_not_say(read_text: ReadText) -> None:
    silent = coding(51, coder=None, creationDateTime=None)
    found = read_text(TEXT, selection(41, 0, 2, silent, creatingUser=guid(2), creationDateTime=AT)).codings[0]
    assert (found.coder_guid, found.created_at) == (guid(2), datetime(2020, 6, 4, 2, 30, 15, tzinfo=UTC))


def test_a_coding_of_a_transcript_has_both_its_sides(from_corpus: Callable[[str], CodedProject]) -> None:
    found = from_corpus("valid/transcript-selection.qdpx")
    assert [(c.quote, c.start_ms, c.end_ms) for c in found.codings] == [
        (TEXT[: TEXT.index("Then")], 0, 2260),
        (TEXT[TEXT.index("Then") :], 2260, 5001),
    ]
    assert found.sources[0].texts[0].sync_points == ((0, 0), (TEXT.index("Then"), 2260), (len(TEXT), 5001))
    assert found.sources[0].texts[0].sync_guids == (guid(61), guid(62), guid(63))


def test_a_coding_of_a_source_as_a_whole_has_no_side(read_text: ReadText) -> None:
    found = read_text(TEXT, coding(51)).codings[0]
    assert (found.source_guid, found.text_guid, found.start, found.start_ms) == (guid(21), "", None, None)


def test_several_coders_are_kept_apart_even_where_they_are_not_listed(read_text: ReadText) -> None:
    both = selection(41, 0, 2, coding(51, coder=7), coding(52, coder=8))
    found = read_text(TEXT, both)
    assert [c.coder_guid for c in found.codings] == [guid(7), guid(8)]
    assert [coder.guid for coder in found.coders] == [guid(1), guid(2), guid(7), guid(8)]


def test_codes_keep_their_tree_folders_descriptions_and_colours(from_corpus: Callable[[str], CodedProject]) -> None:
    tree = from_corpus("valid/code-tree.qdpx").codes
    assert [(c.name, c.parent_guid, c.is_codable) for c in tree] == [
        ("money", "", False),
        ("cost", guid(11), True),
        ("fares", guid(12), True),
        ("debt", guid(11), True),
    ]
    assert tree[2].color == "#ff0000"
    described = from_corpus("valid/code-described.qdpx").codes[0]
    assert (described.description, described.color) == ("what it cost", "#00aa46")


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("#0A4", "#00aa44"),
        ("#00AA46", "#00aa46"),
        ("#ff00aa46", "#00aa46"),
        ("#00aa46ff", "#00aa46"),
        ("#8000aa46", "#00aa46"),
        ("#f0a4", "#00aa44"),
        ("00aa46", "#00aa46"),
        ("RED", "#ff0000"),
        ("rgb(0,170,70)", "#00aa46"),
        ("rgb(0,170,700)", ""),
        ("none", ""),
        ("", ""),
        ("16711680", ""),
        ("#٣٣٣", ""),
    ],
)
def test_colours_are_read_in_any_spelling(read: Read, written: str, read_as: str) -> None:
    found = read(qdpx(project(codebook(code(11, "cost", color=written)))))
    assert found.codes[0].color == read_as
    assert bool(found.losses) is (not read_as and written not in ("none", "")) or len(written) in (5, 9)


def test_a_code_within_itself_is_two_codes(from_corpus: Callable[[str], CodedProject]) -> None:
    codes = from_corpus("broken/code-in-itself.qdpx").codes
    assert [c.name for c in codes] == ["cost", "fares", "cost again"]
    assert len({c.guid for c in codes}) == 3
    assert codes[2].parent_guid == codes[1].guid


def test_ids_are_replaced_the_same_way_at_every_reading(from_corpus: Callable[[str], CodedProject]) -> None:
    first, second = (from_corpus("tricky/ids-of-their-own.qdpx") for _ in range(2))
    assert first == second
    assert first.codings[0].code_guid == first.codes[0].guid


def test_ids_of_two_projects_are_never_taken_for_each_other(read: Read) -> None:
    codes = codebook(element("Code", guid="c1", name="cost", isCodable="true"))
    one, other = (read(qdpx(project(codes, name=name))).codes[0].guid for name in ("One", "Another"))
    assert one != other


def test_notes_know_what_they_are_about(from_corpus: Callable[[str], CodedProject]) -> None:
    memos = from_corpus("valid/notes.qdpx").memos
    assert [(memo.text, memo.about) for memo in memos] == [
        ("memo 91", (guid(11),)),
        ("memo 92", (guid(51),)),
        ("memo 93", (guid(51),)),
        ("memo 94", (guid(21),)),
        ("memo 95", ()),
    ]


def test_a_note_on_words_without_code_keeps_the_words(from_corpus: Callable[[str], CodedProject]) -> None:
    memo = from_corpus("valid/annotation.qdpx").memos[0]
    start, end = span("cost")
    assert memo.stretches == (ProjectStretch(guid(21), guid(21), start, end, quote="cost"),)
    assert memo.about == (guid(21),)


@pytest.mark.parametrize("name", ["tricky/note-by-link.qdpx", "tricky/note-with-position.qdpx"])
def test_annotations_are_found_where_programs_put_them(from_corpus: Callable[[str], CodedProject], name: str) -> None:
    memo = from_corpus(name).memos[0]
    start, end = span("laughed")
    assert memo.text == "a laugh"
    assert memo.stretches == (ProjectStretch(guid(21), guid(21), start, end, quote="laughed"),)
    assert memo.about == (guid(21),)


def test_what_somebody_wrote_on_a_selection_is_a_memo_unless_it_is_the_quote(read_text: ReadText) -> None:
    remark = selection(41, *span("cost"), element("Description", "telling"), coding(51), name="cost")
    quote = selection(42, *span("laughed"), element("Description", "laughed"), coding(52))
    found = read_text(TEXT, remark, quote)
    assert [(memo.text, memo.about) for memo in found.memos] == [("telling", (guid(51),))]
    assert found.losses == ()


def test_a_remark_on_words_that_have_no_place_is_kept_with_the_source(
    from_corpus: Callable[[str], CodedProject],
) -> None:
    found = from_corpus("broken/position-outside-described.qdpx")
    assert [(memo.text, memo.about) for memo in found.memos] == [("why here?", (guid(21),))]
    assert found.codings == ()


def test_codings_that_cannot_be_placed_are_told_with_their_codes(read_text: ReadText) -> None:
    both = selection(41, 900, 910, coding(51), coding(52, 12))
    assert read_text("It cost.", both).losses[0] == Loss(
        f"PlainTextSelection {guid(41)}",
        "goes from 900 to 910 in a text of 8 characters; not taken: its coding with cost, mood",
    )


def test_cases_have_attributes_sources_stretches_and_codes(from_corpus: Callable[[str], CodedProject]) -> None:
    case = from_corpus("valid/case.qdpx").cases[0]
    assert case.attributes == (
        ("text", "client"),
        ("boolean", "true"),
        ("integer", "3"),
        ("float", "0.5"),
        ("date", "2020-06-04"),
        ("datetime", AT),
    )
    assert case.source_guids == (guid(21),)
    part = from_corpus("valid/case-of-part.qdpx").cases[0]
    start, end = span("cost")
    assert part.stretches == (ProjectStretch(guid(21), guid(21), start, end, quote="cost"),)
    assert part.code_guids == (guid(12),)


def test_attributes_of_a_source_stay_with_it(from_corpus: Callable[[str], CodedProject]) -> None:
    source = from_corpus("valid/attributes-of-source.qdpx").sources[0]
    assert source.attributes == (("text", "client"), ("boolean", "true"), ("integer", "3"))


def test_what_a_program_codes_with_a_case_belongs_to_the_case(from_corpus: Callable[[str], CodedProject]) -> None:
    found = from_corpus("programs/nvivo.qdpx")
    assert [stretch.quote for stretch in found.cases[0].stretches] == ["It cost £20"]
    assert [coding.quote for coding in found.codings] == ["laughed"]
    assert [(memo.text, memo.stretches[0].quote) for memo in found.memos] == [("An annotation.", "cost")]


def test_a_source_that_a_program_codes_with_a_case_as_a_whole_belongs_to_the_case(read: Read) -> None:
    cases = element("Cases", element("Case", guid=guid(81), name="C_031"))
    found = read(qdpx(project(USERS, CODES, cases, sources(text_source(coding(51, 81)))), files()))
    assert (found.cases[0].source_guids, found.cases[0].stretches) == ((guid(21),), ())
    assert (found.codings, found.losses) == ((), ())


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_a_text_has_lf_line_ends_here_whatever_it_had_there(read_text: ReadText, ends: str) -> None:
    assert read_text(TEXT.replace("\n", ends).encode()).sources[0].texts[0].text == TEXT


def test_of_two_sync_points_with_one_guid_the_first_is_meant(from_corpus: Callable[[str], CodedProject]) -> None:
    assert from_corpus("broken/sync-one-guid.qdpx").codings[0].quote == TEXT[3:7]


@pytest.mark.parametrize(
    ("name", "quotes"),
    [
        ("programs/atlas-ti.qdpx", ["Then we laughed, e\u0301"]),
        ("programs/maxqda.qdpx", ["laughed", ""]),
        ("programs/qualcoder.qdpx", ["laughed"]),
        ("programs/quirkos.qdpx", ["laughed"]),
        ("tricky/crlf-nvivo.qdpx", ["laughed"]),
        ("tricky/crlf-atlas.qdpx", ["laughed"]),
        ("tricky/crlf-unsure.qdpx", ["laughed"]),
        ("tricky/crlf-whole.qdpx", [TEXT, "laughed"]),
        ("tricky/mark-counted.qdpx", ["laughed"]),
        ("tricky/mark-unsure.qdpx", ["laughed"]),
        ("tricky/units-16.qdpx", ["laughed"]),
        ("tricky/units-8.qdpx", ["laughed"]),
        ("tricky/text-utf-16.qdpx", ["laughed"]),
        ("tricky/text-windows-1252.qdpx", ["laughed"]),
        ("broken/position-found-by-quote.qdpx", ["we laughed"]),
        ("broken/position-backwards.qdpx", ["laughed"]),
        ("valid/position-right-to-left.qdpx", ["תודה"]),
        ("valid/position-emoji.qdpx", ["🙂"]),
        ("valid/pdf-twins.qdpx", ["cost"]),
        ("valid/picture.qdpx", ["bus"]),
    ],
)
def test_the_words_that_were_coded_are_found(
    from_corpus: Callable[[str], CodedProject], name: str, quotes: list[str]
) -> None:
    assert [coding.quote for coding in from_corpus(name).codings] == quotes


def test_a_part_of_a_page_lends_its_words_the_codes_that_only_it_has(read: Read) -> None:
    area = {"page": 0, "firstX": 1, "firstY": 2, "secondX": 3, "secondY": 4}
    part = element("PDFSelection", coding(51, 11), coding(52, 12), guid=guid(41), **area)
    words = element("Representation", content(TEXT), selection(41, *span("cost"), coding(53, 11)), guid=guid(35))
    found = read(qdpx(project(USERS, CODES, sources(recording(part, words, tag="PDFSource", path=None)))))
    assert [(c.guid, c.code_guid, c.quote) for c in found.codings] == [
        (guid(53), guid(11), "cost"),
        (guid(52), guid(12), "cost"),
    ]


def test_a_recording_called_a_film_is_a_recording(from_corpus: Callable[[str], CodedProject]) -> None:
    assert from_corpus("tricky/video-of-sound.qdpx").sources[0].kind == "audio"
    assert from_corpus("valid/video-selection.qdpx").sources[0].kind == "video"


def test_two_transcripts_of_one_recording_are_two_texts(from_corpus: Callable[[str], CodedProject]) -> None:
    texts = from_corpus("valid/two-transcripts.qdpx").sources[0].texts
    assert [text.guid for text in texts] == [guid(33), guid(34)]
    assert [text.text for text in texts] == [TEXT, "It cost [amount].\n"]


def test_a_time_is_read_in_utc(from_corpus: Callable[[str], CodedProject]) -> None:
    assert from_corpus("tricky/time-fractions.qdpx").codings[0].created_at == datetime(
        2020, 6, 4, 1, 30, 15, 123456, tzinfo=UTC
    )
    assert from_corpus("tricky/time-without-zone.qdpx").codings[0].created_at == datetime(
        2020, 6, 4, 2, 30, 15, tzinfo=UTC
    )


def test_a_sync_point_that_two_transcripts_share_is_found_in_both(read: Read) -> None:
    def script(number: int) -> str:
        ends = {"fromSyncPoint": guid(61), "toSyncPoint": guid(62)}
        chosen = element("TranscriptSelection", coding(50 + number), guid=guid(40 + number), **ends)
        return element("Transcript", content(TEXT), sync(61, 0, 0), sync(62, 7, 900), chosen, guid=guid(30 + number))

    found = read(qdpx(project(USERS, CODES, sources(recording(script(3), script(4)))), SOUND))
    assert [(c.text_guid, c.quote) for c in found.codings] == [(guid(33), "It cost"), (guid(34), "It cost")]


def test_every_loss_says_where_and_what(from_corpus: Callable[[str], CodedProject]) -> None:
    for name, entry in make_corpus.corpus().items():
        if not entry.refused:
            for loss in from_corpus(name).losses:
                assert loss.where
                assert len(loss.what) > 10


def test_the_same_loss_many_times_is_one_with_its_number(read: Read) -> None:
    links = element(
        "Links", *(element("Link", guid=guid(n), originGUID=guid(11), targetGUID=guid(12)) for n in range(90, 95))
    )
    assert read(qdpx(project(CODES, links))).losses == (Loss("Link", "between two things cannot be carried (5 times)"),)


def test_a_codebook_comes_alone(from_corpus: Callable[[str], CodedProject]) -> None:
    found = from_corpus("valid/codebook-tree.qdc")
    assert [(c.name, c.parent_guid, c.description) for c in found.codes] == [
        ("money", "", ""),
        ("cost", guid(11), "in pounds"),
    ]
    assert (found.sources, found.codings, found.origin) == ((), (), "Some program 1.0")


def test_a_note_in_a_codebook_and_what_is_not_known_there_is_told(read: Read) -> None:
    codes = element("Codes", code(11, "cost", element("NoteRef", targetGUID=guid(91)), element("Shape")))
    xml = element("CodeBook", codes, xmlns="urn:QDA-XML:codebook:1.0").encode()
    assert [loss.where for loss in read(xml, "codes.qdc").losses] == ["NoteRef", "Shape in Code"]


@pytest.mark.parametrize("parent", ["Sources", "Project", "Case", "TextSource", "PlainTextSelection", "Code"])
def test_codings_in_what_is_not_known_are_told_wherever_it_stands(read: Read, parent: str) -> None:
    extra = {parent: element("Extra", coding(91), coding(92))}.get
    chosen = selection(41, 0, 2, coding(51), extra("PlainTextSelection", ""))
    made = project(
        USERS,
        codebook(code(11, "cost", extra("Code", ""))),
        element("Cases", element("Case", extra("Case", ""), guid=guid(81))),
        sources(text_source(chosen, extra("TextSource", "")), extra("Sources", "")),
        extra("Project", ""),
    )
    told = Loss(f"Extra in {parent}", "is not known there and was left out, with 2 codings in it")
    assert read(qdpx(made, files())).losses == (told,)
