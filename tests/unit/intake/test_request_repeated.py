"""Every command, asked twice and overtaken: one commit a version, nothing twice."""

from dataclasses import replace
from typing import Any

import pytest

from services.common.clock import ManualTime, SteppedClock
from services.common.contracts.commit import Actor, Commit, Draft, Tip
from services.common.errors import NotAllowedNow, Refused
from services.common.eventlog.deciding import Errand, KeyUsedForAnotherRequest, carry_out
from services.common.eventlog.loading import load
from services.intake.domain.errors import AskedAboutAlready
from services.intake.domain.request_commands import (
    ClassifyRequest,
    OpenFollowUp,
    RecordFollowUp,
    RecordFollowUpTry,
)
from services.intake.domain.request_rules import REQUESTS
from services.testing.memory_log import MemoryLog
from tests.support.examples_intake import DAY_ONE, FILING, TOWN, reported

STREAM = "request-r"
RECEIVE = reported()
CLASSIFY = ClassifyRequest(FILING)
OPEN = OpenFollowUp("resolved", 1, TOWN)
TRY = RecordFollowUpTry("operator", tries=3)
ANSWER = RecordFollowUp("reporter", "yes", "no")
#: Each command with what must have been done before it.
COMMANDS = [
    pytest.param((), RECEIVE, id="ReceiveRequest"),
    pytest.param((RECEIVE,), CLASSIFY, id="ClassifyRequest"),
    pytest.param((RECEIVE, CLASSIFY), OPEN, id="OpenFollowUp"),
    pytest.param((RECEIVE, CLASSIFY, OPEN), TRY, id="RecordFollowUpTry"),
    pytest.param((RECEIVE, CLASSIFY, OPEN), ANSWER, id="RecordFollowUp"),
]


class OvertakenLog(MemoryLog):
    """A log where somebody else appends between load and append, once."""

    first: Errand | None = None

    def append(self, draft: Draft, after: Tip) -> Commit:
        """Let the other one be first."""
        if self.first is not None:
            first, self.first = self.first, None
            carry_out(self, REQUESTS, first)
        return super().append(draft, after)


def errand(command: Any, command_id: str) -> Errand:
    return Errand(STREAM, command, command_id, Actor("operator"), "c", DAY_ONE, fingerprint="f")


def log_after(before: tuple[Any, ...]) -> OvertakenLog:
    log = OvertakenLog("intake", SteppedClock(ManualTime(DAY_ONE).read))
    for number, command in enumerate(before):
        carry_out(log, REQUESTS, errand(command, f"before-{number}"))
    return log


@pytest.mark.parametrize(("before", "command"), COMMANDS)
def test_a_repeated_command_is_answered_from_its_commit(
    before: tuple[Any, ...], command: Any
) -> None:
    log = log_after(before)
    done = carry_out(log, REQUESTS, errand(command, "one"))

    again = carry_out(log, REQUESTS, errand(command, "one"))

    assert again.repeated
    assert (again.state, again.version) == (done.state, len(before) + 1)
    assert again.commit is not None
    assert done.commit is not None
    assert again.commit.hash == done.commit.hash


@pytest.mark.parametrize(("before", "command"), COMMANDS)
def test_a_key_used_for_something_else_is_refused(before: tuple[Any, ...], command: Any) -> None:
    log = log_after(before)
    carry_out(log, REQUESTS, errand(command, "one"))

    with pytest.raises(KeyUsedForAnotherRequest):
        carry_out(log, REQUESTS, replace(errand(command, "one"), fingerprint="other"))


@pytest.mark.parametrize(("before", "command"), COMMANDS)
def test_a_retry_that_raced_with_itself_is_answered_from_the_one_commit(
    before: tuple[Any, ...], command: Any
) -> None:
    log = log_after(before)
    log.first = errand(command, "one")

    outcome = carry_out(log, REQUESTS, errand(command, "one"))

    assert outcome.repeated
    assert outcome.version == len(before) + 1


@pytest.mark.parametrize(("before", "command"), COMMANDS)
def test_whoever_is_overtaken_decides_again(before: tuple[Any, ...], command: Any) -> None:
    log = log_after(before)
    log.first = errand(command, "other")

    if command is TRY:
        carry_out(log, REQUESTS, errand(command, "one"))
        assert load(log, REQUESTS, STREAM).state.tries == 2
        return
    expected: type[Refused] = AskedAboutAlready if command is OPEN else NotAllowedNow
    with pytest.raises(expected):
        carry_out(log, REQUESTS, errand(command, "one"))
    assert load(log, REQUESTS, STREAM).tip.version == len(before) + 1
