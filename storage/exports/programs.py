"""What each program for coding shows and loses of the files in the open standard, as far as anybody knows.

Known from the programs' source code, manuals and release notes as of 2026; no commercial program was run by us.
"""

from collections.abc import Sequence

_PROJECT = """\
  It follows the REFI-QDA 1.5 standard. Each utterance has a sync point, so a program that keeps them plays the
  recording from the words. Programs differ in whether they show variables of cases or of sources: both have
  them here.
    ATLAS.ti    import as a REFI-QDA project. Notes of another program say that it keeps the link in time.
    MAXQDA      import as a REFI-QDA project. Whether it keeps the link in time is not known.
    NVivo       import as a REFI-QDA project. Whether it keeps the link in time is not known.
    Magnolia    from 1.6.0 on, import as a REFI-QDA project; its notes say that transcripts keep their times.
    QualCoder   imports recordings, transcripts, cases and variables. It drops the times of the sync points and
                reads one transcript of a recording (so its source code says): the time marks in the text stay.
    Taguette    does not read .qdpx: use the .txt files.
  Importing into these has NOT been tested by us, for want of licences."""
_CODEBOOK = """\
  It holds codes, what they belong to, their colours and descriptions, and no text. The standard's own site,
  qdasoftware.org, lists ATLAS.ti, Dedoose, f4analyse, HyperRESEARCH, MAXQDA, NVivo, QDA Miner, QualCoder and
  Quirkos as exchanging codebooks; none of them was tested by us. Taguette only writes them. Where study.qdpx is
  imported, the codes are in it already."""


def about_programs(formats: Sequence[str]) -> dict[str, str]:
    """Sections for the README, by title, of those files that are in the delivery."""
    sections = {"qdpx": ("Opening study.qdpx", _PROJECT), "qdc": ("Opening codebook.qdc", _CODEBOOK)}
    return {title: text for name, (title, text) in sections.items() if name in formats}
