"""Runs whose process is gone do not stand in the way of the next ones."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.objects import FlowRun
from prefect.exceptions import ObjectAlreadyExists
from prefect.states import Cancelling, Pending, Running, Scheduled, State

from flows.book import book_interviews
from flows.deployments import read_deployments, register, register_pools
from flows.environment import SETTINGS
from flows.recovery import AUTOMATION, SILENCE, mark_dead_runs, watch_heartbeats
from storage.files import locked
from storage.study import Study


@pytest.fixture
def client(prefect_backend: None) -> Iterator[SyncPrefectClient]:
    with get_client(sync_client=True) as client:
        yield client


@pytest.fixture
def deployment(client: SyncPrefectClient, study: Study) -> UUID:
    described = read_deployments(study)
    register_pools(client, ["desk", "transcription"])
    for one in described:
        register(client, one)
    return client.read_deployment_by_name("book-interviews/book-interviews").id


@pytest.mark.parametrize("state", [Running(), Pending(), Cancelling()], ids=lambda state: state.name)
def test_runs_of_workers_that_died_are_marked_crashed(
    client: SyncPrefectClient, deployment: UUID, tmp_path: Path, state: State
) -> None:
    dead = client.create_flow_run_from_deployment(deployment, state=state)
    assert mark_dead_runs(client, tmp_path) == 1
    after = client.read_flow_run(dead.id).state
    assert after is not None
    assert after.is_crashed()
    assert "process is gone" in str(after.message)
    assert mark_dead_runs(client, tmp_path) == 0


def test_runs_by_hand_are_left_alone_while_their_process_lives(
    client: SyncPrefectClient, deployment: UUID, tmp_path: Path
) -> None:
    by_hand = client.create_flow_run(book_interviews, state=Running())
    of_worker = client.create_flow_run_from_deployment(deployment, state=Running())
    with locked(tmp_path / "1234.lock"):
        assert mark_dead_runs(client, tmp_path) == 1
        spared, marked = (client.read_flow_run(run.id).state for run in (by_hand, of_worker))
        assert spared is not None
        assert marked is not None
        assert (spared.is_running(), marked.is_crashed()) == (True, True)
    assert mark_dead_runs(client, tmp_path) == 1
    assert not list(tmp_path.glob("*.lock")), "the mark of a process that is gone is removed"


def test_a_dead_run_gives_back_the_place_that_it_held(
    client: SyncPrefectClient, deployment: UUID, tmp_path: Path
) -> None:
    capture = client.read_deployment_by_name("capture-recordings/capture-recordings")
    dead, refused, next_one = (client.create_flow_run_from_deployment(capture.id, state=Scheduled()) for _ in range(3))

    def take_place(run: FlowRun) -> str:
        answer = client.set_flow_run_state(run.id, Pending())
        assert answer.state is not None
        return answer.state.name

    assert take_place(dead) == "Pending"
    assert take_place(refused) == "Cancelled"
    mark_dead_runs(client, tmp_path)
    assert take_place(next_one) == "Pending"
    mark_dead_runs(client, tmp_path)


def test_heartbeats_are_watched_once_and_for_longer_than_they_are_apart(client: SyncPrefectClient) -> None:
    watch_heartbeats(client)
    watch_heartbeats(client)
    (automation,) = client.read_automations_by_name(AUTOMATION)
    assert automation.enabled
    assert SILENCE.total_seconds() == 3 * int(SETTINGS["PREFECT_FLOWS_HEARTBEAT_FREQUENCY"])


def test_registering_again_makes_nothing_twice_and_keeps_a_schedule_switched_off(
    client: SyncPrefectClient, deployment: UUID, study: Study
) -> None:
    night = client.read_deployment_by_name("transcribe-overnight/transcribe-overnight")
    client.update_deployment_schedule(night.id, night.schedules[0].id, active=False)
    for one in read_deployments(study):
        register(client, one)
    again = client.read_deployment_by_name("transcribe-overnight/transcribe-overnight")
    assert again.id == night.id
    assert [(schedule.slug, schedule.active) for schedule in again.schedules] == [("nightly", False)]


def test_a_pool_that_is_there_stays_as_it_is_set(client: SyncPrefectClient) -> None:
    try:
        client.create_work_pool(WorkPoolCreate(name="mine", type="process", concurrency_limit=7))
    except ObjectAlreadyExists:
        pytest.fail("the test's own pool was there before")
    register_pools(client, ["mine"])
    assert client.read_work_pool("mine").concurrency_limit == 7
