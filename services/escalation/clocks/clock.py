"""The clocks of one request, whistle or standing duty: one stream, its armings numbered 1, 2, ...

An arming is armed -> missed (step 1, 2, ...) -> ended, or armed -> ended. At most one of a kind
is open for a subject. `rules` decides; this file is what the stream remembers.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal

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
from services.common.contracts.vocabulary import ClockKind, TimeClass

ArmingStatus = Literal["armed", "missed", "ended"]
RATINGS: Final[tuple[ClockKind, ...]] = ("rating_town", "rating_unit")
#: These ring once, at the superior.
RING_ONCE: Final[frozenset[ClockKind]] = frozenset({*RATINGS, "check_in"})


def rings_on(terms: DeadlineArmed) -> bool:
    """Return whether a miss leaves the arming open, to ring on up its ladder."""
    return bool(terms.ladder) and terms.kind not in RING_ONCE


@dataclass(frozen=True, slots=True)
class Arming:
    """One arming: its terms, and how far it has come."""

    terms: DeadlineArmed
    due_at: datetime  #: when `step` is missed
    status: ArmingStatus = "armed"
    step: int = 0  #: the next step to be missed
    reminded: bool = False

    @property
    def open(self) -> bool:
        """Whether it can still fire."""
        return self.status != "ended"

    @property
    def remind_at(self) -> datetime | None:
        """When it is to be reminded of, while that still makes sense."""
        waiting = self.status == "armed" and not self.reminded
        return self.terms.remind_at if waiting else None

    @property
    def next_at(self) -> datetime | None:
        """When the timer has to look at it next; None once it has ended."""
        if not self.open:
            return None
        return self.remind_at or self.due_at


@dataclass(frozen=True, slots=True)
class Clocks:
    """What the rules need to know of a clock stream."""

    armings: tuple[Arming, ...] = ()  #: number n at index n - 1
    time_class: TimeClass | None = None
    holder: str | None = None  #: whose *resolution* ran last: charged when *promised* is missed
    spoken: bool = False  #: the reporter was spoken to in this round
    stops_after: tuple[str, ...] | None = None  #: calls to be rated; set once a whistle is over
    stopped: bool = False

    def arming(self, number: int) -> Arming | None:
        """Return the arming of that number, if there is one."""
        return self.armings[number - 1] if 0 < number <= len(self.armings) else None

    @property
    def open(self) -> tuple[Arming, ...]:
        """The armings that can still fire, by number."""
        return tuple(each for each in self.armings if each.open)

    def running(self, kind: ClockKind, subject: str) -> Arming | None:
        """Return the open arming of `kind` for `subject`, if there is one."""
        found = (
            each for each in self.open if (each.terms.kind, each.terms.subject) == (kind, subject)
        )
        return next(found, None)

    @property
    def all_rated(self) -> bool:
        """Whether a whistle is over and both ratings of each of its calls have ended."""
        if self.stops_after is None:
            return False
        ended = {(each.terms.kind, each.terms.subject) for each in self.armings if not each.open}
        return ended >= {(kind, call) for kind in RATINGS for call in self.stops_after}


def evolve(state: Clocks, event: Any, at: datetime) -> Clocks:  # noqa: ARG001  all times are told
    """Return `state` after `event`; an event of another kind changes nothing."""
    match event:
        case DeadlineArmed():
            return _armed(state, event)
        case ClocksStopped():
            ended = tuple(replace(each, status="ended") for each in state.armings)
            return replace(state, armings=ended, stopped=True)
        case DeadlineMet() | MissWithdrawn():
            return _met(state, event)
        case DeadlineReminded() | DeadlineMissed() | DeadlineEscalated() | DeadlineLifted():
            found = state.armings[event.arming - 1]
            return _with(state, event.arming, _moved(found, event))
        case _:
            return state


def evolved(state: Clocks, events: Iterable[Any], at: datetime) -> Clocks:
    """Return `state` after all `events`."""
    for event in events:
        state = evolve(state, event, at)
    return state


def _armed(state: Clocks, event: DeadlineArmed) -> Clocks:
    return replace(
        state,
        armings=(*state.armings, Arming(event, event.due_at)),
        time_class=event.time_class or state.time_class,
        holder=event.charged_to if event.kind == "resolution" else state.holder,
        # an order that is to be acknowledged anew is in a new round
        spoken=state.spoken and event.kind != "acknowledge",
    )


def _met(state: Clocks, event: DeadlineMet | MissWithdrawn) -> Clocks:
    ended = replace(state.armings[event.arming - 1], status="ended")
    return replace(
        _with(state, event.arming, ended),
        spoken=state.spoken or event.kind == "contact",
        stops_after=state.stops_after if event.stops_after is None else event.stops_after,
    )


def _moved(
    found: Arming, event: DeadlineReminded | DeadlineMissed | DeadlineEscalated | DeadlineLifted
) -> Arming:
    match event:
        case DeadlineReminded():
            return replace(found, reminded=True)
        case DeadlineMissed():
            status: ArmingStatus = "missed" if rings_on(found.terms) else "ended"
            return replace(found, status=status, step=event.step + 1)
        case DeadlineEscalated():
            return replace(found, due_at=event.due_at)
        case DeadlineLifted():
            return replace(found, status="ended")


def _with(state: Clocks, number: int, arming: Arming) -> Clocks:
    armings = (*state.armings[: number - 1], arming, *state.armings[number:])
    return replace(state, armings=armings)
