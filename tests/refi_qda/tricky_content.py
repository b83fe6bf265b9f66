"""Content that strays from the standard as files in use do, and that means something all the same."""

from building import (
    AT,
    CODED,
    CODES,
    LAUGHED,
    SCHEMA,
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
    note,
    project,
    qdpx,
    recording,
    selection,
    sources,
    span,
    sync,
    text_source,
    user,
)


def entries() -> list[Entry]:
    return [*_marks(), *_colours(), *_ids(), *_codings(), *_sides()]


def _counted(
    file: str, what: str, stored: bytes, at: tuple[int, int], losses: int, rule: str | None, **options: str
) -> Entry:
    """A text in which 'laughed' is selected where a program has counted it to be."""
    chosen = selection(41, *at, name=options.get("name"))
    made = project(USERS, CODES, sources(text_source(chosen)), origin=options.get("origin"))
    return Entry(f"{file}.qdpx", what, qdpx(made, files(stored)), 2, 1, losses, rule=rule)


def _marks() -> list[Entry]:
    """Byte order marks and line ends, counted or not, with and without evidence; other units than code points."""
    marked = b"\xef\xbb\xbf" + TEXT.encode()
    windows = TEXT.replace("\n", "\r\n")
    crlf = windows.encode()
    cut = "we laughed, e\u0301 mo"
    one, two = LAUGHED, span("laughed", windows)
    after = (one[0] + 1, one[1] + 1)
    before = len(TEXT[: one[0]].encode()), len(TEXT[: one[1]].encode())
    funny = f"🙂 🙂 {TEXT}"
    units = len(funny[: funny.index("laughed")].encode("utf-16-le")) // 2
    whole = project(
        USERS, CODES, sources(text_source(selection(41, 0, len(windows)), selection(42, *two))), origin="Some program"
    )
    mark, ends, quoted = "text-bom", "line-ends", {"name": "laughed"}
    return [
        _counted("mark-not-counted", "a mark that positions do not count", marked, one, 0, mark, **quoted),
        _counted("mark-counted", "a mark that positions count, as a quote shows", marked, after, 1, mark, **quoted),
        _counted("mark-unsure", "a mark, and nothing shows whether it counts", marked, one, 1, mark),
        _counted("crlf-one", "CRLF counted as one, as a quote shows", crlf, one, 0, ends, **quoted),
        _counted("crlf-two", "CRLF counted as two, as a quote shows", crlf, two, 0, ends, **quoted),
        _counted(
            "crlf-two-cut", "the same, the quote cut short", crlf, span(cut, windows), 0, ends, name="we laughed, …"
        ),
        _counted("crlf-atlas", "CRLF without evidence, of ATLAS.ti", crlf, one, 1, ends, origin="ATLAS.ti Win 23.4.0"),
        _counted("crlf-nvivo", "CRLF without evidence, of NVivo", crlf, two, 1, ends, origin="NVivo for Windows 12.6"),
        _counted("crlf-unsure", "CRLF without evidence, of any program", crlf, one, 1, ends, origin="Some program"),
        Entry(
            "crlf-whole.qdpx",
            "CRLF counted as two, as a selection of the whole text shows",
            qdpx(whole, files(crlf)),
            2,
            2,
            rule=ends,
        ),
        _counted("lf-two", "LF, counted as two, as a quote shows", TEXT.encode(), two, 1, "", **quoted),
        _counted("cr-only", "line ends of an old Mac", TEXT.replace("\n", "\r").encode(), one, 0, ends, **quoted),
        _counted("units-16", "units of 16 bits, as a quote shows", funny.encode(), (units, units + 7), 1, "", **quoted),
        _counted("units-8", "bytes counted, as a quote shows", TEXT.encode(), before, 1, "", **quoted),
        _counted("zero-sign", "a zero sign in a text", TEXT.replace("It", "I\x00").encode(), one, 1, "", **quoted),
    ]


def _colours() -> list[Entry]:
    told = {
        "alpha-first": ("#ff00aa46", 1),
        "alpha-last": ("#00aa46ff", 1),
        "bare": ("00aa46", 0),
        "name": ("Red", 0),
        "none": ("none", 0),
        "rgb": ("rgb(0, 170, 70)", 0),
        "rgba": ("rgba(0, 170, 70, 0.5)", 1),
        "number": ("-16711936", 1),
        "nonsense": ("#00zz46", 1),
    }
    return [
        Entry(
            f"colour-{name}.qdpx",
            f"the colour {written}",
            qdpx(project(codebook(code(11, "cost", color=written)))),
            1,
            0,
            losses,
            rule=SCHEMA,
        )
        for name, (written, losses) in told.items()
    ]


