"""Toy rules in a cycle of three logs: what happens in a stream is told to two of the next service.

For properties of following, which need rules whose every answer depends on what was before.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from hypothesis import strategies as st

from services.common.clock import Clock
from services.common.contracts.command_names import command
from services.common.contracts.commit import Commit, Fact
from services.common.contracts.events.dispatch import ProgressNoted
from services.common.contracts.streams import category_of, derived
from services.common.eventlog.folding import Aggregate
from services.common.eventlog.ports import EventLog
from services.common.following.projecting import ReadModel
from services.common.following.reacting import Ask, Reaction, Reactor

#: The cycle: what happens in a stream of one category is told to two streams of the next.
NEXT = {"request": "workOrder", "workOrder": "clock", "clock": "request"}
SOURCE_OF = {told: telling for telling, told in NEXT.items()}


@dataclass(frozen=True, slots=True)
class Counted:
    """What the toy rules remember: how many notes a stream holds."""

    notes: int = 0


@command("Poke")
@dataclass(frozen=True, slots=True)
class Poke:
    """A command of the toy rules."""

    hops: int
    origin: str


def decide(state: Counted, command: Poke, _: datetime) -> list[ProgressNoted]:
    """Note it, unless the stream has an odd number of notes and the poke an even number of hops.

    What is nothing now would be something later: a no-op decided twice would show.
    """
    if state.notes % 2 and command.hops % 2 == 0:
        return []
    return [note(command.hops, command.origin)]


def evolve(state: Counted, event: ProgressNoted, _: datetime) -> Counted:
    """Count."""
    assert isinstance(event, ProgressNoted)
    return replace(state, notes=state.notes + 1)


def note(hops: int, origin: str) -> ProgressNoted:
    return ProgressNoted(request_id=str(hops), unit="u", note_ref=f"toy/{derived(origin)}")


def when_noted(fact: Fact, _: Any) -> Iterable[Ask]:
    """Tell two streams of the next category, until the hops are used up."""
    hops = int(fact.event.request_id)
    if hops:
        following = NEXT[category_of(fact.stream)]
        yield Ask(f"{following}-{hops % 3}", Poke(hops - 1, fact.id))
        yield Ask(f"{following}-{(hops + len(fact.id)) % 3}", Poke(hops - 1, fact.id))


def for_own_streams(category: str) -> Reaction:
    """Return the reaction of the service that owns `category`; the others' notes are not for it."""

    def when_noted_before(fact: Fact, chart: Any) -> Iterable[Ask]:
        return when_noted(fact, chart) if NEXT[category_of(fact.stream)] == category else ()

    return when_noted_before


class NoChart:
    """The toy rules need no registry."""

    versions: dict[str, int] = {}  # noqa: RUF012

    def at(self, _: datetime) -> "NoChart":
        return self

    def observe(self, _: Any) -> None:
        return None


def reactor_of(
    category: str, log: EventLog, clock: Clock, kind: type[Reactor] = Reactor
) -> Reactor:
    """Return the reactions of the service that owns `category`."""
    return kind(
        log.name,
        follows=frozenset({SOURCE_OF[category]}),
        reactions={ProgressNoted: (for_own_streams(category),)},
        aggregates=[Aggregate(category, Counted(), decide, evolve)],
        log=log,
        chart=NoChart(),  # type: ignore[arg-type]
        clock=clock,
    )


def count_notes(body: dict[str, Any], fact: Fact) -> dict[str, Any]:
    if isinstance(fact.event, ProgressNoted):
        body["notes"] = body.get("notes", 0) + 1
    return body


CATEGORIES = frozenset({"request", "workOrder", "clock"})
COUNTS = ReadModel("counts", CATEGORIES, lambda commit: category_of(commit.stream), count_notes)


START = st.lists(
    st.tuples(st.sampled_from(sorted(NEXT)), st.integers(0, 2), st.integers(0, 3)),
    min_size=1,
    max_size=4,
)


def assert_causes_ascend(commits: list[Commit]) -> None:
    highest: dict[tuple[str, str], int] = {}
    for commit in commits:
        if commit.cause is not None:
            pair = (commit.stream, commit.cause.stream)
            assert commit.cause.version > highest.get(pair, 0), "a reaction overtook an older one"
            highest[pair] = commit.cause.version
