"""A project that somebody has coded, written by the standard, comes back field by field."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from writer import SOUND, written

from storage.exports.qdpx_check import check_qdpx
from storage.imports.coded_project import (
    CodedProject,
    ProjectCase,
    ProjectCode,
    ProjectCoder,
    ProjectCoding,
    ProjectMemo,
    ProjectSource,
    ProjectText,
    ProjectVariable,
)

Read = Callable[..., CodedProject]

PIECES = st.sampled_from(
    ["£", "“q”", "🙂", "e\u0301", "مرحبا", "\u202e", "word", " ", "\n", "a<b>&c", "]]>", "👩‍👩‍👧", "\t"]
)
WORDS = st.lists(PIECES, min_size=1, max_size=8).map("".join)
REMARKS = WORDS.map(lambda text: text if text.strip() else "")
NAMES = st.sampled_from(["cost", "mood £", "“so-called”", "قيمة", "e\u0301", "🙂", "a\\b", "=1+1"])
COLOURS = st.sampled_from(["", "#00aa46", "#ffffff"])
MOMENTS = st.none() | st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)).map(  # noqa: DTZ001 - made aware below
    lambda moment: moment.replace(microsecond=0, tzinfo=UTC)
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_whatever_was_coded_comes_back(data: st.DataObject, read: Read, tmp_path: Path) -> None:
    made = data.draw(_coded())
    content = written(made)
    back = read(content)
    assert back.losses == ()
    assert _sorted(back) == _sorted(_with_digests(made))
    path = tmp_path / "checked.qdpx"
    path.write_bytes(content)
    assert check_qdpx(path) == []


def _sorted(project: CodedProject) -> dict[str, object]:
    """Field by field; codings and notes in an order of their own, for the file's is that of its sources."""
    fields = {name: getattr(project, name) for name in CodedProject.__slots__}
    fields["codings"] = sorted(project.codings, key=lambda coding: coding.guid)
    fields["memos"] = sorted(
        (memo.guid, memo.name, memo.text, sorted(memo.about), memo.coder_guid, memo.created_at)
        for memo in project.memos
    )
    return fields


def _with_digests(made: CodedProject) -> CodedProject:
    """With the SHA-256 of each source's file."""
    contents = (s.texts[0].text.encode() if s.kind == "text" else SOUND for s in made.sources)
    digests = (sha256(content).hexdigest() for content in contents)
    return replace(made, sources=tuple(map(lambda s, digest: replace(s, sha256=digest), made.sources, digests)))


@st.composite
def _coded(draw: st.DrawFn) -> CodedProject:
    """Two coders, some codes in a tree, texts and recordings, and all that can be said about them."""
    fresh = iter(str(UUID(int=number, version=4)) for number in range(1, 10_000))
    coders = tuple(ProjectCoder(next(fresh), name) for name in ("Ada", "Ben"))
    codes: list[ProjectCode] = []
    for _ in range(draw(st.integers(1, 5))):
        parent = draw(st.sampled_from(["", *(code.guid for code in codes[-1:])]))
        codes.append(ProjectCode(next(fresh), draw(NAMES), parent, draw(REMARKS), draw(COLOURS), draw(st.booleans())))
    variables = (ProjectVariable(next(fresh), "group"),)
    values = st.sampled_from([(), (("group", " client £ "),), (("group", "مدير"),)])
    sources = tuple(_source(draw, fresh, draw(values)) for _ in range(draw(st.integers(0, 3))))
    coder = st.sampled_from(["", *(coder.guid for coder in coders)])
    code = st.sampled_from([code.guid for code in codes])
    codings = tuple(
        _coding(draw, next(fresh), draw(code), source, draw(coder))
        for source in sources
        for _ in range(draw(st.integers(0, 3)))
    )
    things = [thing.guid for thing in (*codes, *codings, *sources)]
    about = st.lists(st.sampled_from(things), max_size=3, unique=True)
    memos = tuple(
        ProjectMemo(next(fresh), draw(NAMES), draw(WORDS), tuple(draw(about)), draw(coder), draw(MOMENTS))
        for _ in range(draw(st.integers(0, 3)))
    )
    cases = tuple(ProjectCase(next(fresh), draw(NAMES), draw(values), (s.guid,)) for s in sources[:2])
    return CodedProject(
        name=draw(NAMES),
        origin=draw(st.sampled_from(["", "Some program", "NVivo for Windows 12.6"])),
        coders=coders,
        codes=_in_order(codes),
        sources=sources,
        codings=codings,
        memos=memos,
        cases=cases,
        variables=variables,
        description=draw(REMARKS),
        creator_guid=coders[0].guid,
        created_at=draw(MOMENTS),
    )


def _in_order(codes: list[ProjectCode], parent: str = "") -> tuple[ProjectCode, ...]:
    """Each code right before its children, as in a file."""
    return tuple(each for code in codes if code.parent_guid == parent for each in (code, *_in_order(codes, code.guid)))


def _source(draw: st.DrawFn, fresh: Iterator[str], attributes: tuple[tuple[str, str], ...]) -> ProjectSource:
    guid, text = next(fresh), draw(WORDS)
    if draw(st.booleans()):
        texts = (ProjectText(guid, "interview", text),)
        return ProjectSource(guid, "interview", "text", f"internal://{guid}.txt", "", texts, attributes=attributes)
    positions = sorted(draw(st.lists(st.integers(0, len(text)), min_size=1, max_size=4, unique=True)))
    points = tuple((position, 1000 * number) for number, position in enumerate(positions))
    texts = (ProjectText(next(fresh), "transcript", text, points, tuple(next(fresh) for _ in points)),)
    return ProjectSource(guid, "recording", "audio", f"internal://{guid}.m4a", "", texts, attributes=attributes)


def _coding(draw: st.DrawFn, guid: str, code: str, source: ProjectSource, coder: str) -> ProjectCoding:
    """Of a stretch of the text, of the recording, of both, or of the source as a whole."""
    text, at = source.texts[0], draw(MOMENTS)
    side = draw(st.sampled_from(["whole", "words", "time"]))
    if side == "words" and source.kind == "text":
        start, end = sorted(draw(st.lists(st.integers(0, len(text.text)), min_size=2, max_size=2)))
        return ProjectCoding(
            guid, code, source.guid, source.guid, start, end, None, None, text.text[start:end], coder, at
        )
    if side == "words":
        (start, first), (end, last) = sorted(draw(st.lists(st.sampled_from(text.sync_points), min_size=2, max_size=2)))
        quote = text.text[start:end]
        return ProjectCoding(guid, code, source.guid, text.guid, start, end, first, last, quote, coder, at)
    if side == "time" and source.kind == "audio":
        first, last = sorted(draw(st.lists(st.integers(0, 10**7), min_size=2, max_size=2)))
        return ProjectCoding(guid, code, source.guid, start_ms=first, end_ms=last, coder_guid=coder, created_at=at)
    return ProjectCoding(guid, code, source.guid, coder_guid=coder, created_at=at)
