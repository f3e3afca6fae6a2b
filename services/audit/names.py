"""What figures are called."""

from collections.abc import Mapping
from typing import Final

#: What a figure is called in Chinese; the English is its own name.
FIGURES_ZH: Final[Mapping[str, str]] = {
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


def figure_name(figure: str, *, chinese: bool) -> str:
    """Return a figure's name for a reader."""
    return FIGURES_ZH[figure] if chinese else figure.replace("_", " ")
