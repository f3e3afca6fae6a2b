"""Whether a consumer has followed certain streams to their ends, and waiting until it has."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from services.common.contracts.streams import log_of
from services.common.eventlog.ports import End, LogReader, SourceBehind
from services.common.following.cursors import Cursor


class Ends(Protocol):
    """Waits for somebody's reactions."""

    def behind(self, streams: Iterable[str], until: float) -> Sequence[str]:
        """Return those of `streams` that are not followed to their ends, and why doesn't matter.

        Either nobody can go on there (they are held), or their last commit has got no position by
        `until` (machine time, monotonic).

        Raises:
            SourceBehind: The consumer has not come so far by `until`; it will.
        """
        ...


class Reached:
    """Looks how far one consumer is."""

    def __init__(
        self,
        cursor: Callable[[], Cursor],
        *,
        logs: Mapping[str, LogReader],
        wait: Callable[[], None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Look at `cursor()`. `wait()` lets the consumer go on for a moment."""
        self._cursor = cursor
        self._logs = logs
        self._wait = wait
        self._monotonic = monotonic

    def behind(self, streams: Iterable[str], until: float) -> Sequence[str]:
        """Wait until all that can be followed is; see `Ends`."""
        ends = self._ends(streams)
        while True:
            cursor = self._cursor()
            held = [each for each in ends if _is_held(each, ends[each], cursor)]
            on_the_way = [
                each
                for each, end in ends.items()
                if each not in held and not _has_passed(each, end, cursor)
            ]
            if not on_the_way:
                return held
            if self._monotonic() >= until:
                return [*held, *self._without_a_place(on_the_way, ends, cursor)]
            self._wait()
            ends |= self._ends(each for each in on_the_way if ends[each].position is None)

    def _without_a_place(
        self, streams: Sequence[str], ends: Mapping[str, End], cursor: Cursor
    ) -> Sequence[str]:
        """Return `streams`, if none of them is but a matter of time."""
        for each in streams:
            position = ends[each].position
            if position is not None:
                reached = cursor.positions.get(log_of(each), 0)
                raise SourceBehind(stream=each, reached=reached, wanted=position)
        return streams

    def _ends(self, streams: Iterable[str]) -> dict[str, End]:
        found: dict[str, End] = {}
        for stream in streams:
            found |= self._logs[log_of(stream)].ends([stream])
        return found


def _is_held(stream: str, end: End, cursor: Cursor) -> bool:
    held = cursor.held.get(stream)
    return held is not None and held.version <= end.version


def _has_passed(stream: str, end: End, cursor: Cursor) -> bool:
    return end.position is not None and cursor.positions.get(log_of(stream), 0) >= end.position
