"""The whole installation in one process: four services on memory logs, a bus and a stepped clock.

The same service classes, routes, reactions and actors as over the wire; only the adapters differ.
An adversary may double, reorder and drop messages between relay and consumers, and every service
may have two replicas.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from werkzeug.test import Client

from services.common import registry_files
from services.common.clock import ManualTime, SteppedClock
from services.common.desk import Desk
from services.common.eventlog.charts import LiveChart
from services.common.following.batches import Consumer
from services.common.following.memory import MemoryCursors, MemoryDocuments
from services.common.following.reached import Reached
from services.common.following.sequencer import Sequencer
from services.common.http.host import HttpHost
from services.common.http.tokens import TokenVerifier, issue
from services.common.messaging.departments import DepartmentLine, reply_of
from services.common.messaging.publisher import Letter
from services.common.messaging.relay import Relay
from services.common.messaging.topology import REPLIES_QUEUE, bell_queue
from services.common.vault.keys import Keys
from services.common.vault.master_keys import MasterKeys
from services.common.vault.vault import Vault
from services.demo.api import Json, read
from services.demo.cast import Person
from services.dispatch import wiring as dispatch_wiring
from services.dispatch.handlers import adopt_registry
from services.dispatch.service import DispatchService
from services.escalation import wiring as escalation_wiring
from services.escalation.calls.replies import answer, outcome_message
from services.escalation.clocks.timer import Timer
from services.escalation.service import EscalationService
from services.intake import wiring as intake_wiring
from services.intake.service import IntakeService
from services.metrics import wiring as metrics_wiring
from services.metrics.books import Books
from services.metrics.service import MetricsService
from services.testing.memory_bus import Adversary, MemoryBus
from services.testing.memory_log import MemoryLog
from services.testing.memory_vault import MemoryKeyRows, MemoryTexts
from tests.support.described import client_of
from tests.support.following import until_nothing_moves
from tests.support.replica import Replica, replica_of

START = datetime(2026, 6, 1, 1, 0, tzinfo=UTC)  #: 09:00 in Beijing
REGISTRY = Path(__file__).resolve().parents[2] / "deploy" / "registry"
SERVICES: Mapping[str, Any] = {
    "intake": IntakeService,
    "dispatch": DispatchService,
    "escalation": EscalationService,
}
COMMAND_SERVICES = tuple(SERVICES)
Consumers = tuple[Consumer, ...]


class World:
    """Four services, a bus and a clock that only this object moves."""

    def __init__(
        self, *, adversary: Adversary | None = None, replicas: int = 1, registry: bool = True
    ) -> None:
        self.time = ManualTime(START)
        self.clock = SteppedClock(self.time.read)
        self.logs = {name: MemoryLog(name, self.clock) for name in COMMAND_SERVICES}
        self.bus = MemoryBus(adversary)
        self.line = DepartmentLine(self.bus)
        self._keys = Keys(MemoryKeyRows(), MasterKeys("test", {"test": bytes(32)}))
        self.texts = MemoryTexts()
        self._signing = Ed25519PrivateKey.generate()
        self._tokens: dict[Person, str] = {}
        self.documents = {name: MemoryDocuments() for name in (*COMMAND_SERVICES, "metrics")}
        self.cursors = {name: MemoryCursors() for name in (*COMMAND_SERVICES, "metrics")}
        self.desks = {name: self._desk(name) for name in COMMAND_SERVICES}
        self.replicas = {
            name: [self._replica(name, number) for number in range(replicas)]
            for name in self._wirings()
        }
        self._sequencers = [
            Sequencer(log, partial(self._leader(name).grown, name))
            for name, log in self.logs.items()
        ]
        self._relays = [Relay(log, log, self.bus) for log in self.logs.values()]
        self.clients = {name: self._client(name) for name in self._wirings()}
        if registry:
            adopt_registry(self.desks["dispatch"], registry_files.load(REGISTRY).values())

    # -- building ----------------------------------------------------------------------------------

    def _desk(self, name: str) -> Desk:
        return Desk(
            service=name,
            log=self.logs[name],
            logs=self.logs,
            clock=self.clock,
            chart=LiveChart(self.logs["dispatch"]),
            vault=Vault(name, self._keys, self.texts.of(name)),
            documents=self.documents[name],
            cursors=self.cursors[name],
        )

    def _wirings(self) -> Mapping[str, Callable[[], Consumers]]:
        return {
            "intake": lambda: intake_wiring.consumers(self.desks["intake"]),
            "dispatch": lambda: dispatch_wiring.consumers(self.desks["dispatch"]),
            "escalation": lambda: escalation_wiring.consumers(self.desks["escalation"], self.line),
            "metrics": lambda: metrics_wiring.consumers(self.documents["metrics"]),
        }

    def _replica(self, service: str, number: int) -> Replica:
        self.bus.listen(service, str(number))
        return replica_of(self._wirings()[service](), self.logs, self.cursors[service])

    def _leader(self, service: str) -> Replica:
        """Return the replica that knows at once what has got its position in its own log."""
        return self.replicas[service][0]

    def _client(self, name: str) -> Client:
        host = HttpHost(tokens=TokenVerifier({"test": self._signing.public_key()}))
        if name == "metrics":
            return client_of(MetricsService, http=host, books=self._books())
        return client_of(SERVICES[name], http=host, desk=self.desks[name])

    def _books(self) -> Books:
        return Books(
            logs=self.logs,
            documents=self.documents["metrics"],
            chart=LiveChart(self.logs["dispatch"]),
            clock=self.clock,
            cursors=self.cursors["metrics"],
        )

    # -- running -----------------------------------------------------------------------------------

    def settle(self) -> None:
        """Let messages flow until nothing is on its way any more, and nothing dropped is missed."""
        until_nothing_moves(lambda: self._flow() or self._look(), "the installation")

    def _flow(self) -> int:
        moved = self._put_in_order() + sum(relay.turn() == 0 for relay in self._relays)
        for service, replicas in self.replicas.items():
            for number, replica in enumerate(replicas):
                moved += self.bus.deliver(bell_queue(service, str(number)), replica.hear)
                moved += replica.turn()
        return moved + self.bus.deliver(REPLIES_QUEUE, self._reply)

    def _put_in_order(self) -> int:
        """Give positions to what was appended; return how many logs have grown."""
        before = self.heads()
        for sequencer in self._sequencers:
            sequencer.look()
            sequencer.turn()
        return sum(now > then for now, then in zip(self.heads(), before, strict=True))

    def _look(self) -> int:
        """Find what no doorbell told, as every process does every few seconds."""
        return sum([each.look() for replicas in self.replicas.values() for each in replicas])

    def _followed(self, replica: Replica) -> None:
        """Let what was committed get its position, and a replica follow it."""
        self._put_in_order()
        replica.look()
        replica.turn()

    def retry_all(self) -> None:
        """Take up what is held and tried again, whenever it is due."""
        for replicas in self.replicas.values():
            replicas[0].retry_all()

    def _reply(self, letter: Letter) -> None:
        reply = reply_of(letter.routing_key, letter.message_id, letter.body)
        desk = self.desks["escalation"]
        outcome = answer(desk, reply.code, reply.kind, reply.message_id, reply.body)
        self.line.outcome(reply.code, outcome_message(reply.code, outcome))

    @property
    def timers(self) -> list[Timer]:
        """A timer for each replica of escalation."""
        desk = self.desks["escalation"]
        return [
            Timer(
                log=desk.log,
                documents=desk.documents,
                clock=self.clock,
                reactions=Reached(
                    replica.processors.named("escalation").cursor,
                    logs=self.logs,
                    wait=partial(self._followed, replica),
                ),
            )
            for replica in self.replicas["escalation"]
        ]

    def next_due(self) -> datetime | None:
        """Return when a clock has to fire next."""
        return self.timers[0].next_due()

    def fire(self) -> None:
        """Let every replica's timer do what is due now."""
        for timer in self.timers:
            turn = timer.turn(self.clock.now())
            assert not turn.stuck, turn

    # -- looking -----------------------------------------------------------------------------------

    def heads(self) -> list[int]:
        """Return the end of every log: lists that were read at the same heads are the same."""
        return [log.head() for log in self.logs.values()]

    def trouble(self) -> list[str]:
        """Return what consumers hold."""
        return [
            f"{consumer}: {stream}: {held}"
            for cursors in self.cursors.values()
            for consumer, cursor in cursors.load_all().items()
            for stream, held in cursor.held.items()
        ]

    def api(self) -> "MemoryApi":
        """Return the way in for actors."""
        return MemoryApi(self.clients, self._token)

    def _token(self, person: Person) -> str:
        if person not in self._tokens:
            self._tokens[person] = issue(
                self._signing, "test", person=person.name, roles=[person.role], unit=person.unit
            )
        return self._tokens[person]


class MemoryApi:
    """`services.demo.api.Api` over werkzeug's client."""

    def __init__(self, clients: Mapping[str, Client], token_of: Callable[[Person], str]) -> None:
        self._clients = clients
        self._token_of = token_of

    def get(self, service: str, path: str, who: Person | None = None) -> Json:
        headers = {"Authorization": f"Bearer {self._token_of(who)}"} if who else {}
        answer = self._clients[service].get(path, headers=headers)
        return read(answer.status_code, answer.get_json())

    def post(
        self,
        service: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        key: str,
        who: Person | None = None,
        receipt: str | None = None,
    ) -> Json:
        headers = {"Idempotency-Key": key}
        if receipt is not None:
            headers["Authorization"] = f"Receipt {receipt}"
        elif who is not None:
            headers["Authorization"] = f"Bearer {self._token_of(who)}"
        answer = self._clients[service].post(path, json=body, headers=headers)
        return read(answer.status_code, answer.get_json())


def streams_of(world: World) -> Iterator[str]:
    """Yield every stream of every log."""
    for log in world.logs.values():
        yield from sorted(log._streams)
