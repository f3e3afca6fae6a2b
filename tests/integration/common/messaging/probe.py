"""A nameko service that writes down what reaches its handler; run by `nameko run` in tests.

The type of a message says what the handler does; the journal and the switch are files.
"""

import os
from pathlib import Path

import eventlet

from services.common.contracts.envelope import Doorbell
from services.common.errors import Transient
from services.common.messaging.departments import DepartmentReply, replies
from services.common.messaging.inbox import inbox

JOURNAL = Path(os.environ["PROBE_JOURNAL"])
AWAY = JOURNAL.with_suffix(".away")  #: while this file is there, the "database" is away


class Escalation:
    """Handles doorbells as their type says."""

    name = "escalation"

    @inbox(prefetch=8)
    def on_event(self, message: Doorbell) -> None:
        wrote(f"began {message.id}")
        match message.type:
            case "Slow":
                eventlet.sleep(1.5)
            case "Broken":
                raise ValueError("a bug")
            case "Exit":
                raise SystemExit(3)
            case "Stored" if AWAY.exists():
                raise Transient(what="database")
        wrote(f"done {message.id} {message.subject} {message.streamversion}")

    @replies
    def on_reply(self, reply: DepartmentReply) -> None:
        wrote(f"reply {reply.code} {reply.kind} {reply.message_id} {reply.body.get('data')}")


def wrote(line: str) -> None:
    with JOURNAL.open("a") as journal:
        journal.write(line + "\n")
