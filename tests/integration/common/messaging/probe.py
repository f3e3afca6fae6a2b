"""A nameko service that writes down what reaches its handler, in a process of its own.

The kind of a reply says what the handler does; the journal and the switch are files.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import eventlet

from services.common.clock import RealClock
from services.common.contracts.commit import Tip
from services.common.contracts.doorbell import Doorbell
from services.common.errors import Corrupt, Transient
from services.common.following.sequencer import Sequencer
from services.common.messaging.declare import declaring
from services.common.messaging.departments import DepartmentReply, DepartmentUnreachable
from services.common.messaging.doorbells import Doorbells
from services.common.messaging.publisher import AmqpPublisher
from services.common.messaging.relay import Relay
from services.common.messaging.replies import Replies, replies
from services.common.work.background import Background
from services.common.work.tasks import Task
from services.testing.memory_log import MemoryLog
from tests.support.examples import draft

JOURNAL = Path(os.environ["PROBE_JOURNAL"])
AWAY = JOURNAL.with_suffix(".away")  #: while this file is there, the "database" is away

Replies.hopeless_after_seconds = float(os.environ.get("PROBE_HOPELESS", "60"))


class Ticking:
    """A task that needs a while for a turn."""

    name = "ticking"
    wake = None

    def turn(self) -> float:
        wrote("turn began")
        eventlet.sleep(0.3)
        wrote("turn ended")
        return 0.0


def tasks(container: Any) -> Iterator[Task]:
    """A sequencer and a relay over a log with commits in it, and a ticking task if it is wanted."""
    log = MemoryLog("escalation", RealClock())
    for number in range(int(os.environ.get("PROBE_COMMITS", "0"))):
        log.append(draft(f"duty-{number}"), Tip())
    uri = container.config["AMQP_URI"]
    relay = Relay(log, log, AmqpPublisher(uri, declare=declaring("escalation")))
    assert relay.wake is not None
    grown = relay.wake.ring
    yield relay
    yield Sequencer(log, lambda _head, _commits: grown())
    if "PROBE_TICKING" in os.environ:
        yield Ticking()


class Noted:
    """An ear that writes down every doorbell, and whether it hears."""

    def rung(self, bell: Doorbell) -> None:
        wrote(f"heard {bell.type} {bell.log} {bell.position}")

    def hears(self, *, hears: bool) -> None:
        wrote("hears" if hears else "is deaf")


def ear(_container: Any) -> Noted:
    """Return the ear of this process."""
    return Noted()


class Escalation:
    """Handles replies as their kind says, and listens."""

    name = "escalation"
    background = Background(tasks)
    doorbells = Doorbells(ear)

    @replies
    def on_reply(self, reply: DepartmentReply) -> None:
        wrote(f"began {reply.message_id}")
        match reply.kind:
            case "slow":
                eventlet.sleep(1.5)
            case "broken":
                raise ValueError("a bug")
            case "hopeless":
                raise Corrupt(why="it can never work")
            case "exit":
                raise SystemExit(3)
            case "untold":
                raise DepartmentUnreachable(code=reply.code, fate="refused")
            case "stored" if AWAY.exists():
                raise Transient(what="database")
        wrote(f"done {reply.message_id} {reply.code} {reply.kind} {reply.body.get('data')}")


def wrote(line: str) -> None:
    with JOURNAL.open("a") as journal:
        journal.write(line + "\n")
