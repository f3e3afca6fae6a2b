"""The only publisher of events: appended commits become messages, at least once, never lost.

The set of pending commits is the outbox; there is nothing else to forget. Two relays may race:
positions are safe by the log's own rule, and followers don't mind a doorbell rung twice.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from services.common.contracts.commit import Commit
from services.common.contracts.envelope import CONTENT_TYPE, messages_of
from services.common.errors import Transient
from services.common.eventlog.ports import Outbox
from services.common.messaging.publisher import Fate, Letter, Publisher
from services.common.messaging.topology import events_exchange

#: Letters whose confirms are awaited together; more gains little and risks the time-out.
BATCH_LETTERS: Final = 100
WINDOW_COMMITS: Final = 500
IDLE_SECONDS: Final = 0.02


class Undelivered(Transient):
    """Commits stay in the outbox: their messages came back or a queue is full. See `facts`."""


@dataclass(frozen=True, slots=True)
class _Parcel:
    """All letters of one commit; it is published only when all of them are."""

    commit: Commit
    letters: tuple[Letter, ...]


class Relay:
    """Publishes the outbox of one log. Declare the topology first, or everything comes back."""

    name: Final = "relay"

    def __init__(self, outbox: Outbox, publisher: Publisher) -> None:
        self._outbox = outbox
        self._publisher = publisher
        self._exchange = events_exchange(outbox.name)

    def turn(self) -> float:
        """Stamp, publish and clear one window; return the seconds to pause.

        Raises:
            Undelivered: The window was tried and a part of it stays.
            Transient: Broker or database are away; what was cleared stays cleared.
        """
        if not self._outbox.waiting():
            return IDLE_SECONDS
        self._outbox.stamp(WINDOW_COMMITS)
        commits = self._outbox.unpublished(WINDOW_COMMITS)
        stuck = [stuck for batch in self._batches(commits) for stuck in self._publish(batch)]
        if stuck:
            first = stuck[0]
            raise Undelivered(count=len(stuck), stream=first.stream, version=first.version)
        return 0.0 if commits else IDLE_SECONDS

    def _batches(self, commits: Sequence[Commit]) -> Iterator[list[_Parcel]]:
        """Yield parcels in position order, about `BATCH_LETTERS` letters at a time."""
        batch: list[_Parcel] = []
        letters = 0
        for commit in commits:
            parcel = _Parcel(commit, tuple(self._letters(commit)))
            batch.append(parcel)
            letters += len(parcel.letters)
            if letters >= BATCH_LETTERS:
                yield batch
                batch, letters = [], 0
        if batch:
            yield batch

    def _publish(self, batch: list[_Parcel]) -> list[Commit]:
        """Publish one batch, clear what arrived whole, return the commits that didn't."""
        letters = [letter for parcel in batch for letter in parcel.letters]
        fates = iter(self._publisher.publish(letters))
        arrived: list[Commit] = []
        stuck: list[Commit] = []
        for parcel in batch:
            own = [next(fates) for _ in parcel.letters]
            whole = all(fate is Fate.DELIVERED for fate in own)
            (arrived if whole else stuck).append(parcel.commit)
        self._outbox.clear(arrived)
        return stuck

    def _letters(self, commit: Commit) -> Iterator[Letter]:
        for message in messages_of(commit, self._outbox.name):
            yield Letter(
                exchange=self._exchange,
                routing_key=message.routing_key,
                message_id=message.id,
                body=message.body.encode(),
                content_type=CONTENT_TYPE,
            )
