"""Files that keep the standard. What Fieldcall cannot carry of them is told as a loss."""

from building import (
    AT,
    CODES,
    SOUND,
    TEXT,
    USERS,
    Entry,
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

WITH_CODES = 2  # codes in CODES
HEBREW = "שלום, זה עלה £20.\nתודה.\n"


def entries() -> list[Entry]:
    return [*_small(), *_texts(), *_recordings()]


def _small() -> list[Entry]:
    nested = code(11, "money", code(12, "cost", code(13, "fares", color="#f00")), code(14, "debt"), isCodable="false")
    described = code(11, "cost", element("Description", "what it cost"), color="#00aa46")
    return [
        Entry("minimal.qdpx", "a project with a name", qdpx(project())),
        Entry("users.qdpx", "two users", qdpx(project(USERS, origin="Some program 1.0", creatingUserGUID=guid(1)))),
        Entry("codes.qdpx", "two codes", qdpx(project(CODES)), codes=2),
        Entry("code-tree.qdpx", "codes in three levels, a folder among them", qdpx(project(codebook(nested))), codes=4),
        Entry("code-described.qdpx", "a code with description and colour", qdpx(project(codebook(described))), codes=1),
        Entry(
            "guids-in-braces.qdpx",
            "GUIDs in braces and in upper case",
            qdpx(
                project(
                    codebook(element("Code", guid=f"{{{guid(11)[:-2]}AB}}", name="cost", isCodable="true")),
                    sources(
                        text_source(
                            selection(
                                41,
                                0,
                                2,
                                element("Coding", element("CodeRef", targetGUID=guid(11)[:-2] + "ab"), guid=guid(51)),
                            )
                        )
                    ),
                ),
                files(),
            ),
            codes=1,
            codings=1,
        ),
        Entry(
            "described.qdpx",
            "descriptions of the project, a source and a variable",
            qdpx(
                project(
                    element(
                        "Variables",
                        element(
                            "Variable",
                            element("Description", "how"),
                            guid=guid(71),
                            name="mode",
                            typeOfVariable="Text",
                        ),
                    ),
                    sources(text_source(element("Description", "by telephone"))),
                    element("Description", "a study"),
                ),
                files(),
            ),
        ),
    ]


def _coded(file: str, what: str, *selections: str, text: str = TEXT, codings: int = 1, losses: int = 0) -> Entry:
    """A project with one text in a file, and what is selected in it."""
    made = qdpx(project(USERS, CODES, sources(text_source(*selections))), files(text))
    return Entry(file, what, made, WITH_CODES, codings, losses)


def _texts() -> list[Entry]:
    whole = text_source(content(TEXT), selection(41, *span("cost £20")), plainTextPath=None)
    rich = text_source(selection(41, *span("cost £20")), richTextPath=f"internal://{guid(22)}.docx")
    emoji = selection(41, *span("🙂"), name="🙂")
    return [
        _coded("text-in-file.qdpx", "a coded text in a file", selection(41, *span("cost £20"), name="cost £20")),
        Entry("text-inline.qdpx", "a coded text in the XML", qdpx(project(USERS, CODES, sources(whole))), 2, 1),
        _coded("position-emoji.qdpx", "a position beyond the 16 bits of old programs", emoji),
        _coded("position-combining.qdpx", "a letter of two code points", selection(41, *span("e\u0301"))),
        _coded(
            "position-after-pound.qdpx", "a position after letters of several bytes", selection(41, *span("laughed"))
        ),
        _coded("position-right-to-left.qdpx", "Hebrew", selection(41, *span("תודה", HEBREW)), text=HEBREW),
        _coded("position-empty.qdpx", "a selection without any length", selection(41, 3, 3)),
        _coded("position-whole.qdpx", "a selection of the whole text", selection(41, 0, len(TEXT))),
        _coded(
            "two-codes.qdpx",
            "two codes on one selection",
            selection(41, *span("cost"), coding(51), coding(52, 12)),
            codings=2,
        ),
        _coded(
            "two-coders.qdpx",
            "two coders on the same words",
            selection(41, *span("cost")),
            selection(42, *span("cost"), coding(52, coder=2)),
            codings=2,
        ),
        _coded("coded-whole.qdpx", "a code given to a text as a whole", coding(51)),
        _coded("text-empty.qdpx", "a text without any letter", text="", codings=0),
        Entry(
            "text-rich.qdpx",
            "a text with its looks beside it, which are not carried",
            qdpx(project(USERS, CODES, sources(rich)), {**files(), f"sources/{guid(22)}.docx": b"rich"}),
            2,
            1,
            1,
        ),
        _coded(
            "selection-described.qdpx",
            "what a coder wrote on a selection",
            selection(41, *span("cost"), element("Description", "a telling word"), coding(51)),
        ),
        _coded(
            "selection-bare.qdpx", "a selection without code or note", selection(41, 0, 2, " "), codings=0, losses=1
        ),
        Entry(
            "who-changed.qdpx",
            "who last changed things, which is not carried",
            qdpx(project(USERS, sources(text_source(modifyingUser=guid(1), modifiedDateTime=AT))), files()),
            losses=1,
        ),
    ]


def _transcript(*parts: str, number: int = 33) -> str:
    return element(
        "Transcript",
        content(TEXT),
        sync(61, 0, 0),
        sync(62, TEXT.index("Then"), 2260),
        sync(63, len(TEXT), 5001),
        *parts,
        guid=guid(number),
        name="transcript",
    )


def _between(number: int, first: int, last: int) -> str:
    ends = {"fromSyncPoint": guid(first), "toSyncPoint": guid(last)}
    return element("TranscriptSelection", coding(number + 1000), guid=guid(number), **ends)


def _heard(begin: int, end: int, tag: str = "AudioSelection", number: int = 43) -> str:
    return element(tag, coding(number + 1000), guid=guid(number), begin=begin, end=end)


def _recordings() -> list[Entry]:
    def made(file: str, what: str, source: str, codings: int, sound: dict[str, bytes], losses: int = 0) -> Entry:
        return Entry(file, what, qdpx(project(USERS, CODES, sources(source)), sound), 2, codings, losses)

    film = {f"sources/{guid(31)}.mp4": b"film"}
    second = element("Transcript", content("It cost [amount].\n"), guid=guid(34), name="v2")
    outside = {"number": 31, "suffix": "m4a"}
    return [
        made("audio.qdpx", "a recording", recording(), 0, SOUND),
        made("audio-transcript.qdpx", "a recording with a synced transcript", recording(_transcript()), 0, SOUND),
        made(
            "transcript-selection.qdpx",
            "codes from one sync point to another",
            recording(_transcript(_between(41, 61, 62), _between(42, 62, 63))),
            2,
            SOUND,
        ),
        made("audio-selection.qdpx", "a coded stretch of a recording", recording(_heard(1500, 2500)), 1, SOUND),
        made(
            "video-selection.qdpx",
            "a coded stretch of a film",
            recording(_heard(0, 2500, "VideoSelection"), tag="VideoSource", suffix="mp4"),
            1,
            film,
        ),
        made(
            "two-transcripts.qdpx",
            "two transcripts of one recording",
            recording(_transcript(_between(41, 61, 62)), second),
            1,
            SOUND,
        ),
        made(
            "media-beside.qdpx",
            "a recording beside the project, which is not looked at",
            recording(path="relative:///media/recording.m4a", **outside),
            0,
            {},
            1,
        ),
        made(
            "media-elsewhere.qdpx",
            "a recording at a place of one computer, which is not looked at",
            recording(path="absolute:///D:/media/recording.m4a", **outside),
            0,
            {},
            1,
        ),
        made("audio-coded-whole.qdpx", "a code given to a recording as a whole", recording(coding(51)), 1, SOUND),
    ]
