"""Kills parts of an installation while a story is played, at moments that a seed chooses.

What was killed is started again at once, as a supervisor would. Leases of a dead service are ended
instead of waited for: nothing is correct by a lease, it only saves work.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Final

from pymongo.errors import PyMongoError

from services.common.contracts.streams import LOGS
from tests.support.installation import Installation
from tests.support.on_the_way import OnTheWay

#: How often a log is looked at for a commit that is not published yet.
GLANCES: Final = 150


@dataclass(slots=True)
class Mischief:
    """Something to do `times` times: at every n-th such moment, n at random from 1 to `spread`."""

    moment: str  #: "acted", "due" or "looking"
    act: Callable[[], None]
    times: int
    spread: int
    wait: int = 0


class Saboteur:
    """Does every mischief as often as planned; a `touring.Disturb`."""

    def __init__(self, seed: int, *plans: Mischief) -> None:
        """Do `plans` in the order of their moments."""
        self._random = Random(seed)  # noqa: S311  mischief, not secrecy
        self._plans = plans
        for plan in plans:
            plan.wait = self._random.randint(1, plan.spread)

    def __call__(self, moment: str) -> None:
        """Do what is to be done now."""
        for plan in self._plans:
            if plan.moment == moment and plan.times:
                plan.wait -= 1
                if plan.wait <= 0:
                    plan.times -= 1
                    plan.wait = self._random.randint(1, plan.spread)
                    plan.act()

    @property
    def left(self) -> list[str]:
        """Return what was planned and not done: a story that was left in peace proves nothing."""
        return [f"{plan.times} x {plan.act} at {plan.moment}" for plan in self._plans if plan.times]


class Hands:
    """What can be broken in an installation."""

    def __init__(self, installation: Installation, seed: int) -> None:
        """Break parts of `installation`."""
        self._installation = installation
        self._random = Random(seed)  # noqa: S311  mischief, not secrecy
        self._on_the_way = OnTheWay(installation.stores)
        self.in_the_middle = 0  #: kills with a commit appended and not published

    def kill(self, service: str) -> None:
        """Kill a replica of `service`, if possible while a commit of its log is not published."""
        self.in_the_middle += self._pending_seen(service)
        self._again(service)

    def kill_soon(self, service: str) -> None:
        """Kill a replica of `service` at once, whatever it does."""
        self._again(service)

    def kill_any(self) -> None:
        """Kill a replica of any service."""
        self.kill(self._random.choice(["intake", "dispatch", "escalation", "metrics"]))

    def kill_department(self) -> None:
        """Kill the subscriber of a department."""
        part = self._random.choice(list(self._installation.departments.values()))
        part.process.kill()
        part.start()

    def kill_broker(self) -> None:
        """Kill the broker as a power cut would, and start it again."""
        self._installation.broker.kill()
        self._installation.broker.start()

    def kill_database(self) -> None:
        """Kill the database as a power cut would, if possible in the middle; start it again."""
        self.in_the_middle += self._pending_seen("escalation")
        self._installation.database.kill()
        self._installation.database.start()

    def wipe_broker(self) -> None:
        """Delete all data of the broker; the operator puts users and rights on it again."""
        self._installation.broker.wipe()
        self._installation.broker.start()
        self._installation.apply_rights()

    def _pending_seen(self, service: str) -> bool:
        """Look at the log until a commit waits for the relay, or for some glances."""
        if service not in LOGS:
            return False
        try:
            return any(self._on_the_way.pending(service) for _ in range(GLANCES))
        except PyMongoError:
            return False

    def _again(self, service: str) -> None:
        parts = self._installation.parts
        names = [name for name in parts if name.rpartition("-")[0] == service]
        part = parts[self._random.choice(names)]
        part.process.kill()
        self._installation.end_leases(service)
        part.start()


class UnreadCalls:
    """Lets calls wait unread in departments' queues, then wipes the broker: a `touring.Disturb`."""

    def __init__(self, installation: Installation) -> None:
        """Stop all departments until the broker has lost what they have not read."""
        self._installation = installation
        self._on_the_way = OnTheWay(installation.stores)
        self.unread: set[str] = set()  #: departments with calls that were lost
        for part in installation.departments.values():
            part.process.kill()

    def __call__(self, moment: str) -> None:
        """Wipe when calls are out and nothing but the departments' replies is awaited."""
        if self.unread or moment != "settling":
            return
        rest = self._on_the_way.now()
        if rest and all("owes a reply" in each for each in rest):
            self.unread = self._on_the_way.departments_owing()
            Hands(self._installation, 0).wipe_broker()
            for part in self._installation.departments.values():
                part.start()


def said_again(installation: Installation) -> Mapping[str, int]:
    """Return how many calls each department was sent a second time, by its own log."""
    return {
        code: part.said.count('"again": true') for code, part in installation.departments.items()
    }
