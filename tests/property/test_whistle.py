"""Whistle, calls and raises against every order of words and events that people and buses find.

Real rules, real reactions, real following; when what gets its position and which replica follows it
is chosen by Hypothesis. What is refused is refused by a `Refused`; anything else fails the machine
by itself.
"""

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from itertools import count
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.common.chart import quorum
from services.common.clock import SteppedClock
from services.common.contracts.commit import Tip
from services.common.contracts.event_types import categories_of
from services.common.contracts.events.dispatch import (
    WorkOrderClosed,
    WorkOrderHandedOver,
    WorkOrderRaised,
)
from services.common.contracts.events.reactions import ReactionRefused
from services.common.contracts.streams import (
    call_id,
    call_stream,
    log_of,
    registry_stream,
)
from services.common.contracts.vocabulary import WhistleOutcome
from services.common.errors import Refused
from services.common.eventlog.charts import LiveChart
from services.common.eventlog.deciding import carry_out
from services.common.eventlog.folding import Aggregate
from services.common.eventlog.loading import load
from services.common.following.cursors import CursorMoved
from services.common.following.memory import MemoryCursors
from services.common.following.processor import BATCH_COMMITS, Processor
from services.common.following.reacting import Reactor
from services.escalation.calls.call import Call
from services.escalation.calls.commands import (
    AcceptCall,
    CompleteCall,
    ExcuseDepartment,
    InsistOnCall,
    NoteCallProgress,
    RateDepartment,
    RateWhistle,
    ReceiveCall,
    RefuseCall,
    ReportIn,
)
from services.escalation.calls.rules import CALL
from services.escalation.duties.rules import DUTY
from services.escalation.raises.rules import RAISE
from services.escalation.whistles.commands import ReleaseUnits
from services.escalation.whistles.rules import WHISTLE
from services.escalation.whistles.whistle import Whistle
from services.escalation.wiring import REACTIONS_OF_MATTERS as REACTIONS
from services.testing.memory_log import MemoryLog
from tests.support.examples import DAY_ONE, TOWN, VILLAGE, at, draft
from tests.support.examples_escalation import (
    ACCEPT_RAISE,
    ADVISE_BACK,
    APPROVE,
    HERE,
    ORDER,
    REJECT,
    SECOND_ORDER,
    SUPPORT,
    WHISTLE_ID,
    WITHDRAW,
    adoptions,
    blow,
    conclude,
    duty,
    errand,
)
from tests.support.following import settle

H = f"whistle-{WHISTLE_ID}"
A = "raise-a"
W1, W2 = "workOrder-w-1", "workOrder-w-2"
UNITS = (VILLAGE, *SUPPORT)
LOGS = ("intake", "dispatch", "escalation")
#: How many commits the replicas of escalation take in one turn.
BATCHES = (1, 3, BATCH_COMMITS)
ENDED = ("DepartmentReleased", "CallWithdrawn", "CallExcused")
OVER = ("WhistleRejected", "WhistleWithdrawn", "WhistleConcluded")
RATINGS = ("RatingOpened", "DepartmentRated", "WhistleRated")

units = st.sampled_from(UNITS)
outcomes: st.SearchStrategy[WhistleOutcome] = st.sampled_from(["solved", "unsolved", "court"])


def d(unit: str) -> str:
    """Return the stream of a unit's call."""
    return call_stream(call_id(WHISTLE_ID, unit))


