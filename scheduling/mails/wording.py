"""The wording of mails: plain text templates, as shipped or as the coordinator has edited them.

A template is `Subject: …` in its first line, then the body. Placeholders are filled by name and nothing else, so that
a template can neither reach into the program nor send a mail that does not say when.
"""

import string
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from scheduling.errors import WordingError
from scheduling.mails.letters import Kind, Role, template_name
from storage.files import write_bytes
from storage.study import Study

TEMPLATES = {template_name(kind, role): (kind, role) for role in Role for kind in Kind}
PLACEHOLDERS = (
    "name", "when", "their_when", "study_when", "day", "minutes", "mode", "how", "study", "code", "sender",
)  # fmt: skip
# A subject shows on locked screens and in lists of mails: it tells neither what is studied nor who takes part.
SUBJECT_PLACEHOLDERS = ("day", "minutes", "mode")
_SUBJECT = "Subject:"
_READABLE = 0o644


@dataclass(frozen=True, slots=True)
class Wording:
    """A checked template."""

    subject: str
    body: str

    def filled(self, phrases: Mapping[str, str]) -> tuple[str, str]:
        """Subject and body with every placeholder filled."""
        return self.subject.format_map(phrases), self.body.format_map(phrases)


def read_wording(study: Study, name: str) -> Wording:
    """The study's own template, else the one shipped. Raises WordingError naming file, line and what is allowed."""
    path = folder_of(study) / f"{name}.txt"
    shown = f"{study.mail.templates}/{path.name}"
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return parse_wording(shipped(name), path.name)
    except OSError as error:
        raise WordingError(f"{shown} cannot be read: {error.strerror}. Mend that, or remove it to use ours.") from error
    try:
        return parse_wording(content.decode("utf-8-sig"), shown)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise WordingError(f"{shown}, line {line}: this is not UTF-8. Save the file as plain text in UTF-8.") from None


def parse_wording(text: str, shown: str) -> Wording:
    """Check a template; `shown` is what messages call it. Raises WordingError."""
    lines = text.splitlines() or [""]
    subject = lines[0].removeprefix(_SUBJECT).strip()
    if not lines[0].startswith(_SUBJECT) or not subject:
        raise WordingError(f"{shown}, line 1: a subject is missing. Begin the file with '{_SUBJECT} ' and a few words.")
    _check_line(subject, f"{shown}, line 1", SUBJECT_PLACEHOLDERS)
    used = {field for n, line in enumerate(lines[1:], 2) for field in _check_line(line, f"{shown}, line {n}")}
    if "when" not in used:
        raise WordingError(f"{shown}: {{when}} is missing, so nobody would learn the time. Put it where it belongs.")
    return Wording(subject, "\n".join(line.rstrip() for line in lines[1:]).strip() + "\n")


def shipped(name: str) -> str:
    """A template as it comes with Fieldcall."""
    return files("scheduling.mails").joinpath("templates", f"{name}.txt").read_text(encoding="utf-8")


def write_wording(study: Study) -> list[Path]:
    """Put the shipped templates into the study's folder, never over one that is there; returns those written."""
    missing = [path for name in TEMPLATES if not (path := folder_of(study) / f"{name}.txt").exists()]
    try:
        for path in missing:
            write_bytes(path, shipped(path.stem).encode(), mode=_READABLE)
    except OSError as error:
        raise WordingError(
            f"The wording cannot be written to {study.mail.templates}: {error.strerror}. "
            "Mend mail.templates in study.toml, or make room."
        ) from error
    return missing


def unused_templates(study: Study) -> list[str]:
    """Names of text files in the study's folder that are no template, so nothing is ever sent with them."""
    return sorted(path.name for path in folder_of(study).glob("*.txt") if path.stem not in TEMPLATES)


def folder_of(study: Study) -> Path:
    """Where the study keeps its own wording."""
    return study.place(study.mail.templates)


def _check_line(line: str, where: str, allowed: tuple[str, ...] = PLACEHOLDERS) -> set[str]:
    """The placeholders of a line: bare known names, for a format or an attribute could do anything."""
    try:
        found = list(string.Formatter().parse(line))
    except ValueError:
        raise WordingError(f"{where}: a brace stands alone. Write {{{{ or }}}} for a brace that is meant.") from None
    for _, name, layout, conversion in found:
        if name is not None and (name not in allowed or layout or conversion):
            written = name + (f"!{conversion}" if conversion else "") + (f":{layout}" if layout else "")
            known = ", ".join(f"{{{one}}}" for one in allowed)
            raise WordingError(f"{where}: {{{written}}} is not a placeholder here. Allowed: {known}.")
    return {name for _, name, _, _ in found if name is not None}
