"""Tells commits to a batch of a consumer, and says whose fault it is when something goes wrong."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from services.common.contracts.commit import Commit
from services.common.errors import Corrupt, Transient
from services.common.following.batches import Batch, Consumer
from services.common.following.cursors import StreamHeldUp, StreamsHeldUp
from services.common.following.merging import Entry

#: Streams that were held up in writing: the first commit of each that was not done, and why.
HeldUp = Mapping[str, tuple[int, Exception]]


class CommitFault(Exception):
    """What happened at one commit of a batch."""

    def __init__(self, entry: Entry, error: Exception) -> None:
        """Blame `entry`."""
        super().__init__(repr(error))
        self.entry = entry
        self.error = error


class Telling:
    """Tells one consumer, and shows the commits to observers before."""

    def __init__(self, consumer: Consumer, observers: Iterable[Callable[[Commit], None]]) -> None:
        """Tell `consumer`."""
        self._consumer = consumer
        self._observers = tuple(observers)

    def show(self, entry: Entry) -> None:
        """Show a commit to the observers, whether it concerns the consumer or not.

        Raises:
            CommitFault: One of them can't take it.
            Transient: Something is away.
        """
        if isinstance(entry.read, Commit):
            for show in self._observers:
                guarded(entry, show)

    def tell(self, batch: Batch, told: Sequence[Entry]) -> None:
        """Tell commits; nothing is written yet. Raises as `show` does."""
        for entry in told:
            guarded(entry, batch.expect)
        for entry in told:
            guarded(entry, batch.handle)

    def written(self, batch: Batch, told: Sequence[Entry]) -> HeldUp:
        """Let the batch write what was `told`; return what was held up.

        Raises:
            CommitFault: A fault of ours, and only one commit was told.
            Transient: Something is away.
            Exception: A fault of ours at one of several commits: tell less.
        """
        try:
            batch.flush()
        except StreamsHeldUp as error:
            if self._consumer.in_causal_order:
                raise  # what hangs on them has been told by now
            return {stream: (version, error) for stream, version in error.versions.items()}
        except Transient:
            raise
        except Exception as error:
            if len(told) == 1:
                raise CommitFault(told[0], error) from error
            raise
        return {}


def guarded(entry: Entry, tell: Callable[[Commit], None]) -> None:
    """Tell a commit; what goes wrong is that commit's fault, unless something is away."""
    if isinstance(entry.read, Corrupt):
        raise CommitFault(entry, entry.read)
    try:
        tell(entry.read)
    except StreamHeldUp as error:
        raise CommitFault(entry, error) from error
    except Transient:
        raise
    except Exception as error:
        raise CommitFault(entry, error) from error
