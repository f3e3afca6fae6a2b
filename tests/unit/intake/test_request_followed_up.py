"""Asking the reporter, and what comes of the answer or of silence."""

from typing import Any

import pytest

from services.common.contracts.events.intake import (
    FollowUpLapsed,
    FollowUpRecorded,
    FollowUpTried,
    RequestClosed,
    RequestReopened,
)
from services.common.errors import NotAllowedNow
from services.intake.domain.errors import (
    AskedAboutAlready,
    AskedAgainMeanwhile,
    FollowUpMovedOn,
    OnlyTheReporterAnswers,
    SolvedMissing,
)
from services.intake.domain.request import Request, RequestEvent
from services.intake.domain.request_commands import (
    OpenFollowUp,
    RecordFollowUp,
    RecordFollowUpTry,
)
from services.intake.domain.request_rules import decide
from tests.support.examples_intake import DAY_ONE, TOWN, after, forwarded, given, opened, received

SENT: tuple[RequestEvent, ...] = (received(), forwarded())
ASKED = (*SENT, opened())
ASKED_EARLY = (*SENT, opened(judged=0))
REOPENED = (*ASKED, RequestReopened(1, 1))
CLOSED = (*ASKED, RequestClosed(1, "solved"))
ABOUT_THE_FIRST = OpenFollowUp("resolved", 1, TOWN)
DATE_PASSED = OpenFollowUp("promised_date_passed", 0, TOWN)


def answer(solved: Any, **more: Any) -> RecordFollowUp:
    fields = {"role": "reporter", "reached": "yes", "satisfied": "satisfied", **more}
    return RecordFollowUp(solved=solved, **fields)


def recorded(solved: Any, round: int = 1, by: Any = "reporter") -> FollowUpRecorded:  # noqa: A002
    return FollowUpRecorded(round, "yes", by, solved, "satisfied")


def tried_twice(*events: RequestEvent) -> Request:
    return given(*events, FollowUpTried(1, 1, "silence"), FollowUpTried(1, 2, "operator"))


# -- opening -------------------------------------------------------------------------------------


@pytest.mark.parametrize("before", [SENT, REOPENED])
def test_a_resolution_opens_a_round(before: tuple[RequestEvent, ...]) -> None:
    state = given(*before)

    assert decide(state, OpenFollowUp("resolved", 2, TOWN), DAY_ONE) == [
        opened(state.round + 1, judged=2)
    ]


def test_a_promised_date_that_passes_asks_about_no_resolution() -> None:
    assert decide(given(*SENT), DATE_PASSED, DAY_ONE) == [opened(judged=0)]


def test_a_resolution_begins_the_next_round_while_one_without_is_open() -> None:
    assert decide(given(*ASKED_EARLY), ABOUT_THE_FIRST, DAY_ONE) == [opened(2, judged=1)]


@pytest.mark.parametrize("before", [ASKED, REOPENED])
def test_a_late_promised_date_never_replaces_a_round_about_a_resolution(
    before: tuple[RequestEvent, ...],
) -> None:
    with pytest.raises(AskedAboutAlready):
        decide(given(*before), DATE_PASSED, DAY_ONE)


def test_a_resolution_is_asked_about_once() -> None:
    with pytest.raises(AskedAboutAlready):
        decide(given(*REOPENED), ABOUT_THE_FIRST, DAY_ONE)


@pytest.mark.parametrize("before", [(), (received(),), CLOSED])
def test_nobody_is_asked_before_the_request_was_sent_or_after_its_end(
    before: tuple[RequestEvent, ...],
) -> None:
    with pytest.raises(NotAllowedNow):
        decide(given(*before), ABOUT_THE_FIRST, DAY_ONE)


# -- the answer ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("solved", "outcome"), [("yes", "solved"), ("partly", "partly")])
@pytest.mark.parametrize("before", [ASKED, ASKED_EARLY])
def test_yes_and_partly_close_the_request(
    before: tuple[RequestEvent, ...], solved: str, outcome: Any
) -> None:
    events = decide(given(*before), answer(solved), DAY_ONE)

    assert events == [recorded(solved), RequestClosed(1, outcome)]


@pytest.mark.parametrize(("before", "judged"), [(ASKED, 1), (ASKED_EARLY, 0)])
def test_the_first_no_reopens_and_names_what_it_judged(
    before: tuple[RequestEvent, ...], judged: int
) -> None:
    events = decide(given(*before), answer("no"), DAY_ONE)

    assert events == [recorded("no"), RequestReopened(1, judged)]


