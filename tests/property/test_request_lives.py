"""Every life of a request of up to nine steps, not a sample of them."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from services.common.errors import Refused
from services.intake.domain.request import Request, evolve
from services.intake.domain.request_commands import (
    ClassifyRequest,
    OpenFollowUp,
    RecordFollowUp,
    RecordFollowUpTry,
)
from services.intake.domain.request_rules import decide
from tests.support.examples_intake import DAY_ONE, FILING, TOWN, reported

STEPS = 9
Step = tuple[Request, Any, tuple[Any, ...], Request]


def commands(state: Request) -> Iterator[Any]:
    """Yield one command of every kind that the rules tell apart."""
    yield reported()
    yield reported(filing=FILING)
    yield ClassifyRequest(FILING)
    yield OpenFollowUp("promised_date_passed", 0, TOWN)
    for judged in (state.latest_judged, state.latest_judged + 1):
        yield OpenFollowUp("resolved", max(1, judged), TOWN)
    for solved in ("yes", "partly", "no", None):
        yield RecordFollowUp("reporter", "no", solved)
    yield RecordFollowUpTry("operator", tries=3)
    yield RecordFollowUpTry("silence", tries=3, due_at=DAY_ONE + timedelta(days=1))
    yield RecordFollowUpTry("silence", tries=3, due_at=DAY_ONE)


def after(state: Request, command: Any) -> tuple[tuple[Any, ...], Request]:
    """Return the events and the next state; a refusal has none."""
    try:
        events = tuple(decide(state, command, DAY_ONE))
    except Refused:
        return (), state
    for event in events:
        state = evolve(state, event, DAY_ONE)
    return events, state


@pytest.fixture(scope="module")
def lives() -> list[Step]:
    """Every step that can be taken within the first nine."""
    steps: list[Step] = []
    reached, edge = {Request()}, {Request()}
    for _ in range(STEPS):
        asked = [(state, command) for state in edge for command in commands(state)]
        taken = [(state, command, *after(state, command)) for state, command in asked]
        steps += [step for step in taken if step[2]]
        edge = {step[3] for step in taken} - reached
        reached |= edge
    return steps


def test_every_state_and_every_outcome_can_be_reached(lives: list[Step]) -> None:
    assert {step[3].state for step in lives} == {
        "received",
        "forwarded",
        "awaiting_follow_up",
        "reopened",
        "closed",
    }
    assert {step[3].outcome for step in lives} == {
        None,
        "solved",
        "partly",
        "unsolved",
        "unanswered",
    }


def test_no_request_is_stuck_before_its_end(lives: list[Step]) -> None:
    assert "closed" not in {step[0].state for step in lives}
    for state in {step[3] for step in lives if step[3].state != "closed"}:
        assert any(after(state, command)[0] for command in commands(state))


def test_unsolved_comes_only_after_a_reopening_and_unanswered_only_after_a_resolution(
    lives: list[Step],
) -> None:
    ends = [step for step in lives if step[3].outcome]

    assert all(before.reopened_before for before, _, _, end in ends if end.outcome == "unsolved")
    assert all(end.judged_resolution for *_, end in ends if end.outcome == "unanswered")


def test_the_promised_date_never_moves(lives: list[Step]) -> None:
    promised = {step[3].promised_at for step in lives if step[0].promised_at is not None}

    assert len(promised) == 1
