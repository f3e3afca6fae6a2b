"""Months of assessment: calendar months in Beijing."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.common.clock import BEIJING
from services.common.contracts.codec import time_text, to_time
from services.metrics.errors import MonthMalformed

_MONTH: Final = re.compile(r"(2\d{3})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class Window:
    """A month as it is looked at from a moment. Times are canonical texts, so they compare.

    `start` is in it, `end` is not. `seen_at` is when somebody looks: what still runs is counted
    up to `upto`, and nothing due later has come due.
    """

    month: str  #: YYYY-MM
    start: str
    end: str
    seen_at: str

    @property
    def upto(self) -> str:
        """The end of what has passed of the month."""
        return min(self.end, self.seen_at)

    @property
    def begun(self) -> bool:
        """Whether the month has begun."""
        return self.start <= self.seen_at

    def holds(self, at: str) -> bool:
        """Say whether the moment `at` lies in the month."""
        return self.start <= at < self.end

    def came_due(self, at: str) -> bool:
        """Say whether the due moment `at` lies in the month and has passed."""
        return self.holds(at) and at <= self.seen_at

    def seconds(self, since: str, until: str | None) -> int:
        """Return the whole seconds of a span that lie in the month; None: it still runs."""
        first = max(since, self.start)
        last = min(until or self.upto, self.upto)
        return seconds_between(first, last) if first < last else 0

    def touches(self, since: str, until: str | None) -> bool:
        """Say whether some of a span lies in the month."""
        return since < self.end and (until is None or until >= self.start)


def seconds_between(first: str, last: str) -> int:
    """Return the whole seconds from one canonical time to another, rounded down."""
    return (to_time(last) - to_time(first)) // timedelta(seconds=1)


def month_of(at: str) -> str:
    """Return the month YYYY-MM in which the canonical time `at` falls."""
    return to_time(at).astimezone(BEIJING).strftime("%Y-%m")


def window_of(month: str, seen_at: datetime) -> Window:
    """Return the window of `month`, looked at from `seen_at` (aware).

    Raises:
        MonthMalformed: `month` is not YYYY-MM.
    """
    found = _MONTH.fullmatch(month)
    if found is None:
        raise MonthMalformed(month=month)
    year, number = int(found[1]), int(found[2])
    after = (year + 1, 1) if number == 12 else (year, number + 1)
    return Window(month, _begins(year, number), _begins(*after), time_text(seen_at))


def _begins(year: int, number: int) -> str:
    return time_text(datetime(year, number, 1, tzinfo=BEIJING))
