"""Whom Google itself writes to when an event is made, moved or deleted."""

import pytest
from google_calendar import Notice
from google_interview import ENTRY, MOVED
from google_people import BEN
from google_setup import rewritten
from google_stand_in import Google

from scheduling.calendars.google import open_google
from storage.contacts import Contacts
from storage.study import Study


class TestInvitations:
    @pytest.mark.parametrize(("setting", "told"), [("true", "all"), ("false", "externalOnly")])
    def test_google_writes_to_all_guests_or_to_those_who_would_not_see_the_event(
        self, logged_in: Study, contacts: Contacts, google: Google, setting: str, told: str
    ) -> None:
        study = rewritten(logged_in, ("[calendar]\n", f"[calendar]\ninvite_participants = {setting}\n"))
        calendar = open_google(study, contacts.key)
        calendar.remove(calendar.put(MOVED, calendar.put(ENTRY, None)))
        calendar.close()
        writes = [call for call in google.calls if call.method.split(".")[-1] in ("insert", "update", "delete")]
        assert [call.values["sendUpdates"] for call in writes] == [told] * 3

    def test_a_lost_answer_invites_nobody_twice(
        self, logged_in: Study, contacts: Contacts, google: Google, slept: list[float]
    ) -> None:
        study = rewritten(logged_in, ("[calendar]\n", "[calendar]\ninvite_participants = true\n"))
        calendar = open_google(study, contacts.key, sleep=slept.append)
        google.faults.commit_then_drop("calendar.events.insert")
        standing = calendar.put(ENTRY, None)
        assert google.calendars.notices == [Notice("invitation", BEN, standing.event_id)]
        calendar.close()
