"""The figures at the end, each beside a recount straight from the logs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.audit.ledger import Counted, Ledger
from services.audit.month import month_seen
from services.audit.recount import recount
from services.common.chart import Chart
from services.common.clock import BEIJING
from services.common.contracts.codec import to_time
from services.common.eventlog.ports import LogReader
from services.demo.api import Api, Json
from services.demo.cast import AUDITOR


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One figure of a town as metrics tells it, and as the logs tell it."""

    figure: str
    told: Counted
    recounted: Counted
    value: str | None
    few: bool

    @property
    def same(self) -> bool:
        """Whether both say the same."""
        return self.told == self.recounted


def months_between(first: datetime, last: datetime) -> Iterator[str]:
    """Yield the calendar months in Beijing from `first` to `last`, as YYYY-MM."""
    moment, end = first.astimezone(BEIJING), last.astimezone(BEIJING)
    while moment.strftime("%Y-%m") <= end.strftime("%Y-%m"):
        yield moment.strftime("%Y-%m")
        moment = (moment.replace(day=1) + timedelta(days=32)).replace(day=1)


def rows(
    api: Api, logs: Mapping[str, LogReader], chart: Chart, unit: str, month: str
) -> list[FigureRow]:
    """Return each figure that metrics tells of `unit` and `month`, beside its recount."""
    told = api.get("metrics", f"/v1/kpis/{unit}/{month}", AUDITOR)
    seen = month_seen(month, to_time(told["seen_at"]))
    again = recount(Ledger(logs.values()), chart, unit, seen)
    return [
        FigureRow(name, _counted(told["figures"][name]), counted, *_shown(told["figures"][name]))
        for name, counted in again.items()
    ]


def _counted(figure: Json) -> Counted:
    if "weights_permille" in figure:  # the composite: without data for a rate it has none either
        return Counted(figure["numerator"] or 0, figure["denominator"] or 0)
    return Counted(figure["numerator"], figure["denominator"], figure["excluded"])


def _shown(figure: Json) -> tuple[str | None, bool]:
    return figure["value"], bool(figure.get("few_answers"))
