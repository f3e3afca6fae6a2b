"""A clock stream under any commands in any order: what must hold of every arming."""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from services.common.clock import ManualTime, SteppedClock
from services.common.contracts.codec import time_text
from services.common.contracts.commit import Actor, Draft, Happened
from services.common.contracts.events.clocks import (
    ClocksStopped,
    DeadlineArmed,
    DeadlineEscalated,
    DeadlineLifted,
    DeadlineMet,
    DeadlineMissed,
    DeadlineReminded,
    MissWithdrawn,
)
from services.common.contracts.vocabulary import ClockKind
from services.common.errors import Refused
from services.common.eventlog.deciding import Errand, carry_out
from services.common.eventlog.loading import load
from services.common.eventlog.ports import StreamConflict
from services.common.following.projecting import Body
from services.escalation.clocks.clock import RING_ONCE, Arming, evolved
from services.escalation.clocks.commands import (
    ArmDeadline,
    ClockCommand,
    LiftDeadlines,
    MeetDeadline,
    MissDeadline,
    RemindDeadline,
    StopClocks,
    Within,
)
from services.escalation.clocks.projections import still_open
from services.escalation.clocks.rules import CLOCKS, decide
from services.testing.memory_log import MemoryLog
from tests.support.examples_clocks import moment

STREAM = "clock-1"
ACTOR = Actor(role="policy", policy="test")
KINDS: tuple[ClockKind, ...] = (
    "acknowledge", "contact", "resolution", "promised", "report_in", "conclusion", "rating_town",
    "rating_unit", "check_in",
)  # fmt: skip
LADDERS: dict[str, tuple[str, ...]] = {"promised": (), "check_in": ("town",)}
kinds = st.sampled_from(KINDS)
subjects = st.sampled_from(["call-1", "call-2"])
limits = st.sampled_from([60, 61, 3600])
ago = st.timedeltas(timedelta(0), timedelta(hours=3))


class ClockMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.time = ManualTime(moment("d1 09:00"))
        self.log = MemoryLog("escalation", SteppedClock(self.time.read))
        self.numbers = count(1)

    # -- what happens ----------------------------------------------------------------------------

    def do(self, command: ClockCommand, command_id: str | None = None) -> None:
        errand = self._errand(command, command_id or f"c-{next(self.numbers)}")
        with suppress(Refused):  # and nothing else
            carry_out(self.log, CLOCKS, errand)

    def _errand(self, command: ClockCommand, command_id: str) -> Errand:
        now = self.time.read()
        return Errand(STREAM, command, command_id, ACTOR, "c-1", now)

    @rule(by=st.timedeltas(timedelta(seconds=1), timedelta(hours=2)))
    def time_passes(self, by: timedelta) -> None:
        self.time.move_to(self.time.read() + by)

    @rule(kind=kinds, subject=subjects, limit=limits, ago=ago, slots=st.integers(1, 4))
    def arm(self, kind: ClockKind, subject: str, limit: int, ago: timedelta, slots: int) -> None:
        starts_at = self.time.read() - ago
        self.do(
            ArmDeadline(
                kind=kind,
                subject=subject,
                starts_at=starts_at,
                limit=Within(limit),
                ladder=LADDERS.get(kind, ("town", "centre")),
                step_seconds=600,
                charged_to="village",
                repeats_until=starts_at + timedelta(seconds=slots * limit)
                if kind == "check_in"
                else None,
            )
        )

    @rule(kind=kinds, subject=subjects, ago=ago)
    def meet(self, kind: ClockKind, subject: str, ago: timedelta) -> None:
        self.do(self._meet(kind, subject, ago))

    def _meet(self, kind: ClockKind, subject: str, ago: timedelta) -> MeetDeadline:
        stops_after = ("call-1",) if kind == "conclusion" else None
        met_at = self.time.read() - ago
        return MeetDeadline(kind, subject, "workOrder-w@1.0", met_at, stops_after=stops_after)

    @rule(kinds=st.lists(kinds, max_size=3), subject=st.none() | subjects)
    def lift(self, kinds: list[ClockKind], subject: str | None) -> None:
        self.do(LiftDeadlines(tuple(kinds), "over", subject))

    @rule(arming=st.integers(0, 8))
    def remind(self, arming: int) -> None:
        self.do(RemindDeadline(arming), f"remind {arming}")

    @rule(arming=st.integers(0, 8), step=st.integers(0, 3))
    def miss(self, arming: int, step: int) -> None:
        self.do(MissDeadline(arming, step), f"miss {arming} {step}")

    @rule()
    def fire_all_that_is_due(self) -> None:
        now = self.time.read()
        for each in load(self.log, CLOCKS, STREAM).state.open:
            if each.due_at <= now:
                number = each.terms.arming
                self.do(MissDeadline(number, each.step), f"miss {number} {each.step}")

    @rule(arming=st.integers(1, 8), ago=ago)
    def meet_races_miss(self, arming: int, ago: timedelta) -> None:
        """Both decide on the same state; one appends first, the other has to decide again."""
        loaded = load(self.log, CLOCKS, STREAM)
        found = loaded.state.arming(arming)
        now = self.time.read()
        if found is None or not found.open or now < found.due_at:
            return
        command = MissDeadline(arming, found.step)
        events = decide(loaded.state, command, now)
        self.do(self._meet(found.terms.kind, found.terms.subject, ago))
        command_id = f"miss {arming} {found.step}"
        try:
            self.log.append(self._draft(command_id, events), loaded.tip)
        except StreamConflict:
            self.do(command, command_id)

    def _draft(self, command_id: str, events: Any) -> Draft:
        now = self.time.read()
        happened = tuple(Happened(each, now) for each in events)
        return Draft(STREAM, command_id, ACTOR, "c-1", now, happened)

    @rule(chance=st.integers(0, 9))
    def stop(self, chance: int) -> None:
        if chance == 0:
            self.do(StopClocks())

    # -- what must hold --------------------------------------------------------------------------

    def history(self) -> list[tuple[Any, datetime]]:
        return [
            (fact.event, fact.recorded_at)
            for commit in self.log.read(STREAM)
            for fact in commit.facts
        ]

    @invariant()
    def an_arming_ends_once_and_nothing_happens_to_it_afterwards(self) -> None:
        armed: dict[int, DeadlineArmed] = {}
        ended: Counter[int] = Counter()
        for event, _ in self.history():
            if isinstance(event, DeadlineArmed):
                armed[event.arming] = event
                continue
            closing = isinstance(event, DeadlineEscalated) and event.kind in RING_ONCE
            if not isinstance(event, ClocksStopped) and not closing:
                assert not ended[event.arming], event
            ended.update(_ended_by(event, armed))
        assert list(armed) == list(range(1, len(armed) + 1))
        assert set(ended.values()) <= {1}

    @invariant()
    def an_arming_is_reminded_at_most_once_and_only_before_it_is_due(self) -> None:
        due = {e.arming: e.due_at for e, _ in self.history() if isinstance(e, DeadlineArmed)}
        reminded = [(e.arming, at) for e, at in self.history() if isinstance(e, DeadlineReminded)]
        assert max(Counter(number for number, _ in reminded).values(), default=0) <= 1
        assert all(at < due[number] for number, at in reminded)

    @invariant()
    def steps_are_missed_one_by_one_each_after_its_own_limit(self) -> None:
        steps: Counter[int] = Counter()
        limit: dict[int, datetime] = {}
        for event, at in self.history():
            match event:
                case DeadlineArmed() | DeadlineEscalated():
                    limit[event.arming] = event.due_at
                case DeadlineMissed():
                    assert event.step == steps[event.arming]
                    assert event.due_at == limit[event.arming] <= at
                    assert event.late_by_seconds >= 0
                    steps[event.arming] += 1
                case _:
                    pass

    @invariant()
    def in_time_means_recorded_by_the_due_moment(self) -> None:
        missed: set[int] = set()
        for event, _ in self.history():
            match event:
                case DeadlineMissed():
                    missed.add(event.arming)
                case DeadlineMet():
                    assert event.late_by_seconds >= 0
                    assert event.late_by_seconds > 0 or event.arming not in missed
                case MissWithdrawn():
                    assert event.arming in missed
                case _:
                    pass

    @invariant()
    def nothing_is_armed_after_the_clocks_have_stopped(self) -> None:
        names = [type(event).__name__ for event, _ in self.history()]
        assert "ClocksStopped" not in names[:-1]

    @invariant()
    def one_of_a_kind_is_open_for_a_subject(self) -> None:
        running = load(self.log, CLOCKS, STREAM).state.open
        pairs = [(each.terms.kind, each.terms.subject) for each in running]
        assert len(pairs) == len(set(pairs))

    @invariant()
    def the_timer_s_list_says_what_the_rules_say(self) -> None:
        listed: Body = {}
        for event, _ in self.history():
            listed = still_open(listed, event)
        running = load(self.log, CLOCKS, STREAM).state.open
        assert {
            number: each.get("remind_at", each["due_at"]) for number, each in listed.items()
        } == {str(each.terms.arming): time_text(each.next_at) for each in running if each.next_at}

    @invariant()
    def folding_the_whole_is_folding_its_parts(self) -> None:
        history = self.history()
        half = len(history) // 2
        state = CLOCKS.initial
        for part in (history[:half], history[half:]):
            for event, at in part:
                state = evolved(state, [event], at)
        assert state == load(self.log, CLOCKS, STREAM).state


def _ended_by(event: Any, armed: dict[int, DeadlineArmed]) -> Iterator[int]:
    match event:
        case DeadlineMet() | DeadlineLifted() | MissWithdrawn():
            yield event.arming
        case DeadlineMissed() if event.kind in RING_ONCE or not armed[event.arming].ladder:
            yield event.arming
        case ClocksStopped():
            yield from event.lifted
        case _:
            return


def test_an_arming_tells_when_the_timer_must_look_at_it_only_while_it_is_open() -> None:
    at = moment("d1 09:00")
    command = ArmDeadline("report_in", "call-1", at, Within(60), ("town",), 600)
    (armed,) = decide(CLOCKS.initial, command, at)
    found = Arming(armed, armed.due_at)
    assert found.next_at == at + timedelta(seconds=30)
    assert Arming(armed, armed.due_at, status="missed").next_at == armed.due_at
    assert Arming(armed, armed.due_at, status="ended").next_at is None


TestClock = ClockMachine.TestCase
TestClock.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
