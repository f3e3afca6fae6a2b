"""Spans that still run: how many seconds they come to, at any moment, without looking at each.

Each counts whole seconds, so the sum isn't that of the beginnings. With beginnings split into whole
seconds and a rest, a span that began at (q, r) has run n - q seconds at (n, s), and one less if s
hasn't reached r. So the beginnings are added up, and of the rests it is enough to know how many are
greater than s: they are kept in order.
"""

from array import array
from bisect import bisect_left, bisect_right, insort
from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND: Final = 1_000_000
_MICROSECOND: Final = timedelta(microseconds=1)


def microseconds(moment: datetime) -> int:
    """Return an aware moment as microseconds since 1970, exactly."""
    return (moment - _EPOCH) // _MICROSECOND


class RunningSpans:
    """The beginnings of spans, in microseconds since 1970. 4 bytes a span."""

    __slots__ = ("_rests", "_whole")

    def __init__(self) -> None:
        """Begin with none."""
        self._whole = 0
        self._rests = array("i")

    def begin(self, since: int) -> None:
        """Let one more run that began at `since`."""
        whole, rest = divmod(since, _SECOND)
        self._whole += whole
        insort(self._rests, rest)

    def end(self, since: int) -> None:
        """Take out one that began at `since`; there must be one."""
        whole, rest = divmod(since, _SECOND)
        self._whole -= whole
        del self._rests[bisect_left(self._rests, rest)]

    def seconds(self, now: int) -> int:
        """Return the whole seconds that each has run at `now`, added up; none begins later."""
        whole, rest = divmod(now, _SECOND)
        unfinished = len(self._rests) - bisect_right(self._rests, rest)
        return whole * len(self._rests) - self._whole - unfinished
