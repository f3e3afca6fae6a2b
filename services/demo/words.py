"""What the story calls the events that it tells, in both languages."""

import re
from collections.abc import Mapping
from typing import Final

#: What is worth a line, in Chinese; the English is the event's own name, with spaces.
EVENTS: Final[Mapping[str, str]] = {
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
    "SecondPathTaken": "无人接收，改用第二通道",
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

_HUMP: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")


def event_in_words(name: str, *, chinese: bool) -> str:
    """Return what a line begins with: `受理诉求`, or `Request received`."""
    return EVENTS[name] if chinese else _HUMP.sub(" ", name).capitalize()
