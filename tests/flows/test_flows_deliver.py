"""What a delivery says at its end: what is not in it fails a run that asked for it, what is elsewhere is only told."""

from pathlib import Path

import pytest

from flows.deliver import _summary
from storage.exports.delivery import DeliveredFile, DeliveryReport

FILES = (DeliveredFile("study.qdpx", 1, "ab"),)
LEFT_OUT = (("C_032", "has no transcript yet"),)
REMARKS = (("codebook.qdc", "not written, because the study has no codes yet"), ("C_031", "its recording is large"))


def test_what_is_elsewhere_or_not_written_is_told_and_fails_nothing() -> None:
    report = DeliveryReport(Path("2020-06-10T211530"), FILES, (), is_new=True, remarks=REMARKS)
    summary = _summary(report, asked=["C_031"])
    assert summary.story == (
        "codebook.qdc: not written, because the study has no codes yet.",
        "C_031: its recording is large.",
    )
    assert (summary.failed, summary.needs_person) == (False, False)
    assert summary.message == "1 file delivered in 2020-06-10T211530"


@pytest.mark.parametrize(("asked", "result"), [(["C_032"], "failed"), ([], "left")])
def test_who_was_asked_for_and_is_left_out_is_a_failure(asked: list[str], result: str) -> None:
    summary = _summary(DeliveryReport(Path("a"), FILES, LEFT_OUT, is_new=True), asked)
    assert [(outcome.code, outcome.result) for outcome in summary.outcomes] == [("C_032", result)]
    assert summary.failed == bool(asked)
