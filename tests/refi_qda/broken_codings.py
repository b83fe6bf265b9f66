"""Broken codings, positions and times: what cannot be placed is lost, and told."""

from building import (
    CODES,
    LAUGHED,
    SCHEMA,
    SOUND,
    TEXT,
    USERS,
    Entry,
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
    sync,
    text_source,
)

NO_CODE = "reference"


def entries() -> list[Entry]:
    return [*_codings(), *_positions(), *_recordings()]


def one_text(
    file: str, what: str, *parts: str, codings: int, losses: int, rule: str, text: str | bytes = TEXT, after: str = ""
) -> Entry:
    """A project with one text, something in it broken."""
    made = qdpx(project(USERS, CODES, sources(text_source(*parts)), after), files(text))
    return Entry(f"{file}.qdpx", what, made, 2, codings, losses, rule=rule)


def _codings() -> list[Entry]:
    good = selection(41, *LAUGHED)
    empty = element("Coding", guid=guid(52))
    return [
        one_text(
            "code-unknown",
            "a coding of a code that is not there",
            good,
            selection(42, 0, 2, coding(52, 19)),
            codings=1,
            losses=1,
            rule=NO_CODE,
        ),
        one_text(
            "code-none", "a coding without a code", good, selection(42, 0, 2, empty), codings=1, losses=1, rule=SCHEMA
        ),
        one_text(
            "code-is-coder",
            "a coding that points to a coder",
            good,
            selection(42, 0, 2, coding(52, 1)),
            codings=1,
            losses=1,
            rule=NO_CODE,
        ),
        one_text(
            "code-empty",
            "a coding that points to ''",
            good,
            selection(42, 0, 2, element("Coding", element("CodeRef", targetGUID=""), guid=guid(52))),
            codings=1,
            losses=1,
            rule="reference schema",
        ),
        one_text(
            "code-unknown-whole",
            "a text coded with a code that is not there",
            coding(51, 19),
            codings=0,
            losses=1,
            rule=NO_CODE,
        ),
    ]


def _positions() -> list[Entry]:
    end = len(TEXT)

    def made(file: str, what: str, start: object, stop: object, rule: str, codings: int = 0, **given: str) -> Entry:
        chosen = selection(41, start, stop, **given)
        return one_text(f"position-{file}", what, chosen, codings=codings, losses=1, rule=rule)

    two = selection(41, 0, end + 50, coding(51), coding(52, 12))
    described = selection(41, 0, end + 50, element("Description", "why here?"), coding(51))
    lost = [selection(number, end + number, end + number + 5) for number in range(40, 45)]
    missing = element("PlainTextSelection", coding(51), guid=guid(41))
    return [
        made("outside", "a selection that ends outside the text", 0, end + 1, "selection"),
        made("far-outside", "a selection far outside the text", 10_000, 10_010, "selection"),
        made("negative", "a selection before the text", -1, 4, "selection"),
        made("backwards", "a selection from its end to its start", *reversed(LAUGHED), "selection", 1),
        made("nonsense", "a selection from 'here' to 'there'", "here", "there", SCHEMA),
        made("fraction", "a selection from 1.5 to 2.5", 1.5, 2.5, SCHEMA),
        made("huge", "a selection to 10^40", 0, 10**40, "selection"),
        made("other-digits", "a selection in Arabic digits", "٣", "٧", SCHEMA),
        made(
            "found-by-quote",
            "a selection outside whose quote is there once",
            end,
            end + 9,
            "selection",
            1,
            name="we laughed",
        ),
        made("quote-none", "a selection outside with another name", end, end + 9, "selection", name="no such words"),
        one_text(
            "position-quote-twice",
            "a selection outside whose quote is there twice",
            selection(41, 90, 99, name="we laughed"),
            codings=0,
            losses=1,
            rule="selection",
            text="Then we laughed, and we laughed.",
        ),
        one_text(
            "position-quote-elsewhere",
            "a selection whose quote is elsewhere",
            selection(41, 0, 10, name="we laughed"),
            codings=1,
            losses=2,
            rule="",
        ),
        one_text("position-missing", "a selection without positions", missing, codings=0, losses=1, rule=SCHEMA),
        one_text("position-outside-two", "two codings outside", two, codings=0, losses=1, rule="selection"),
        one_text("position-outside-described", "a remark outside", described, codings=0, losses=1, rule="selection"),
        one_text("position-outside-five", "five selections outside", *lost, codings=0, losses=5, rule="selection"),
        one_text(
            "position-in-empty-text",
            "a selection in a text without letters",
            selection(41, 0, 5),
            codings=0,
            losses=1,
            rule="selection",
            text="",
        ),
    ]


