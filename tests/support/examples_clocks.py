"""A small world for clocks: logs and read models in memory, the real registry of one town or two.

Moments are told by the story's days: `d2 14:00` is the second day in Beijing.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, Final

from services.common.chart import Chart, fold
from services.common.chart.folding import Adoption
from services.common.clock import ManualTime, SteppedClock
from services.common.contracts.commit import Actor, Cause, Commit, Draft, Fact, Happened, Tip
from services.common.contracts.event_types import categories_of
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
from services.common.contracts.events.dispatch import RegistryAdopted
from services.common.contracts.events.reactions import ReactionRefused
from services.common.contracts.streams import REGISTRY_KINDS, log_of, registry_stream
from services.common.eventlog.charts import LiveChart
from services.common.following.batches import Consumer
from services.common.following.cursors import Held
from services.common.following.memory import MemoryCursors, MemoryDocuments
from services.common.following.processors import processors_of
from services.common.following.projecting import Projector
from services.common.following.reacting import Reactor
from services.common.registry_files import load
from services.escalation.clocks.orphans import WATCHED_REQUESTS
from services.escalation.clocks.projections import DUE_TIMES, RINGS
from services.escalation.clocks.reactions import REACTIONS as CLOCK_REACTIONS
from services.escalation.clocks.rules import CLOCKS
from services.escalation.clocks.timer import Timer
from services.escalation.tasks import REACTIONS_CONSUMER
from services.testing.memory_log import MemoryLog
from tests.support.following import reached, settle

VILLAGE: Final = "110112105209"
TOWN: Final = "110112105"
DISTRICT: Final = "110112"
CENTRE: Final = "cc-110112"
DEPUTY: Final = "deputy-110112"
LEADER: Final = "leader-110112"
_REGISTRY: Final = Path(__file__).parents[2] / "deploy" / "registry"
_KEPT: Final = re.compile(r"110112|110112105(209|-\w+)?|(cc|deputy|leader)-110112|dept-\w+")
_START: Final = datetime(2020, 1, 1, tzinfo=UTC)
_MIDNIGHT: Final = datetime(2026, 5, 31, 16, tzinfo=UTC)  #: of d1, in Beijing
_MOMENT: Final = re.compile(r"d(\d+) (\d\d):(\d\d)(?::(\d\d))?")


def moment(told: str) -> datetime:
    """Return the moment that `d2 14:00` (or `d2 14:00:30`) names."""
    found = _MOMENT.fullmatch(told)
    assert found is not None, told
    day, hour, minute, second = (int(each or 0) for each in found.groups())
    return _MIDNIGHT + timedelta(days=day - 1, hours=hour, minutes=minute, seconds=second)


def told(at: datetime) -> str:
    """Return `at` by the story's days, `d2 14:00`."""
    since = at - _MIDNIGHT
    hours, rest = divmod(since.seconds, 3600)
    text = f"d{since.days + 1} {hours:02}:{rest // 60:02}"
    return text if not rest % 60 else f"{text}:{rest % 60:02}"


@cache
def _tables() -> Mapping[str, tuple[Mapping[str, Any], ...]]:
    found: dict[str, tuple[Mapping[str, Any], ...]] = {
        kind: table.entries for kind, table in load(_REGISTRY).items()
    }
    units = tuple(each for each in found["units"] if _KEPT.fullmatch(each["code"]))
    return {**found, "units": units}


@cache
def chart() -> Chart:
    """Return the chart of the story's town."""
    adopted = (
        Adoption(registry_stream(kind), 1, _START, tuple(rows)) for kind, rows in _tables().items()
    )
    return fold(adopted, moment("d1 00:00"))


def fact(stream: str, event: Any, at: datetime, version: int = 1) -> Fact:
    """Return an event as a reaction is given it."""
    return Fact(event, f"{stream}@{version}.0", stream, version, at, at, {})


