"""A nameko service that writes down what reaches its handler, in a process of its own.

The type of a message says what the handler does; the journal and the switch are files.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import eventlet

from services.common.clock import RealClock
from services.common.contracts.commit import Tip
from services.common.contracts.envelope import Doorbell
from services.common.errors import Corrupt, Transient
from services.common.messaging.declare import declaring
from services.common.messaging.departments import DepartmentReply, DepartmentUnreachable
from services.common.messaging.inbox import inbox
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

    def turn(self) -> float:
        wrote("turn began")
        eventlet.sleep(0.3)
        wrote("turn ended")
        return 0.0


def tasks(container: Any) -> Iterator[Task]:
    """A relay over a log with commits in it, and a ticking task if it is wanted."""
    log = MemoryLog("escalation", RealClock())
    for number in range(int(os.environ.get("PROBE_COMMITS", "0"))):
        log.append(draft(f"duty-{number}"), Tip())
    uri = container.config["AMQP_URI"]
    yield Relay(log, AmqpPublisher(uri, declare=declaring("escalation")))
    if "PROBE_TICKING" in os.environ:
        yield Ticking()


class Escalation:
    """Handles doorbells as their type says."""

    name = "escalation"
    background = Background(tasks)

    @inbox(prefetch=8)
    def on_event(self, message: Doorbell) -> None:
        wrote(f"began {message.id}")
        match message.type:
            case "Slow":
                eventlet.sleep(1.5)
            case "Broken":
                raise ValueError("a bug")
            case "Hopeless":
                raise Corrupt(why="it can never work")
            case "Exit":
                raise SystemExit(3)
            case "Stored" if AWAY.exists():
                raise Transient(what="database")
        wrote(f"done {message.id} {message.subject} {message.streamversion}")

    @replies
    def on_reply(self, reply: DepartmentReply) -> None:
        if reply.code == "dept-mute":
            raise DepartmentUnreachable(code=reply.code, fate="refused")
        wrote(f"reply {reply.code} {reply.kind} {reply.message_id} {reply.body.get('data')}")


def wrote(line: str) -> None:
    with JOURNAL.open("a") as journal:
        journal.write(line + "\n")
