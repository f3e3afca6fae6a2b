"""A bus in memory for whole stories in one process, and an adversary between relay and consumers.

Routed by the same topology as the real one. It speaks in amqp's terms only where ours do: letters
go in, letters come out; a handler that raises `Transient` keeps its letter in the queue.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from services.common.contracts.codec import canonical, parsed
from services.common.errors import Transient
from services.common.messaging import topology
from services.common.messaging.publisher import Fate, Letter
from services.common.messaging.topology import Binding


class Adversary:
    """Doubles, reorders and drops letters on purpose; the same seed does the same again.

    Only doorbells are dropped: the log still has what they say. Replies of departments are
    doubled and reordered, never dropped, as a broker with confirms behaves.
    """

    def __init__(
        self, seed: int, *, drop: float = 0.15, double: float = 0.15, reorder: float = 0.3
    ) -> None:
        """Wire the chances, each from 0 to 1 and for each letter in each queue."""
        self._random = random.Random(seed)  # noqa: S311  mischief, not secrecy
        self._drop = drop
        self._double = double
        self._reorder = reorder

    def put(self, queue: str, letters: list[Letter], letter: Letter) -> None:
        """Put `letter` among the waiting `letters` of `queue`, or don't, or twice, or earlier."""
        droppable = ".bell." in queue
        if droppable and self._random.random() < self._drop:
            return
        copies = 2 if self._random.random() < self._double else 1
        for _ in range(copies):
            early = self._random.random() < self._reorder
            place = self._random.randint(0, len(letters)) if early else len(letters)
            letters.insert(place, letter)


class Honest(Adversary):
    """Delivers every letter once, in order."""

    def __init__(self) -> None:
        """No mischief."""
        super().__init__(0, drop=0.0, double=0.0, reorder=0.0)


class MemoryBus:
    """Exchanges and queues in dictionaries; a `Publisher` on one side, `deliver` on the other."""

    def __init__(self, adversary: Adversary | None = None) -> None:
        """Start with the whole topology and no departments."""
        self._adversary = adversary or Honest()
        self._bindings: list[Binding] = list(topology.WHOLE.bindings)
        self._queues: dict[str, list[Letter]] = {name: [] for name in topology.WHOLE.queues}
        self.full: set[str] = set()  #: queues that refuse, as at their length limit

    def add_department(self, code: str) -> None:
        """Declare both queues of a department; twice changes nothing."""
        for binding in topology.department_bindings(code):
            if binding not in self._bindings:
                self._bindings.append(binding)
                self._queues[binding.queue] = []

    def listen(self, service: str, process: str) -> str:
        """Let one process of a service hear doorbells; return its queue."""
        queue = topology.bell_queue(service, process)
        for key in topology.bell_keys(service):
            self._bindings.append(Binding(queue, topology.BELLS, key))
        self._queues[queue] = []
        return queue

    def publish(self, letters: Sequence[Letter]) -> list[Fate]:
        """Route each letter; see `publisher.Publisher`."""
        return [self._route(letter) for letter in letters]

    def _route(self, letter: Letter) -> Fate:
        queues = [
            one.queue
            for one in self._bindings
            if one.exchange == letter.exchange and one.key in ("#", letter.routing_key)
        ]
        for queue in queues:
            if queue not in self.full:
                self._adversary.put(queue, self._queues[queue], letter)
        if not queues and letter.mandatory:
            return Fate.RETURNED
        return Fate.REFUSED if self.full.intersection(queues) else Fate.DELIVERED

    def deliver(self, queue: str, handler: Callable[[Letter], None]) -> int:
        """Hand over what waits in `queue` now, in order; return how many were handled.

        A letter whose handler raises `Transient` goes to the end and waits for the next time. One
        whose handler dies was not acked: it and all behind it wait at the front.
        """
        waiting, self._queues[queue] = self._queues[queue], []
        handled = 0
        while waiting:
            try:
                handler(waiting[0])
                handled += 1
            except Transient:
                self._queues[queue].append(waiting[0])
            except BaseException:
                self._queues[queue][:0] = waiting
                raise
            del waiting[0]
        return handled

    def waiting(self, queue: str) -> int:
        """Return how many letters wait in `queue`."""
        return len(self._queues[queue])

    def wipe(self) -> None:
        """Lose every letter, as a wiped broker does; the topology is declared anew."""
        for letters in self._queues.values():
            letters.clear()


class MemoryDepartment:
    """A department's side of a memory bus: reads its calls and outcomes, replies."""

    def __init__(self, bus: MemoryBus, code: str) -> None:
        """Declare the department's queues."""
        self._bus = bus
        self._code = code
        bus.add_department(code)

    def calls(self) -> list[dict[str, Any]]:
        """Return and remove the calls that wait."""
        return self._take(topology.calls_queue(self._code))

    def outcomes(self) -> list[dict[str, Any]]:
        """Return and remove the outcomes that wait."""
        return self._take(topology.outcomes_queue(self._code))

    def reply(self, kind: str, message: Mapping[str, Any]) -> None:
        """Reply; `deliver("escalation.replies", ...)` and `reply_of` read it."""
        key, body = f"{self._code}.{kind}", canonical(message).encode()
        self._bus.publish([Letter(topology.DEPARTMENT_REPLIES, key, str(message["id"]), body)])

    def _take(self, queue: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        self._bus.deliver(queue, lambda letter: found.append(parsed(letter.body.decode())))
        return found