def test_the_second_no_closes_unsolved() -> None:
    events = decide(given(*REOPENED, opened(2, judged=2)), answer("no"), DAY_ONE)

    assert events == [recorded("no", 2), RequestClosed(2, "unsolved")]


@pytest.mark.parametrize("role", ["reporter", "operator"])
@pytest.mark.parametrize("before", [ASKED, (*REOPENED, opened(2, judged=2))])
def test_an_answer_that_leaves_the_solution_open_closes_nothing_and_locks_out_no_no(
    before: tuple[RequestEvent, ...], role: str
) -> None:
    state = given(*before)
    with pytest.raises(SolvedMissing):
        decide(state, answer(None, role=role), DAY_ONE)
    assert decide(state, answer("no", role=role), DAY_ONE)[0].solved == "no"  # type: ignore[union-attr]


def test_an_answer_that_leaves_the_solution_open_goes_on_if_nothing_was_resolved() -> None:
    events = decide(given(*ASKED_EARLY), answer(None), DAY_ONE)

    assert events == [recorded(None), FollowUpLapsed(1)]


def test_an_operator_records_an_answer_in_the_operators_name() -> None:
    events = decide(given(*ASKED), answer("yes", role="operator"), DAY_ONE)

    assert events[0] == recorded("yes", by="operator")


@pytest.mark.parametrize("before", [(), SENT, ASKED, CLOSED])
@pytest.mark.parametrize("role", ["village_officer", "town_leader", "policy", "admin", ""])
def test_a_handler_never_answers_whatever_the_state(
    before: tuple[RequestEvent, ...], role: str
) -> None:
    with pytest.raises(OnlyTheReporterAnswers):
        decide(given(*before), answer("yes", role=role), DAY_ONE)


def test_an_answer_to_a_round_that_is_over_is_refused() -> None:
    with pytest.raises(FollowUpMovedOn):
        decide(given(*ASKED_EARLY, opened(2)), answer("no", round=1), DAY_ONE)


@pytest.mark.parametrize("before", [(), (received(),), SENT, REOPENED, CLOSED])
def test_nobody_answers_unless_asked(before: tuple[RequestEvent, ...]) -> None:
    with pytest.raises(NotAllowedNow):
        decide(given(*before), answer("yes"), DAY_ONE)


# -- silence -------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["operator", "silence"])
def test_a_try_without_an_answer_is_counted(by: Any) -> None:
    events = decide(given(*ASKED), RecordFollowUpTry(by, tries=3), DAY_ONE)

    assert events == [FollowUpTried(1, 1, by)]


def test_the_third_try_closes_a_resolved_order_unanswered() -> None:
    events = decide(tried_twice(*ASKED), RecordFollowUpTry("silence", tries=3), DAY_ONE)

    assert events == [FollowUpTried(1, 3, "silence"), RequestClosed(1, "unanswered")]


def test_the_third_try_never_closes_an_order_that_nobody_resolved() -> None:
    state = tried_twice(*ASKED_EARLY)

    events = decide(state, RecordFollowUpTry("silence", tries=3), DAY_ONE)

    assert events == [FollowUpTried(1, 3, "silence"), FollowUpLapsed(1)]
    assert given(*ASKED_EARLY, *events).state == "forwarded"


def test_each_round_counts_its_own_tries() -> None:
    assert given(*ASKED_EARLY, FollowUpTried(1, 1, "silence"), opened(2)).tries == 0


def test_a_silence_from_before_the_last_question_is_not_counted() -> None:
    asked_at_noon = given(*ASKED, at=after(hours=3))
    silence = RecordFollowUpTry("silence", tries=3, due_at=after(hours=3))

    with pytest.raises(AskedAgainMeanwhile):
        decide(asked_at_noon, silence, after(hours=4))


def test_a_silence_since_the_last_question_is_counted() -> None:
    silence = RecordFollowUpTry("silence", tries=3, due_at=after(hours=24))

    assert decide(given(*ASKED), silence, after(hours=25)) == [FollowUpTried(1, 1, "silence")]


def test_an_operators_try_of_a_round_that_is_over_is_refused() -> None:
    with pytest.raises(FollowUpMovedOn):
        decide(given(*ASKED), RecordFollowUpTry("operator", tries=3, round=2), DAY_ONE)


@pytest.mark.parametrize("before", [(), SENT, REOPENED, CLOSED])
def test_no_try_is_counted_while_nobody_is_asked(before: tuple[RequestEvent, ...]) -> None:
    with pytest.raises(NotAllowedNow):
        decide(given(*before), RecordFollowUpTry("silence", tries=3), DAY_ONE)
