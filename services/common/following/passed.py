"""What a cursor has passed of streams that were held, for when they are taken up again."""

from collections.abc import Iterator, Mapping

from services.common.contracts.commit import Cause
from services.common.contracts.streams import LOG_OF_CATEGORY, category_of, log_of
from services.common.errors import Corrupt
from services.common.eventlog.ports import LogReader
from services.common.following.cursors import Held
from services.common.following.holding import causes_first
from services.common.following.merging import UNKNOWN, Entry

Logs = Mapping[str, LogReader]


def is_read(stream: str, logs: Logs) -> bool:
    """Say whether one of `logs` holds `stream`: none does if only a newer release knows it."""
    return LOG_OF_CATEGORY.get(category_of(stream), "") in logs


def passed(held: Mapping[str, Held], positions: Mapping[str, int], logs: Logs) -> list[Entry]:
    """Return what stands before `positions` of held streams, causes first.

    Of a stream that the cursor hasn't come to, nothing; nor of one that is followed no more.
    """
    found = [
        entry
        for stream, each in held.items()
        if is_read(stream, logs)
        for entry in _of(stream, each.version, positions.get(log_of(stream), 0), logs)
    ]
    return list(causes_first(found))


def _of(stream: str, version: int, upto: int, logs: Logs) -> Iterator[Entry]:
    """Yield the commits of a stream from `version` on that stand before position `upto`."""
    log = logs[log_of(stream)]
    while True:
        try:
            for commit in log.read(stream, version - 1):
                if commit.position is None or commit.position > upto:
                    return
                yield Entry(log.name, commit.position, stream, version, commit, commit.cause)
                version += 1
        except Corrupt as error:
            place = log.positions([(stream, version)]).get((stream, version), UNKNOWN)
            if place > upto:
                return
            yield Entry(log.name, place, stream, version, error, _cause_at(log, place))
            version += 1
        else:
            return


def _cause_at(log: LogReader, position: int) -> Cause | None:
    """Return the cause of a commit that can't be read, as far as that can."""
    return next(each.cause for each in log.commits(position - 1, 1))
