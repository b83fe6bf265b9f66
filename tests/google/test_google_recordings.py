"""What Meet v2 and Drive v3 promise of recordings, asked through the real client."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from google_meet import Conference
from google_people import ANNA, BEN, Client
from google_stand_in import Google
from googleapiclient.errors import HttpError

START = datetime(2020, 6, 3, 13, tzinfo=UTC)
END = START + timedelta(hours=1)


@pytest.fixture
def met(google: Google) -> Conference:
    """An hour in a space of Anna's; the clock stands at its end."""
    google.clock.at = END
    return google.meet.meet(google.meet.new_space(ANNA).code, START, END)


class TestConferences:
    def asked(self, meet: Any, condition: str) -> list[str]:
        answer = meet.conferenceRecords().list(filter=condition).execute()
        return [record["name"] for record in answer.get("conferenceRecords", [])]

    def test_they_are_found_by_the_code_of_their_space(self, meet: Any, google: Google, met: Conference) -> None:
        google.meet.meet(google.meet.new_space(ANNA).code, START, END)
        assert self.asked(meet, f'space.meeting_code = "{met.space.code}"') == [met.name]

    def test_a_code_that_is_met_in_again_has_several_the_newest_first(
        self, meet: Any, google: Google, met: Conference
    ) -> None:
        later = google.meet.meet(met.space.code, END)
        assert self.asked(meet, f'space.meeting_code = "{met.space.code}"') == [later.name, met.name]
        since = f'space.meeting_code = "{met.space.code}" AND start_time>="{END.isoformat()}"'
        assert self.asked(meet, since) == [later.name]
        assert self.asked(meet, "end_time IS NULL") == [later.name]

    def test_a_condition_that_is_none_is_refused(self, meet: Any) -> None:
        with pytest.raises(HttpError) as error:
            self.asked(meet, "code is abc")
        assert error.value.status_code == 400

    def test_a_record_is_gone_thirty_days_after_its_end(self, meet: Any, google: Google, met: Conference) -> None:
        google.clock.advance(days=29)
        assert meet.conferenceRecords().get(name=met.name).execute()["expireTime"].startswith("2020-07-03")
        google.clock.advance(days=1)
        with pytest.raises(HttpError) as error:
            meet.conferenceRecords().get(name=met.name).execute()
        assert error.value.status_code == 404

    def test_those_of_others_are_not_told(self, client: Client, met: Conference) -> None:
        assert self.asked(client("meet", BEN), "") == []
        with pytest.raises(HttpError) as error:
            client("meet", BEN).conferenceRecords().get(name=met.name).execute()
        assert error.value.status_code == 403

    def test_a_space_is_found_by_its_name_and_by_its_code(self, meet: Any) -> None:
        space = meet.spaces().create(body={}).execute()
        assert meet.spaces().get(name=space["name"]).execute() == space
        assert meet.spaces().get(name=f"spaces/{space['meetingCode']}").execute() == space

    def test_pages_are_followed(self, meet: Any, google: Google, met: Conference) -> None:
        google.meet.page_size = 1
        recordings = [google.meet.record(met, START + timedelta(minutes=n)).name for n in range(3)]
        api = meet.conferenceRecords().recordings()
        request, found = api.list(parent=met.name), []
        while request is not None:
            answer = request.execute()
            found += [one["name"] for one in answer["recordings"]]
            request = api.list_next(request, answer)
        assert found == recordings

    def test_a_recording_is_started_then_ended_then_a_file(self, meet: Any, google: Google, met: Conference) -> None:
        running, stopped = google.meet.record(met, START), google.meet.record(met, START, END)
        file = google.drive.add(ANNA, "Recording", b"video")
        made = google.meet.record(met, START, END)
        google.meet.file_made(met, made, file.id)
        told = meet.conferenceRecords().recordings().list(parent=met.name).execute()["recordings"]
        assert {one["name"]: one["state"] for one in told} == {
            running.name: "STARTED",
            stopped.name: "ENDED",
            made.name: "FILE_GENERATED",
        }
        one = meet.conferenceRecords().recordings().get(name=made.name).execute()
        assert one["driveDestination"]["file"] == file.id

    def test_who_was_there_is_told_with_times(self, meet: Any, google: Google, met: Conference) -> None:
        google.meet.join(met, "+44 ... 12", "phoneUser", START, END)
        answer = meet.conferenceRecords().participants().list(parent=met.name).execute()
        assert answer["totalSize"] == 1
        assert answer["participants"][0]["phoneUser"] == {"displayName": "+44 ... 12"}


