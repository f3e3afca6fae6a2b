"""A registry small enough to read: one district, two towns, three villages, four categories."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from services.common.chart import Adoption, Chart, ChartBook, fold
from services.common.chart.policies import REQUIRED

MOMENT = datetime(2026, 6, 1, 1, 0, tzinfo=UTC)

Rows = tuple[Mapping[str, Any], ...]


def unit(code: str, kind: str, parent: str | None = None, **more: Any) -> dict[str, Any]:
    """Return a unit's entry; the Chinese name is the code in brackets."""
    entry = {"code": code, "kind": kind, "name_zh": f"〔{code}〕", "answers_by": "http", **more}
    return entry if parent is None else {**entry, "parent": parent}


UNITS: Rows = (
    unit("d", "district", name_en="District"),
    unit("t1", "town", "d"),
    unit("t2", "town", "d"),
    unit("t1-planning", "section", "t1"),
    unit("v1", "village", "t1"),
    unit("v2", "village", "t1"),
    unit("v3", "village", "t2"),
    unit("dept-market", "department", "d", answers_by="amqp"),
    unit("dept-water", "enterprise", "d", answers_by="amqp"),
    unit("cc-d", "command_centre", "d"),
    unit("deputy-d", "deputy", "d"),
    unit("leader-d", "leader", "d"),
    unit("e", "district"),
    unit("t9", "town", "e"),
    unit("cc-e", "command_centre", "e"),
    unit("deputy-e", "deputy", "e"),
    unit("leader-e", "leader", "e"),
)


def leaf(code: str, time_class: str = "general", **more: Any) -> dict[str, Any]:
    """Return the entry of a category of the third level."""
    marks = {"of": "incident", "working_time": False, "evidence_required": False}
    names = {"name_zh": "类", "name_en": "kind"}
    return {"code": code, "time_class": time_class, **names, **marks, **more}


CATEGORIES: Rows = (
    {"code": "a", "name_zh": "甲", "name_en": "A"},
    {"code": "a.b", "name_zh": "乙", "name_en": "B"},
    leaf("a.b.market", "complex"),
    leaf("a.b.cover", "general", of="asset"),
    leaf("a.b.prices"),
    leaf("a.b.nobody"),
    leaf("a.b.town"),
    leaf("a.b.unlisted"),
)


def duty(category: str, first_holder: str, rule: str) -> dict[str, Any]:
    """Return a duty's entry."""
    return {"category": category, "first_holder": first_holder, "rule": rule, "sample": True}


DUTIES: Rows = (
    duty("a.b.market", "village", "village-by-place"),
    duty("a.b.cover", "village", "village-by-place"),
    duty("a.b.prices", "dept-market", "department-by-category"),
    duty("a.b.nobody", "unclear", "unclear-duty"),
    duty("a.b.town", "town", "town-by-place"),
)


def call(category: str, lead: str, *support: str, own: bool = False) -> dict[str, Any]:
    """Return a catalogue's entry."""
    why = {"why_zh": "因为", "why_en": "because"}
    called = {"lead": lead, "support": list(support)}
    return {"category": category, "own_enforcement": own, **called, **why, "sample": True}


CATALOGUE: Rows = (
    call("a.b.market", "village", "dept-market", "dept-water", "dept-market"),
    call("a.b.cover", "section:planning", "town", "dept-nowhere", own=True),
    call("a.b.prices", "dept-market", "dept-market", "village"),
)

_VALUES: Mapping[str, int | str] = {
    "home_district_code": "d",
    "dispatch_limit_seconds": 600,
    "resolution_limit_complex_seconds": 1_296_000,
    "acknowledge_limit_urgent_seconds": 900,
    "report_in_limit_emergency_seconds": 1800,
    "approval_limit_seconds": 14_400,
    "approval_limit_emergency_seconds": 7200,
    "rating_limit_seconds": 259_200,
    "ladder_step_limit_seconds": 14_401,
    "quorum_support_numerator": 2,
    "quorum_support_denominator": 3,
    "composite_response_permille": 300,
    "composite_resolution_permille": 350,
    "composite_satisfaction_permille": 350,
}


def policy(name: str, value: int | str, effective_from: str = "2020-01-01") -> dict[str, Any]:
    """Return a policy's entry."""
    return {"name": name, "value": value, "effective_from": effective_from, "policy": True}


POLICIES: Rows = tuple(policy(name, _VALUES.get(name, 86_400)) for name in sorted(REQUIRED))

TABLES: Mapping[str, Rows] = {
    "registry-units": UNITS,
    "registry-categories": CATEGORIES,
    "registry-duties": DUTIES,
    "registry-catalogue": CATALOGUE,
    "registry-policies": POLICIES,
}


def adoptions(**changed: Iterable[Mapping[str, Any]]) -> list[Adoption]:
    """Return version 1 of each table, in force since 2020; `changed` by kind replaces some."""
    start = datetime(2020, 1, 1, tzinfo=UTC)
    rows = {**TABLES, **{f"registry-{kind}": tuple(rows) for kind, rows in changed.items()}}
    return [Adoption(stream, 1, start, tuple(found)) for stream, found in rows.items()]


def chart(at: datetime = MOMENT, **changed: Iterable[Mapping[str, Any]]) -> Chart:
    """Return the small chart at a moment."""
    return fold(adoptions(**changed), at)


def book(**changed: Iterable[Mapping[str, Any]]) -> ChartBook:
    """Return a book that holds version 1 of each small table."""
    found = ChartBook()
    for adopted in adoptions(**changed):
        found.adopt(adopted.stream, 1, adopted.effective_at, adopted.entries)
    return found
