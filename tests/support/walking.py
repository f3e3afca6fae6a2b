"""The walk of the night market in one process: up to any event, and on from there."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from services.common.contracts.commit import Commit, Fact
from services.common.contracts.event_types import name_of
from services.common.contracts.streams import category_of
from services.demo import cast
from services.demo.cases import CASES, NIGHT_MARKET
from services.demo.player import Player
from services.demo.reporting import Reporter
from services.demo.towns import Leader, Town
from services.demo.villages import Village
from services.escalation.calls.notifier import Notifier
from tests.support.departments import Department
from tests.support.world import World, streams_of

CASE = next(case for case in CASES if case.matter == NIGHT_MARKET)
SUPPORT = ("dept-emergency", "dept-enforcement", "dept-market")


class Walk:
    """One reporter, one village, one town, its leader and three departments."""

    def __init__(self) -> None:
        """Stand before the first step."""
        self.world = World()
        api = self.world.api()
        self.reporter = Reporter("hotline", api, cast.OPERATOR, [CASE])
        self.village = Village(api, cast.village_officer(cast.ZHANGWAN))
        self.town = Town(api, cast.town_officer(cast.ZHANGJIAWAN))
        self.leader = Leader(api, cast.town_leader(cast.ZHANGJIAWAN))
        self.departments = {code: Department(self.world.bus, code) for code in SUPPORT}

    def reports_again(self) -> Any:
        """Let the client repeat its request under the same key; return the answer."""
        again = Reporter("hotline", self.world.api(), cast.OPERATOR, [CASE])
        again.look()
        return again._receipts[CASE.key]

    def until(self, event: str, *, departments: bool = False) -> None:
        """Let everybody act in turn until `event` is in a log."""
        players: list[Player] = [self.reporter, self.village, self.town, self.leader]
        if departments:
            players += self.departments.values()
        for _ in range(100):
            for actor in players:
                if self.events(event):
                    return
                actor.look()
                self.world.settle()
        raise AssertionError(f"{event} did not come; there are {self.names()}")

    def passes(self, **duration: float) -> None:
        """Let time pass and clocks fire, without letting anything flow."""
        self.world.time.move_to(self.world.clock.now() + timedelta(**duration))
        self.world.fire()

    def notifier(self) -> Notifier:
        """Return escalation's notifier, as the task that restores queues has one."""
        return Notifier(self.world.desks["escalation"], self.world.line)

    # -- looking -----------------------------------------------------------------------------------

    def commits(self, category: str) -> list[Commit]:
        """Return every commit of the streams of a category."""
        return [
            commit
            for log in self.world.logs.values()
            for stream in streams_of(self.world)
            if category_of(stream) == category
            for commit in log.read(stream)
        ]

    def facts(self) -> Iterator[Fact]:
        """Yield every fact of every log, the registry's aside."""
        for log in self.world.logs.values():
            for stream in streams_of(self.world):
                if category_of(stream) != "registry":
                    yield from (fact for commit in log.read(stream) for fact in commit.facts)

    def events(self, name: str) -> list[Fact]:
        """Return the events of that name."""
        return [fact for fact in self.facts() if name_of(fact.event) == name]

    def armed(self, kind: str) -> list[Fact]:
        """Return the armings of clocks of that kind."""
        return [fact for fact in self.events("DeadlineArmed") if _kind(fact) == kind]

    def met(self, kind: str) -> list[Fact]:
        """Return the clocks of that kind that were met."""
        return [fact for fact in self.events("DeadlineMet") if _kind(fact) == kind]

    def names(self) -> list[str]:
        """Return the names of all events, for a failure's message."""
        return [name_of(fact.event) for fact in self.facts()]


def _kind(fact: Fact) -> str:
    event: Any = fact.event
    return str(event.kind)
