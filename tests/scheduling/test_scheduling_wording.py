"""Templates: what a coordinator may write, what is refused, and that every shipped one is sound."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mail_letters import letter, recipient

from scheduling.errors import WordingError
from scheduling.mails.letters import Kind, Role, phrases
from scheduling.mails.wording import (
    PLACEHOLDERS,
    TEMPLATES,
    folder_of,
    parse_wording,
    read_wording,
    unused_templates,
    write_wording,
)
from storage.study import Study


def edit(study: Study, name: str, text: str | bytes) -> Path:
    path = folder_of(study) / f"{name}.txt"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_shipped_template_is_sound_and_says_when_to_whom_and_from_whom(study: Study, name: str) -> None:
    kind, role = TEMPLATES[name]
    said = phrases(letter(kind, to=recipient(role=role)))
    subject, body = read_wording(study, name).filled(said)
    assert said["when"] in body and "Dear Ann Example," in body and "Remote Interviews Team" in body
    assert "{" not in subject + body
    assert (said["how"] in body) == (kind != Kind.CANCELLATION)


@pytest.mark.parametrize("name", TEMPLATES)
def test_no_shipped_subject_tells_what_is_studied_and_no_participant_reads_a_code(study: Study, name: str) -> None:
    kind, role = TEMPLATES[name]
    subject, body = read_wording(study, name).filled(phrases(letter(kind, to=recipient(role=role))))
    assert "research interview" in subject
    for word in ("health", "social", "prescrib", "Ann", "C_031"):
        assert word.lower() not in subject.lower()
    assert ("C_031" in body) == (role != Role.PARTICIPANT)


def test_an_edited_template_is_used_and_the_others_stay_as_shipped(study: Study) -> None:
    edit(study, "invitation", "Subject: Come, on {day}\n\nHello {name}: {when}\r\nBye   \n\n")
    subject, body = read_wording(study, "invitation").filled(phrases(letter()))
    assert subject == "Come, on Wednesday 3 June 2020"
    assert body == "Hello Ann Example: Wednesday 3 June 2020, 14:00 to 15:00 BST (Europe/London)\nBye\n"
    assert "has been moved" in read_wording(study, "update").subject


def test_braces_can_be_written_and_what_is_filled_in_is_not_filled_again(study: Study) -> None:
    edit(study, "reminder", "Subject: Hello\n{{when}} is {when}, {name}")
    _, body = read_wording(study, "reminder").filled(phrases(letter(to=recipient(name="{study} {0}"))))
    assert body.startswith("{when} is Wednesday") and body.endswith("{study} {0}\n")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "templates/invitation.txt, line 1: a subject is missing"),
        ("Dear {name},\n{when}", "line 1: a subject is missing"),
        ("Subject:  \n{when}", "line 1: a subject is missing"),
        ("subject: Hello\n{when}", "line 1: a subject is missing"),
        ("Subject: {study}\n{when}", "line 1: {study} is not a placeholder here. Allowed: {day}, {minutes}, {mode}."),
        ("Subject: Hello\n\n{when}\n{phone}", "line 4: {phone} is not a placeholder here. Allowed: {name}, {when}"),
        ("Subject: Hello\n{when.year}", "line 2: {when.year} is not"),
        ("Subject: Hello\n{when[0]}", "line 2: {when[0]} is not"),
        ("Subject: Hello\n{when:>9999999999}", "line 2: {when:>9999999999} is not"),
        ("Subject: Hello\n{when!r}", "line 2: {when!r} is not"),
        ("Subject: Hello\n{}", "line 2: {} is not"),
        ("Subject: Hello\n{0}", "line 2: {0} is not"),
        ("Subject: Hello\n{when\n}", "line 2: a brace stands alone"),
        ("Subject: Hello\n{when} }", "line 2: a brace stands alone"),
        ("Subject: Hello\nCome soon, {name}.", "{when} is missing"),
        (b"Subject: Hello\n{when}\nF\xfcr Sie", "line 3: this is not UTF-8"),
    ],
)
def test_a_mistake_is_told_with_file_and_line(study: Study, text: str | bytes, told: str) -> None:
    edit(study, "invitation", text)
    with pytest.raises(WordingError) as caught:
        read_wording(study, "invitation")
    assert told in str(caught.value) and "templates/invitation.txt" in str(caught.value)


def test_a_template_that_cannot_be_read_is_not_passed_over(study: Study) -> None:
    (folder_of(study) / "invitation.txt").mkdir(parents=True)
    with pytest.raises(WordingError, match="cannot be read"):
        read_wording(study, "invitation")


@given(st.text(st.sampled_from("{}!:.[]() \nwhenam_0"), max_size=40))
def test_whatever_is_accepted_can_be_filled(text: str) -> None:
    try:
        wording = parse_wording(f"Subject: Hello\n{{when}}\n{text}", "x.txt")
    except WordingError:
        return
    subject, body = wording.filled(dict.fromkeys(PLACEHOLDERS, "said"))
    assert subject == "Hello" and body.startswith("said")


def test_the_shipped_wording_is_written_out_once_and_never_over_an_edited_one(study: Study) -> None:
    edited = edit(study, "reminder", "Subject: Mine\n{when}")
    assert {path.stem for path in write_wording(study)} == TEMPLATES.keys() - {"reminder"}
    assert edited.read_text() == "Subject: Mine\n{when}"
    assert write_wording(study) == []
    for name in TEMPLATES:
        read_wording(study, name)


def test_a_folder_that_cannot_be_written_to_is_told(study: Study) -> None:
    folder_of(study).write_text("a file")
    with pytest.raises(WordingError, match=r"mail\.templates"):
        write_wording(study)


def test_a_file_that_no_mail_is_made_of_is_named(study: Study) -> None:
    edit(study, "invitations", "Subject: Hello\n{when}")
    assert unused_templates(study) == ["invitations.txt"]
