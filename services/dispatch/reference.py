"""What dispatch's routes refuse, and one example of each body and answer, for the reference."""

from typing import Any, Final

from marshmallow import Schema

from services.common.chart.errors import UnknownUnit
from services.common.errors import NotAllowedNow, NotFound
from services.common.vault.errors import KeyErased
from services.dispatch import answers, schemas
from services.dispatch.domain.errors import (
    AlreadyHeld,
    AskedOfAnotherUnit,
    CannotHoldOrders,
    EvidenceMissing,
    HeldByAnotherUnit,
    NotASuperior,
    OnlyVillagesRaise,
    TransferAwaited,
    UnitMissing,
)

_ON_ORDERS: Final = (UnitMissing, NotFound, NotAllowedNow, TransferAwaited, KeyErased)
HANDLING: Final = (*_ON_ORDERS, HeldByAnotherUnit)
RAISING: Final = (*HANDLING, OnlyVillagesRaise, UnknownUnit)
TRANSFERRING: Final = (*HANDLING, AlreadyHeld, CannotHoldOrders, UnknownUnit)
ANSWERING_TRANSFER: Final = (*_ON_ORDERS, AskedOfAnotherUnit)
TAKING_OVER: Final = (*_ON_ORDERS, NotASuperior, CannotHoldOrders, UnknownUnit)
RESOLVING: Final = (*HANDLING, EvidenceMissing)
READING: Final = (UnitMissing, HeldByAnotherUnit, NotFound)
LISTING: Final = (UnitMissing, NotASuperior, UnknownUnit)

_ID: Final = "8f14e45f-ceea-567f-a3c5-0b6f1d2e3c4d"
_ORDER: Final = {
    "work_order_id": _ID,
    "request_id": "5b3d2f0e-6a51-5f0c-9b1a-1c2d3e4f5a6b",
    "state": "acknowledged",
    "category": "city.trade.night-market",
    "time_class": "complex",
    "place_code": "110112105209",
    "promised_at": "2026-06-16T01:12:00.000000Z",
    "dispatched_at": "2026-06-01T01:12:01.000000Z",
    "holder": "110112105209",
    "holder_since": "2026-06-01T01:12:01.000000Z",
    "first_receiver": "110112105209",
    "copied_to": ["cc-110112"],
    "round": 1,
    "contacted": False,
    "resolutions": 0,
    "whistles": [],
}
_POSSIBLE: Final = ["NoteProgress", "ProposeTransfer", "RaiseWorkOrder", "RecordContact"]
_VILLAGE: Final = {
    "code": "110112105209",
    "name_zh": "张湾村委会",
    "name_en": "Zhangwan Village",
    "kind": "village",
    "tier": "village",
    "parent": "110112105",
    "district": "110112",
    "answers_by": "http",
}

EXAMPLES: Final[dict[type[Schema], Any]] = {
    schemas.ContactBody: {"result": "spoken", "note": "已与诉求人通话，约定今晚上门。"},
    schemas.NoteBody: {"note": "已约谈摊主。"},
    schemas.ReasonBody: {"reason": "超出村级职权，需镇级协调。"},
    schemas.TransferBody: {"to_unit": "110112105-enforcement", "reason": "属于占道经营。"},
    schemas.ResolutionBody: {
        "path": "village",
        "result": "摊位已迁入院内，二十二时收摊。",
        "evidence": ["现场照片 3 张"],
    },
    answers.WorkOrderAfter: {**_ORDER, "version": 2, "possible": _POSSIBLE},
    answers.WorkOrderSeen: {
        **_ORDER,
        "version": 2,
        "possible": _POSSIBLE,
        "said": "村口夜市油烟大，晚上十一点后仍很吵。",
        "said_withheld": False,
    },
    answers.WorkOrdersPage: {
        "items": [{**_ORDER, "open": True, "touched_at": "2026-06-01T01:30:00.000000Z"}],
        "next_cursor": "WyIyMDI2LTA2LTE2Il0",
        "as_of": {"position": 412, "behind": 0, "at_least": False},
    },
    answers.UnitSeen: {**_VILLAGE, "superiors": ["110112105", "cc-110112"]},
    answers.UnitsPage: {"items": [_VILLAGE]},
    answers.Categories: {
        "groups": [{"code": "city", "name_zh": "城市管理", "name_en": "City", "level": 1}],
        "categories": [
            {
                "code": "city.trade.night-market",
                "name_zh": "夜市扰民",
                "name_en": "Night market",
                "parent": "city.trade",
                "of": "incident",
                "time_class": "complex",
                "working_time": False,
                "evidence_required": True,
            },
        ],
    },
}
