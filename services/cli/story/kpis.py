"""The figures at the end, each beside a recount straight from the logs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.cli.story.api import Api, Json
from services.cli.story.cast import AUDITOR
from services.common.chart import Chart
from services.common.clock import BEIJING
from services.common.contracts.codec import to_time
from services.common.eventlog.ports import LogReader
from services.metrics.ledger import Counted, Ledger
from services.metrics.months import window_of
from services.metrics.recount import recount, recounted_composite

#: What a figure is called in Chinese; the English is its own name.
NAMES: Final[Mapping[str, str]] = {
    "received": "诉求量",
    "response": "响应率",
    "resolution": "解决率",
    "satisfaction": "满意率",
    "contact_by_handler": "承办自报联系率",
    "unanswered": "未回访到",
    "dispatched": "派单量",
    "open": "在办",
    "overdue": "超期",
    "held_seconds": "单位持单时长(秒)",
    "hand_overs": "流转次数",
    "whistles": "吹哨量",
    "report_in": "按时报到率",
    "report_in_seconds": "报到用时(秒)",
    "agency_seconds": "部门占时(秒)",
    "department_ratings": "镇评部门",
    "whistle_ratings": "部门评哨",
    "own_department_ratings": "镇评本地单位",
    "own_whistle_ratings": "本地单位评哨",
    "own_report_in": "本地单位按时报到率",
    "own_report_in_seconds": "本地单位报到用时(秒)",
    "own_agency_seconds": "本地单位占时(秒)",
    "escalation_depth": "升级层级",
    "duty_slots_kept": "巡查履约率",
    "composite": "综合得分",
}


@dataclass(frozen=True, slots=True)
class Row:
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


def rows(api: Api, logs: Mapping[str, LogReader], chart: Chart, unit: str, month: str) -> list[Row]:
    """Return each figure that metrics tells of `unit` and `month`, beside its recount."""
    told = api.get("metrics", f"/v1/kpis/{unit}/{month}", AUDITOR)
    window = window_of(month, to_time(told["seen_at"]))
    again = recount(Ledger(logs.values()), chart.subtree(unit), window)
    everything = {**again, "composite": recounted_composite(again, chart)}
    return [
        Row(name, _counted(told["figures"][name]), counted, *_shown(told["figures"][name]))
        for name, counted in everything.items()
    ]


def _counted(figure: Json) -> Counted:
    if "weights_permille" in figure:  # the composite: without data for a rate it has none either
        return Counted(figure["numerator"] or 0, figure["denominator"] or 0)
    return Counted(figure["numerator"], figure["denominator"], figure["excluded"])


def _shown(figure: Json) -> tuple[str | None, bool]:
    return figure["value"], bool(figure.get("few_answers"))