class TestFiles:
    def found(self, drive: Any, query: str) -> list[str]:
        return [file["name"] for file in drive.files().list(q=query).execute()["files"]]

    def test_recordings_lie_in_a_folder_of_their_own(self, drive: Any, google: Google) -> None:
        google.drive.add(ANNA, "a call", b"video")
        folder = drive.files().list(q="name='Meet Recordings' and trashed=false").execute()["files"][0]["id"]
        assert self.found(drive, f"'{folder}' in parents and mimeType='video/mp4'") == ["a call"]

    def test_times_and_quoted_names_are_searched_for(self, drive: Any, google: Google) -> None:
        google.drive.add(ANNA, "Anna's call", b"video")
        google.clock.advance(hours=1)
        google.drive.add(ANNA, "later", b"video")
        assert self.found(drive, r"name='Anna\'s call'") == ["Anna's call"]
        assert self.found(drive, "createdTime > '2020-06-01T09:30:00'") == ["later"]

    def test_a_query_that_is_none_is_refused(self, drive: Any) -> None:
        with pytest.raises(HttpError) as error:
            self.found(drive, "name is x")
        assert error.value.status_code == 400

    def test_only_what_is_asked_for_is_told(self, drive: Any, google: Google) -> None:
        file = google.drive.add(ANNA, "a call", b"video")
        assert set(drive.files().get(fileId=file.id).execute()) == {"kind", "id", "name", "mimeType"}
        asked = drive.files().get(fileId=file.id, fields="size,sha256Checksum,capabilities/canDownload").execute()
        assert asked == {
            "size": "5",
            "sha256Checksum": sha256(b"video").hexdigest(),
            "capabilities": {"canDownload": True},
        }
        listed = drive.files().list(fields="files(id,size)", q="mimeType='video/mp4'").execute()
        assert listed == {"files": [{"id": file.id, "size": "5"}]}

    def test_files_of_others_do_not_exist(self, client: Client, google: Google) -> None:
        file = google.drive.add(ANNA, "a call", b"video")
        with pytest.raises(HttpError) as error:
            client("drive", BEN).files().get(fileId=file.id).execute()
        assert error.value.status_code == 404

    @pytest.mark.parametrize(
        ("asked", "status", "content", "told"),
        [
            (None, "200", b"0123456789", None),
            ("bytes=4-", "206", b"456789", "bytes 4-9/10"),
            ("bytes=4-5", "206", b"45", "bytes 4-5/10"),
            ("bytes=4-99", "206", b"456789", "bytes 4-9/10"),
        ],
    )
    def test_bytes_are_given_from_any_place_on(
        self, drive: Any, google: Google, asked: str | None, status: str, content: bytes, told: str | None
    ) -> None:
        request = drive.files().get_media(fileId=google.drive.add(ANNA, "a call", b"0123456789").id)
        headers = dict(request.headers) | ({"Range": asked} if asked else {})
        response, got = request.http.request(request.uri, headers=headers)
        assert (response["status"], got, response.get("content-range")) == (status, content, told)

    def test_there_is_nothing_after_the_end(self, drive: Any, google: Google) -> None:
        request = drive.files().get_media(fileId=google.drive.add(ANNA, "a call", b"0123456789").id)
        request.headers["Range"] = "bytes=10-"
        with pytest.raises(HttpError) as error:
            request.execute()
        assert error.value.status_code == 416

    def test_what_may_not_be_downloaded_is_refused(self, drive: Any, google: Google) -> None:
        file = google.drive.add(ANNA, "a call", b"video", can_download=False)
        with pytest.raises(HttpError) as error:
            drive.files().get_media(fileId=file.id).execute()
        assert error.value.status_code == 403

    def test_a_document_is_exported_and_a_video_is_not(self, drive: Any, google: Google) -> None:
        text = google.drive.add(ANNA, "transcript", b"words", "application/vnd.google-apps.document")
        video = google.drive.add(ANNA, "a call", b"video")
        assert drive.files().export_media(fileId=text.id, mimeType="text/plain").execute() == b"words"
        with pytest.raises(HttpError) as error:
            drive.files().export_media(fileId=video.id, mimeType="text/plain").execute()
        assert error.value.status_code == 403

    def test_changes_are_told_from_a_token_on_to_the_next_one(self, drive: Any, google: Google) -> None:
        token = drive.changes().getStartPageToken().execute()["startPageToken"]
        file = google.drive.add(ANNA, "a call", b"video", parent="elsewhere")
        google.drive.remove(file.id)
        answer = drive.changes().list(pageToken=token).execute()
        assert [(change["fileId"], change["removed"]) for change in answer["changes"]] == [(file.id, True)] * 2
        assert drive.changes().list(pageToken=answer["newStartPageToken"]).execute()["changes"] == []

    def test_about_needs_a_scope_of_its_own_and_to_be_asked_for_fields(self, client: Client, drive: Any) -> None:
        with pytest.raises(HttpError) as error:
            drive.about().get(fields="user").execute()
        assert error.value.status_code == 403
        wider = client("drive", ANNA, "https://www.googleapis.com/auth/drive.metadata.readonly")
        assert wider.about().get(fields="user(emailAddress)").execute() == {"user": {"emailAddress": ANNA}}
        with pytest.raises(HttpError) as error:
            wider.about().get().execute()
        assert error.value.status_code == 400
