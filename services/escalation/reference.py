"""What escalation's routes refuse, and one example of each body and answer, for the reference."""

from typing import Any, Final

from marshmallow import Schema

from services.common.chart.errors import UnknownPlace, UnknownUnit
from services.common.errors import NotAllowedNow, NotFound
from services.common.vault.errors import KeyErased
from services.escalation import answers, errors, schemas
from services.escalation.reading import NotYoursToRead

READING: Final = (NotFound, NotYoursToRead)
LISTING: Final = (NotYoursToRead,)
_COMMON: Final = (NotFound, NotAllowedNow, KeyErased)
ANSWERING_RAISE: Final = (*_COMMON, errors.NotTheUnitAsked)
ON_WHISTLE: Final = (*_COMMON, errors.NotTheWhistlingTown)
APPROVING: Final = (*ON_WHISTLE, UnknownUnit)
RELEASING: Final = (*ON_WHISTLE, errors.UnitNotHere)
CONCLUDING: Final = (
    *ON_WHISTLE, UnknownUnit, errors.ActionNotBegun, errors.DutyOutsideTown, errors.DutyTooShort,
)  # fmt: skip
BLOWING: Final = (
    NotFound, UnknownPlace, UnknownUnit, KeyErased,
    errors.NotTheWhistlingTown, errors.HeldByAnotherUnit, errors.OrderNotOpen, errors.PlaceNeeded,
    errors.PlaceOutsideTown, errors.ChangeNeedsReason, errors.CalledTwice, errors.NobodyCalled,
    errors.MeetingInThePast, NotAllowedNow,
)  # fmt: skip
BY_CALLED_UNIT: Final = (*_COMMON, errors.NotTheCalledUnit)
RATING_WHISTLE: Final = (*BY_CALLED_UNIT, errors.AlreadyRated)
BY_TOWN: Final = (*_COMMON, errors.NotTheWhistlingTown)
RATING_UNIT: Final = (*BY_TOWN, errors.AlreadyRated)
CHECKING_IN: Final = (*_COMMON, errors.NotTheDutysUnit, errors.DutyOver)

_WHISTLE: Final = "c81e728d-9d4c-5f63-8f06-7f89cc14862c"
_CALL: Final = "eccbc87e-4b5c-5fe2-8308-fd9f2a7baf3b"
_ORDER: Final = "8f14e45f-ceea-567f-a3c5-0b6f1d2e3c4d"
_RAISED: Final = {
    "id": "a87ff679-a2f3-571d-9181-a67b7542122c",
    "work_order_id": _ORDER,
    "request_id": "5b3d2f0e-6a51-5f0c-9b1a-1c2d3e4f5a6b",
    "from_unit": "110112105209",
    "to_unit": "110112105",
    "status": "received",
    "open": True,
    "received_at": "2026-06-02T01:00:00.000000Z",
    "version": 1,
}
_BLOWN: Final = {
    "id": _WHISTLE,
    "town": "110112105",
    "kind": "request",
    "status": "approved",
    "open": True,
    "work_orders": [_ORDER],
    "place_code": "110112105209",
    "category": "city.trade.night-market",
    "contact_office": "接诉即办专班",
    "lead": "110112105209",
    "support": ["dept-enforcement", "dept-market"],
    "joined": [],
    "here": [],
    "approved_as": "leader",
    "unapproved": False,
    "meeting_at": "2026-06-02T10:00:00.000000Z",
    "blown_at": "2026-06-02T03:00:00.000000Z",
    "version": 2,
}
_CALLED: Final = {
    "id": _CALL,
    "whistle_id": _WHISTLE,
    "town": "110112105",
    "unit": "dept-market",
    "lead": False,
    "via": "amqp",
    "kind": "request",
    "status": "called",
    "open": True,
    "read": False,
    "place_code": "110112105209",
    "category": "city.trade.night-market",
    "contact_office": "接诉即办专班",
    "called_at": "2026-06-02T03:20:00.000000Z",
    "phone": False,
    "excused": False,
    "to_rate": False,
    "rated_by_town": False,
    "rated_by_unit": False,
    "version": 1,
}
_DUTY: Final = {
    "id": "e4da3b7f-bbce-5345-9777-2b0674a318d5",
    "whistle_id": _WHISTLE,
    "unit": "110112105209",
    "status": "assigned",
    "open": True,
    "every_seconds": 86_400,
    "assigned_at": "2026-06-09T10:00:00.000000Z",
    "until_at": "2026-07-09T10:00:00.000000Z",
    "slots": 30,
    "kept_slots": 2,
    "version": 3,
}
_SUMMARY: Final = "夜市占道、油烟，需联合处置。"

