"""Whatever is asked of a request, in whatever order: the rules hold."""

from contextlib import suppress
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.common.clock import ManualTime, SteppedClock
from services.common.contracts.commit import Actor
from services.common.contracts.events.intake import (
    FollowUpOpened,
    FollowUpRecorded,
    FollowUpTried,
    RequestClosed,
    RequestForwarded,
    RequestReopened,
)
from services.common.errors import Refused
from services.common.eventlog.deciding import Errand, carry_out
from services.common.eventlog.loading import load
from services.intake.domain.errors import ReceiptCodeMistyped
from services.intake.domain.receipt import as_printed, code_of
from services.intake.domain.request import Request, evolve
from services.intake.domain.request_commands import (
    ClassifyRequest,
    OpenFollowUp,
    RecordFollowUp,
    RecordFollowUpTry,
    RequestCommand,
)
from services.intake.domain.request_rules import REQUESTS
from services.testing.memory_log import MemoryLog
from tests.support.examples_intake import DAY_ONE, FILING, TOWN, VILLAGE, reported

TRIES = 3
STREAM = "request-r"
#: Weighted towards what leads on: else most runs end before anything was reopened.
ROUNDS = st.sampled_from([None, None, None, 1, 2, 3])
SOLVED: st.SearchStrategy[Any] = st.sampled_from(["no", "no", "no", "yes", "partly", None])
ROLES = st.sampled_from(["reporter", "reporter", "operator", "village_officer", "policy", ""])
FILED: st.SearchStrategy[Any] = st.sampled_from([None, FILING, FILING])


