"""What a processor tells its commits to: a batch gathers what follows, and writes it at once."""

from typing import Protocol

from services.common.contracts.commit import Commit


class Batch(Protocol):
    """What follows from some commits, on its way.

    It is used again after it was written, and may remember what it has read and written. One that
    failed is thrown away as a whole.
    """

    def expect(self, commit: Commit) -> None:
        """Note what `commit` will need, so that it is read at once with that of others.

        Of all that a batch is told it is told this first, and raises as `handle` does.
        """
        ...

    def handle(self, commit: Commit) -> None:
        """Gather what follows from `commit`.

        Raises:
            StreamHeldUp: Not now, but others.
            Transient: Nothing can be done now.
            Corrupt: This commit can't be handled.
        """
        ...

    def flush(self) -> None:
        """Write everything that was gathered: when this returns, it is acknowledged.

        Raises:
            StreamsHeldUp: All but what follows from these streams is written, and that forgotten:
                the batch is used again.
            Transient: Some of it may be written. Throw the batch away and start again.
        """
        ...


class Consumer(Protocol):
    """Something that is told every commit of the categories it follows, at least once, in batches.

    In causal order, or with `in_causal_order = False` each stream by itself: what is held of one
    stream then holds up no other.

    What follows is idempotent by its target: the cause cursor of a reaction's target, the `seen` of
    a document, the message id of a call.
    """

    name: str
    follows: frozenset[str]
    in_causal_order: bool
    patience_seconds: float  #: so long what follows may wait to be written with more

    def batch(self) -> Batch:
        """Begin a batch that knows nothing but what is stored."""
        ...
