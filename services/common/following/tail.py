"""The tail of a log: what is committed and a consumer has not followed yet.

For who has just been told of something that a read model doesn't show yet, and need not wait.
"""

from collections.abc import Iterator
from typing import Final

from services.common.contracts.commit import Commit
from services.common.errors import Corrupt
from services.common.eventlog.ports import LogReader, SourceBehind, Unreadable
from services.common.following.cursors import Cursors

#: So much is looked through; a consumer that is further behind has to come nearer first.
MOST: Final = 1000


def tail_of(log: LogReader, cursors: Cursors, consumer: str) -> Iterator[Commit]:
    """Yield what `consumer` has not followed of `log`, held streams too; some of it may be twice.

    Whatever was committed when this was called is yielded, or followed when this is over: look at
    the read model again then. What can't be read is left out.

    Raises:
        SourceBehind: That is more than can be looked through.
    """
    unplaced = log.unplaced(MOST)  # first: what gets its place meanwhile is found behind it
    cursor = cursors.load(consumer)
    placed = log.commits(cursor.positions.get(log.name, 0), MOST)
    if MOST in (len(unplaced), len(placed)):
        raise SourceBehind(consumer=consumer, log=log.name, commits=MOST)
    for each in (*unplaced, *placed):
        if not isinstance(each, Unreadable):
            yield each
    for stream in cursor.held:
        yield from _readable(log, stream)


def _readable(log: LogReader, stream: str) -> Iterator[Commit]:
    try:
        yield from log.read(stream)
    except Corrupt:
        return  # what comes before was yielded, and more isn't known of it
