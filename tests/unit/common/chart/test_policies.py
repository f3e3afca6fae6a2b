"""Limits, weights and the days from which they hold."""

from datetime import UTC, date, datetime
from typing import cast

import pytest

from services.common.chart import InvalidEntry, PolicyMissing
from services.common.chart.policies import LimitKind
from tests.unit.common.chart.small import POLICIES, chart, policy


@pytest.mark.parametrize(
    ("kind", "time_class", "whistle_kind", "seconds"),
    [
        ("dispatch", None, None, 600),
        ("acknowledge", "urgent", None, 900),
        ("resolution", "complex", None, 1_296_000),
        ("report_in", None, "emergency", 1800),
        ("approval", None, "emergency", 7200),
        ("approval", None, "request", 14_400),
        ("approval", None, None, 14_400),
        ("rating_town", None, None, 259_200),
        ("rating_unit", None, None, 259_200),
        ("ladder_step", None, None, 14_401),
        ("dispatch", "urgent", "emergency", 600),
    ],
)
def test_each_kind_of_clock_has_its_limit(
    kind: LimitKind, time_class: None, whistle_kind: None, seconds: int
) -> None:
    assert chart().limit_seconds(kind, time_class, whistle_kind) == seconds


@pytest.mark.parametrize("kind", ["acknowledge", "report_in", "promised", "check_in", "tea"])
def test_a_limit_that_is_not_set_is_said_by_name(kind: str) -> None:
    with pytest.raises(PolicyMissing) as fault:
        chart().limit_seconds(cast(LimitKind, kind))
    assert kind in str(fault.value.facts["name"])


def test_a_policy_is_asked_for_by_name_and_type() -> None:
    found = chart()
    assert found.policy("follow_up_tries_count") == 86_400
    assert found.policies.text("home_district_code") == "d"
    with pytest.raises(PolicyMissing):
        found.policy("home_district_code")
    with pytest.raises(PolicyMissing):
        found.policies.text("follow_up_tries_count")


def test_the_promised_date_lies_the_dispatch_and_the_class_limit_ahead() -> None:
    assert chart().policies.promise_seconds("complex") == 600 + 1_296_000


def test_the_quorum_is_two_thirds_of_the_support_rounded_up() -> None:
    found = chart().policies
    assert [found.quorum_of_support(n) for n in range(7)] == [0, 1, 2, 2, 3, 4, 4]


def test_a_later_row_takes_over_on_its_day_and_the_older_one_holds_before() -> None:
    rows = [*POLICIES, policy("dispatch_limit_seconds", 300, "2026-06-02")]
    days = [datetime(2026, 6, day, tzinfo=UTC) for day in (1, 2, 3)]
    assert [chart(at, policies=rows).policy("dispatch_limit_seconds") for at in days] == [
        600,
        300,
        300,
    ]
    found = chart(days[2], policies=rows[::-1]).policies.entries["dispatch_limit_seconds"]
    assert (found.effective_from, found.source) == (date(2026, 6, 2), None)


def test_a_policy_with_a_source_shows_it() -> None:
    sourced = {**policy("dispatch_limit_seconds", 1, "2026-01-01"), "source": "a rule"}
    found = chart(policies=[*POLICIES, sourced]).policies.entries["dispatch_limit_seconds"]
    assert found.source == "a rule"


def test_two_rows_of_one_day_contradict_each_other() -> None:
    with pytest.raises(InvalidEntry):
        chart(policies=[*POLICIES, policy("dispatch_limit_seconds", 1)])


@pytest.mark.parametrize("value", [0.5, None, [1]])
def test_a_policy_is_a_number_a_text_or_yes_or_no(value: object) -> None:
    with pytest.raises(InvalidEntry) as fault:
        chart(policies=[*POLICIES, {**policy("x", 1), "value": value}])
    assert fault.value.facts["field"] == "value"
