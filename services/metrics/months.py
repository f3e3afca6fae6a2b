"""Months of assessment: calendar months in Beijing."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from services.common.clock import BEIJING
from services.common.contracts.codec import time_text, to_time
from services.metrics.errors import MonthMalformed

_MONTH: Final = re.compile(r"(2\d{3})-(0[1-9]|1[0-2])")


def _unnoted(at: str) -> None:
    """Note nothing: whoever asks computes anew each time."""


@dataclass(frozen=True, slots=True)
class Window:
    """A month as it is looked at from a moment. Times are canonical texts, so they compare.

    `start` is in it, `end` is not. `seen_at` is when somebody looks: what still runs is counted
    up to `upto`, and nothing due later has come due. Who computes shares compares no moment with
    `seen_at` himself but asks `has_passed`: so it is known when time alone changes them.
    """

    month: str  #: YYYY-MM
    start: str
    end: str
    seen_at: str
    #: told each moment ahead that was asked for: when it comes, the answer is another
    noted: Callable[[str], None] = field(default=_unnoted, compare=False, repr=False)

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

    def has_passed(self, at: str) -> bool:
        """Say whether the moment `at` has come; one that lies ahead is `noted`."""
        if at <= self.seen_at:
            return True
        self.noted(at)
        return False

    def came_due(self, at: str) -> bool:
        """Say whether the due moment `at` lies in the month and has passed."""
        return self.holds(at) and self.has_passed(at)

    def runs_from(self, since: str, until: str | None) -> str | None:
        """Return from when on the `seconds` of a span that runs now are counted; None: it doesn't.

        Until a moment that is `noted` they grow with time, and nothing else changes.
        """
        if (until is None or not self.has_passed(until)) and self.has_passed(since):
            return max(since, self.start)
        return None

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


def present(now: datetime) -> Window:
    """Return the month in which `now` (aware) falls, as seen then."""
    return window_of(month_of(time_text(now)), now)


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
