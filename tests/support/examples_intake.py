"""Requests at every stage, and a small registry with real codes."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from services.common.chart import Chart, ChartBook
from services.common.chart.policies import REQUIRED
from services.common.contracts.events.intake import FollowUpOpened, RequestForwarded
from services.common.contracts.events.intake import RequestReceived as Received
from services.common.contracts.streams import registry_stream
from services.intake.domain.request import Request, RequestEvent, evolve
from services.intake.domain.request_commands import Filing, ReceiveRequest

DAY_ONE: Final = datetime(2026, 6, 1, 1, 12, tzinfo=UTC)  #: 09:12 in Beijing
DISTRICT: Final = "110112"
TOWN: Final = "110112105"
VILLAGE: Final = "110112105209"
CENTRE: Final = "cc-110112"
NIGHT_MARKET: Final = "city.trade.night-market"
COMPLEX_PROMISE_SECONDS: Final = 600 + 15 * 86_400


def after(**span: float) -> datetime:
    """Return a moment after the first morning, e.g. `after(hours=3)`."""
    return DAY_ONE + timedelta(**span)


# -- a small registry with real codes ----------------------------------------------------------


def _unit(code: str, kind: str, parent: str | None, zh: str, en: str) -> dict[str, Any]:
    entry = {"code": code, "kind": kind, "name_zh": zh, "name_en": en, "answers_by": "http"}
    return entry if parent is None else {**entry, "parent": parent}


def _category(code: str, zh: str, en: str, **more: Any) -> dict[str, Any]:
    marks = {"of": "incident", "working_time": False, "evidence_required": False}
    leaf = marks if code.count(".") == 2 else {}
    return {"code": code, "name_zh": zh, "name_en": en, **leaf, **more}


_LIMITS: Final[Mapping[str, int | str]] = {
    "home_district_code": DISTRICT,
    "dispatch_limit_seconds": 600,
    "resolution_limit_urgent_seconds": 7200,
    "resolution_limit_complex_seconds": 15 * 86_400,
    "follow_up_tries_count": 3,
    "composite_response_permille": 300,
    "composite_resolution_permille": 350,
    "composite_satisfaction_permille": 350,
}
REGISTRY: Final[Mapping[str, tuple[dict[str, Any], ...]]] = {
    "units": (
        _unit(DISTRICT, "district", None, "通州区", "Tongzhou"),
        _unit(TOWN, "town", DISTRICT, "张家湾镇", "Zhangjiawan Town"),
        _unit(VILLAGE, "village", TOWN, "张湾村", "Zhangwan Village"),
        _unit(CENTRE, "command_centre", DISTRICT, "通州区城指中心", "Command centre"),
        _unit("110105", "district", None, "朝阳区", "Chaoyang"),
        _unit("cc-110105", "command_centre", "110105", "朝阳区城指中心", "Command centre"),
    ),
    "categories": (
        _category("city", "城市管理", "City management"),
        _category("city.trade", "占道经营", "Street trade"),
        _category(NIGHT_MARKET, "自发夜市扰民", "Night market", time_class="complex"),
        _category("city.trade.danger", "井盖缺失", "Missing cover", time_class="urgent"),
    ),
    "duties": ({"category": NIGHT_MARKET, "first_holder": "village", "rule": "village-by-place"},),
    "catalogue": (),
    "policies": tuple(
        {"name": name, "value": _LIMITS.get(name, 86_400), "effective_from": "2020-01-01"}
        for name in sorted(REQUIRED)
    ),
}


def chart(**changed: Iterable[Mapping[str, Any]]) -> Chart:
    """Return the chart of the first day; `changed` by kind replaces whole tables."""
    book = ChartBook()
    for kind, entries in {**REGISTRY, **changed}.items():
        book.adopt(registry_stream(kind), 1, datetime(2020, 1, 1, tzinfo=UTC), tuple(entries))
    return book.at(DAY_ONE)


# -- requests ----------------------------------------------------------------------------------

FILING: Final = Filing(NIGHT_MARKET, "complex", DISTRICT, COMPLEX_PROMISE_SECONDS)


def reported(**changed: Any) -> ReceiveRequest:
    """Return the command that takes the night market in, without a category."""
    fields = {
        "channel": "hotline",
        "kind": "complaint",
        "reporter_ref": "intake/who",
        "said_ref": "intake/said",
        "place_code": VILLAGE,
    }
    return ReceiveRequest(**{**fields, **changed})


def received(**changed: Any) -> Received:
    """Return the event of it."""
    fields = {
        "channel": "hotline",
        "kind": "complaint",
        "reporter_ref": "intake/who",
        "said_ref": "intake/said",
        "confidential": False,
        "opposed": False,
        "place_code": VILLAGE,
    }
    return Received(**{**fields, **changed})


def forwarded(**changed: Any) -> RequestForwarded:
    """Return the event that sends it to dispatch."""
    fields = {
        "category": NIGHT_MARKET,
        "time_class": "complex",
        "district": DISTRICT,
        "promised_at": after(seconds=COMPLEX_PROMISE_SECONDS),
        "place_code": VILLAGE,
    }
    return RequestForwarded(**{**fields, **changed})


def opened(round: int = 1, judged: int = 1) -> FollowUpOpened:  # noqa: A002  the event's word
    """Return the event that asks the reporter about resolution `judged`, 0 = none yet."""
    return FollowUpOpened(round, "resolved" if judged else "promised_date_passed", judged, TOWN)


def given(*events: RequestEvent, at: datetime = DAY_ONE) -> Request:
    """Return the request after `events`, all recorded at `at`."""
    state = Request()
    for event in events:
        state = evolve(state, event, at)
    return state
