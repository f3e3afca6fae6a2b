"""What intake does because of others."""

from typing import Any

import pytest

from services.common.contracts.commit import Fact
from services.common.contracts.events.clocks import DeadlineMissed
from services.common.contracts.events.dispatch import WorkOrderResolved
from services.common.following.reacting import Ask
from services.intake.domain.request_commands import OpenFollowUp, RecordFollowUpTry
from services.intake.reactions import when_deadline_missed, when_work_order_resolved
from tests.support.examples_intake import CENTRE, DAY_ONE, TOWN, VILLAGE, chart


def fact(event: Any, stream: str) -> Fact:
    return Fact(event, f"{stream}@9.0", stream, 9, DAY_ONE, DAY_ONE, {})


def missed(kind: Any, step: int = 0, charged_to: str | None = VILLAGE) -> Fact:
    event = DeadlineMissed(2, kind, "request-r", step, DAY_ONE, 1, charged_to=charged_to)
    return fact(event, "clock-r")


def test_a_resolution_opens_a_follow_up_about_it_at_its_holder() -> None:
    resolved = WorkOrderResolved("r", TOWN, 2, "whistle", "dispatch/result")

    asks = list(when_work_order_resolved(fact(resolved, "workOrder-w"), chart()))

    assert asks == [Ask("request-r", OpenFollowUp("resolved", 2, TOWN), "w")]


def test_a_passed_promised_date_opens_a_follow_up_at_whoever_was_charged() -> None:
    asks = list(when_deadline_missed(missed("promised"), chart()))

    assert asks == [Ask("request-r", OpenFollowUp("promised_date_passed", 0, VILLAGE), "request-r")]


def test_a_passed_promised_date_without_a_holder_names_the_command_centre() -> None:
    (ask,) = when_deadline_missed(missed("promised", charged_to=None), chart())

    assert ask.command.holder == CENTRE


def test_an_unanswered_follow_up_is_a_try_by_silence() -> None:
    asks = list(when_deadline_missed(missed("follow_up", charged_to=None), chart()))

    silence = RecordFollowUpTry("silence", tries=3, due_at=DAY_ONE)
    assert asks == [Ask("request-r", silence, "request-r")]


@pytest.mark.parametrize("kind", ["forward", "acknowledge", "resolution", "report_in"])
def test_other_clocks_are_no_concern_of_a_request(kind: str) -> None:
    assert list(when_deadline_missed(missed(kind), chart())) == []


@pytest.mark.parametrize("kind", ["promised", "follow_up"])
def test_only_the_first_miss_of_an_arming_counts(kind: str) -> None:
    assert list(when_deadline_missed(missed(kind, step=1), chart())) == []
