"""The closed lists of `services.common.contracts.vocabulary` in the words of docs/glossary.md."""

from collections.abc import Mapping
from typing import Any, Final

#: By field, since one word may mean two things: a "yes" to solved, a "court" as path or outcome.
DETAILS: Final[Mapping[str, Mapping[Any, str]]] = {
    "channel": {
        "hotline": "热线", "miniprogram": "小程序", "web": "网站", "grid": "网格巡查",
        "visit": "入户走访", "rider": "流动哨点", "sensor": "数智感知", "walk_in": "接待",
        "upstream": "上级转办", "open311": "开放接口", "import": "导入",
    },
    "solved": {"yes": "已解决", "partly": "部分解决", "no": "未解决"},
    "satisfied": {
        "satisfied": "满意", "basically": "基本满意", "dissatisfied": "不满意",
        "not_rated": "未评价",
    },
    "outcome": {
        "solved": "解决", "partly": "部分解决", "unsolved": "未解决", "unanswered": "未能回访",
        "action_list": "挂账", "court": "诉讼", "mediation": "调解",
    },
    "path": {
        "grid": "网格", "village": "村（社区）", "town": "镇（街道）", "whistle": "吹哨",
        "visit": "走访", "mediation": "调解", "court": "诉讼", "deliberation": "协商",
        "professionals": "专业力量", "volunteers": "志愿", "phone_list": "电话通知",
    },
    "why": {
        "raise": "上报", "transfer": "转办", "take_over": "接管", "resolved": "已办结",
        "promised_date_passed": "已过承诺时间",
    },
    #: Why a clock was lifted; why a reporter is asked.
    "reason": {
        "raise_voided": "上报已失效", "handed_over": "已移交", "resolved": "已办结",
        "asked_anew": "重新回访", "tried": "已回访一次", "lapsed": "本轮失效",
        "request_closed": "诉求已结案", "concluded": "哨单已办结", "refused": "已拒绝",
        "came": "已到场", "withdrawn": "已撤回", "promised_date_passed": "已过承诺时间",
    },
    "mode": {"on_site": "现场", "online": "线上", "meeting": "专题会"},
    "kind": {
        "inquiry": "咨询", "assistance": "求助", "complaint": "投诉", "tip_off": "举报",
        "suggestion": "建议", "request": "群众诉求哨", "key_work": "重点工作哨",
        "enforcement": "综合执法哨", "emergency": "应急处置哨", "forward": "转派",
        "dispatch": "派单", "promised": "承诺时间", "acknowledge": "签收", "contact": "联系",
        "resolution": "办结", "transfer_answer": "转办答复", "raise_answer": "上报答复",
        "approval": "审批", "report_in": "报到", "refusal_answer": "拒绝答复",
        "conclusion": "办结哨单", "rating_town": "镇评", "rating_unit": "部门评",
        "check_in": "巡查", "follow_up": "回访",
    },
}  # fmt: skip

_NUMBERED: Final = {"step": ("step {}", "第 {} 级"), "slot": ("slot {}", "第 {} 次")}


def detail_in_words(field: str, value: Any, *, chinese: bool) -> str:
    """Return a value of an event's field as a person says it."""
    if field in _NUMBERED:
        return _NUMBERED[field][chinese].format(value)
    if chinese:
        return DETAILS[field].get(value, str(value))  # of a newer release
    word = str(value).replace("_", " ")
    return f"solved: {word}" if field == "solved" else word
