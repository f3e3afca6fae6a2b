"""Hears every event and every call as it leaves the broker, and wakes up whoever waits for it."""

import json
import time
from collections.abc import Iterable
from contextlib import ExitStack
from threading import Condition, Thread
from typing import Any

from services.common.contracts.streams import LOGS
from services.common.messaging.topology import calls_queue, events_exchange
from services.common.messaging.wire import hang_up, opened

LOOK_SECONDS = 0.5


class Listener:
    """A subscriber on a thread: an exclusive queue of its own, and the calls of departments."""

    def __init__(self, uri: str, departments: Iterable[str] = ()) -> None:
        """Listen from now on."""
        self._heard: dict[tuple[str, str], float] = {}
        self._changed = Condition()
        self._stopping = False
        with ExitStack() as half_open:
            self._connection = opened(uri, 10)
            half_open.callback(hang_up, self._connection)
            self._consume(departments)
            self._open = half_open.pop_all()
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def _consume(self, departments: Iterable[str]) -> None:
        channel = self._connection.channel()
        queue = channel.queue_declare("", exclusive=True, auto_delete=True).queue
        for log in LOGS:
            channel.queue_bind(queue, events_exchange(log), "#")
        for each in (queue, *map(calls_queue, departments)):
            channel.basic_consume(each, no_ack=True, callback=self._on_message)

    def _run(self) -> None:
        while not self._stopping:
            try:
                self._connection.drain_events(timeout=LOOK_SECONDS)
            except TimeoutError:
                continue
            except OSError:  # whoever waits hears nothing more, and says so
                return

    def _on_message(self, message: Any) -> None:
        at = time.monotonic()
        event = json.loads(message.body)
        about = event["data"]["whistle"] if event["type"] == "called" else event["subject"]
        with self._changed:
            self._heard.setdefault((event["type"], about), at)
            self._changed.notify_all()

    def wait(self, kind: str, about: str, within_seconds: float = 60.0) -> float:
        """Return when (monotonic) `kind` about a stream, or a call of a whistle, was read.

        Raises:
            TimeoutError: It was not.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: (kind, about) in self._heard, within_seconds):
                raise TimeoutError(f"no {kind} about {about} in {within_seconds} s")
            return self._heard[kind, about]

    def close(self) -> None:
        """Stop listening."""
        self._stopping = True
        self._thread.join()
        self._open.close()
