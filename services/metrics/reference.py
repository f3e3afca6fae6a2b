"""What metrics' routes refuse, and one example of each answer, for the reference."""

from typing import Any, Final

from marshmallow import Schema

from services.common.errors import NotFound
from services.metrics import answers
from services.metrics.errors import (
    MonthBeforeRecords,
    MonthMalformed,
    MonthNotBegun,
    NoSuchFigure,
    NotYourUnit,
)

MONTHS: Final = (NotFound, NotYourUnit, MonthMalformed, MonthNotBegun, MonthBeforeRecords)
FIGURES_OPENED: Final = (*MONTHS, NoSuchFigure)

_TERMS: Final = {
    "unit": "110112105",
    "month": "2026-06",
    "starts_at": "2026-05-31T16:00:00.000000Z",
    "ends_at": "2026-06-30T16:00:00.000000Z",
    "seen_at": "2026-06-20T02:00:00.000000Z",
    "policy_version": 1,
    "chart": {"registry-units": 1, "registry-policies": 1},
    "minimum_answers": 10,
}

EXAMPLES: Final[dict[type[Schema], Any]] = {
    answers.MonthOfUnit: {
        **_TERMS,
        "name_zh": "张家湾镇",
        "name_en": "Zhangjiawan town",
        "tier": "town",
        "as_of": {"dispatch": 412, "escalation": 655, "intake": 204},
        "behind": {"dispatch": 0, "escalation": 0, "intake": 0},
        "troubled_streams": {"dispatch": 0, "escalation": 0, "intake": 0},
        "figures": {
            "resolution": {
                "numerator": 2,
                "denominator": 3,
                "excluded": 0,
                "value": "0.6667",
                "few_answers": True,
                "events": "/v1/kpis/110112105/2026-06/resolution",
            },
        },
    },
    answers.SharesOfFigure: {
        **_TERMS,
        "figure": "resolution",
        "items": [
            {
                "figure": "resolution",
                "subject": "request-5b3d2f0e-6a51-5f0c-9b1a-1c2d3e4f5a6b",
                "unit": "110112105209",
                "numerator": 1,
                "denominator": 1,
                "excluded": 0,
                "events": ["request-5b3d2f0e-6a51-5f0c-9b1a-1c2d3e4f5a6b@5.0"],
            },
        ],
    },
}