class World:
    """Escalation's clocks beside logs that a test writes into."""

    def __init__(self, start: str = "d1 09:00") -> None:
        self.time = ManualTime(moment(start))
        self.clock = SteppedClock(self.time.read)
        self.logs = {
            name: MemoryLog(name, self.clock) for name in ("intake", "dispatch", "escalation")
        }
        self.documents = MemoryDocuments()
        self.live_chart = LiveChart(self.logs["dispatch"])
        self._commands = count(1)
        self._adopt()
        self.cursors = MemoryCursors()
        self.reactions, *self.projections = processors_of(
            self._consumers(),
            logs=self.logs,
            cursors=self.cursors,
            observers=(self.live_chart.observe,),
        )
        self.timer = self.timer_of()

    def _adopt(self) -> None:
        for kind in REGISTRY_KINDS:
            adopted = RegistryAdopted(kind, _START, "-", tuple(_tables()[kind]))
            self.append(registry_stream(kind), adopted)

    def _consumers(self) -> Iterator[Consumer]:
        yield Reactor(
            REACTIONS_CONSUMER,
            follows=categories_of(CLOCK_REACTIONS),
            reactions=CLOCK_REACTIONS,
            aggregates=(CLOCKS,),
            log=self.logs["escalation"],
            chart=self.live_chart,
            clock=self.clock,
        )
        for model in (DUE_TIMES, RINGS, WATCHED_REQUESTS):
            yield Projector(model.name, model, self.documents)

    def timer_of(self, **more: Any) -> Timer:
        """Return another timer of this escalation; waiting lets the reactions follow."""
        return Timer(
            log=self.logs["escalation"],
            documents=self.documents,
            clock=self.clock,
            **{"reactions": reached(self.reactions, self.logs), **more},
        )

    # -- what happens ----------------------------------------------------------------------------

    def append(self, stream: str, *events: Any, cause: Cause | None = None) -> Commit:
        """Write a commit and tell nobody."""
        log = self.logs[log_of(stream)]
        tip = Tip()
        for commit in log.read(stream):
            tip = commit.tip
        now = self.clock.now()
        return log.append(
            Draft(
                stream=stream,
                command_id=f"command-{next(self._commands)}",
                actor=Actor(role="operator"),
                correlation="c-1",
                recorded_at=now,
                events=tuple(Happened(each, now) for each in events),
                cause=cause,
            ),
            tip,
        )

    def say(self, at: str, stream: str, *events: Any, cause: Cause | None = None) -> Commit:
        """Write a commit at a moment; let everybody follow."""
        self.time.move_to(moment(at))
        commit = self.append(stream, *events, cause=cause)
        self.settle()
        return commit

    def settle(self) -> None:
        """Let reactions and read models follow until nothing is new."""
        settle(self.logs, (self.reactions, *self.projections))

    def tick(self, at: str | datetime) -> None:
        """Move to a moment and let the timer turn once."""
        self.time.move_to(at if isinstance(at, datetime) else moment(at))
        self.timer.turn(self.clock.now())
        self.settle()

    def run_until(self, at: str) -> None:
        """Step from due time to due time, as a simulation does, up to a moment."""
        before = None
        while (due := self.timer.next_due()) is not None and due <= moment(at):
            assert (due, self.clock.now()) != before, f"a clock is stuck at {told(due)}"
            self.tick(due)
            before = due, self.clock.now()
        self.time.move_to(moment(at))

    def holds(self, stream: str, version: int) -> None:
        """Let the reactions hold a stream from a commit on; a person has to let it go on."""
        cursor = self.cursors.load(REACTIONS_CONSUMER)
        held = {**cursor.held, stream: Held(version, "unreadable", self.clock.now())}
        self.cursors.save(REACTIONS_CONSUMER, replace(cursor, held=held))
        self.reactions.start_again()

    # -- what is there ---------------------------------------------------------------------------

    def commits(self, stream: str) -> list[Commit]:
        """Return the commits of a stream of escalation's log."""
        return list(self.logs["escalation"].read(stream))

    def events(self, stream: str) -> list[Any]:
        """Return the events of a stream of escalation's log."""
        return [fact.event for commit in self.commits(stream) for fact in commit.facts]

    def story(self, stream: str, letter: str = "a") -> list[str]:
        """Return a line per commit of a clock stream, as a story would tell it."""
        return [
            ", ".join(line(fact.event, letter) for fact in commit.facts)
            for commit in self.commits(stream)
        ]


def line(event: Any, letter: str = "a") -> str:
    """Return a clock's event in a few words."""
    late_by = getattr(event, "late_by_seconds", 0)
    late = f" late {late_by}" if late_by else ""
    match event:
        case DeadlineArmed():
            return f"armed {letter}{event.arming} {event.kind} {told(event.due_at)}"
        case DeadlineMissed():
            return f"missed {letter}{event.arming} step {event.step}{late}"
        case DeadlineEscalated():
            return f"escalated {event.step} {event.to} {told(event.due_at)}"
        case ReactionRefused():
            return f"refused {event.command} {event.reason}"
        case ClocksStopped():
            return "stopped"
        case _:
            return f"{_WORDS[type(event)]} {letter}{event.arming}{late}"


_WORDS: Final[Mapping[type, str]] = {
    DeadlineReminded: "reminded",
    DeadlineMet: "met",
    DeadlineLifted: "lifted",
    MissWithdrawn: "withdrawn",
}


def events_of(kind: type, found: Iterable[Any]) -> list[Any]:
    """Return those of one kind."""
    return [each for each in found if isinstance(each, kind)]
