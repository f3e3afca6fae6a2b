"""How the story must end, and whether it did: read from the logs, ids and times aside.

Timing decides only how often clocks remind; everything else is the same in every run, whatever was
killed, doubled or lost on the way.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from services.common.contracts.commit import Fact
from services.common.contracts.event_types import name_of
from services.common.contracts.events.clocks import ClocksStopped
from services.common.contracts.events.dispatch import WorkOrderDispatched
from services.common.contracts.events.escalation import (
    DepartmentCalled,
    DepartmentReportedIn,
    WhistleBlown,
)
from services.common.contracts.events.intake import RequestClosed, RequestForwarded
from services.common.contracts.streams import category_of
from services.common.eventlog.ports import LogReader
from services.demo import cast
from services.demo.cases import CASES, LAND, NIGHT_MARKET, PLANS, Course

WINDOW: Final = 5000
#: How often these come depends on how long something took, not on what happened.
TIMED: Final = frozenset({"DepartmentReminded", "SecondPathTaken", "DepartmentOverdue"})
BEGUN: Final = ("WorkOrderDispatched", "WorkOrderAcknowledged", "ReporterContacted")
RAISED: Final = (*BEGUN, "WorkOrderRaised", "WorkOrderHandedOver")
JOINT: Final = (*RAISED, "WorkOrderWhistled", "WorkOrderConcluded")
ENDED: Final = ("WorkOrderResolved", "WorkOrderClosed")
AGAIN: Final = (
    "WorkOrderResolved", "WorkOrderReopened", "WorkOrderAcknowledged", "ReporterContacted",
)  # fmt: skip
ANSWERED: Final = ("FollowUpOpened", "FollowUpRecorded")
RECEIVED: Final = ("RequestReceived", "RequestClassified", "RequestForwarded")
CALLED: Final = (
    "DepartmentCalled", "CallReceived", "CallAccepted",
    "DepartmentReportedIn first meeting", "DepartmentReportedIn on_site",
    "DepartmentProgressed", "DepartmentDone", "DepartmentReleased",
)  # fmt: skip
RATING_EVENTS: Final = frozenset({"DepartmentRated", "WhistleRated"})
RATED: Final = ("RatingOpened", *sorted(RATING_EVENTS))


@dataclass(frozen=True, slots=True)
class Heard:
    """One stream of the story: what it is about, and its events in order without timed ones."""

    about: str
    events: tuple[str, ...]


def streams(log: LogReader) -> Iterator[str]:
    """Yield every stream of `log` in the order of its first commit."""
    position = 0
    while stamps := log.stamps(position, WINDOW):
        yield from (each.stream for each in stamps if each.version == 1)
        position = stamps[-1].position


def told(logs: Mapping[str, LogReader]) -> Counter[Heard]:
    """Return the story as the logs tell it; clocks and the registry are left out."""
    found: Counter[Heard] = Counter()
    for log in logs.values():
        for stream in streams(log):
            if category_of(stream) not in ("clock", "registry"):
                found[_told(stream, _facts(log, stream))] += 1
    return found


def _facts(log: LogReader, stream: str) -> list[Fact]:
    return [fact for commit in log.read(stream) for fact in commit.facts]


def _told(stream: str, facts: list[Fact]) -> Heard:
    kept = [_said(fact.event) for fact in facts if name_of(fact.event) not in TIMED]
    if category_of(stream) == "whistle":
        kept.sort()  # who comes first is chance
    if category_of(stream) == "call":
        rated = sorted(
            each for each in kept if each in RATING_EVENTS
        )  # and who rates first, at the end
        kept = [each for each in kept if each not in RATING_EVENTS] + rated
    return Heard(" ".join((category_of(stream), *_about(facts))), tuple(kept))


def _said(event: Any) -> str:
    """Return an event's name; of a report-in also whether it is the first, and how they came."""
    if isinstance(event, DepartmentReportedIn):
        return f"DepartmentReportedIn {'first ' * event.first}{event.mode}"
    return name_of(event)


def _about(facts: list[Fact]) -> Iterator[str]:
    for fact in facts:
        match fact.event:
            case RequestForwarded(category=category, place_code=place):
                yield f"{category} {place}"
            case RequestClosed(outcome=outcome):
                yield outcome
            case WorkOrderDispatched(category=category, place_code=place):
                yield f"{category} {place}"
            case WhistleBlown(category=category):
                yield category
            case DepartmentCalled(unit=unit):
                yield unit
            case _:
                pass


