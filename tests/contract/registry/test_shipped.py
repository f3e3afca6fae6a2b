"""What the shipped registry says: real divisions, and a complete table for every category."""

import json
from collections import Counter
from collections.abc import Mapping
from itertools import product
from typing import get_args

import pytest

from services.common.chart import Chart, ChartBook
from services.common.chart.policies import REQUIRED, LimitKind
from services.common.contracts.codec import canonical, parsed, structured
from services.common.contracts.events.dispatch import RegistryAdopted
from services.common.contracts.vocabulary import ClockKind, RegistryKind, TimeClass, WhistleKind
from services.common.registry_files import RegistryTable
from tests.contract.registry.conftest import MOMENT

TONGZHOU = "110112"
LADDER = ("cc-110112", "deputy-110112", "leader-110112")
DEPARTMENTS = {
    "enforcement", "housing", "market", "emergency", "ecology", "water", "transport",
    "landscaping", "police", "planning", "agriculture", "civil-affairs", "justice", "labour",
    "health", "education", "court", "utility-water", "utility-power", "utility-gas",
    "utility-heat",
}  # fmt: skip
FIELDS = {
    "city", "housing", "utilities", "transport", "ecology", "agriculture", "market", "safety",
    "order", "labour", "civil", "education", "health", "disputes",
}  # fmt: skip


def kinds_below(chart: Chart, district: str) -> Counter[str]:
    return Counter(chart.unit(code).kind for code in chart.subtree(district))


def test_the_city_has_its_districts_towns_and_villages(chart: Chart) -> None:
    found = Counter(unit.kind for unit in chart.units.values())
    assert (found["district"], found["town"], found["village"]) == (16, 349, 7535)


def test_tongzhou_has_22_towns_and_656_villages_and_zhangjiawan_57(chart: Chart) -> None:
    found = kinds_below(chart, TONGZHOU)
    assert (found["town"], found["village"]) == (22, 656)
    assert kinds_below(chart, "110112105")["village"] == 57


def test_the_departments_answer_by_their_own_queues(chart: Chart) -> None:
    found = {code for code, unit in chart.units.items() if unit.answers_by == "amqp"}
    assert found == {f"dept-{name}" for name in DEPARTMENTS}
    assert {chart.unit(code).tier for code in found} == {"department"}


def test_every_unit_has_names_in_chinese_and_those_we_made_in_english_too(chart: Chart) -> None:
    for unit in chart.units.values():
        assert unit.name_zh
        if unit.kind not in ("village", "town"):
            assert unit.name_en.isascii()
    assert chart.unit("110112105").name_en == "Zhangjiawan Town"
    assert chart.unit("110112119-planning").name_zh == "潞城镇规划部门"


def test_every_village_of_tongzhou_climbs_by_its_town_to_the_leader(chart: Chart) -> None:
    for code in chart.subtree(TONGZHOU):
        if chart.unit(code).kind == "village":
            assert chart.superiors(code) == (chart.unit(code).parent, *LADDER)
            assert chart.town_of(code) == chart.unit(code).parent


def test_every_unit_of_the_city_is_below_its_district_leader(chart: Chart) -> None:
    for code, unit in chart.units.items():
        leader = f"leader-{unit.district}"
        assert code == leader or chart.superiors(code)[-1] == leader
        assert code not in chart.superiors(code)


def test_every_field_of_the_domain_has_categories(chart: Chart) -> None:
    assert {group.code for group in chart.groups.values() if group.level == 1} == FIELDS
    used = {category.parent for category in chart.categories.values()}
    assert used == {group.code for group in chart.groups.values() if group.level == 2}
    assert {category.time_class for category in chart.categories.values()} == set(
        get_args(TimeClass)
    )
    assert {category.of for category in chart.categories.values()} == {"asset", "incident"}


def test_every_category_has_a_duty_a_row_of_the_catalogue_and_its_limits(chart: Chart) -> None:
    assert chart.duties.keys() == chart.categories.keys() == chart.catalogue.keys()
    kinds: tuple[LimitKind, ...] = ("acknowledge", "contact", "resolution")
    for category in chart.categories.values():
        for kind in kinds:
            assert chart.limit_seconds(kind, category.time_class) > 0


@pytest.mark.parametrize("kind", get_args(WhistleKind))
def test_every_kind_of_whistle_has_its_limits(chart: Chart, kind: WhistleKind) -> None:
    assert chart.limit_seconds("report_in", whistle_kind=kind) > 0
    assert chart.limit_seconds("approval", whistle_kind=kind) > 0


@pytest.mark.parametrize("kind", get_args(ClockKind))
def test_every_kind_of_clock_has_its_limit_or_is_told_it_by_an_event(
    chart: Chart, kind: ClockKind
) -> None:
    if kind in ("promised", "check_in"):  # a date, a slot
        return
    for time_class, whistle_kind in product(get_args(TimeClass), get_args(WhistleKind)):
        assert chart.limit_seconds(kind, time_class, whistle_kind) > 0


