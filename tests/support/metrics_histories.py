"""Random but lawful histories of three months: what figures and their recount must agree on.

Not the services' own rules, only their order of events: a subject goes through the steps of its
state machine, its clock beside it, at random moments.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

from services.common.contracts.commit import Cause
from services.common.contracts.events.clocks import ClocksStopped, MissWithdrawn
from services.common.contracts.events.dispatch import (
    ReporterContacted,
    WorkOrderAcknowledged,
    WorkOrderClosed,
    WorkOrderHandedOver,
    WorkOrderReopened,
)
from services.common.contracts.events.escalation import (
    CallExcused,
    CallInsisted,
    CallRefused,
    CallWithdrawn,
    DepartmentRated,
    StandingDutyAssigned,
    StandingDutyEnded,
    WhistleConcluded,
    WhistleRated,
    WhistleWithdrawn,
)
from services.common.contracts.events.intake import (
    FollowUpTried,
    RequestClosed,
    RequestReceived,
    RequestReopened,
)
from services.common.contracts.events.reactions import ReactionRefused
from services.common.contracts.streams import (
    clock_stream,
    duty_stream,
    request_stream,
    whistle_stream,
    work_order_id,
    work_order_stream,
)
from tests.support.examples import TOWN, VILLAGE
from tests.support.examples_metrics import (
    CENTRE,
    COURT,
    MARKET,
    NEIGHBOUR,
    OTHER_TOWN,
    OTHER_VILLAGE,
    PLANNING,
    MetricsWorld,
    call_of,
)

HOLDERS = (VILLAGE, NEIGHBOUR, TOWN, OTHER_VILLAGE, OTHER_TOWN, CENTRE, MARKET)
CALLED = (MARKET, COURT, VILLAGE, PLANNING)


@dataclass(slots=True)
class Armed:
    """A clock that still runs."""

    number: int
    kind: str
    subject: str
    step: int = 0


@dataclass(slots=True)
class Clock:
    """The clocks of a subject, kept as its machine would."""

    world: MetricsWorld
    id: str
    armings: int = 0
    running: dict[tuple[str, str], Armed] = field(default_factory=dict)
    missed: list[Armed] = field(default_factory=list)

    def arm(self, kind: str, subject: str, unit: str, hours: int) -> None:
        """Arm a clock."""
        self.armings += 1
        self.world.armed(self.id, self.armings, kind, subject, unit, limit_hours=hours)
        self.running[kind, subject] = Armed(self.armings, kind, subject)

    def meet(self, kind: str, subject: str, late: int, by: str) -> None:
        """Meet it, if it runs; in time after a miss withdraws the miss."""
        found = self.running.pop((kind, subject), None)
        if found is not None and found.step and not late:
            event = MissWithdrawn(found.number, found.kind, subject, by)  # type: ignore[arg-type]
            self.world.write(clock_stream(self.id), event)
        elif found is not None:
            self.world.met(self.id, found.number, found.kind, subject, late, by)

    def lift(self, kind: str, subject: str) -> None:
        """Lift it, if it runs."""
        found = self.running.pop((kind, subject), None)
        if found is not None:
            self.world.lifted(self.id, found.number, found.kind, subject)

    def miss(self, choose: Random) -> None:
        """Miss a step of one that runs."""
        if self.running:
            found = choose.choice(list(self.running.values()))
            self.world.missed(self.id, found.number, found.kind, found.subject, found.step)
            found.step += 1

    def stop(self, cause: Cause | None = None) -> None:
        """Stop them all; alone in its commit it needs a cause."""
        lifted = tuple(each.number for each in self.running.values())
        self.world.write(clock_stream(self.id), ClocksStopped(lifted), cause=cause)
        self.running.clear()


class Case:
    """A request with its order and clocks."""

    def __init__(self, world: MetricsWorld, id: str) -> None:  # noqa: A002  what it is called
        self.world = world
        self.id = id
        self.request = request_stream(id)
        self.order = work_order_stream(work_order_id(id))
        self.clock = Clock(world, id)
        self.holder: str | None = None
        self.round = self.resolution = self.tries = 0
        self.phase = "new"  # new, received, held, asked (resolved or not), closed
        self.resolved = False

    def steps(self) -> list[Callable[[Random], None]]:
        """Return what can happen next."""
        match self.phase:
            case "new":
                return [self.receive]
            case "received":
                return [self.dispatch]
            case "held":
                first = [] if self.round else [self.ask_unresolved]
                steps = [self.touch, self.hand_over, self.clock.miss, self.resolve, self.resolve]
                return [*steps, *first]
            case "asked":
                unhandled = [] if self.resolved else [self.hand_over, self.clock.miss]
                return [self.answer, self.answer, self.try_again, *unhandled]
            case _:
                return []

    def receive(self, choose: Random) -> None:
        """Receive it."""
        place = choose.choice((*HOLDERS[:4], None))
        event = RequestReceived("web", "complaint", "who", "said", False, False, place)
        self.world.write(self.request, event)
        self.phase = "received"

    def dispatch(self, choose: Random) -> None:
        """Dispatch its order."""
        self.holder = choose.choice(HOLDERS)
        self.world.dispatched(self.id, self.holder, hours=None)
        self._arm(choose)
        self.phase = "held"

    def touch(self, choose: Random) -> None:
        """Note something that moves nobody."""
        assert self.holder
        spoken = ReporterContacted(self.id, self.holder, "spoken")
        missing = ReporterContacted(self.id, self.holder, "not_reached")
        known = (spoken, missing, WorkOrderAcknowledged(self.id, self.holder))
        self.world.write(self.order, choose.choice((*known, ReactionRefused("X", "nothing_to_do"))))

    def hand_over(self, choose: Random) -> None:
        """Give it to another."""
        assert self.holder
        to = choose.choice([unit for unit in HOLDERS if unit != self.holder])
        event = WorkOrderHandedOver(self.id, self.holder, to, "transfer", 0)
        self.world.write(self.order, event)
        self.holder = to
        self.clock.lift("resolution", self.order)
        self._arm(choose)

    def resolve(self, choose: Random) -> None:
        """Resolve it; its reporter is asked."""
        assert self.holder
        self.resolution += 1
        self.round += 1
        self.world.resolved(self.id, self.holder, None, self.resolution, self.round)
        self.clock.meet("resolution", self.order, choose.choice((0, 0, 60)), self.order)
        self.phase, self.resolved, self.tries = "asked", True, 0

    def ask_unresolved(self, choose: Random) -> None:  # noqa: ARG002  every step chooses
        """The promised date passed."""
        assert self.holder
        self.round += 1
        self.world.asked(self.id, self.holder, self.round, judged=0)
        self.phase, self.resolved, self.tries = "asked", False, 0

    def try_again(self, choose: Random) -> None:  # noqa: ARG002
        """Nobody answered; the third time it is over, if it was resolved."""
        self.tries += 1
        tried = FollowUpTried(self.round, self.tries, "silence")
        if self.tries < 3:
            self.world.write(self.request, tried)
        elif self.resolved:
            self.world.write(self.request, tried, RequestClosed(self.round, "unanswered"))
            self._close("unanswered")
        else:
            self.world.write(self.request, tried)
            self.phase = "held"

    def answer(self, choose: Random) -> None:
        """The reporter's word."""
        solved = choose.choice(("yes", "partly", "no", None))
        satisfied = choose.choice(("satisfied", "basically", "dissatisfied", "not_rated", None))
        reached = choose.choice(("yes", "no"))
        said: dict[str, Any] = {"reached": reached, "solved": solved, "satisfied": satisfied}
        again = solved == "no" and self.round == 1
        end = RequestReopened(1, self.resolution) if again else RequestClosed(self.round, "solved")
        self.world.answered(self.id, end, round=self.round, **said)
        if not again:
            self._close("solved")
            return
        self.phase = "held"
        if self.resolved:
            assert self.holder
            self.world.write(self.order, WorkOrderReopened(self.id, self.holder, 1))
            self._arm(choose)

    def _close(self, outcome: Any) -> None:
        closed = self.world.write(self.order, WorkOrderClosed(self.id, outcome))
        self.clock.stop(Cause(self.order, closed.version))
        self.phase = "closed"

    def _arm(self, choose: Random) -> None:
        assert self.holder
        self.clock.arm("resolution", self.order, self.holder, choose.choice((2, 24, 168, 360)))