def expected() -> Counter[Heard]:
    """Return the story as it must be told."""
    found: Counter[Heard] = Counter()
    for case in CASES:
        plan = PLANS[case.matter]
        about = f"{case.category} {case.place_code}"
        rounds = len(case.answers)
        outcome = {"yes": "solved", "partly": "partly"}[case.answers[-1]["solved"]]
        found[Heard(f"request {about} {outcome}", _request(rounds))] += 1
        found[Heard(f"workOrder {about}", _order(plan, rounds))] += 1
        if plan.village == "raises":
            found[Heard("raise", ("RaiseReceived", "RaiseAccepted"))] += 1
    found.update(_joint(NIGHT_MARKET[0], cast.ZHANGWAN, ("emergency", "enforcement", "market")))
    found.update(_joint(LAND[0], cast.SECTIONS[0], ("court",)))
    patrol = PLANS[NIGHT_MARKET].patrol
    slots = patrol.slots if patrol else 0
    kept = ("StandingDutyAssigned", *("DutyCheckedIn",) * slots, "StandingDutyEnded")
    found[Heard("duty", kept)] += 1
    return found


def _request(rounds: int) -> tuple[str, ...]:
    reopened = (*ANSWERED, "RequestReopened") * (rounds - 1)
    return (*RECEIVED, *reopened, *ANSWERED, "RequestClosed")


def _order(plan: Course, rounds: int) -> tuple[str, ...]:
    match plan.village:
        case "silent":
            return ("WorkOrderDispatched", "WorkOrderHandedOver", "ReporterContacted", *ENDED)
        case "raises":
            return (*JOINT, *AGAIN * (rounds - 1), *ENDED)
        case "resolves":
            return (*BEGUN, *AGAIN * (rounds - 1), *ENDED)


def _joint(category: str, lead: str, support: tuple[str, ...]) -> Counter[Heard]:
    joined = ("UnitJoined",) * (1 + len(support))
    acts = ("WhistleBlown", "WhistleApproved", *joined, "JointActionBegun", "UnitsReleased")
    found = Counter({Heard(f"whistle {category}", tuple(sorted((*acts, "WhistleConcluded")))): 1})
    found[Heard(f"call {lead}", CALLED)] += 1
    for each in support:
        found[Heard(f"call dept-{each}", (*CALLED, *RATED))] += 1
    return found


def faults(logs: Mapping[str, LogReader], *, patrol_over: bool) -> list[str]:
    """Return what is not as it must be; nothing = the story came out right.

    While the patrol still runs (a demo doesn't wait thirty days) its stream is let off.
    """
    there, wanted = told(logs), expected()
    if not patrol_over:
        there = Counter({each: n for each, n in there.items() if each.about != "duty"})
        wanted = Counter({each: n for each, n in wanted.items() if each.about != "duty"})
    missing = [f"missing: {_line(each, n)}" for each, n in (wanted - there).items()]
    surplus = [f"too much: {_line(each, n)}" for each, n in (there - wanted).items()]
    return missing + surplus + list(_clock_faults(logs, patrol_over=patrol_over))


def _line(each: Heard, count: int) -> str:
    return f"{count} x {each.about}: {' '.join(each.events)}"


def _clock_faults(logs: Mapping[str, LogReader], *, patrol_over: bool) -> Iterator[str]:
    """Yield what is wrong with clocks: the ladder was climbed, and nothing is armed at the end."""
    log = logs["escalation"]
    running = 0
    steps: Counter[str] = Counter()
    for stream in streams(log):
        facts = _facts(log, stream)
        if category_of(stream) == "clock":
            running += not any(isinstance(fact.event, ClocksStopped) for fact in facts)
            steps.update(
                fact.event.kind for fact in facts if name_of(fact.event) == "DeadlineEscalated"
            )
    allowed = 0 if patrol_over else 1
    if running > allowed:
        yield f"{running} clock streams still run, at most {allowed} may"
    for kind, least in (("report_in", 3), ("acknowledge", 1)):
        if steps[kind] < least:
            yield f"the ladder of {kind} was climbed {steps[kind]} steps, not {least}"


#: The towns whose figures are shown and recounted at the end.
SHOWN_TOWNS: Final = (cast.ZHANGJIAWAN, cast.LUCHENG)