EXAMPLES: Final[dict[type[Schema], Any]] = {
    schemas.AdviceBody: {"advice": "先约谈摊主，三日内再看。"},
    schemas.WhistleBody: {
        "work_orders": [_ORDER],
        "kind": "request",
        "contact_office": "接诉即办专班",
        "summary": _SUMMARY,
        "meeting_at": "2026-06-02T18:00:00+08:00",
    },
    schemas.ReasonBody: {"reason": "不属于我单位职责。"},
    schemas.ReleaseBody: {"units": ["dept-market"]},
    schemas.ConclusionBody: {
        "outcome": "solved",
        "duties": [
            {
                "unit": "110112105209",
                "what": "每晚巡查一次。",
                "every_seconds": 86_400,
                "until_at": "2026-07-09T18:00:00+08:00",
            },
        ],
    },
    schemas.CheckInBody: {"note": "已巡查，无异常。"},
    schemas.ReceiptBody: {"external_ref": "SJ-2026-0417"},
    schemas.AcceptanceBody: {"office": "执法二队"},
    schemas.ReportInBody: {
        "mode": "on_site",
        "at": "2026-06-03T09:30:00+08:00",
        "persons": 3,
        "office": "执法二队",
    },
    schemas.NoteBody: {"note": "已责令整改。"},
    schemas.WhistleRatingBody: {"needed": 5, "described": 4},
    schemas.DepartmentRatingBody: {"speed": 4, "cooperation": 5, "result": 5},
    answers.StatusAfter: {"id": _WHISTLE, "status": "approved", "version": 2},
    answers.RaiseSeen: {**_RAISED, "possible": ["AcceptRaise", "AdviseBack"]},
    answers.RaisesPage: {"items": [_RAISED]},
    answers.WhistleSeen: {
        **_BLOWN,
        "summary": _SUMMARY,
        "calls": [_CALLED],
        "possible": ["ConcludeWhistle", "WithdrawWhistle"],
    },
    answers.WhistlesPage: {"items": [_BLOWN]},
    answers.CallSeen: {**_CALLED, "summary": _SUMMARY, "possible": ["ReceiveCall", "RefuseCall"]},
    answers.CallsPage: {"items": [_CALLED]},
    answers.DutySeen: {
        **_DUTY,
        "what": "每晚巡查一次。",
        "slot": {"number": 3, "over": False, "kept": False},
    },
    answers.DutiesPage: {"items": [_DUTY]},
    answers.ClocksSeen: {
        "clock": "clock-5b3d2f0e-6a51-5f0c-9b1a-1c2d3e4f5a6b",
        "version": 3,
        "stopped": False,
        "armings": [
            {
                "arming": 3,
                "kind": "acknowledge",
                "subject": f"workOrder-{_ORDER}",
                "status": "armed",
                "charged_to": "110112105209",
                "starts_at": "2026-06-01T01:12:01.000000Z",
                "limit_seconds": 7200,
                "due_at": "2026-06-01T03:12:01.000000Z",
                "remind_at": "2026-06-01T02:12:01.000000Z",
                "reminded": False,
                "missed_steps": 0,
                "rung": [],
            },
        ],
        "about": [3],
    },
    answers.RingsPage: {
        "items": [
            {
                "clock": "clock-5b3d2f0e-6a51-5f0c-9b1a-1c2d3e4f5a6b",
                "entries": [
                    {
                        "what": "ring",
                        "unit": "110112105",
                        "arming": 3,
                        "kind": "acknowledge",
                        "subject": f"workOrder-{_ORDER}",
                        "since": "2026-06-01T03:12:01.000000Z",
                        "step": 1,
                        "due_at": "2026-06-01T07:12:01.000000Z",
                    },
                ],
            },
        ],
    },
}
