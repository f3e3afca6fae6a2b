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
from services.common.contracts.commit import Actor, Cause, Commit, Draft, Fact, happened, sealed
from services.common.contracts.events.reactions import ReactionRefused
from services.common.contracts.streams import category_of, reaction_id
from services.common.errors import Corrupt, Refused
from services.common.eventlog.charts import LiveChart
from services.common.eventlog.deciding import ATTEMPTS
from services.common.eventlog.folding import Aggregate, Loaded
from services.common.eventlog.known import Known
from services.common.eventlog.loading import load, load_many
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
    patience_seconds = 0.0

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
        known: Known | None = None,
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
        self.known = known if known is not None else Known()

    def batch(self) -> "ReactionBatch":
        """Begin a batch; see `Consumer`."""
        return ReactionBatch(self, self._log)

    def errands_of(self, commit: Commit) -> Iterator["ReactionErrand"]:
        """Yield what is to be done because of `commit`, one errand a target."""
        chart = self._chart.at(commit.draft.recorded_at)
        for target, asked in self._asked(commit, chart).items():
            yield ReactionErrand(commit, target, tuple(asked), chart)

    def _asked(self, commit: Commit, chart: Chart) -> dict[str, list[_Asked]]:
        by_target: dict[str, list[_Asked]] = {}
        for fact in commit.facts:
            for reaction in self._reactions.get(type(fact.event), ()):
                for ask in reaction(fact, chart):
                    found = _Asked(ask, reaction.__name__)
                    by_target.setdefault(ask.target, []).append(found)
        return by_target

    def run(self, errand: "ReactionErrand") -> None:
        """Load the target afresh, decide and append, unless that was done.

        Raises:
            StreamConflict: Others were faster three times in a row.
        """
        for _ in range(ATTEMPTS):
            loaded = self.target_of(errand)
            draft = self.draft_of(errand, loaded)
            if draft is None:
                return
            try:
                commit = self._log.append(draft, loaded.tip)
            except StreamConflict:
                continue
            self.known.keep(errand.target, loaded.after(self.rules_of(errand), commit))
            return
        raise StreamConflict(stream=errand.target, attempts=ATTEMPTS)

    def target_of(self, errand: "ReactionErrand") -> Loaded[Any]:
        """Return the errand's target as it is stored now."""
        return load(self._log, self.rules_of(errand), errand.target, self.known)

    def rules_of(self, errand: "ReactionErrand") -> Aggregate[Any]:
        """Return the rules of the errand's target."""
        return self._aggregates[category_of(errand.target)]

    def draft_of(self, errand: "ReactionErrand", loaded: Loaded[Any]) -> Draft | None:
        """Decide the errand on `loaded`; None if its target has seen the source already."""
        source = errand.source
        if loaded.causes.get(source.stream, 0) >= source.version:
            return None
        now = loaded.tip.not_before(self._clock.now())
        events = tuple(_decided(self.rules_of(errand), loaded, errand.asked, now))
        return Draft(
            stream=errand.target,
            command_id=reaction_id(source.stream, source.version, errand.target),
            actor=Actor(role="policy", policy=f"{self.name}.{errand.asked[0].reaction}"),
            correlation=source.draft.correlation,
            recorded_at=now,
            events=happened(events, now),
            cause=Cause(source.stream, source.version, source.position),
            chart=errand.chart.versions,
        )


@dataclass(frozen=True, slots=True)
class ReactionErrand:
    """Everything that one commit asks of one target."""

    source: Commit
    target: str
    asked: tuple[_Asked, ...]
    chart: Chart


@dataclass(frozen=True, slots=True)
class _Planned:
    """What an errand comes to if its target still ends where it was read."""

    errand: ReactionErrand
    commit: Commit
    loaded: Loaded[Any]  #: the target with it


class ReactionBatch:
    """Reactions to some commits, decided one by one and appended in groups.

    What is known of a target may be behind. That shows in appending, and it is decided again.
    """

    def __init__(self, reactor: Reactor, log: EventLog) -> None:
        """Begin with nothing."""
        self._reactor = reactor
        self._log = log
        self._errands: dict[tuple[str, int], list[ReactionErrand]] = {}
        self._expected: dict[str, Aggregate[Any]] = {}
        self._targets: dict[str, Loaded[Any]] = {}
        self._planned: dict[str, list[_Planned]] = {}

    def expect(self, commit: Commit) -> None:
        """Find what `commit` asks for, and note the targets."""
        errands = list(self._reactor.errands_of(commit))
        self._errands[commit.stream, commit.version] = errands
        self._expected |= {each.target: self._reactor.rules_of(each) for each in errands}

    def handle(self, commit: Commit) -> None:
        """Decide what follows from `commit`, each on what its target will be by then."""
        self._read()
        for errand in self._errands.pop((commit.stream, commit.version)):
            loaded = self._targets.get(errand.target) or self._reactor.target_of(errand)
            draft = self._reactor.draft_of(errand, loaded)
            if draft is not None:
                planned = sealed(draft, loaded.tip)
                loaded = loaded.after(self._reactor.rules_of(errand), planned)
                self._planned.setdefault(errand.target, []).append(
                    _Planned(errand, planned, loaded)
                )
            self._targets[errand.target] = loaded

    def _read(self) -> None:
        """Read all targets that are expected and not known, together.

        One that can't be read is left to its errand.
        """
        expected, self._expected = self._expected, {}
        unknown = {}
        for target, rules in expected.items():
            known = self._targets.get(target) or self._reactor.known.of(target)
            if known is None:
                unknown[target] = rules
            else:
                self._targets[target] = known
        try:
            self._targets |= load_many(self._log, unknown, self._reactor.known)
        except Corrupt:
            return  # `target_of` meets it again, and then it is known whose fault that is

    def flush(self) -> None:
        """Append in groups, of each stream the next commit: `append_many` says why.

        Where another was faster, all that was planned for that stream is decided again on what is
        stored now, one errand after the other.

        Raises:
            StreamConflict: Others were faster again and again.
        """
        planned, self._planned, self._targets = self._planned, {}, {}
        while planned:
            group = [each[0] for each in planned.values()]
            appended = self._log.append_many([each.commit for each in group])
            for each, done in zip(group, appended, strict=True):
                rest = planned.pop(each.errand.target)
                if done:
                    self._reactor.known.keep(each.errand.target, each.loaded)
                    if len(rest) > 1:
                        planned[each.errand.target] = rest[1:]
                else:
                    for again in rest:
                        self._reactor.run(again.errand)


def _decided(
    aggregate: Aggregate[Any], loaded: Loaded[Any], asked: Sequence[_Asked], now: datetime
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
