"""Plays the story on an installation: everybody looks, then time moves to what is due.

Whoever can't do something now, since a service is away, looks again. Time moves only when nothing
is on its way, so what happens, and when in business time, is the same in every run.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from pymongo.errors import PyMongoError

from services.common.errors import Transient
from services.demo import cast
from services.demo.api import LATER, Api, Problem
from services.demo.player import Player
from services.demo.troupe import TROUPE
from tests.support.installation import Installation
from tests.support.on_the_way import Heads, OnTheWay
from tests.support.waiting import eventually

MOMENT = timedelta(seconds=1)
SETTLED_SECONDS = 120.0
MOST_TOURS = 1000
#: Called with what just happened: "looking", "acted", "settling" or "due".
Disturb = Callable[[str], None]


def undisturbed(_moment: str) -> None:
    """Let everything run."""


class Tour:
    """The round of all actors, again and again, until the story is over."""

    def __init__(
        self, installation: Installation, api: Api, disturb: Disturb = undisturbed
    ) -> None:
        """Play on a running installation; `disturb` may kill parts of it."""
        self.on_the_way = OnTheWay(installation.stores)
        self._installation = installation
        self._disturb = disturb
        self._actors = {name: make(api) for name, make in TROUPE.items()}
        #: Those who act because of the hour alone: a slot of the patrol has begun.
        self._early = [self._actors[cast.village_officer(cast.ZHANGWAN).name]]

    def play(self) -> None:
        """Play until nobody has anything to do and no clock is armed."""
        looked_at: dict[str, Heads] = {}
        for _ in range(MOST_TOURS):
            self._settle()
            heads = self.on_the_way.heads()
            if heads != looked_at:
                self._disturb("looking")
                looked_at = heads if self._everybody(self._actors.values()) else {}
            elif not self._moved():
                return
        raise AssertionError(f"the story did not end in {MOST_TOURS} tours")

    def _everybody(self, players: Iterable[Player]) -> bool:
        """Let `actors` do what they can; False if somebody could not."""
        calm = [self._looked(player) for player in players]
        return all(calm)

    def _looked(self, player: Player) -> bool:
        try:
            while player.look():
                self._disturb("acted")
        except ConnectionError:
            return False
        except Problem as problem:
            if problem.status not in LATER:
                raise
            return False
        return True

    def _settle(self) -> None:
        """Wait until nothing is on its way and nothing is due."""
        eventually(
            self._settled,
            awaited="everybody has caught up",
            within_seconds=SETTLED_SECONDS,
            every=0.1,
        )

    def _settled(self) -> bool:
        self._disturb("settling")
        try:
            rest = self.on_the_way.now()
            due = self.on_the_way.next_due()
            late = due is not None and due <= self._installation.time.read()
        except (PyMongoError, Transient) as error:
            raise AssertionError(f"the database is away: {error}") from error
        assert not rest, rest[:5]
        assert not late, f"what was due at {due} has not fired"
        return True

    def _moved(self) -> bool:
        """Move time to what is due; a moment before, those who wait for the hour may still act."""
        due = self.on_the_way.next_due()
        if due is None:
            return False
        self._move_to(due - MOMENT)
        before = self.on_the_way.heads()
        calm = self._everybody(self._early)
        if calm and self.on_the_way.heads() == before:
            self._move_to(due)
            self._disturb("due")
        return True

    def _move_to(self, moment: datetime) -> None:
        self._installation.time.move_to(moment)


def play(installation: Installation, disturb: Disturb = undisturbed) -> OnTheWay:
    """Play the story to its end; return what looks into the installation."""
    with installation.api() as api:
        tour = Tour(installation, api, disturb)
        tour.play()
        return tour.on_the_way