class RequestMachine(RuleBasedStateMachine):
    """A request on a log in memory, asked everything at any time by anybody."""

    def __init__(self) -> None:
        super().__init__()
        self.time = ManualTime(DAY_ONE)
        self.log = MemoryLog("intake", SteppedClock(self.time.read))
        self.events: list[tuple[Any, datetime]] = []
        self.state = Request()
        self.numbers = count(1)
        self.last: Errand | None = None

    def ask(self, command: RequestCommand, role: str = "operator") -> None:
        """Carry out `command`; a refusal is an answer, anything else raised is a fault."""
        command_id = f"command-{next(self.numbers)}"
        at = self.time.read()
        errand = Errand(STREAM, command, command_id, Actor(role), "c", at, fingerprint="f")
        try:
            outcome = carry_out(self.log, REQUESTS, errand)
        except Refused:
            return
        assert self.state.state != "closed", "something followed the end"
        assert outcome.commit is not None
        self.events += [(each.event, at) for each in outcome.commit.draft.events]
        self.state, self.last = outcome.state, errand

    @initialize(begun=st.sampled_from([True, True, True, False]), filing=FILED)
    def begin(self, begun: bool, filing: Any) -> None:
        if begun:
            self.ask(reported(filing=filing))

    @rule(filing=FILED, place=st.sampled_from([None, VILLAGE]))
    def receive(self, filing: Any, place: str | None) -> None:
        self.ask(reported(filing=filing, place_code=place))

    @rule(place=st.sampled_from([None, VILLAGE]))
    def classify(self, place: str | None) -> None:
        self.ask(ClassifyRequest(FILING, place))

    @rule(later_by=st.sampled_from([0, 1, 1, 2]))
    def resolve(self, later_by: int) -> None:
        judged = max(1, self.state.latest_judged + later_by)
        self.ask(OpenFollowUp("resolved", judged, TOWN), "policy")

    @rule()
    def pass_the_promised_date(self) -> None:
        self.ask(OpenFollowUp("promised_date_passed", 0, TOWN), "policy")

    @rule(role=ROLES, solved=SOLVED, round=ROUNDS)
    def answer(self, role: str, solved: Any, round: int | None) -> None:  # noqa: A002
        self.ask(RecordFollowUp(role, "yes", solved, "satisfied", round=round), role)

    @rule(round=ROUNDS)
    def call_in_vain(self, round: int | None) -> None:  # noqa: A002
        self.ask(RecordFollowUpTry("operator", TRIES, round))

    @rule(hours=st.integers(-30, 0))
    def hear_nothing(self, hours: int) -> None:
        due_at = self.time.read() + timedelta(hours=hours)
        self.ask(RecordFollowUpTry("silence", TRIES, due_at=due_at), "policy")

    @rule(hours=st.integers(0, 30))
    def wait(self, hours: int) -> None:
        self.time.move_to(self.time.read() + timedelta(hours=hours))

    @rule(answered=st.sampled_from([False, True, True]), solved=SOLVED)
    def lead_on(self, answered: bool, solved: Any) -> None:
        """Do what the state waits for, so that whole lives are lived too."""
        match self.state.state:
            case "unknown":
                self.ask(reported(filing=FILING))
            case "received":
                self.ask(ClassifyRequest(FILING))
            case "awaiting_follow_up" if answered:
                self.ask(RecordFollowUp("reporter", "yes", solved))
            case "awaiting_follow_up":
                self.ask(RecordFollowUpTry("operator", TRIES))
            case "forwarded" | "reopened":
                self.ask(OpenFollowUp("resolved", self.state.latest_judged + 1, TOWN), "policy")

    @rule()
    def repeat_the_last(self) -> None:
        """The same command id again is answered from the log and adds nothing."""
        if self.last is not None:
            outcome = carry_out(self.log, REQUESTS, self.last)
            assert outcome.repeated
            assert outcome.state == self.state

    @rule(cut=st.integers(0, 40))
    def fold_in_parts(self, cut: int) -> None:
        """Folding a head and then the tail is folding the whole, from the stored text too."""
        state = Request()
        for event, at in self.events[:cut]:
            state = evolve(state, event, at)
        for event, at in self.events[cut:]:
            state = evolve(state, event, at)
        assert state == self.state == load(self.log, REQUESTS, STREAM).state

    def _of(self, kind: type) -> list[Any]:
        return [event for event, _ in self.events if isinstance(event, kind)]

    @invariant()
    def rounds_are_numbered_without_holes_and_one_is_open_at_most(self) -> None:
        assert [each.round for each in self._of(FollowUpOpened)] == [
            *range(1, self.state.round + 1)
        ]
        inside = [each.round for each in self._of(FollowUpTried) + self._of(FollowUpRecorded)]
        assert all(1 <= each <= self.state.round for each in inside)

    @invariant()
    def a_round_is_answered_once_and_only_by_the_reporter_or_an_operator(self) -> None:
        answered = self._of(FollowUpRecorded)
        assert len({each.round for each in answered}) == len(answered)
        assert {each.by for each in answered} <= {"reporter", "operator"}

    @invariant()
    def a_resolution_is_asked_about_once_and_in_order(self) -> None:
        judged = [each.judged_resolution for each in self._of(FollowUpOpened)]
        about = [each for each in judged if each]
        assert about == sorted(set(about))
        assert judged == [each for each in judged if not each] + about

    @invariant()
    def the_end_is_said_once_and_last(self) -> None:
        ends = self._of(RequestClosed)
        assert len(ends) == (1 if self.state.state == "closed" else 0)
        assert not ends or self.events[-1][0] == ends[0]

    @invariant()
    def silence_never_ends_what_nobody_resolved(self) -> None:
        for end in self._of(RequestClosed):
            if end.outcome == "unanswered":
                assert self.state.judged_resolution > 0

    @invariant()
    def it_reopens_by_itself_once_and_is_promised_one_date(self) -> None:
        assert len(self._of(RequestReopened)) <= 1
        assert len(self._of(RequestForwarded)) <= 1

    @invariant()
    def a_round_has_fewer_tries_than_end_it(self) -> None:
        assert self.state.state != "awaiting_follow_up" or self.state.tries < TRIES


RequestMachine.TestCase.settings = settings(max_examples=250, stateful_step_count=30, deadline=None)
TestRequest = RequestMachine.TestCase


@given(st.binary(min_size=8, max_size=32))
def test_every_code_is_read_as_it_was_printed(digest: bytes) -> None:
    code = code_of(digest)

    assert as_printed(code) == as_printed(code.lower().replace("-", " ")) == code


@given(st.text())
def test_whatever_is_typed_is_a_code_or_refused(typed: str) -> None:
    with suppress(ReceiptCodeMistyped):
        assert as_printed(as_printed(typed)) == as_printed(typed)
