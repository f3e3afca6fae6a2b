"""Several logs in one order: each by its positions, and no commit before its cause.

Only positioned commits come here. A reaction is written when its cause has its place, so positions
and causes can't form a circle, and waiting always ends. Releases before following by position have
reacted to what had no place yet: their commits, which don't say where their cause stands, may.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from services.common.contracts.commit import Cause, Commit
from services.common.contracts.streams import LOG_OF_CATEGORY, category_of
from services.common.errors import Corrupt

#: The place of a cause that nobody has seen yet: behind everything.
UNKNOWN: Final = 2**63


@dataclass(frozen=True, slots=True)
class Entry:
    """A commit in its place. `read` is what it says, or why that can't be read."""

    log: str
    position: int
    stream: str
    version: int
    read: Commit | Corrupt
    cause: Cause | None = None
    cause_position: int = UNKNOWN  #: where `cause` stands in its log


class CausesFirst:
    """Takes entries log by log and gives them back in an order in which all can be told."""

    def __init__(self, positions: Mapping[str, int]) -> None:
        """Begin after `positions`, by log. Causes in other logs are waited for by nobody."""
        self._told = dict(positions)
        self._in_hand: dict[str, deque[Entry]] = {log: deque() for log in positions}

    @property
    def told(self) -> Mapping[str, int]:
        """The last position of each log that was given back."""
        return dict(self._told)

    def read_to(self, log: str) -> int:
        """Return the last position of `log` that was taken."""
        in_hand = self._in_hand[log]
        return in_hand[-1].position if in_hand else self._told[log]

    def empty(self) -> list[str]:
        """Return the logs of which nothing is in hand: a cause may stand in what comes next."""
        return [log for log, entries in self._in_hand.items() if not entries]

    def take(self, log: str, entries: Iterable[Entry]) -> None:
        """Take the entries that follow in `log`."""
        self._in_hand[log].extend(entries)

    def next(self) -> Entry | None:
        """Give back an entry whose cause has been told; None: read on first."""
        for log, entries in self._in_hand.items():
            if entries and self._is_ready(entries[0]):
                found = entries.popleft()
                self._told[log] = found.position
                return found
        return None

    def heads(self) -> list[Entry]:
        """Return the next entry of each log of which anything is in hand."""
        return [entries[0] for entries in self._in_hand.values() if entries]

    def place(self, head: Entry, cause_position: int) -> None:
        """Say where the cause of the next entry of a log stands."""
        self._in_hand[head.log][0] = replace(head, cause_position=cause_position)

    def out_of_circle(self) -> Entry | None:
        """Give back the oldest entry of a circle that an older release has made, if there is one.

        None: whatever waits does so for something that is still to come.
        """
        heads = {each.log: each for each in self.heads()}
        for start in heads:
            chain = [start]
            while (log := _log_of_cause(heads[chain[-1]])) in heads and log not in chain:
                chain.append(log)
            if log in chain:
                return self._freed([heads[each] for each in chain[chain.index(log) :]])
        return None

    def _freed(self, circle: Sequence[Entry]) -> Entry | None:
        old = [each for each in circle if each.cause is not None and each.cause.position is None]
        if not old:
            return None
        freed = min(old, key=lambda each: (_recorded_at(each), each.log))
        self._told[freed.log] = freed.position
        return self._in_hand[freed.log].popleft()

    def _is_ready(self, entry: Entry) -> bool:
        """Say whether its cause was told, which its place alone decides: in hand or not."""
        if entry.cause is None:
            return True
        log = _log_of_cause(entry)
        return log not in self._told or self._told[log] >= entry.cause_position


def _log_of_cause(entry: Entry) -> str:
    """Return the log of an entry's cause; nothing if it has none, or only a newer release knows."""
    return LOG_OF_CATEGORY.get(category_of(entry.cause.stream), "") if entry.cause else ""


def _recorded_at(entry: Entry) -> datetime:
    read = entry.read
    return datetime.min.replace(tzinfo=UTC) if isinstance(read, Corrupt) else read.draft.recorded_at
