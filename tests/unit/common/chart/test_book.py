"""The book of all adoptions, and the chart of a moment."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.chart import (
    Adoption,
    ChartBook,
    InvalidEntry,
    RegistryNotReady,
    RegistryOutOfOrder,
    day_of,
    fold,
)
from tests.unit.common.chart.small import (
    MOMENT,
    POLICIES,
    TABLES,
    UNITS,
    adoptions,
    book,
    policy,
    unit,
)

POLICY_STREAM = "registry-policies"
START = datetime(2020, 1, 1, tzinfo=UTC)


def with_dispatch_limit(seconds: int) -> list[dict[str, object]]:
    rest = [dict(row) for row in POLICIES if row["name"] != "dispatch_limit_seconds"]
    return [*rest, policy("dispatch_limit_seconds", seconds)]


def test_a_book_is_ready_once_every_table_was_adopted() -> None:
    found = ChartBook()
    for stream, rows in TABLES.items():
        assert not found.ready
        found.adopt(stream, 1, START, rows)
    assert found.ready


def test_a_book_without_a_table_asks_to_try_again_and_names_it() -> None:
    found = ChartBook()
    for stream, rows in TABLES.items():
        if stream != "registry-duties":
            found.adopt(stream, 1, START, rows)
    with pytest.raises(RegistryNotReady) as away:
        found.at(MOMENT)
    assert away.value.facts == {"missing": "registry-duties"}


def test_a_moment_before_the_first_adoption_has_no_chart() -> None:
    with pytest.raises(RegistryNotReady):
        book().at(START - timedelta(microseconds=1))
    assert book().at(START).versions == dict.fromkeys(TABLES, 1)


def test_the_newest_adoption_in_force_decides_and_the_chart_names_it() -> None:
    found = book()
    found.adopt(POLICY_STREAM, 2, MOMENT, with_dispatch_limit(300))
    before, then = found.at(MOMENT - timedelta(microseconds=1)), found.at(MOMENT)
    assert (before.policy("dispatch_limit_seconds"), before.versions[POLICY_STREAM]) == (600, 1)
    assert (then.policy("dispatch_limit_seconds"), then.versions[POLICY_STREAM]) == (300, 2)
    assert then.versions["registry-units"] == 1


def test_a_later_version_in_force_earlier_replaces_the_one_before_it() -> None:
    found = book()
    found.adopt(POLICY_STREAM, 2, MOMENT, with_dispatch_limit(300))
    found.adopt(POLICY_STREAM, 3, MOMENT - timedelta(days=1), with_dispatch_limit(400))
    assert found.at(MOMENT).policy("dispatch_limit_seconds") == 400


def test_a_commit_is_read_again_by_the_versions_it_names() -> None:
    found = book()
    found.adopt(POLICY_STREAM, 2, START, with_dispatch_limit(300))
    named = dict.fromkeys(TABLES, 1)
    assert found.of(named, MOMENT).policy("dispatch_limit_seconds") == 600
    with pytest.raises(RegistryNotReady):
        found.of({**named, POLICY_STREAM: 3}, MOMENT)


def test_an_adoption_repeated_changes_nothing() -> None:
    found = book()
    found.adopt(POLICY_STREAM, 1, START, with_dispatch_limit(1))
    assert found.version_of(POLICY_STREAM) == 1
    assert found.at(MOMENT).policy("dispatch_limit_seconds") == 600


@pytest.mark.parametrize("version", [0, -1, 3])
def test_an_adoption_out_of_order_is_a_fault_of_who_shows_it(version: int) -> None:
    with pytest.raises(RegistryOutOfOrder) as fault:
        book().adopt(POLICY_STREAM, version, START, POLICIES)
    assert fault.value.facts["known"] == 1


def test_a_table_that_can_not_be_read_is_not_kept() -> None:
    found = book()
    with pytest.raises(InvalidEntry):
        found.adopt(POLICY_STREAM, 2, START, [{"name": "x"}])
    assert found.version_of(POLICY_STREAM) == 1


@pytest.mark.parametrize("stream", ["registry-weather", "request-1", "units"])
def test_a_stream_that_is_no_registry_is_refused(stream: str) -> None:
    with pytest.raises(InvalidEntry):
        book().adopt(stream, 1, START, [])
    assert book().version_of(stream) == 0


def test_a_field_of_a_newer_product_is_passed_over() -> None:
    rows = [{**row, "population": 7} for row in UNITS]
    assert book(units=rows).at(MOMENT).unit("v1").code == "v1"


def test_the_same_chart_serves_until_something_changes() -> None:
    rows = [*UNITS, unit("t3", "town", "d", valid_from="2026-06-03")]
    found = book(units=rows)
    first = found.at(MOMENT)
    assert found.at(MOMENT + timedelta(hours=30)) is first
    later = found.at(MOMENT + timedelta(days=2))
    assert later is not first
    assert "t3" in later.units
    assert found.at(MOMENT) is first


def test_many_versions_are_all_answered_rightly_though_few_are_kept_folded() -> None:
    found = book()
    for version in range(2, 40):
        found.adopt(POLICY_STREAM, version, START, with_dispatch_limit(version))
    named = dict.fromkeys(TABLES, 1)
    for version in [*range(2, 40), *range(2, 40)]:
        chart = found.of({**named, POLICY_STREAM: version}, MOMENT)
        assert chart.policy("dispatch_limit_seconds") == version


def test_a_day_begins_at_midnight_in_beijing() -> None:
    assert day_of(datetime(2026, 6, 1, 15, 59, 59, 999_999, tzinfo=UTC)) == "2026-06-01"
    assert day_of(datetime(2026, 6, 1, 16, 0, tzinfo=UTC)) == "2026-06-02"


MINUTES = st.integers(min_value=-3000, max_value=3000)


@given(effective=st.lists(MINUTES, max_size=6), asked=st.lists(MINUTES, min_size=1, max_size=6))
def test_the_book_answers_as_a_fold_over_all_adoptions_does(
    effective: list[int], asked: list[int]
) -> None:
    adopted, kept = adoptions(), book()
    for version, minutes in enumerate(effective, start=2):
        at = MOMENT + timedelta(minutes=minutes)
        adopted.append(Adoption(POLICY_STREAM, version, at, tuple(with_dispatch_limit(version))))
        kept.adopt(POLICY_STREAM, version, at, with_dispatch_limit(version))
    for minutes in asked:
        moment = MOMENT + timedelta(minutes=minutes)
        assert kept.at(moment) == fold(adopted[::-1], moment)


DAYS = st.integers(min_value=0, max_value=40).map(
    lambda n: f"2026-{6 + n // 30:02}-{n % 30 + 1:02}"
)


@given(start=DAYS, end=DAYS, asked=st.integers(min_value=0, max_value=70))
def test_a_unit_is_in_the_chart_exactly_on_the_days_it_names(
    start: str, end: str, asked: int
) -> None:
    moment = MOMENT + timedelta(days=asked)
    rows = [*UNITS, unit("t3", "town", "d", valid_from=start, valid_until=end)]
    assert ("t3" in book(units=rows).at(moment).units) == (start <= day_of(moment) < end)
