"""Whose calendar at Google it is, and as whom Fieldcall uses it."""

from dataclasses import replace
from typing import Any

import pytest
from google_interview import ENTRY, only
from google_people import ANNA, BEN
from google_setup import log_in, rewritten, service_key
from google_stand_in import Google

from scheduling.calendars.google import open_google
from scheduling.errors import AccessLost
from storage.contacts import Contacts
from storage.google.account import EVENTS, scopes_of
from storage.study import Study


class TestIdentity:
    def test_without_a_login_there_is_no_calendar(self, google_study: Study, contacts: Contacts) -> None:
        with pytest.raises(AccessLost, match="fieldcall google login"):
            open_google(google_study, contacts.key)

    def test_primary_is_the_calendar_of_whoever_has_logged_in(
        self, google_study: Study, contacts: Contacts, google: Google
    ) -> None:
        """Under its own name: another login later is another calendar, in which no interview has been deleted."""
        study = rewritten(google_study, (f'organiser = "{ANNA}"', 'organiser = ""'))
        addresses = []
        for email in (ANNA, BEN):
            log_in(study, contacts.key, google, email=email)
            calendar = open_google(study, contacts.key)
            addresses.append(calendar.address)
            calendar.close()
        assert addresses == [ANNA, BEN]

    def test_another_calendar_is_used_where_the_study_names_it(
        self, logged_in: Study, contacts: Contacts, google: Google
    ) -> None:
        google.calendars.add("team@group.example").shared[ANNA] = "writer"
        study = rewritten(logged_in, ("[calendar]\n", '[calendar]\naddress = "team@group.example"\n'))
        calendar = open_google(study, contacts.key)
        calendar.put(ENTRY, None)
        calendar.close()
        assert list(google.calendars.calendars["team@group.example"].events) == [calendar.event_id(ENTRY.guid, 0)]

    def test_a_service_account_acts_for_the_organiser(
        self, google_study: Study, contacts: Contacts, google: Google, events: dict[str, Any]
    ) -> None:
        study = rewritten(google_study, ("[google]\n", '[google]\nidentity = "service"\n'))
        service_key(study, google, *scopes_of(study))
        calendar = open_google(study, contacts.key)
        calendar.put(replace(ENTRY, with_meeting=True), None)
        calendar.close()
        assert only(events)["creator"] == {"email": ANNA}

    @pytest.mark.parametrize("delegated", [(), (EVENTS,)])
    def test_without_delegation_for_all_it_is_not_let_in(
        self, google_study: Study, contacts: Contacts, google: Google, delegated: tuple[str, ...]
    ) -> None:
        study = rewritten(google_study, ("[google]\n", '[google]\nidentity = "service"\n'))
        service_key(study, google, *delegated)
        calendar = open_google(study, contacts.key)
        with pytest.raises(AccessLost, match="domain-wide delegation for every scope"):
            calendar.put(ENTRY, None)
        calendar.close()
