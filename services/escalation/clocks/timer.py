"""The timer: takes due times in ascending order and lets the rules decide.

It only proposes. Whether a limit is missed is decided on the clock's own stream, after everything
that could have met it was followed, under an id that follows from arming and step: so
two timers, or one that died half way, decide each step once. A lease saves work, nothing else.
"""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from typing import Final

from services.common.clock import Clock
from services.common.contracts.codec import time_text, to_time
from services.common.contracts.commit import Actor, Commit
from services.common.contracts.events.clocks import DeadlineMissed
from services.common.contracts.streams import clock_stream, derived
from services.common.contracts.vocabulary import ClockKind
from services.common.errors import Transient
from services.common.eventlog.deciding import Errand, carry_out
from services.common.eventlog.folding import Loaded
from services.common.eventlog.known import Known
from services.common.eventlog.loading import load
from services.common.eventlog.ports import EventLog
from services.common.following.ports import Document, Documents
from services.common.following.reached import Ends
from services.escalation.clocks.clock import Arming, Clocks
from services.escalation.clocks.commands import MissDeadline, RemindDeadline
from services.escalation.clocks.projections import DUE_TIMES
from services.escalation.clocks.rules import CLOCKS

PAGE: Final = 500
#: So long a turn waits, in all, for what was committed and not followed yet.
PATIENCE_SECONDS: Final = 3.0
ACTOR: Final = Actor(role="policy", policy="escalation.timer")
#: Is told every missed step, once: its kind, and the business time from its due time to the record.
Missed = Callable[[ClockKind, timedelta], None]
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Turn:
    """What came of one turn of the timer."""

    fired: int = 0  #: reminders and missed steps that were written
    stuck: tuple[str, ...] = ()  #: clock streams that failed and are tried again next turn


@dataclass(frozen=True, slots=True, order=True)
class _Due:
    at: datetime
    stream: str


@dataclass(slots=True)
class _Round:
    now: datetime
    waiting: list[_Due]
    until: float  #: machine time, monotonic: nothing is waited for after it
    fired: int = 0
    stuck: list[str] = field(default_factory=list)

    def wait(self, stream: str, at: datetime | None) -> None:
        """Come back to `stream` in this round, if it is due by then."""
        if at is not None and at <= self.now:
            heappush(self.waiting, _Due(at, stream))


class Timer:
    """Fires clocks. `reactions` tells how far escalation's reactions have followed all logs."""

    def __init__(
        self,
        *,
        log: EventLog,
        documents: Documents,
        clock: Clock,
        reactions: Ends,
        missed: Missed = lambda _kind, _late: None,
        monotonic: Callable[[], float] = time.monotonic,
        known: Known | None = None,
    ) -> None:
        """Wire the timer. `log` and `documents` are escalation's own; `missed` is a metric.

        `known`: what the process knows of its streams.
        """
        self._log = log
        self._documents = documents
        self._clock = clock
        self._reactions = reactions
        self._missed = missed
        self._monotonic = monotonic
        self._known = known if known is not None else Known()

    def turn(self, now: datetime) -> Turn:
        """Fire everything that is due at business time `now`, the longest due first.

        What fails is logged, left out, and tried again in the next turn; the others go on.
        """
        waiting = [_Due(at, stream) for at, stream in self._rows(now)]
        heapify(waiting)
        found = _Round(now, waiting, self._monotonic() + PATIENCE_SECONDS)
        while found.waiting:
            due = heappop(found.waiting)
            try:
                self._fire(found, due)
            except Transient as error:
                _LOG.warning("a clock fires later: %s: %s", due.stream, error)
                found.stuck.append(due.stream)
            except Exception:  # noqa: BLE001  one clock's fault must not silence the others
                _LOG.exception("a clock could not be fired: %s", due.stream)
                found.stuck.append(due.stream)
        return Turn(found.fired, tuple(found.stuck))

    def next_due(self) -> datetime | None:
        """Return when the timer has to turn next, as far as the read model knows."""
        # after "": only documents that have a due time at all
        rows = self._documents.find(DUE_TIMES.name, {}, order_by="next_at", after="", limit=1)
        return to_time(rows[0].body["next_at"]) if rows else None

    def _rows(self, now: datetime) -> Iterator[tuple[datetime, str]]:
        """Yield what is due by the read model. Of equals at a page's end some wait a turn."""
        after, upto = "", time_text(now)
        while True:
            rows = self._documents.find(
                DUE_TIMES.name, {}, order_by="next_at", after=after, upto=upto, limit=PAGE
            )
            yield from (_row(each) for each in rows)
            if len(rows) < PAGE:
                return
            after = rows[-1].body["next_at"]

    def _fire(self, found: _Round, due: _Due) -> None:
        loaded, behind = self._followed(due.stream, found.until)
        at = self._clock.now()
        arming = _longest_due(loaded.state, at)
        if arming is None:
            return
        if _due_since(arming, at) > due.at:
            found.wait(due.stream, _due_since(arming, at))
            return
        outcome = carry_out(self._log, CLOCKS, _errand(loaded, arming, behind, at), self._known)
        if outcome.commit is not None and not outcome.repeated:
            found.fired += 1
            self._report(outcome.commit)
        following = _longest_due(outcome.state, at)
        found.wait(due.stream, _due_since(following, at) if following else None)

    def _report(self, commit: Commit) -> None:
        for fact in commit.facts:
            if isinstance(fact.event, DeadlineMissed):
                self._missed(fact.event.kind, fact.recorded_at - fact.event.due_at)

    def _followed(self, stream: str, until: float) -> tuple[Loaded[Clocks], tuple[str, ...]]:
        """Wait until the reactions have followed every stream that the clocks are about.

        Returns the clocks as they are then, and the streams that could not be followed: one that is
        held doesn't silence a clock, nor does one whose end has no position for long.

        Raises:
            SourceBehind: The reactions are not there yet; they will be.
        """
        seen: set[str] = set()
        behind: list[str] = []
        while True:
            loaded = load(self._log, CLOCKS, stream, self._known)
            subjects = dict.fromkeys(each.terms.subject for each in loaded.state.armings)
            fresh = [each for each in subjects if each not in seen]
            if not fresh:
                return loaded, tuple(behind)
            for each in self._reactions.behind(fresh, until):
                _LOG.warning("a clock fires on what is known; %s is behind", each)
                behind.append(each)
            seen.update(fresh)


def _row(document: Document) -> tuple[datetime, str]:
    return to_time(document.body["next_at"]), clock_stream(document.id)


def _due_since(arming: Arming, at: datetime) -> datetime:
    """Return since when `arming` is due at `at`: its limit, once that is gone, else its half."""
    reminded_at = arming.remind_at
    return arming.due_at if at >= arming.due_at or reminded_at is None else reminded_at


def _longest_due(state: Clocks, at: datetime) -> Arming | None:
    due = [each for each in state.open if _due_since(each, at) <= at]
    return min(due, key=lambda each: (_due_since(each, at), each.terms.arming), default=None)


def _errand(
    loaded: Loaded[Clocks], arming: Arming, behind: tuple[str, ...], at: datetime
) -> Errand:
    number = arming.terms.arming
    command: MissDeadline | RemindDeadline
    if at >= arming.due_at:
        command, what = MissDeadline(number, arming.step, behind), f"miss {arming.step}"
    else:
        command, what = RemindDeadline(number), "remind"
    return Errand(
        stream=loaded.stream,
        command=command,
        command_id=derived(loaded.stream, number, what),
        actor=ACTOR,
        correlation=loaded.correlation,
        at=at,
    )