class Whistles(RuleBasedStateMachine):
    """One whistle over two orders with four units, and one raise."""

    @initialize(
        kind=st.sampled_from(["request", "emergency"]),
        far=st.sampled_from(["blown", "called", "gathering", "over"]),
    )
    def begin(self, kind: str, far: str) -> None:
        clock = SteppedClock(lambda: at(1))  # when people say things too
        self.logs = {name: MemoryLog(name, clock) for name in LOGS}
        self.log = self.logs["escalation"]
        chart = LiveChart(self.logs["dispatch"])
        self.keys = count(1)
        for each in adoptions():
            self.write(registry_stream(each.kind), each)
        reactor = Reactor(
            "escalation",
            follows=categories_of(REACTIONS),
            reactions=REACTIONS,
            aggregates=(RAISE, WHISTLE, CALL, DUTY),
            log=self.log,
            chart=chart,
            clock=clock,
        )
        self.cursors = MemoryCursors()
        self.replicas = [
            Processor(
                reactor,
                logs=self.logs,
                cursors=self.cursors,
                observers=(chart.observe,),
                batch_commits=most,
            )
            for most in BATCHES
        ]
        self.write(W1, WorkOrderRaised("r-1", VILLAGE, TOWN, "a", "dispatch/reason"))
        self.ask(WHISTLE, H, blow(kind, orders=(ORDER, SECOND_ORDER)))
        if far != "blown":
            self.says(APPROVE)
            self.settle()
        if far in ("gathering", "over"):
            self.arrives(VILLAGE, online=False)
            self.arrives(SUPPORT[0], online=True)
        if far == "over":
            self.arrives(SUPPORT[1], online=False)
            self.settle()
            self.concludes("solved")
            self.settle()

    # -- how things are said -----------------------------------------------------------------------

    def write(self, stream: str, *events: Any) -> None:
        log, tip = self.logs[log_of(stream)], Tip()
        for commit in log.read(stream):
            tip = commit.tip
        log.append(draft(stream, *events), tip)

    def ask(self, aggregate: Aggregate[Any], stream: str, command: Any) -> None:
        """Ask twice under one key; the second time adds nothing."""
        said = errand(stream, command, f"k-{next(self.keys)}")
        refused: Refused | None = None
        try:
            first = carry_out(self.log, aggregate, said)
        except Refused as error:
            refused = error
        if refused is not None:
            assert type(command).__name__ not in refused.allowed
            return
        again = carry_out(self.log, aggregate, said)
        assert (again.version, again.commit) == (first.version, first.commit)

    # -- who follows what, when --------------------------------------------------------------------

    @rule(
        placed=st.lists(st.sampled_from(LOGS), max_size=6), who=st.sampled_from(range(len(BATCHES)))
    )
    def follow(self, placed: list[str], who: int) -> None:
        for log in placed:
            self.logs[log].stamp(1)
        with suppress(CursorMoved):  # it was slower: what it did was done already
            self.replicas[who].turn()

    @rule()
    def settle(self) -> None:
        last = self.replicas[-1]
        last.start_again()  # others may have moved the cursor
        settle(self.logs, [last])

    # -- the town ----------------------------------------------------------------------------------

    @rule(command=st.sampled_from([APPROVE, APPROVE, REJECT, WITHDRAW]))
    def says(self, command: Any) -> None:
        self.ask(WHISTLE, H, command)

    @rule(released=st.lists(units, max_size=2, unique=True))
    def releases(self, released: list[str]) -> None:
        self.ask(WHISTLE, H, ReleaseUnits(HERE, tuple(released)))

    @rule(outcome=outcomes)
    def concludes(self, outcome: WhistleOutcome) -> None:
        self.ask(WHISTLE, H, conclude(outcome, duties=(duty(),), excused=self.excused()))

    @rule(unit=units, command=st.sampled_from([InsistOnCall(HERE), ExcuseDepartment(HERE)]))
    def answers_a_refusal(self, unit: str, command: Any) -> None:
        self.ask(CALL, d(unit), command)

    @rule(unit=units, times=st.integers(1, 2))
    def rates(self, unit: str, times: int) -> None:
        for _ in range(times):
            self.ask(CALL, d(unit), RateDepartment(HERE, 4, 4, 4))

    @rule(command=st.sampled_from([ACCEPT_RAISE, ADVISE_BACK]))
    def answers_the_raise(self, command: Any) -> None:
        self.ask(RAISE, A, command)

    # -- the called units --------------------------------------------------------------------------

    @rule(some=st.lists(units, min_size=2, max_size=4))
    def arrive_together(self, some: list[str]) -> None:
        for unit in some:
            self.arrives(unit, online=False)
        self.settle()

    @rule(unit=units, online=st.booleans())
    def arrives(self, unit: str, online: bool) -> None:
        mode: Any = "online" if online else "on_site"
        self.ask(CALL, d(unit), ReportIn((unit,), mode, 1, "escalation/office", DAY_ONE))

    @rule(
        unit=units,
        command=st.sampled_from(
            [
                ReceiveCall((), "SC-7"),
                AcceptCall(()),
                RefuseCall((), "escalation/reason"),
                NoteCallProgress((), "escalation/note"),
                CompleteCall((), "escalation/note"),
                RateWhistle((), 5, 5),
            ]
        ),
    )
    def replies(self, unit: str, command: Any) -> None:
        self.ask(CALL, d(unit), replace(command, acting_for=(unit,)))

    # -- dispatch ----------------------------------------------------------------------------------

    @rule(order=st.sampled_from([W1, W2]))
    def refuses_an_order(self, order: str) -> None:
        self.write(order, ReactionRefused("WhistleOrder", "not-allowed-now", WHISTLE_ID))

    @rule()
    def refuses_the_hand_over(self) -> None:
        self.write(W1, ReactionRefused("HandOver", "not-allowed-now", "a"))

    @rule(why=st.sampled_from(["raise", "take_over"]))
    def hands_over(self, why: Any) -> None:
        self.write(W1, WorkOrderHandedOver("r-1", VILLAGE, TOWN, why, 60, raise_id="a"))

    @rule()
    def closes(self) -> None:
        self.write(W1, WorkOrderClosed("r-1", "unanswered", raise_id="a"))

    # -- what always holds -------------------------------------------------------------------------

    def events(self, stream: str) -> list[Any]:
        return [fact.event for commit in self.log.read(stream) for fact in commit.facts]

    def names(self, stream: str) -> list[str]:
        return [type(each).__name__ for each in self.events(stream)]

    def excused(self) -> frozenset[str]:
        return frozenset(u for u in UNITS if load(self.log, CALL, d(u)).state.excused)

    def whistle(self) -> Whistle:
        return load(self.log, WHISTLE, H).state

    def call(self, unit: str) -> Call:
        return load(self.log, CALL, d(unit)).state

    @invariant()
    def the_joint_action_begins_at_most_once_and_with_a_quorum(self) -> None:
        begun = [each for each in self.events(H) if type(each).__name__ == "JointActionBegun"]
        assert len(begun) <= 1
        for each in begun:
            assert VILLAGE in each.present
            assert len(set(each.present) & set(SUPPORT)) >= quorum(len(SUPPORT), 2, 3)

    @invariant()
    def it_is_approved_and_ended_at_most_once_and_nothing_follows_the_end(self) -> None:
        told = [each for each in self.names(H) if each != "ReactionRefused"]
        counted = Counter(told)
        assert counted["WhistleApproved"] <= 1
        assert sum(counted[each] for each in OVER) <= 1
        assert not any(each in OVER for each in told[:-1])

    @invariant()
    def nobody_leaves_before_the_release(self) -> None:
        released = {u for e in self.events(H) for u in getattr(e, "units", ())}
        over = any(each in OVER for each in self.names(H))
        for unit in UNITS:
            told = self.names(d(unit))
            if "DepartmentReleased" in told:
                assert over or unit in released
                assert "DepartmentReportedIn" in told
            if "CallWithdrawn" in told:
                assert over

    @invariant()
    def an_ended_call_stays_ended_and_is_rated_once_a_side(self) -> None:
        for unit in UNITS:
            told = [each for each in self.names(d(unit)) if each != "ReactionRefused"]
            counted = Counter(told)
            assert counted["DepartmentCalled"] <= 1
            assert sum(counted[each] for each in ENDED) <= 1
            assert all(counted[each] <= 1 for each in RATINGS)
            ends = [number for number, each in enumerate(told) if each in ENDED]
            after_the_end = told[ends[0] + 1 :] if ends else []
            assert all(each in RATINGS for each in after_the_end)
            if any(each in RATINGS for each in told):
                assert after_the_end[0] == "RatingOpened"

    @invariant()
    def the_first_report_in_is_one_and_joins_once(self) -> None:
        joined = [e.unit for e in self.events(H) if type(e).__name__ == "UnitJoined"]
        assert len(joined) == len(set(joined))
        for unit in UNITS:
            firsts = [getattr(each, "first", False) for each in self.events(d(unit))]
            assert sum(firsts) <= 1
            assert unit not in joined or sum(firsts) == 1

    @invariant()
    def a_raise_is_answered_once_and_voided_for_good(self) -> None:
        told = [each for each in self.names(A) if each != "ReactionRefused"]
        assert sum(each in ("RaiseAccepted", "RaiseAdvisedBack") for each in told) <= 1
        assert "RaiseVoided" not in told[:-1]

    def teardown(self) -> None:
        """When everybody has caught up, whistle and calls agree."""
        if not hasattr(self, "replicas"):
            return
        self.settle()
        whistle = self.whistle()
        assert not self.cursors.load("escalation").held
        for each in whistle.called:
            assert self.call(each.unit).status != "absent"
        if whistle.status in ("rejected", "withdrawn", "concluded"):
            assert all(self.call(each.unit).status == "ended" for each in whistle.called)
        for event in self.events(H):
            for opened in getattr(event, "to_rate", ()):
                assert load(self.log, CALL, call_stream(opened)).state.rating_opened


TestWhistles = Whistles.TestCase
TestWhistles.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