def _recordings() -> list[Entry]:
    ends = {"fromSyncPoint": guid(61), "toSyncPoint": guid(62)}
    points = (sync(61, 0, 0), sync(62, 7, 900))

    def script(file: str, what: str, *parts: str, codings: int, losses: int, rule: str, **given: str | None) -> Entry:
        chosen = element("TranscriptSelection", coding(51), guid=guid(41), **{**ends, **given})
        made = recording(element("Transcript", content(TEXT), *parts, chosen, guid=guid(33)))
        return Entry(
            f"sync-{file}.qdpx", what, qdpx(project(USERS, CODES, sources(made)), SOUND), 2, codings, losses, rule=rule
        )

    def heard(file: str, what: str, begin: object, end: object, codings: int, rule: str) -> Entry:
        made = recording(element("AudioSelection", coding(51), guid=guid(43), begin=begin, end=end))
        archive = qdpx(project(USERS, CODES, sources(made)), SOUND)
        return Entry(f"time-{file}.qdpx", what, archive, 2, codings, 1, rule=rule)

    no_text = recording(
        element("Transcript", *points, element("TranscriptSelection", coding(51), guid=guid(41), **ends), guid=guid(33))
    )
    return [
        script(
            "unknown", "a sync point that is not there", points[0], codings=0, losses=1, rule="transcript-selection"
        ),
        script(
            "none",
            "a selection without sync points",
            *points,
            codings=0,
            losses=1,
            rule="",
            fromSyncPoint=None,
            toSyncPoint=None,
        ),
        script(
            "backwards",
            "a selection from the later to the earlier",
            *points,
            codings=1,
            losses=2,
            rule="transcript-selection",
            fromSyncPoint=guid(62),
            toSyncPoint=guid(61),
        ),
        script(
            "outside",
            "a sync point outside the text",
            points[0],
            sync(62, 9_999, 900),
            codings=1,
            losses=2,
            rule="sync-position",
        ),
        script(
            "before",
            "a sync point before the recording",
            sync(61, 0, -5),
            points[1],
            codings=1,
            losses=2,
            rule="sync-time",
        ),
        script(
            "crossed",
            "sync points later in the text and earlier in time",
            sync(61, 0, 900),
            sync(62, 7, 0),
            codings=1,
            losses=2,
            rule="sync-order transcript-selection",
        ),
        script(
            "one-guid",
            "two sync points of one GUID",
            sync(61, 3, 100),
            *points,
            codings=1,
            losses=1,
            rule="guid-unique",
        ),
        script(
            "nonsense",
            "a sync point at 'noon'",
            points[0],
            element("SyncPoint", guid=guid(62), position=7, timeStamp="noon"),
            codings=1,
            losses=2,
            rule=SCHEMA,
        ),
        Entry(
            "transcript-without-text.qdpx",
            "a coded transcript without text",
            qdpx(project(USERS, CODES, sources(no_text)), SOUND),
            2,
            1,
            3,
            rule="one-text",
        ),
        heard("backwards", "a stretch from its end to its start", 900, 100, 1, "media-selection"),
        heard("negative", "a stretch before the recording", -5, 900, 0, "media-selection"),
        heard("nonsense", "a stretch to 'noon'", 0, "noon", 0, SCHEMA),
    ]