def test_the_limits_are_those_of_the_walk(chart: Chart) -> None:
    hour, day = 3600, 86_400
    classes: tuple[TimeClass, ...] = ("urgent", "utility", "general", "complex")
    assert [chart.limit_seconds("acknowledge", c) for c in classes] == [900, 2 * hour, day, day]
    assert [chart.limit_seconds("contact", c) for c in classes] == [1800, 4 * hour, day, day]
    assert [chart.limit_seconds("resolution", c) for c in classes] == [
        2 * hour, day, 7 * day, 15 * day,
    ]  # fmt: skip
    assert chart.limit_seconds("report_in", whistle_kind="emergency") == 1800
    assert chart.limit_seconds("report_in", whistle_kind="request") == day
    kinds: dict[LimitKind, int] = {
        "forward": 2 * hour, "dispatch": 600, "transfer_answer": 4 * hour, "raise_answer": day,
        "approval": 4 * hour, "refusal_answer": 4 * hour, "conclusion": 10 * day,
        "rating_town": 3 * day, "rating_unit": 3 * day, "follow_up": day, "ladder_step": 4 * hour,
    }  # fmt: skip
    assert {kind: chart.limit_seconds(kind) for kind in kinds} == kinds
    assert chart.policy("follow_up_tries_count") == 3
    assert chart.policies.quorum_of_support(3) == 2


def test_every_policy_is_used_and_carries_its_unit_in_its_name(chart: Chart) -> None:
    assert chart.policies.entries.keys() == REQUIRED
    units = ("seconds", "count", "permille", "numerator", "denominator", "code")
    assert all(name.endswith(units) for name in chart.policies.entries)


def test_every_order_finds_a_holder_in_every_town_of_tongzhou(chart: Chart) -> None:
    places = [code for code in chart.subtree(TONGZHOU) if chart.unit(code).kind == "town"]
    for category in chart.categories:
        for place in (*places, "110112105209", "110101001001", None):
            found = chart.first_holder(category, place)
            assert chart.unit(found.holder)
            assert found.fallback == found.holder.startswith("cc-")
            assert found.runner_up is None or chart.unit(found.runner_up)


def test_every_whistle_in_tongzhou_finds_all_its_units(chart: Chart) -> None:
    for code in chart.subtree(TONGZHOU):
        if chart.unit(code).kind in ("village", "town"):
            for category in ("disputes.land.ownership", "agriculture.land.use"):
                assert chart.whistle_proposal(category, code).missing == ()
    for category in chart.categories:
        assert chart.whistle_proposal(category, "110112105209").missing == ()


def test_the_night_market_goes_to_its_village_and_calls_three_departments(chart: Chart) -> None:
    category = "city.trade.night-market"
    found = chart.first_holder(category, "110112105209")
    assert (found.holder, found.runner_up) == ("110112105209", "110112105")
    called = chart.whistle_proposal(category, "110112105209")
    assert called.lead == "110112105209"
    assert called.support == ("dept-emergency", "dept-enforcement", "dept-market")
    assert chart.limit_seconds("resolution", chart.category(category).time_class) == 15 * 86_400


def test_the_loose_manhole_stays_in_its_village(chart: Chart) -> None:
    assert chart.first_holder("safety.manhole.loose", "110112105209").holder == "110112105209"
    assert chart.category("safety.manhole.loose").time_class == "general"
    assert chart.category("safety.manhole.loose").of == "asset"


def test_the_land_dispute_is_led_by_the_planning_section_with_the_court(chart: Chart) -> None:
    found = chart.whistle_proposal("disputes.land.ownership", "110112119237")
    assert (found.lead, found.support) == ("110112119-planning", ("dept-court",))
    assert chart.superiors(found.lead) == ("110112119", *LADDER)


def test_a_department_duty_and_an_unclear_one_go_where_they_must(chart: Chart) -> None:
    prepaid = chart.first_holder("market.prepaid.refund", "110112105209")
    assert (prepaid.holder, prepaid.fallback) == ("dept-market", False)
    shared = chart.first_holder("housing.property.shared-area", "110112010009")
    assert (shared.holder, shared.fallback) == ("cc-110112", True)


@pytest.mark.parametrize("kind", get_args(RegistryKind))
def test_a_table_is_canonical_sorted_and_named_by_its_hash(
    shipped: Mapping[RegistryKind, RegistryTable], kind: RegistryKind
) -> None:
    table = shipped[kind]
    assert table.stream == f"registry-{kind}"
    assert json.loads(canonical(table.entries)) == list(table.entries)
    assert len(table.sha256) == 64
    assert len(canonical(table.entries).encode()) < 4_000_000  # one commit, far below 16 MB


def test_a_table_comes_out_of_its_event_as_it_went_in(
    shipped: Mapping[RegistryKind, RegistryTable], book: ChartBook
) -> None:
    again = ChartBook()
    for table in shipped.values():
        event = RegistryAdopted(table.kind, MOMENT, table.sha256, table.entries)
        read = structured(RegistryAdopted, parsed(canonical(event)))
        again.adopt(table.stream, 1, read.effective_at, read.entries)
    assert again.at(MOMENT) == book.at(MOMENT)


def test_the_tables_come_in_the_order_in_which_they_are_adopted(
    shipped: Mapping[RegistryKind, RegistryTable],
) -> None:
    assert tuple(shipped) == get_args(RegistryKind)
