"""A codebook of the open standard REFI-QDA (`.qdc`) as values: codes alone, without anything coded."""

from storage.imports.codebook import read_codes
from storage.imports.coded_project import CodedProject
from storage.imports.guids import Guids
from storage.imports.left_out import tell_sets_and_graphs, tell_what_is_left_out
from storage.imports.losses import Losses
from storage.imports.qdpx import tell_version
from storage.imports.safe_xml import Element

# the standard's; those that NVivo and ATLAS.ti write; that of the project, which holds codebooks too
_VERSIONS = (
    "urn:QDA-XML:codebook:1.0",
    "urn:QDA-XML:codebook:1:0",
    "urn:QDA-XML:codebook:0:4",
    "urn:QDA-XML:project:1.0",
    "",
)


def read_codebook(root: Element, digest: str) -> CodedProject:
    """The codes of a codebook; `digest` is one of the file."""
    losses = Losses()
    tell_version(root, _VERSIONS, losses)
    origin, name = root.get("origin", ""), root.get("name", "")
    guids = Guids(losses, f"{origin}\n{name}", digest)
    codes = tuple(code for _, code in read_codes(root, guids, losses))
    if notes := sum(1 for _ in root.iter("{*}NoteRef")):
        losses.tally("NoteRef", "points to a note, which a codebook does not hold", notes)
    tell_sets_and_graphs(root, losses)
    tell_what_is_left_out(root, losses)
    return CodedProject(name=name, origin=origin, codes=codes, losses=losses.found())
