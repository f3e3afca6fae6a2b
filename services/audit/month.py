"""A month as a recount looks at it: written apart from that of the figures, in moments."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.common.clock import BEIJING
from services.metrics.errors import MonthMalformed


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month in Beijing, as it is looked at from a moment (all aware)."""

    name: str  #: YYYY-MM
    start: datetime  #: its first moment
    end: datetime  #: the first moment of the next
    seen_at: datetime

    def holds(self, moment: datetime) -> bool:
        """Say whether a calendar in Beijing shows this month at `moment`."""
        return moment.astimezone(BEIJING).strftime("%Y-%m") == self.name

    def came_due(self, moment: datetime) -> bool:
        """Say whether the due `moment` lies in the month and has passed."""
        return self.holds(moment) and moment <= self.seen_at

    def lasted(self, since: datetime, until: datetime | None) -> int:
        """Return the whole seconds between that lie in what has passed of the month."""
        limit = min(self.end, self.seen_at)
        end = limit if until is None else min(until, limit)
        return max(timedelta(0), end - max(since, self.start)) // timedelta(seconds=1)


def month_seen(name: str, seen_at: datetime) -> Month:
    """Return the month `name`, looked at from `seen_at` (aware).

    Raises:
        MonthMalformed: `name` is not YYYY-MM, or not of this millennium.
    """
    try:
        start = datetime.strptime(name, "%Y-%m").replace(tzinfo=BEIJING)
    except ValueError:
        raise MonthMalformed(month=name) from None
    if start.strftime("%Y-%m") != name or not name.startswith("2"):
        raise MonthMalformed(month=name)
    return Month(name, start, (start + timedelta(days=32)).replace(day=1), seen_at)
