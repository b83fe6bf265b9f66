"""What `fieldcall doctor` looks at."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from desk.opened import Opened
from storage.errors import StorageError

ENOUGH_SPACE = 10 * 10**9  # bytes: some hundred hours of telephone recordings


@dataclass(frozen=True, slots=True)
class Check:
    """A finding; `next_step` is empty where all is well."""

    name: str
    finding: str
    next_step: str = ""


def check_study(here: Opened) -> list[Check]:
    """Every check, in the order in which a study needs things. Raises StudyFileError for the study file."""
    study = here.study
    return [
        Check("study file", f"{study.study.title}, {study.study.start} to {study.study.end}"),
        _database(here),
        _contacts(here),
        _mail(here),
        _folder("inbox", study.place(study.capture.inbox)),
        _folder("vault", study.place(study.storage.vault)),
        _folder("deliveries", study.place(study.storage.deliveries)),
        *_model(here),
        *_google(here),
        _space(study.folder),
        *_caldav(here),
        _server(here),
    ]


def _database(here: Opened) -> Check:
    try:
        return Check("study database", f"{here.database.engine.dialect.name}, up to date")
    except StorageError as error:
        return Check("study database", "cannot be opened", str(error))


def _contacts(here: Opened) -> Check:
    try:
        return Check("contact details", f"{len(here.contacts.all())} contacts, the key fits")
    except StorageError as error:
        return Check("contact details", "cannot be opened", str(error))


def _mail(here: Opened) -> Check:
    """The settings and the wording; whether the server lets us in is tried by `fieldcall mail test`."""
    from scheduling.errors import MailError
    from scheduling.mails.smtp import open_post
    from scheduling.mails.wording import TEMPLATES, read_wording

    try:
        post = open_post(here.study)
        for name in TEMPLATES:
            read_wording(here.study, name)
    except MailError as error:
        return Check("mail", "cannot be sent", str(error))
    return Check("mail", f"by {post.server}, the wording is sound" if post else "none is sent: [mail] names no server")


def _folder(name: str, path: Path) -> Check:
    existing = next(folder for folder in (path, *path.parents) if folder.exists())
    if existing.is_dir() and os.access(existing, os.W_OK | os.X_OK):
        return Check(name, f"{path}" if path.exists() else f"{path} (made when needed)")
    return Check(name, f"{path} cannot be written to", "Give the account that runs Fieldcall the right to write there.")


def _model(here: Opened) -> Iterator[Check]:
    from transcription.errors import ModelError
    from transcription.models import find_model, verify_models

    folder = here.study.place(here.study.transcription.models)
    name = here.study.transcription.model
    try:
        find_model(name, folder)
    except ModelError as error:
        yield Check("model", f"{name} is not here", str(error))
        return
    for model, fault in verify_models(folder):
        if model.name == name:
            yield Check("model", f"{name} {model.sha256[:12]}", fault)


def _google(here: Opened) -> Iterator[Check]:
    from desk.google_checks import check_google
    from storage.tables import now

    yield from check_google(here, now())


def _space(folder: Path) -> Check:
    free = shutil.disk_usage(folder).free
    finding = f"{free / 1e9:.1f} GB free"
    return Check("disk", finding, "" if free > ENOUGH_SPACE else "Make room: recordings may not fit.")


def _caldav(here: Opened) -> list[Check]:
    if here.study.calendar.backend != "caldav":
        return []
    from desk.caldav_checks import check_caldav

    return check_caldav(here.study, datetime.now(UTC))


def _server(here: Opened) -> Check:
    from flows.environment import running_server

    url = running_server(here.study)
    if url:
        return Check("Prefect server", f"running at {url.removesuffix('/api')}")
    return Check(
        "Prefect server", "not running: nothing is transcribed by itself at night; 'fieldcall serve' starts it"
    )