class Whistle:
    """A whistle with its calls and clocks, and perhaps a standing duty."""

    def __init__(self, world: MetricsWorld, id: str) -> None:  # noqa: A002  what it is called
        self.world = world
        self.id = id
        self.stream = whistle_stream(id)
        self.clock = Clock(world, id)
        self.calls: dict[str, str] = {}  # unit -> called, refused, there, over
        self.phase = "new"  # new, blown, over

    def steps(self) -> list[Callable[[Random], None]]:
        """Return what can happen next."""
        if self.phase == "new":
            return [self.blow]
        if self.phase == "over":
            return [self.rate] if "over" in self.calls.values() else []
        return [self.move, self.move, self.move, self.clock.miss, self.end]

    def blow(self, choose: Random) -> None:
        """Blow it and call some units."""
        units = choose.sample(CALLED, choose.randint(1, 3))
        self.world.blown(self.id, *units, hours=None, town=choose.choice((TOWN, OTHER_TOWN)))
        for number, unit in enumerate(units, 1):
            key = ("report_in", call_of(self.id, unit))
            self.clock.running[key] = Armed(number, *key)
        self.clock.armings = len(units)
        self.calls = dict.fromkeys(units, "called")
        self.phase = "blown"

    def move(self, choose: Random) -> None:
        """One of the called units does something, or is let off."""
        unit = choose.choice(list(self.calls))
        call = call_of(self.id, unit)
        match self.calls[unit]:
            case "called" if choose.random() < 0.6:
                self.calls[unit] = "there"
                event = self.world.arrived(self.id, unit)
                self.clock.meet("report_in", call, choose.choice((0, 0, 90)), event)
            case "called":
                self.calls[unit] = "refused"
                self.world.write(call, CallRefused(self.id, TOWN, unit, "why"))
                self.clock.lift("report_in", call)
            case "refused" if choose.random() < 0.5:
                self.calls[unit] = "called"
                self.world.write(call, CallInsisted(self.id, unit, "request", "p"))
                self.clock.arm("report_in", call, unit, choose.choice((1, 24)))
            case "refused":
                self.calls[unit] = "over"
                self.world.write(call, CallExcused(self.id, unit, "p"))

    def end(self, choose: Random) -> None:
        """Conclude or withdraw it; whoever has not come is withdrawn."""
        concluded = choose.random() < 0.7
        over = WhistleConcluded("solved", (), (), (), ()) if concluded else WhistleWithdrawn((), ())
        self.world.write(self.stream, over)
        for unit, state in self.calls.items():
            call = call_of(self.id, unit)
            if state in ("called", "refused"):
                self.world.write(call, CallWithdrawn(self.id, unit))
                self.clock.lift("report_in", call)
            self.calls[unit] = "over"
        self.phase = "over"
        if choose.random() < 0.5:
            self._duty(choose)

    def rate(self, choose: Random) -> None:
        """One side rates, once a call."""
        unit = choose.choice([unit for unit, state in self.calls.items() if state == "over"])
        call = call_of(self.id, unit)
        self.world.write(call, DepartmentRated(self.id, unit, *(choose.randint(1, 5),) * 3))
        self.world.write(call, WhistleRated(self.id, unit, choose.randint(1, 5), 3))
        self.calls[unit] = "rated"

    def _duty(self, choose: Random) -> None:
        stream, unit = duty_stream(f"duty-of-{self.id}"), choose.choice(HOLDERS)
        now = self.world.clock.now()
        self.world.write(stream, StandingDutyAssigned(self.id, unit, "what", 86_400, now))
        clock = Clock(self.world, f"duty-of-{self.id}")
        clock.arm("check_in", stream, unit, 24)
        if choose.random() < 0.5:
            clock.miss(choose)
        self.world.write(stream, StandingDutyEnded(self.id, unit, choose.randint(0, 5), 1))


Subjects = list[Case | Whistle]


def subjects_of(world: MetricsWorld, cases: int, whistles: int) -> Subjects:
    """Return subjects to which nothing has happened yet."""
    found: Subjects = [Case(world, f"r-{number}") for number in range(cases)]
    return [*found, *(Whistle(world, f"h-{number}") for number in range(whistles))]


def happens(subjects: Subjects, choose: Random) -> None:
    """Let one thing happen now, if anything can."""
    possible = [step for subject in subjects for step in subject.steps()]
    if possible:
        choose.choice(possible)(choose)


def play(world: MetricsWorld, choose: Random, *, cases: int, whistles: int, steps: int) -> None:
    """Let `steps` things happen, each up to six days after the last."""
    subjects = subjects_of(world, cases, whistles)
    for _ in range(steps):
        longest = choose.choice((0, 3600, 86_400, 6 * 86_400))
        world.time.move_to(world.time.read() + timedelta(seconds=choose.randint(0, longest)))
        happens(subjects, choose)
