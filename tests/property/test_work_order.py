"""A work order under anything that people and reactions may ask of it, in any order."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, precondition, rule

from services.common.contracts.codec import plain, structured
from services.common.contracts.events.dispatch import WorkOrderDispatched, WorkOrderHandedOver
from services.common.errors import NotAllowedNow, Refused
from services.common.eventlog.deciding import Errand, Outcome, carry_out
from services.common.eventlog.loading import load
from services.dispatch.domain.work_order import NEXT, WorkOrder, evolve
from services.dispatch.domain.work_order_commands import (
    AcceptTransfer,
    AcknowledgeWorkOrder,
    AdviseBack,
    CloseWorkOrder,
    ConcludeWhistle,
    DeclineTransfer,
    HandOver,
    NoteProgress,
    ProposeTransfer,
    RaiseWorkOrder,
    RecordContact,
    ReopenWorkOrder,
    ResolveWorkOrder,
    TakeOverWorkOrder,
    WhistleOrder,
)
from services.dispatch.domain.work_order_rules import WORK_ORDERS
from services.dispatch.domain.work_order_steps import possible
from tests.support import examples_dispatch as ex
from tests.support.examples import TOWN, VILLAGE

BELOW = {
    TOWN: frozenset({VILLAGE, ex.NEIGHBOUR}),
    ex.CENTRE: frozenset({TOWN, VILLAGE, ex.NEIGHBOUR}),
}
UNITS = st.sampled_from([VILLAGE, ex.NEIGHBOUR, TOWN, ex.CENTRE])
WHISTLES = st.sampled_from(["h-1", "h-2", "h-3"])
REF = "dispatch/ref"


class WorkOrderMachine(RuleBasedStateMachine):
    """One order in a log. `holder` is kept beside it by the two events that may set it."""

    errands: Bundle[Errand] = Bundle("errands")

    def __init__(self) -> None:
        super().__init__()
        self.log = ex.RacedLog()
        self.asked = 0
        self.holders: list[str] = []

    # -- asking ----------------------------------------------------------------------------------

    def ask(self, command: Any) -> Errand:
        """Carry `command` out under an id of its own; only a `Refused` may stop it."""
        self.asked += 1
        errand = ex.errand(command, f"command-{self.asked}", hours=self.asked)
        before = self.order
        try:
            outcome = carry_out(self.log, WORK_ORDERS, errand)
        except Refused as refusal:
            self.check(refusal, command, before)
        else:
            self.see(outcome)
        return errand

    def check(self, refusal: Refused, command: Any, before: WorkOrder) -> None:
        assert self.order == before
        assert type(command).__name__ not in refusal.allowed
        if isinstance(refusal, NotAllowedNow):
            assert refusal.allowed == tuple(sorted(possible(before)))

    def see(self, outcome: Outcome[WorkOrder]) -> None:
        for fact in outcome.commit.facts if outcome.commit else ():
            match fact.event:
                case WorkOrderDispatched(holder=unit):
                    self.holders.append(unit)
                case WorkOrderHandedOver(from_unit=from_unit, to_unit=to_unit) as event:
                    assert from_unit == self.holders[-1]
                    assert event.held_seconds >= 0
                    self.holders.append(to_unit)

    @property
    def order(self) -> WorkOrder:
        return load(self.log, WORK_ORDERS, ex.STREAM).state

    @rule(target=errands)
    def dispatch(self) -> Errand:
        return self.ask(ex.DISPATCH)

    @rule(target=errands, unit=UNITS)
    def acknowledge(self, unit: str) -> Errand:
        return self.ask(AcknowledgeWorkOrder(unit))

    @rule(target=errands)
    def the_holder_acknowledges(self) -> Errand:
        return self.ask(AcknowledgeWorkOrder(self.order.holder))

    @rule(target=errands, spoken=st.booleans())
    def contact(self, spoken: bool) -> Errand:
        result = "spoken" if spoken else "not_reached"
        return self.ask(RecordContact(self.order.holder, result))  # type: ignore[arg-type]

    @rule(target=errands, unit=UNITS)
    def note(self, unit: str) -> Errand:
        return self.ask(NoteProgress(unit, REF))

    @rule(target=errands)
    def raise_to_town(self) -> Errand:
        holder = self.order.holder
        town = TOWN if holder in (VILLAGE, ex.NEIGHBOUR) else None
        return self.ask(RaiseWorkOrder(holder, town, REF))

    @rule(target=errands, to_unit=UNITS, can_hold=st.booleans())
    def propose(self, to_unit: str, can_hold: bool) -> Errand:
        return self.ask(ProposeTransfer(self.order.holder, to_unit, can_hold, REF))

    @rule(target=errands, unit=UNITS, accepts=st.booleans())
    def somebody_answers_a_transfer(self, unit: str, accepts: bool) -> Errand:
        return self.ask(AcceptTransfer(unit) if accepts else DeclineTransfer(unit, REF))

    @precondition(lambda self: self.order.transfer_to is not None)
    @rule(target=errands, accepts=st.booleans())
    def the_unit_asked_answers(self, accepts: bool) -> Errand:
        unit = self.order.transfer_to or ""
        return self.ask(AcceptTransfer(unit) if accepts else DeclineTransfer(unit, REF))

    @rule(target=errands, unit=UNITS)
    def take_over(self, unit: str) -> Errand:
        return self.ask(TakeOverWorkOrder(unit, BELOW.get(unit, frozenset()), can_hold=True))

    @rule(target=errands, evidence=st.booleans(), required=st.booleans())
    def resolve(self, evidence: bool, required: bool) -> Errand:
        refs = (REF,) if evidence else ()
        return self.ask(ResolveWorkOrder(self.order.holder, "town", REF, refs, required))

    @rule(target=errands, accepted=st.booleans(), mistaken=st.booleans())
    def the_town_answers_a_raise(self, accepted: bool, mistaken: bool) -> Errand:
        raised = "another" if mistaken else (self.order.raise_id or "none")
        return self.ask(HandOver(raised, TOWN) if accepted else AdviseBack(raised, TOWN))

    @rule(target=errands, whistle=WHISTLES, by_holder=st.booleans())
    def whistle(self, whistle: str, by_holder: bool) -> Errand:
        town = self.order.holder if by_holder else TOWN
        return self.ask(WhistleOrder(whistle, "request", town))

    @rule(target=errands, whistle=WHISTLES)
    def conclude(self, whistle: str) -> Errand:
        return self.ask(ConcludeWhistle(whistle, "solved"))

    @rule(target=errands, judged=st.integers(1, 3))
    def reopen(self, judged: int) -> Errand:
        return self.ask(ReopenWorkOrder(judged))

    @precondition(lambda self: self.asked > 12)
    @rule(target=errands)
    def close(self) -> Errand:
        return self.ask(CloseWorkOrder("solved"))

    @rule(errand=errands)
    def repeating_a_command_adds_nothing(self, errand: Errand) -> None:
        before = list(self.log.read(ex.STREAM))
        stored = {commit.draft.command_id for commit in before}
        if errand.command_id not in stored:
            return
        again = carry_out(self.log, WORK_ORDERS, replace(errand, at=errand.at + timedelta(days=9)))
        assert again.repeated
        assert list(self.log.read(ex.STREAM)) == before

    # -- what always holds -----------------------------------------------------------------------

    @invariant()
    def one_unit_holds_a_dispatched_order_and_only_a_hand_over_changes_it(self) -> None:
        order = self.order
        assert order.dispatched == bool(self.holders)
        assert order.holder == (self.holders[-1] if self.holders else "")

    @invariant()
    def a_question_is_open_only_where_it_can_be_answered(self) -> None:
        order = self.order
        assert (order.raise_id is not None) == (order.state == "raised")
        assert (order.raise_id is None) == (order.raised_to is None)
        assert bool(order.whistles) == (order.state == "whistled")
        assert order.transfer_to is None or order.state in ("acknowledged", "contacted")
        assert order.transfer_to is None or order.transfer_to != order.holder

    @invariant()
    def the_state_tells_whether_the_reporter_was_spoken_to(self) -> None:
        order = self.order
        if order.state in ("contacted", "resolved"):
            assert order.contacted
        if order.state in ("dispatched", "acknowledged"):
            assert not order.contacted

    @invariant()
    def every_open_state_goes_somewhere(self) -> None:
        assert NEXT[self.order.state] or self.order.state == "closed"

    @invariant()
    def the_whole_is_the_sum_of_its_parts(self) -> None:
        commits = list(self.log.read(ex.STREAM))
        for cut in (0, len(commits) // 2):
            state = structured(WorkOrder, plain(folded(WorkOrder(), commits[:cut])))
            assert folded(state, commits[cut:]) == self.order


def folded(order: WorkOrder, commits: Sequence[Any]) -> WorkOrder:
    for commit in commits:
        for fact in commit.facts:
            order = evolve(order, fact.event, fact.recorded_at)
    return order


TestWorkOrder = WorkOrderMachine.TestCase
TestWorkOrder.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
