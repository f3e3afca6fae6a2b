"""Tells the story as it happens: one line an event, read from the logs, in both languages."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from services.common.chart import Chart
from services.common.clock import BEIJING
from services.common.contracts.commit import Commit, Fact
from services.common.contracts.event_types import name_of
from services.common.contracts.streams import category_of
from services.common.eventlog.ports import LogReader

WINDOW: Final = 500
#: What is worth a line, in Chinese; the English is the event's own name.
LINES: Final[Mapping[str, str]] = {
    "RequestReceived": "受理诉求",
    "FollowUpOpened": "开始回访",
    "FollowUpRecorded": "诉求人评价",
    "RequestReopened": "诉求人不认可，重办",
    "RequestClosed": "诉求结案",
    "WorkOrderDispatched": "派单",
    "WorkOrderAcknowledged": "签收",
    "ReporterContacted": "联系诉求人",
    "WorkOrderRaised": "村上报镇",
    "WorkOrderHandedOver": "承办单位变更",
    "WorkOrderResolved": "办结",
    "WorkOrderReopened": "工单重办",
    "WhistleBlown": "镇吹哨",
    "WhistleApproved": "领导批准",
    "DepartmentCalled": "呼叫单位",
    "SecondPathTaken": "无人接收，改电话通知",
    "DepartmentOverdue": "报到超时",
    "DepartmentReportedIn": "单位报到",
    "JointActionBegun": "联合行动开始",
    "UnitsReleased": "单位离场",
    "WhistleConcluded": "哨声办结",
    "DepartmentRated": "镇评部门",
    "WhistleRated": "部门评哨",
    "StandingDutyAssigned": "交办常态巡查",
    "DutyCheckedIn": "巡查打卡",
    "DeadlineMissed": "超时",
    "DeadlineEscalated": "逐级上报",
}
#: Fields that a reader wants to see, units by name.
UNITS: Final = ("holder", "from_unit", "to_unit", "unit", "town", "to", "charged_to", "lead")
WORDS: Final = (
    "channel", "category", "outcome", "solved", "satisfied", "path", "why", "mode", "kind", "step",
    "slot", "path",
)  # fmt: skip


class Narrator:
    """Reads what is new in the logs and yields a line for what is worth one."""

    def __init__(self, logs: Mapping[str, LogReader], chart_of: Callable[[], Chart]) -> None:
        """Start at the beginning of every log."""
        self._logs = logs
        self._chart_of = chart_of
        self._told = dict.fromkeys(logs, 0)

    def lines(self) -> Iterator[tuple[str, str, str, str]]:
        """Yield (business time, Chinese, event, details) of what is new, in order of time."""
        facts = [fact for name in self._logs for fact in self._new(name)]
        for fact in sorted(facts, key=lambda fact: fact.recorded_at):
            name = name_of(fact.event)
            if name in LINES:
                at = fact.recorded_at.astimezone(BEIJING).strftime("%m-%d %H:%M")
                yield at, LINES[name], name, self._details(fact)

    def _new(self, name: str) -> Iterator[Fact]:
        log = self._logs[name]
        for stamp in log.stamps(self._told[name], WINDOW):
            self._told[name] = stamp.position
            if category_of(stamp.stream) != "registry":
                yield from _commit(log, stamp.stream, stamp.version).facts

    def _details(self, fact: Fact) -> str:
        units = (self._unit(getattr(fact.event, field, None)) for field in UNITS)
        words = (getattr(fact.event, field, None) for field in WORDS)
        found = [*(each for each in units if each), *(str(each) for each in words if each)]
        return " · ".join(dict.fromkeys(found))

    def _unit(self, code: Any) -> str | None:
        if not isinstance(code, str):
            return None
        unit = self._chart_of().units.get(code)
        return unit.name_zh if unit is not None else code


def _commit(log: LogReader, stream: str, version: int) -> Commit:
    return next(iter(log.read(stream, version - 1, version)))
