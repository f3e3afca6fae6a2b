"""What intake's routes refuse, and one example of each body and answer, for the reference."""

from typing import Any, Final

from marshmallow import Schema

from services.common.chart.errors import UnknownCategory, UnknownPlace
from services.common.errors import NotAllowedNow, NotFound
from services.common.vault.errors import KeyErased, TextErased
from services.intake import answers, schemas
from services.intake.domain.errors import (
    ChannelNotAllowed,
    FollowUpMovedOn,
    KeyGuessable,
    OnlyTheDeskGroups,
    OnlyTheReporterAnswers,
    ReceiptCodeMistyped,
    ReceiptRefused,
    SolvedMissing,
)

REPORTING: Final = (
    KeyGuessable, ChannelNotAllowed, OnlyTheDeskGroups, UnknownPlace, UnknownCategory, KeyErased,
)  # fmt: skip
CLASSIFYING: Final = (NotFound, NotAllowedNow, UnknownPlace, UnknownCategory, KeyErased)
TRYING: Final = (NotFound, NotAllowedNow, FollowUpMovedOn, KeyErased)
ANSWERING: Final = (*TRYING, SolvedMissing, OnlyTheReporterAnswers, ReceiptRefused)
LOOKING_UP: Final = (NotFound, ReceiptCodeMistyped, KeyErased)
READING: Final = (NotFound, KeyErased, TextErased)

_ID: Final = "5b3d2f0e-6a51-5f0c-9b1a-1c2d3e4f5a6b"
_ORDER: Final = "8f14e45f-ceea-567f-a3c5-0b6f1d2e3c4d"
_PROMISED: Final = "2026-06-16T01:12:00.000000Z"
_ROUND: Final = {
    "round": 1,
    "reason": "resolved",
    "judged_resolution": 1,
    "holder": "110112105209",
    "opened_at": "2026-06-04T02:00:00.000000Z",
    "tries": 0,
}
_REQUEST: Final = {
    "id": _ID,
    "state": "awaiting_follow_up",
    "received_at": "2026-06-01T01:12:00.000000Z",
    "channel": "hotline",
    "kind": "complaint",
    "category": "city.trade.night-market",
    "time_class": "complex",
    "place_code": "110112105209",
    "promised_at": _PROMISED,
    "confidential": False,
    "opposed": False,
    "version": 2,
}
_HOLDER: Final = {"code": "110112105209", "name_zh": "张湾村委会", "name_en": "Zhangwan Village"}

EXAMPLES: Final[dict[type[Schema], Any]] = {
    schemas.ReceiveRequestBody: {
        "channel": "hotline",
        "kind": "complaint",
        "said": "村口夜市油烟大，晚上十一点后仍很吵。",
        "category": "city.trade.night-market",
        "place_code": "110112105209",
        "reporter": {"name": "张三", "phone": "13800001234"},
    },
    schemas.ClassifyRequestBody: {
        "category": "city.trade.night-market",
        "place_code": "110112105209",
    },
    schemas.RecordFollowUpBody: {
        "reached": "yes",
        "solved": "yes",
        "satisfied": "satisfied",
        "said": "已解决，谢谢。",
        "round": 1,
    },
    schemas.RoundBody: {"round": 1},
    answers.ReceivedRequest: {
        "id": _ID,
        "code": "7K2M-9QXA-4TRC",
        "secret": "given-to-the-reporter-alone",
        "promised_at": _PROMISED,
    },
    answers.RequestAfter: {"id": _ID, "state": "closed", "round": 1, "outcome": "solved",
                           "promised_at": _PROMISED},
    answers.ReceiptStatus: {
        "status": "awaiting_follow_up",
        "status_zh": "待您评价",
        "status_en": "Waiting for your answer",
        "follow_up": {"open": True, "round": 1, "resolved": True},
        "promised_at": _PROMISED,
        "holder": _HOLDER,
    },
    answers.RequestSeen: {
        **_REQUEST,
        "district": "110112",
        "reporter": {"name": "张**", "phone": "138****1234"},
        "said": "村口夜市油烟大，晚上十一点后仍很吵。",
        "said_withheld": False,
        "follow_ups": [_ROUND],
        "work_order": {"id": _ORDER, "holder": _HOLDER, "stage": "resolved"},
    },
    answers.RequestsPage: {
        "items": [
            {**_REQUEST, "since": "2026-06-04T02:00:00.000000Z", "follow_up": _ROUND},
        ],
    },
}  # fmt: skip
