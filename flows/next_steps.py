"""The next step after each failure of a recording, so that a list of them is a list of things to do."""

from dataclasses import replace

from flows.outcomes import Outcome

TRY_AGAIN = "Try it once more with 'fieldcall transcribe {code}'; if it fails again, listen to the recording."


def with_next_step(outcome: Outcome) -> Outcome:
    """The outcome with what to do told apart from what happened: the rooms' errors end in that sentence."""
    if outcome.result != "failed" or outcome.next_step:
        return outcome
    happened, _, step = outcome.message.removesuffix(".").rpartition(". ")
    if not happened:
        return replace(outcome, next_step=TRY_AGAIN.format(code=outcome.code))
    return replace(outcome, message=f"{happened}.", next_step=f"{step}.")