def _ids() -> list[Entry]:
    bare = CODED.replace(guid(11), guid(11).replace("-", ""))
    own = project(
        element("Users", element("User", guid="u1", name="Ada")),
        codebook(element("Code", guid="c1", name="cost", isCodable="true")),
        sources(
            text_source(
                element(
                    "PlainTextSelection",
                    element("Coding", element("CodeRef", targetGUID="c1"), guid="k1", creatingUser="u1"),
                    guid="s1",
                    startPosition=0,
                    endPosition=2,
                )
            )
        ),
    )
    shared = project(
        element("Users", user(11, "cost")),
        codebook(code(11, "cost")),
        sources(text_source(selection(41, 0, 2, coding(51, coder=11)))),
    )
    return [
        Entry("guids-without-dashes.qdpx", "GUIDs without dashes", qdpx(bare, files()), 2, 1, rule=SCHEMA),
        Entry("ids-of-their-own.qdpx", "ids that are no GUIDs", qdpx(own, files()), 1, 1, 1, rule=SCHEMA),
        Entry(
            "guid-of-coder-and-code.qdpx",
            "a coder and a code with one GUID",
            qdpx(shared, files()),
            1,
            1,
            rule="guid-unique",
        ),
    ]


def _codings() -> list[Entry]:
    refs = [element("CodeRef", targetGUID=guid(number)) for number in (11, 12)]

    def made(
        file: str, what: str, *parts: str, codings: int, losses: int, rule: str = SCHEMA, after: str = ""
    ) -> Entry:
        text = text_source(selection(41, *LAUGHED, *parts))
        return Entry(
            f"{file}.qdpx",
            what,
            qdpx(project(USERS, CODES, sources(text), after), files()),
            2,
            codings,
            losses,
            rule=rule,
        )

    noted = element("Description", "a laugh of relief?")
    linked = element("Notes", note(91, "a laugh")) + element(
        "Links", element("Link", guid=guid(96), originGUID=guid(91), targetGUID=guid(41))
    )
    marked = project(
        sources(text_source(element("NoteRef", targetGUID=guid(91)))),
        element("Notes", note(91, "a laugh", selection(42, *LAUGHED, " "))),
        origin="QualCoder-3.8",
    )
    return [
        made("code-without-coding", "a code without a coding around it", refs[0], codings=1, losses=1),
        made(
            "coding-of-two-codes",
            "one coding of two codes",
            element("Coding", *refs, guid=guid(51)),
            codings=2,
            losses=0,
        ),
        made(
            "time-without-zone",
            "a time without zone",
            coding(51, creationDateTime=AT[:-1]),
            codings=1,
            losses=1,
            rule="",
        ),
        made(
            "time-fractions",
            "a time as .NET writes it",
            coding(51, creationDateTime="2020-06-04T02:30:15.1234567+01:00"),
            codings=1,
            losses=0,
            rule="",
        ),
        made("time-nonsense", "a time that is none", coding(51, creationDateTime="yesterday"), codings=1, losses=1),
        made(
            "time-year-1",
            "the year 1",
            coding(51, creationDateTime="0001-01-01T00:00:00Z"),
            codings=1,
            losses=1,
            rule="",
        ),
        made(
            "coder-unlisted",
            "a coder who is not listed",
            coding(51, coder=3),
            codings=1,
            losses=1,
            rule="reference",
        ),
        made(
            "selection-described-only",
            "a description without code, as MAXQDA writes",
            noted,
            codings=0,
            losses=0,
            rule="",
        ),
        made(
            "note-by-link",
            "a note linked to a selection, as NVivo writes",
            " ",
            codings=0,
            losses=0,
            after=linked,
            rule="",
        ),
        Entry(
            "note-with-position.qdpx",
            "a note that says where it is, as QualCoder writes",
            qdpx(marked, files()),
            rule="selection",
        ),
    ]


def _sides() -> list[Entry]:
    """Transcripts of which one side is missing."""

    def made(file: str, what: str, *points: str, losses: int, rule: str = "") -> Entry:
        ends = {"fromSyncPoint": guid(61), "toSyncPoint": guid(62)}
        chosen = element("TranscriptSelection", coding(51), guid=guid(41), **ends)
        script = element("Transcript", content(TEXT), *points, chosen, guid=guid(33))
        return Entry(
            f"{file}.qdpx",
            what,
            qdpx(project(USERS, CODES, sources(recording(script))), SOUND),
            2,
            1,
            losses,
            rule=rule,
        )

    film = recording(tag="VideoSource", suffix="m4a")
    return [
        made(
            "sync-twice",
            "a sync point twice",
            sync(61, 0, 0),
            sync(61, 0, 0),
            sync(62, 7, 900),
            losses=0,
            rule="guid-unique",
        ),
        made("sync-without-time", "sync points without time", sync(61, 0, None), sync(62, 7, None), losses=2),
        made("sync-without-position", "sync points without position", sync(61, None, 0), sync(62, None, 9), losses=2),
        made("sync-one-side", "a sync point without time", sync(61, 0, 0), sync(62, 7, None), losses=2),
        Entry(
            "video-of-sound.qdpx", "a recording called a film, as MAXQDA writes", qdpx(project(sources(film)), SOUND)
        ),
    ]
