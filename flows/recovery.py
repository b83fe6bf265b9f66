"""What keeps runs that died from standing in the way of the nights that follow.

A run whose process was killed stays Running for ever in Prefect's database. `mark_dead_runs` ends those of
a former life at start-up; the automation ends those that fall silent later, when their heartbeats stop.
"""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from flows.environment import HEARTBEAT_S
from storage.files import locked

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.events.schemas.automations import AutomationCore

AUTOMATION = "Runs that fell silent have crashed"
DEAD = "Its process is gone: the machine or the server was stopped. The next run goes on where it was."
SILENCE = timedelta(seconds=3 * HEARTBEAT_S)


def mark_dead_runs(client: "SyncPrefectClient", by_hand: Path) -> int:
    """Mark runs that no process works on any more as Crashed, which frees their places; returns how many.

    To be called before any worker is started. Runs without a deployment were started by hand; they are
    left alone while a process that runs flows by hand is alive, which its lock file in `by_hand` tells.
    """
    from prefect.client.schemas.filters import FlowRunFilter
    from prefect.states import Crashed

    unfinished = FlowRunFilter.model_validate({"state": {"type": {"any_": ["RUNNING", "PENDING", "CANCELLING"]}}})
    spare_by_hand = _someone_alive(by_hand)
    marked = 0
    while runs := [
        run
        for run in client.read_flow_runs(flow_run_filter=unfinished, limit=200)
        if run.deployment_id or not spare_by_hand
    ]:
        for run in runs:
            client.set_flow_run_state(run.id, Crashed(message=DEAD), force=True)
        marked += len(runs)
    return marked


def _someone_alive(by_hand: Path) -> bool:
    for mark in by_hand.glob("*.lock"):
        with locked(mark, wait=False) as free:
            if not free:
                return True
        mark.unlink(missing_ok=True)
    return False


def watch_heartbeats(client: "SyncPrefectClient") -> None:
    """Have the server mark a run as Crashed when it has not been heard of for three heartbeats."""
    automation = _automation()
    existing = client.read_automations_by_name(AUTOMATION)
    if existing:
        client.update_automation(existing[0].id, automation)
    else:
        client.create_automation(automation)


def _automation() -> "AutomationCore":
    from prefect.client.schemas.objects import StateType
    from prefect.events.actions import ChangeFlowRunState
    from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture

    return AutomationCore(
        name=AUTOMATION,
        description="A run that is killed cannot say so; without this it would be shown as running for ever.",
        trigger=EventTrigger(
            after={"prefect.flow-run.heartbeat"},
            expect={"prefect.flow-run.*"},
            match={"prefect.resource.id": "prefect.flow-run.*"},
            for_each={"prefect.resource.id"},
            posture=Posture.Proactive,
            threshold=1,
            within=SILENCE,
        ),
        actions=[ChangeFlowRunState(state=StateType.CRASHED, message=DEAD)],
    )
