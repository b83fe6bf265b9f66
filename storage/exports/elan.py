"""ELAN Annotation Format 3.0 (archive.mpi.nl/tla/elan): a tier per speaker, an annotation per utterance.

The order of children, the required attributes and the keys are those of `EAFv3.0.xsd`.
"""

from collections.abc import Iterator, Sequence
from itertools import count
from typing import IO

from lxml import etree

from storage.exports.document import Document, heading
from storage.exports.tiers import Tier, tiers_of

_SCHEMA = "{http://www.w3.org/2001/XMLSchema-instance}noNamespaceSchemaLocation"
_KIND = "utterance"  # the type of every tier: aligned in time, nothing above it

Element = etree._Element


def write_elan(document: Document, file: IO[bytes]) -> None:
    """Write the annotations with times exact to the millisecond; the same transcript gives the same bytes."""
    tiers = tiers_of(document.lines)
    root = etree.Element("ANNOTATION_DOCUMENT", nsmap={"xsi": "http://www.w3.org/2001/XMLSchema-instance"})
    root.set("AUTHOR", "Fieldcall")
    root.set("DATE", document.transcript.made_at.isoformat(timespec="seconds"))
    root.set("FORMAT", "3.0")
    root.set("VERSION", "3.0")
    root.set(_SCHEMA, "http://www.mpi.nl/tools/elan/EAFv3.0.xsd")
    _add_header(root, document, sum(len(tier.spans) for tier in tiers))
    slots, numbers = _slots(etree.SubElement(root, "TIME_ORDER"), tiers), count(1)
    for tier, its_slots in zip(tiers, slots, strict=True):
        _add_tier(root, tier, its_slots, numbers)
    kind = {"GRAPHIC_REFERENCES": "false", "LINGUISTIC_TYPE_ID": _KIND, "TIME_ALIGNABLE": "true"}
    etree.SubElement(root, "LINGUISTIC_TYPE", kind)
    file.write(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _add_header(root: Element, document: Document, annotations: int) -> None:
    """The recording by the name that ELAN looks for beside the file, and what a reader must know of the text."""
    header = etree.SubElement(root, "HEADER", {"MEDIA_FILE": "", "TIME_UNITS": "milliseconds"})
    t = document.transcript
    name = f"{document.name}{t.recording_suffix}"
    media = {"MEDIA_URL": f"file:///{name}", "MIME_TYPE": _media_kind(document), "RELATIVE_MEDIA_URL": f"./{name}"}
    etree.SubElement(header, "MEDIA_DESCRIPTOR", media)
    urn = ("URN", f"urn:nl-mpi-tools-elan-eaf:{t.version_guid}")
    for name, value in (urn, *heading(document), ("lastUsedAnnotationId", str(annotations))):
        etree.SubElement(header, "PROPERTY", {"NAME": name}).text = value


def _media_kind(document: Document) -> str:
    """As ELAN names the kinds of files that it plays."""
    suffix, has_video = document.transcript.recording_suffix, document.transcript.has_video
    if has_video:
        return "video/mp4" if suffix == ".mp4" else "video/*"
    return "audio/x-wav" if suffix == ".wav" else "audio/*"


def _slots(order: Element, tiers: Sequence[Tier]) -> list[list[tuple[str, str]]]:
    """Give every start and end a slot of its own, in order of time, for ELAN moves a slot with all that is at it.

    Returns the pairs of ids, by tier and span.
    """
    times = sorted(
        (ms, tier, place, side)
        for tier, each in enumerate(tiers)
        for place, span in enumerate(each.spans)
        for side, ms in enumerate((span.start_ms, span.end_ms))
    )
    ids: dict[tuple[int, int, int], str] = {}
    for number, (ms, *key) in enumerate(times, start=1):
        slot = {"TIME_SLOT_ID": f"ts{number}", "TIME_VALUE": str(ms)}
        etree.SubElement(order, "TIME_SLOT", slot)
        ids[key[0], key[1], key[2]] = slot["TIME_SLOT_ID"]
    return [
        [(ids[tier, place, 0], ids[tier, place, 1]) for place in range(len(each.spans))]
        for tier, each in enumerate(tiers)
    ]


def _add_tier(root: Element, tier: Tier, slots: Sequence[tuple[str, str]], numbers: Iterator[int]) -> None:
    names = {"LINGUISTIC_TYPE_REF": _KIND, "PARTICIPANT": tier.speaker, "TIER_ID": tier.name}
    element = etree.SubElement(root, "TIER", names)
    for span, (start, end) in zip(tier.spans, slots, strict=True):
        ids = {"ANNOTATION_ID": f"a{next(numbers)}", "TIME_SLOT_REF1": start, "TIME_SLOT_REF2": end}
        annotation = etree.SubElement(etree.SubElement(element, "ANNOTATION"), "ALIGNABLE_ANNOTATION", ids)
        etree.SubElement(annotation, "ANNOTATION_VALUE").text = span.text
