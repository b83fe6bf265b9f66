"""What Calendar v3 promises, asked through the real client: the contract that the stand-in keeps."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google_calendar import Notice
from google_people import ANNA, BEN, GUEST, Client
from google_stand_in import SCOPES, Google
from googleapiclient.errors import HttpError

START = datetime(2020, 6, 3, 13, tzinfo=UTC)
ID = "fieldcall0v1"


def body(start: datetime = START, minutes: int = 60, **fields: Any) -> dict[str, Any]:
    end = start + timedelta(minutes=minutes)
    zone = {"timeZone": "Europe/London"}
    return {"start": {"dateTime": start.isoformat(), **zone}, "end": {"dateTime": end.isoformat(), **zone}, **fields}


def insert(calendar: Any, *, whose: str = ANNA, minutes: int = 60, start: datetime = START, **given: Any) -> Any:
    params = {name: given.pop(name) for name in ("conferenceDataVersion", "sendUpdates") if name in given}
    fields = {"id": ID, "summary": "Interview"} | given
    event = body(start, minutes, **{name: value for name, value in fields.items() if value is not None})
    return calendar.events().insert(calendarId=whose, body=event, **params).execute()


def conference(request: str = "r1", kind: str = "hangoutsMeet") -> dict[str, Any]:
    return {"createRequest": {"requestId": request, "conferenceSolutionKey": {"type": kind}}}


def refusal(error: pytest.ExceptionInfo[HttpError]) -> tuple[int, str]:
    details = error.value.error_details
    reason = details[0]["reason"] if details and isinstance(details, list) else str(details)
    return error.value.status_code, reason


class TestInsert:
    def test_what_google_sets_itself_is_in_the_answer(self, calendar: Any) -> None:
        event = insert(calendar)
        assert event["id"] == ID
        assert event["status"] == "confirmed"
        assert event["iCalUID"] == f"{ID}@google.com"
        assert event["sequence"] == 0
        assert event["organizer"] == {"email": ANNA, "self": True}
        assert event["etag"].startswith('"')

    def test_primary_is_ones_own_calendar(self, calendar: Any) -> None:
        insert(calendar, whose="primary")
        assert calendar.events().get(calendarId=ANNA, eventId=ID).execute()["id"] == ID

    def test_an_event_without_an_id_gets_one(self, calendar: Any) -> None:
        assert insert(calendar, id=None)["id"] != insert(calendar, id=None)["id"]

    def test_times_are_told_in_the_zone_of_the_calendar(self, calendar: Any) -> None:
        assert insert(calendar)["start"] == {"dateTime": "2020-06-03T14:00:00+01:00", "timeZone": "Europe/London"}

    def test_or_in_the_zone_that_is_asked_for(self, calendar: Any) -> None:
        insert(calendar)
        event = calendar.events().list(calendarId=ANNA, timeZone="Asia/Kathmandu").execute()["items"][0]
        assert event["start"]["dateTime"] == "2020-06-03T18:45:00+05:45"

    def test_an_id_is_taken_once_and_for_all(self, calendar: Any) -> None:
        insert(calendar)
        with pytest.raises(HttpError) as error:
            insert(calendar)
        assert refusal(error) == (409, "duplicate")

    def test_also_when_its_event_was_deleted(self, calendar: Any) -> None:
        insert(calendar)
        calendar.events().delete(calendarId=ANNA, eventId=ID).execute()
        with pytest.raises(HttpError) as error:
            insert(calendar)
        assert refusal(error) == (409, "duplicate")

    def test_and_when_the_deleted_event_is_gone_for_good(self, calendar: Any, google: Google) -> None:
        insert(calendar)
        calendar.events().delete(calendarId=ANNA, eventId=ID).execute()
        google.calendars.purge(ANNA, ID)
        with pytest.raises(HttpError) as error:
            insert(calendar)
        assert refusal(error) == (409, "duplicate")
        with pytest.raises(HttpError) as error:
            calendar.events().get(calendarId=ANNA, eventId=ID).execute()
        assert refusal(error) == (404, "notFound")

    def test_an_id_of_another_calendar_is_free(self, client: Client) -> None:
        insert(client("calendar"))
        assert insert(client("calendar", BEN), whose=BEN)["id"] == ID

    @pytest.mark.parametrize("wrong", ["abcd", "hallo-welt", "UPPER12345", "wxyz12345", "a" * 1025])
    def test_ids_are_of_five_and_more_letters_of_base32hex(self, calendar: Any, wrong: str) -> None:
        with pytest.raises(HttpError) as error:
            insert(calendar, id=wrong)
        assert refusal(error) == (400, "invalid")

    def test_an_id_and_an_icaluid_are_not_both_given(self, calendar: Any) -> None:
        with pytest.raises(HttpError) as error:
            insert(calendar, iCalUID="x@y.example")
        assert refusal(error) == (400, "invalid")

    @pytest.mark.parametrize(
        ("fields", "reason"),
        [
            ({"end": {"dateTime": START.isoformat()}}, "timeRangeEmpty"),
            ({"end": {"dateTime": (START - timedelta(hours=1)).isoformat()}}, "timeRangeEmpty"),
            ({"start": {}}, "required"),
            ({"start": {"date": "2020-06-03"}}, "invalid"),
            ({"start": {"dateTime": "2020-06-03T13:00:00"}}, "required"),
            ({"start": {"dateTime": "2020-06-03T13:00:00Z", "date": "2020-06-03"}}, "invalid"),
            ({"start": {"dateTime": "2020-06-03T13:00:00", "timeZone": "Europe/Newcastle"}}, "invalid"),
            ({"start": {"dateTime": "next Wednesday"}}, "badRequest"),
            ({"attendees": [{"email": "nobody"}]}, "invalid"),
            ({"attendees": [{"displayName": "Zed"}]}, "invalid"),
            ({"recurrence": ["RRULE:FREQ=DAILY"], "end": {"dateTime": "2020-06-03T14:00:00Z"}}, "required"),
            ({"extendedProperties": {"private": {"k" * 45: "v"}}}, "invalid"),
            ({"extendedProperties": {"private": {"k": "v" * 1025}}}, "invalid"),
            ({"reminders": {"overrides": [{"method": "email", "minutes": n} for n in range(6)]}}, "invalid"),
            ({"sequence": "one"}, "badRequest"),
            ({"colour": "red"}, "badRequest"),
        ],
    )
    def test_what_cannot_be_is_refused(self, calendar: Any, fields: dict[str, Any], reason: str) -> None:
        with pytest.raises(HttpError) as error:
            calendar.events().insert(calendarId=ANNA, body=body(id=ID) | fields).execute()
        assert refusal(error) == (400, reason)

    def test_a_time_without_an_offset_is_in_the_zone_given_with_it(self, calendar: Any) -> None:
        start = {"dateTime": "2020-06-03T14:00:00", "timeZone": "Europe/London"}
        event = calendar.events().insert(calendarId=ANNA, body=body(id=ID) | {"start": start}).execute()
        assert event["start"]["dateTime"] == "2020-06-03T14:00:00+01:00"


class TestConference:
    def test_it_is_promised_first_and_there_when_it_is_looked_for(self, calendar: Any) -> None:
        event = insert(calendar, conferenceData=conference(), conferenceDataVersion=1)
        assert event["conferenceData"]["createRequest"]["status"] == {"statusCode": "pending"}
        assert "hangoutLink" not in event
        event = calendar.events().get(calendarId=ANNA, eventId=ID).execute()
        data = event["conferenceData"]
        assert data["createRequest"]["status"] == {"statusCode": "success"}
        assert calendar.events().get(calendarId=ANNA, eventId=ID).execute()["etag"] == event["etag"]
        assert event["hangoutLink"] == f"https://meet.google.com/{data['conferenceId']}"
        assert [entry["entryPointType"] for entry in data["entryPoints"]] == ["video", "phone"]

    def test_it_may_fail(self, calendar: Any, google: Google) -> None:
        google.calendars.conference = "failure"
        insert(calendar, conferenceData=conference(), conferenceDataVersion=1)
        data = calendar.events().get(calendarId=ANNA, eventId=ID).execute()["conferenceData"]
        assert data["createRequest"]["status"] == {"statusCode": "failure"}
        assert "entryPoints" not in data

    def test_without_the_version_none_is_made(self, calendar: Any) -> None:
        assert "conferenceData" not in insert(calendar, conferenceData=conference())

    def test_the_same_request_again_is_no_request(self, calendar: Any) -> None:
        insert(calendar, conferenceData=conference(), conferenceDataVersion=1)
        before = calendar.events().get(calendarId=ANNA, eventId=ID).execute()["conferenceData"]
        patch = {"conferenceData": conference()}
        calendar.events().patch(calendarId=ANNA, eventId=ID, body=patch, conferenceDataVersion=1).execute()
        assert calendar.events().get(calendarId=ANNA, eventId=ID).execute()["conferenceData"] == before

    def test_another_request_makes_another(self, calendar: Any) -> None:
        insert(calendar, conferenceData=conference(), conferenceDataVersion=1)
        before = calendar.events().get(calendarId=ANNA, eventId=ID).execute()["conferenceData"]
        patch = {"conferenceData": conference("r2")}
        calendar.events().patch(calendarId=ANNA, eventId=ID, body=patch, conferenceDataVersion=1).execute()
        after = calendar.events().get(calendarId=ANNA, eventId=ID).execute()["conferenceData"]
        assert after["conferenceId"] != before["conferenceId"]

    def test_a_calendar_that_allows_no_meet_refuses_it(self, calendar: Any, google: Google) -> None:
        google.calendars.calendars[ANNA].allows_meet = False
        with pytest.raises(HttpError) as error:
            insert(calendar, conferenceData=conference(), conferenceDataVersion=1)
        assert refusal(error) == (400, "invalid")
        assert "Invalid conference type value" in str(error.value)

    def test_it_goes_where_an_update_that_knows_of_it_gives_none(self, calendar: Any) -> None:
        insert(calendar, conferenceData=conference(), conferenceDataVersion=1)
        event = calendar.events().get(calendarId=ANNA, eventId=ID).execute()
        kept = calendar.events().update(calendarId=ANNA, eventId=ID, body=event, conferenceDataVersion=1).execute()
        assert kept["hangoutLink"]
        kept = calendar.events().update(calendarId=ANNA, eventId=ID, body=body()).execute()
        assert kept["hangoutLink"]
        gone = calendar.events().update(calendarId=ANNA, eventId=ID, body=body(), conferenceDataVersion=1).execute()
        assert "conferenceData" not in gone
        assert "hangoutLink" not in gone

    def test_a_calendar_tells_whether_it_may_be(self, calendar: Any, google: Google) -> None:
        google.calendars.calendars[ANNA].allows_meet = False
        told = calendar.calendars().get(calendarId="primary").execute()
        assert (told["id"], told["conferenceProperties"]) == (ANNA, {"allowedConferenceSolutionTypes": []})

    def test_it_stays_when_the_event_is_moved(self, calendar: Any) -> None:
        insert(calendar, conferenceData=conference(), conferenceDataVersion=1)
        before = calendar.events().get(calendarId=ANNA, eventId=ID).execute()
        later = {name: body(START + timedelta(days=1))[name] for name in ("start", "end")}
        after = calendar.events().patch(calendarId=ANNA, eventId=ID, body=later).execute()
        assert after["hangoutLink"] == before["hangoutLink"]
        assert after["conferenceData"]["conferenceId"] == before["conferenceData"]["conferenceId"]


class TestChange:
    def test_a_new_time_is_a_new_sequence_and_asks_guests_anew(self, calendar: Any, google: Google) -> None:
        insert(calendar, attendees=[{"email": GUEST}])
        google.calendars.reply(ANNA, ID, GUEST, "accepted")
        later = {name: body(START + timedelta(days=1))[name] for name in ("start", "end")}
        event = calendar.events().patch(calendarId=ANNA, eventId=ID, body=later).execute()
        assert event["sequence"] == 1
        assert event["attendees"][0]["responseStatus"] == "needsAction"

    def test_a_new_title_is_not(self, calendar: Any) -> None:
        insert(calendar)
        event = calendar.events().patch(calendarId=ANNA, eventId=ID, body={"summary": "Talk"}).execute()
        assert (event["sequence"], event["summary"]) == (0, "Talk")

    def test_update_replaces_what_patch_leaves(self, calendar: Any) -> None:
        insert(calendar, location="by phone")
        patched = calendar.events().patch(calendarId=ANNA, eventId=ID, body={"summary": "Talk"}).execute()
        assert patched["location"] == "by phone"
        updated = calendar.events().update(calendarId=ANNA, eventId=ID, body=body(summary="Talk")).execute()
        assert "location" not in updated

    def test_lists_are_replaced_as_a_whole_and_null_removes(self, calendar: Any) -> None:
        insert(calendar, attendees=[{"email": GUEST}, {"email": BEN}], location="here")
        patch = {"attendees": [{"email": BEN}], "location": None}
        event = calendar.events().patch(calendarId=ANNA, eventId=ID, body=patch).execute()
        assert [guest["email"] for guest in event["attendees"]] == [BEN]
        assert "location" not in event

    def test_private_properties_are_merged(self, calendar: Any) -> None:
        insert(calendar, extendedProperties={"private": {"a": "1"}})
        patch = {"extendedProperties": {"private": {"b": "2"}}}
        event = calendar.events().patch(calendarId=ANNA, eventId=ID, body=patch).execute()
        assert event["extendedProperties"] == {"private": {"a": "1", "b": "2"}}

    def test_only_what_was_read_is_changed_where_that_is_asked_for(self, calendar: Any, google: Google) -> None:
        etag = insert(calendar)["etag"]
        google.calendars.change(ANNA, ID, summary="changed by hand")
        request = calendar.events().patch(calendarId=ANNA, eventId=ID, body={"summary": "Talk"})
        request.headers["If-Match"] = etag
        with pytest.raises(HttpError) as error:
            request.execute()
        assert refusal(error) == (412, "conditionNotMet")
        assert calendar.events().get(calendarId=ANNA, eventId=ID).execute()["summary"] == "changed by hand"

    def test_every_change_is_another_etag(self, calendar: Any) -> None:
        etag = insert(calendar)["etag"]
        request = calendar.events().patch(calendarId=ANNA, eventId=ID, body={"summary": "Talk"})
        request.headers["If-Match"] = etag
        assert request.execute()["etag"] != etag

    def test_what_has_not_changed_is_not_sent_again(self, calendar: Any) -> None:
        request = calendar.events().get(calendarId=ANNA, eventId=ID)
        request.headers["If-None-Match"] = insert(calendar)["etag"]
        with pytest.raises(HttpError) as error:
            request.execute()
        assert error.value.status_code == 304

    def test_a_deleted_event_cannot_be_changed(self, calendar: Any) -> None:
        insert(calendar)
        calendar.events().delete(calendarId=ANNA, eventId=ID).execute()
        with pytest.raises(HttpError) as error:
            calendar.events().update(calendarId=ANNA, eventId=ID, body=body()).execute()
        assert error.value.status_code == 403

    def test_what_others_arranged_is_theirs_to_change(self, calendar: Any, google: Google) -> None:
        event = google.calendars.put(ANNA, START, START + timedelta(hours=1), organizer=GUEST)
        with pytest.raises(HttpError) as error:
            calendar.events().patch(calendarId=ANNA, eventId=event["id"], body={"summary": "x"}).execute()
        assert refusal(error) == (403, "forbiddenForNonOrganizer")

    def test_changing_it_into_nothing_is_refused(self, calendar: Any) -> None:
        event = insert(calendar)
        with pytest.raises(HttpError) as error:
            calendar.events().patch(calendarId=ANNA, eventId=ID, body={"end": event["start"]}).execute()
        assert refusal(error) == (400, "timeRangeEmpty")


class TestDelete:
    def test_a_deleted_event_is_still_told_as_cancelled(self, calendar: Any) -> None:
        insert(calendar)
        assert calendar.events().delete(calendarId=ANNA, eventId=ID).execute() == ""
        assert calendar.events().get(calendarId=ANNA, eventId=ID).execute()["status"] == "cancelled"

    def test_deleting_it_again_says_that_it_is_gone(self, calendar: Any) -> None:
        insert(calendar)
        calendar.events().delete(calendarId=ANNA, eventId=ID).execute()
        with pytest.raises(HttpError) as error:
            calendar.events().delete(calendarId=ANNA, eventId=ID).execute()
        assert refusal(error) == (410, "deleted")

    def test_only_what_was_read_is_deleted_where_that_is_asked_for(self, calendar: Any, google: Google) -> None:
        etag = insert(calendar)["etag"]
        google.calendars.change(ANNA, ID, summary="changed by hand")
        request = calendar.events().delete(calendarId=ANNA, eventId=ID)
        request.headers["If-Match"] = etag
        with pytest.raises(HttpError) as error:
            request.execute()
        assert refusal(error) == (412, "conditionNotMet")

    def test_what_never_was_is_not_found(self, calendar: Any) -> None:
        with pytest.raises(HttpError) as error:
            calendar.events().delete(calendarId=ANNA, eventId="neverwas").execute()
        assert refusal(error) == (404, "notFound")


class TestGuests:
    def test_they_are_told_only_where_it_is_asked_for(self, calendar: Any, google: Google) -> None:
        insert(calendar, attendees=[{"email": GUEST}])
        assert google.calendars.notices == []

    def test_of_an_invitation_a_change_and_a_cancellation(self, calendar: Any, google: Google) -> None:
        insert(calendar, attendees=[{"email": GUEST}], sendUpdates="all")
        calendar.events().patch(calendarId=ANNA, eventId=ID, body={"summary": "x"}, sendUpdates="all").execute()
        calendar.events().delete(calendarId=ANNA, eventId=ID, sendUpdates="all").execute()
        kinds = ("invitation", "update", "cancellation")
        assert google.calendars.notices == [Notice(kind, GUEST, ID) for kind in kinds]

    def test_their_answers_are_read_from_the_event(self, calendar: Any, google: Google) -> None:
        insert(calendar, attendees=[{"email": GUEST}])
        google.calendars.reply(ANNA, ID, GUEST, "declined")
        event = calendar.events().get(calendarId=ANNA, eventId=ID).execute()
        assert event["attendees"] == [{"email": GUEST, "responseStatus": "declined"}]


class TestList:
    def three(self, calendar: Any) -> list[str]:
        return [insert(calendar, id=f"event{n}", start=START + timedelta(days=n))["id"] for n in range(3)]

    def test_all_events_with_a_token_for_what_changes_later(self, calendar: Any) -> None:
        ids = self.three(calendar)
        answer = calendar.events().list(calendarId=ANNA).execute()
        assert [event["id"] for event in answer["items"]] == ids
        assert answer["nextSyncToken"]
        assert "nextPageToken" not in answer

    def test_a_token_gives_what_has_changed_since_and_another_token(self, calendar: Any, google: Google) -> None:
        ids = self.three(calendar)
        token = calendar.events().list(calendarId=ANNA).execute()["nextSyncToken"]
        google.calendars.change(ANNA, ids[1], summary="changed")
        google.calendars.remove(ANNA, ids[2])
        answer = calendar.events().list(calendarId=ANNA, syncToken=token).execute()
        assert [event["id"] for event in answer["items"]] == ids[1:]
        again = calendar.events().list(calendarId=ANNA, syncToken=answer["nextSyncToken"]).execute()
        assert again["items"] == []

    def test_of_what_was_deleted_only_the_id_is_promised(self, calendar: Any, google: Google) -> None:
        ids = self.three(calendar)
        token = calendar.events().list(calendarId=ANNA).execute()["nextSyncToken"]
        google.calendars.remove(ANNA, ids[0])
        (event,) = calendar.events().list(calendarId=ANNA, syncToken=token).execute()["items"]
        assert (event["id"], event["status"]) == (ids[0], "cancelled")
        assert "start" not in event

    def test_a_dead_token_asks_for_everything_anew(self, calendar: Any, google: Google) -> None:
        self.three(calendar)
        token = calendar.events().list(calendarId=ANNA).execute()["nextSyncToken"]
        google.calendars.end_sync_tokens(ANNA)
        with pytest.raises(HttpError) as error:
            calendar.events().list(calendarId=ANNA, syncToken=token).execute()
        assert refusal(error) == (410, "fullSyncRequired")

    def test_a_token_of_another_calendar_is_dead(self, client: Client) -> None:
        token = client("calendar", BEN).events().list(calendarId=BEN).execute()["nextSyncToken"]
        with pytest.raises(HttpError) as error:
            client("calendar").events().list(calendarId=ANNA, syncToken=token).execute()
        assert refusal(error) == (410, "fullSyncRequired")

    def test_one_that_was_never_given_is_wrong(self, calendar: Any) -> None:
        with pytest.raises(HttpError) as error:
            calendar.events().list(calendarId=ANNA, syncToken="made up").execute()
        assert refusal(error) == (400, "invalid")

    @pytest.mark.parametrize(
        "given",
        [
            {"orderBy": "updated"},
            {"timeMin": "2020-06-01T00:00:00Z"},
            {"timeMax": "2020-06-30T00:00:00Z"},
            {"updatedMin": "2020-06-01T00:00:00Z"},
            {"privateExtendedProperty": "a=1"},
            {"sharedExtendedProperty": "a=1"},
            {"iCalUID": "x"},
            {"q": "talk"},
            {"showDeleted": False},
        ],
        ids=lambda given: next(iter(given)),
    )
    def test_a_token_goes_with_no_other_choice(self, calendar: Any, given: dict[str, Any]) -> None:
        token = calendar.events().list(calendarId=ANNA).execute()["nextSyncToken"]
        with pytest.raises(HttpError) as error:
            calendar.events().list(calendarId=ANNA, syncToken=token, **given).execute()
        assert refusal(error) == (400, "invalid")

    def test_pages_are_followed_and_only_the_last_has_the_token(self, calendar: Any) -> None:
        ids = self.three(calendar)
        request = calendar.events().list(calendarId=ANNA, maxResults=2)
        first = request.execute()
        assert "nextSyncToken" not in first
        last = calendar.events().list_next(request, first).execute()
        assert [event["id"] for event in first["items"] + last["items"]] == ids
        assert last["nextSyncToken"]

    def test_pages_may_be_short_or_empty_and_still_go_on(self, calendar: Any, google: Google) -> None:
        ids = self.three(calendar)
        google.calendars.page_size, google.calendars.empty_pages = 1, 1
        request, sizes, found = calendar.events().list(calendarId=ANNA), [], []
        while request is not None:
            answer = request.execute()
            sizes.append(len(answer["items"]))
            found += [event["id"] for event in answer["items"]]
            request = calendar.events().list_next(request, answer)
        assert sizes == [0, 1, 1, 1]
        assert found == ids

    def test_what_changes_between_two_pages_comes_with_the_next_token(self, calendar: Any, google: Google) -> None:
        ids = self.three(calendar)
        request = calendar.events().list(calendarId=ANNA, maxResults=2)
        first = request.execute()
        google.calendars.change(ANNA, ids[0], summary="changed meanwhile")
        last = calendar.events().list_next(request, first).execute()
        later = calendar.events().list(calendarId=ANNA, syncToken=last["nextSyncToken"]).execute()
        assert [event["id"] for event in later["items"]] == [ids[0]]

    def test_a_page_token_is_of_one_query(self, calendar: Any) -> None:
        self.three(calendar)
        token = calendar.events().list(calendarId=ANNA, maxResults=2).execute()["nextPageToken"]
        with pytest.raises(HttpError) as error:
            calendar.events().list(calendarId=ANNA, pageToken=token, q="other").execute()
        assert refusal(error) == (400, "invalid")

    def test_bounds_are_of_the_end_and_of_the_start_and_exclusive(self, calendar: Any) -> None:
        insert(calendar)
        end, start = "2020-06-03T14:00:00Z", "2020-06-03T13:00:00Z"
        assert calendar.events().list(calendarId=ANNA, timeMin=end).execute()["items"] == []
        assert calendar.events().list(calendarId=ANNA, timeMax=start).execute()["items"] == []
        inside = {"timeMin": "2020-06-03T13:59:59Z", "timeMax": "2020-06-03T14:30:00Z"}
        assert len(calendar.events().list(calendarId=ANNA, **inside).execute()["items"]) == 1

    def test_order_of_start_needs_single_events(self, calendar: Any) -> None:
        with pytest.raises(HttpError) as error:
            calendar.events().list(calendarId=ANNA, orderBy="startTime").execute()
        assert refusal(error) == (400, "invalid")

    def test_events_are_found_by_a_private_property(self, calendar: Any) -> None:
        insert(calendar, extendedProperties={"private": {"interview": "7"}})
        insert(calendar, id="another1")
        found = calendar.events().list(calendarId=ANNA, privateExtendedProperty="interview=7").execute()
        assert [event["id"] for event in found["items"]] == [ID]

    def test_an_update_too_long_ago_is_refused(self, calendar: Any) -> None:
        with pytest.raises(HttpError) as error:
            calendar.events().list(calendarId=ANNA, updatedMin="2019-01-01T00:00:00Z").execute()
        assert refusal(error) == (410, "updatedMinTooLongAgo")

    @pytest.mark.parametrize("wrong", [{"maxResults": 0}, {"timeMin": "2020-06-01"}])
    def test_parameters_are_held_to_their_document(self, calendar: Any, wrong: dict[str, Any]) -> None:
        with pytest.raises(HttpError) as error:
            calendar.events().list(calendarId=ANNA, **wrong).execute()
        assert refusal(error) == (400, "invalid")

    def test_a_query_that_is_too_long_for_an_address_comes_all_the_same(self, calendar: Any) -> None:
        insert(calendar)
        assert calendar.events().list(calendarId=ANNA, q="x" * 3000).execute()["items"] == []


class TestFreeBusy:
    def asked(self, calendar: Any, *ids: str, **given: Any) -> dict[str, Any]:
        query = {"timeMin": "2020-06-03T00:00:00Z", "timeMax": "2020-06-04T00:00:00Z"} | given
        answer = calendar.freebusy().query(body=query | {"items": [{"id": one} for one in ids]}).execute()
        return dict(answer["calendars"])

    def test_busy_times_are_merged(self, calendar: Any) -> None:
        insert(calendar)
        insert(calendar, id="another1", start=START + timedelta(minutes=30))
        insert(calendar, id="another2", start=START + timedelta(hours=5))
        assert self.asked(calendar, ANNA)[ANNA]["busy"] == [
            {"start": "2020-06-03T13:00:00.000Z", "end": "2020-06-03T14:30:00.000Z"},
            {"start": "2020-06-03T18:00:00.000Z", "end": "2020-06-03T19:00:00.000Z"},
        ]

    def test_what_is_deleted_transparent_or_declined_blocks_nothing(self, calendar: Any, google: Google) -> None:
        insert(calendar, transparency="transparent")
        insert(calendar, id="deleted1")
        google.calendars.remove(ANNA, "deleted1")
        event = google.calendars.put(ANNA, START, START + timedelta(hours=1), attendees=[{"email": ANNA}])
        google.calendars.reply(ANNA, event["id"], ANNA, "declined")
        assert self.asked(calendar, ANNA)[ANNA]["busy"] == []

    def test_whoever_is_invited_by_another_is_busy_too(self, calendar: Any, google: Google) -> None:
        google.calendars.calendars[BEN].shared[ANNA] = "freeBusyReader"
        insert(calendar, attendees=[{"email": BEN}])
        assert len(self.asked(calendar, BEN)[BEN]["busy"]) == 1

    def test_a_calendar_that_is_not_shared_is_an_error_inside_of_success(self, calendar: Any) -> None:
        told = self.asked(calendar, ANNA, BEN)
        assert told[BEN] == {"errors": [{"domain": "global", "reason": "notFound"}], "busy": []}
        assert "errors" not in told[ANNA]

    def test_a_calendar_that_fails_is_too(self, calendar: Any, google: Google) -> None:
        google.calendars.freebusy_errors[ANNA] = "internalError"
        assert self.asked(calendar, ANNA)[ANNA]["errors"][0]["reason"] == "internalError"

    def test_more_calendars_than_may_be_asked_for_are_not_told(self, calendar: Any) -> None:
        told = self.asked(calendar, ANNA, BEN, calendarExpansionMax=1)
        assert told[BEN]["errors"][0]["reason"] == "tooManyCalendarsRequested"

    def test_a_time_that_is_empty_is_refused(self, calendar: Any) -> None:
        with pytest.raises(HttpError) as error:
            self.asked(calendar, ANNA, timeMax="2020-06-03T00:00:00Z")
        assert refusal(error) == (400, "timeRangeEmpty")


class TestAccess:
    def test_a_calendar_that_is_not_shared_does_not_exist(self, client: Client) -> None:
        with pytest.raises(HttpError) as error:
            client("calendar", BEN).events().list(calendarId=ANNA).execute()
        assert refusal(error) == (404, "notFound")

    def test_reading_is_not_writing(self, client: Client, google: Google) -> None:
        google.calendars.calendars[ANNA].shared[BEN] = "reader"
        ben = client("calendar", BEN)
        assert ben.events().list(calendarId=ANNA).execute()["accessRole"] == "reader"
        with pytest.raises(HttpError) as error:
            insert(ben)
        assert refusal(error) == (403, "requiredAccessLevel")

    def test_who_is_busy_is_not_why(self, client: Client, google: Google) -> None:
        google.calendars.calendars[ANNA].shared[BEN] = "freeBusyReader"
        with pytest.raises(HttpError) as error:
            client("calendar", BEN).events().list(calendarId=ANNA).execute()
        assert refusal(error) == (403, "requiredAccessLevel")

    def test_a_scope_that_was_not_consented_to_is_missing(self, client: Client) -> None:
        with pytest.raises(HttpError) as error:
            insert(client("calendar", ANNA, SCOPES["freebusy"]))
        assert error.value.status_code == 403
        assert "insufficient authentication scopes" in str(error.value)

    def test_the_list_tells_what_one_may_do(self, client: Client, google: Google) -> None:
        google.calendars.calendars[ANNA].shared[BEN] = "writer"
        items = client("calendar", BEN).calendarList().list().execute()["items"]
        assert {item["id"]: item["accessRole"] for item in items} == {ANNA: "writer", BEN: "owner"}
        assert client("calendar", BEN).calendarList().get(calendarId=BEN).execute()["primary"]
        assert client("calendar", BEN).calendars().get(calendarId=ANNA).execute()["timeZone"] == "Europe/London"
