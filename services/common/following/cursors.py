"""How far a consumer is: one position for each log, and the streams that wait meanwhile.

The cursor is the proof: everything up to it is done, except what its held streams name. Both stand
in one document, written as a whole: nobody can go past a stream that another has just taken up
again. It moves by compare-and-set, so an older view never takes it back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from services.common.errors import Transient


class CursorMoved(Transient):
    """Another replica has moved the cursor. Start again from what is saved."""


class TooManyHeld(Transient):
    """So many streams of one consumer wait that it stands still: the fault is not in them."""


class StreamHeldUp(Transient):
    """What follows from this stream can't be done now; others go on. It is tried again by itself.

    A consumer raises it for one commit: a department's queue is full, say.
    """


class StreamsHeldUp(Transient):
    """What follows from these streams can't be done now; everything else that was told is done.

    A batch raises it in writing. Only of a consumer that is told each stream by itself: the others
    would have been told what hangs on them.
    """

    def __init__(self, versions: Mapping[str, int], why: str) -> None:
        """Name the first commit of each stream that was not done."""
        super().__init__(streams=len(versions), why=why)
        self.versions = versions


@dataclass(frozen=True, slots=True)
class Held:
    """A stream that a consumer doesn't follow just now. Times are machine times.

    It waits for `retry_at`, for the stream that it `hangs_on`, or, with neither, for a person
    (`shaobao dead replay`): then it is parked.
    """

    version: int  #: the first commit that is not handled
    reason: str
    since: datetime
    hangs_on: str | None = None
    retry_at: datetime | None = None
    attempts: int = 0  #: in a row, since it was first tried again
    faults: int = 0  #: how many of these were faults of ours, and nothing that is full or away

    @property
    def parked(self) -> bool:
        """Whether it waits for a person."""
        return self.retry_at is None and self.hangs_on is None


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a consumer stands. `revision` counts its moves, 0 = it has never moved."""

    revision: int = 0
    positions: Mapping[str, int] = field(default_factory=dict)  #: by log
    held: Mapping[str, Held] = field(default_factory=dict)  #: by stream


class Cursors(Protocol):
    """The cursors of consumers, by name."""

    def load(self, consumer: str) -> Cursor:
        """Return the cursor; one of revision 0 if the consumer is new."""
        ...

    def load_all(self) -> Mapping[str, Cursor]:
        """Return the cursor of every consumer that has one."""
        ...

    def save(self, consumer: str, cursor: Cursor) -> Cursor:
        """Write `cursor` over the revision that it bears; return it with its new one.

        What it says is done must be acknowledged before.

        Raises:
            CursorMoved: Somebody was faster; nothing was written.
        """
        ...
