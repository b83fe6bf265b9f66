"""Who people really are: sealed, and open only to the key."""

import os
import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.contacts import KEY_VARIABLE, Contact, Contacts, make_key, open_contacts
from storage.errors import ContactsError
from storage.study import Study

JANE = Contact("Jane Featherstonehaugh", "+447700900123", "jane@example.org")


def key_file(study: Study) -> Path:
    return study.place(study.storage.contacts_key)


def test_a_contact_comes_back_as_it_was_put(contacts: Contacts) -> None:
    contacts.put("C_001", JANE)
    contacts.put("C_002", Contact())
    assert contacts.get("C_001") == JANE
    assert contacts.get("C_099") is None
    assert contacts.all() == {"C_001": JANE, "C_002": Contact()}


def test_a_contact_is_replaced(contacts: Contacts) -> None:
    contacts.put("C_001", JANE)
    contacts.put("C_001", Contact("Jane Smith"))
    assert contacts.get("C_001") == Contact("Jane Smith")


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.builds(Contact, st.text(), st.text(), st.text()))
def test_any_name_survives(contacts: Contacts, contact: Contact) -> None:
    contacts.put("C_001", contact)
    assert contacts.get("C_001") == contact


def test_nothing_is_readable_in_the_files(study: Study, contacts: Contacts) -> None:
    contacts.put("C_001", JANE)
    contacts.put_original_name("a" * 64, "Jane Featherstonehaugh.wav")
    for path in study.place(study.storage.contacts).parent.iterdir():
        content = path.read_bytes()
        for word in (b"Featherstonehaugh", b"Jane", b"7700900123", b"example.org"):
            assert word not in content


def test_the_first_name_of_a_recording_is_kept(contacts: Contacts) -> None:
    contacts.put_original_name("a" * 64, "first.wav")
    contacts.put_original_name("a" * 64, "second.wav")
    assert contacts.original_name("a" * 64) == "first.wav"
    assert contacts.original_name("b" * 64) == ""


def test_a_name_that_is_not_in_utf_8_is_kept_byte_by_byte(contacts: Contacts) -> None:
    name = os.fsdecode(b"A_Ren\xe9.wav")
    contacts.put_original_name("a" * 64, name)
    assert os.fsencode(contacts.original_name("a" * 64)) == b"A_Ren\xe9.wav"


def test_a_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    make_key(tmp_path / "keys" / "a.key")
    first = (tmp_path / "keys" / "a.key").read_bytes()
    make_key(tmp_path / "keys" / "a.key")
    assert (tmp_path / "keys" / "a.key").read_bytes() == first
    assert stat.S_IMODE((tmp_path / "keys" / "a.key").stat().st_mode) == 0o600


def test_the_key_may_come_from_the_environment(
    study: Study, contacts: Contacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    contacts.put("C_001", JANE)
    monkeypatch.setenv(KEY_VARIABLE, key_file(study).read_text().strip())
    key_file(study).unlink()
    assert open_contacts(study).get("C_001") == JANE


def test_without_a_key_nothing_is_opened(study: Study) -> None:
    key_file(study).unlink()
    with pytest.raises(ContactsError) as caught:
        open_contacts(study)
    assert f"{KEY_VARIABLE} is not set and {key_file(study)} does not exist" in str(caught.value)
    assert "Put the study's key back" in str(caught.value)


@pytest.mark.parametrize("key", ["short", "x" * 44, "ü" * 44])
def test_what_is_no_key_is_told_and_not_repeated(study: Study, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv(KEY_VARIABLE, key)
    with pytest.raises(ContactsError, match="is not a key") as caught:
        open_contacts(study)
    assert key not in str(caught.value)


def test_the_wrong_key_opens_nothing_and_says_so(study: Study, contacts: Contacts) -> None:
    contacts.put("C_001", JANE)
    contacts.put_original_name("a" * 64, "name.wav")
    key_file(study).write_bytes(Fernet.generate_key())
    other = open_contacts(study)
    for attempt in (lambda: other.get("C_001"), other.all, lambda: other.original_name("a" * 64)):
        with pytest.raises(ContactsError, match=r"the key does not fit them\. Give the key they were sealed with"):
            attempt()


def test_a_sealed_contact_that_was_tampered_with_is_refused(study: Study, contacts: Contacts) -> None:
    contacts.put("C_001", JANE)
    with contacts.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE contact SET sealed = substr(sealed, 1, 40) || 'AAAA' || substr(sealed, 45)")
    with pytest.raises(ContactsError):
        contacts.get("C_001")
