"""Who gets an order first, and whom a whistle calls."""

import pytest

from services.common.chart import UnknownCategory, UnknownPlace, UnknownUnit
from tests.unit.common.chart.small import UNITS, chart


def test_a_clear_duty_and_a_known_place_go_straight_to_the_village() -> None:
    found = chart().first_holder("a.b.market", "v1")
    assert (found.holder, found.rule, found.fallback) == ("v1", "village-by-place", False)
    assert found.runner_up == "t1"
    assert found.inputs == {
        "category": "a.b.market",
        "district": "d",
        "duty": "village",
        "place_code": "v1",
        "place_kind": "village",
    }


def test_a_department_duty_goes_to_the_department_with_the_town_as_runner_up() -> None:
    found = chart().first_holder("a.b.prices", "v1")
    assert (found.holder, found.rule, found.runner_up) == (
        "dept-market",
        "department-by-category",
        "t1",
    )


def test_a_town_duty_goes_to_the_town_with_the_command_centre_as_runner_up() -> None:
    found = chart().first_holder("a.b.town", "v3")
    assert (found.holder, found.rule, found.runner_up) == ("t2", "town-by-place", "cc-d")


def test_a_village_duty_goes_to_the_town_where_only_the_town_is_known() -> None:
    found = chart().first_holder("a.b.cover", "t2")
    assert (found.holder, found.rule, found.runner_up) == ("t2", "town-village-not-known", "cc-d")
    assert not found.fallback


@pytest.mark.parametrize(
    ("category", "place_code", "rule", "runner_up"),
    [
        ("a.b.nobody", "v1", "fallback-unclear-duty", "t1"),
        ("a.b.unlisted", "v1", "fallback-no-duty", "t1"),
        ("a.b.market", None, "fallback-no-place", None),
        ("a.b.market", "v404", "fallback-unknown-place", None),
        ("a.b.market", "dept-market", "fallback-unknown-place", None),
        ("a.b.prices", None, "fallback-no-place", None),
        ("a.b.market", "d", "fallback-place-too-wide", None),
    ],
)
def test_an_unclear_duty_or_place_falls_back_to_the_command_centre_and_says_why(
    category: str, place_code: str | None, rule: str, runner_up: str | None
) -> None:
    found = chart().first_holder(category, place_code)
    assert (found.holder, found.rule, found.runner_up) == ("cc-d", rule, runner_up)
    assert found.fallback
    assert found.inputs["district"] == "d"


def test_the_fallback_is_the_command_centre_of_the_place_not_of_the_home_district() -> None:
    found = chart().first_holder("a.b.prices", "t9", "d")
    assert (found.holder, found.rule) == ("cc-e", "fallback-unit-not-in-district")


def test_without_a_place_the_district_that_took_the_request_falls_back() -> None:
    assert chart().first_holder("a.b.market", None, "e").holder == "cc-e"


def test_an_unknown_category_or_a_heading_is_refused() -> None:
    for code in ("a.b", "a.b.c.d", "nothing"):
        with pytest.raises(UnknownCategory) as refusal:
            chart().first_holder(code, "v1")
        assert refusal.value.slug == "unknown-category"
        assert refusal.value.facts == {"category": code}


def test_a_district_without_a_command_centre_has_no_fallback() -> None:
    bare = [entry for entry in UNITS if entry["code"] != "cc-d"]
    with pytest.raises(UnknownUnit):
        chart(units=bare).first_holder("a.b.nobody", "v1")


def test_the_catalogue_names_the_village_as_lead_and_each_department_once() -> None:
    found = chart().whistle_proposal("a.b.market", "v1")
    assert (found.lead, found.support) == ("v1", ("dept-market", "dept-water"))
    assert (found.listed, found.missing, found.own_enforcement) == (True, (), False)
    assert (found.why_zh, found.why_en) == ("因为", "because")


def test_a_section_stands_for_that_of_the_own_town() -> None:
    found = chart().whistle_proposal("a.b.cover", "v1")
    assert (found.lead, found.support) == ("t1-planning", ("t1",))
    assert found.missing == ("dept-nowhere",)
    assert found.own_enforcement


def test_a_lead_that_the_town_does_not_have_is_replaced_by_the_town() -> None:
    found = chart().whistle_proposal("a.b.cover", "v3")
    assert (found.lead, found.support) == ("t2", ())
    assert found.missing == ("section:planning", "dept-nowhere")


def test_where_only_the_town_is_known_the_town_leads_for_the_village() -> None:
    found = chart().whistle_proposal("a.b.market", "t1")
    assert (found.lead, found.missing) == ("t1", ("village",))


def test_the_lead_is_not_its_own_support() -> None:
    assert chart().whistle_proposal("a.b.prices", "v1").support == ("v1",)


def test_a_department_of_another_district_is_not_called() -> None:
    found = chart().whistle_proposal("a.b.prices", "t9")
    assert (found.lead, found.support) == ("t9", ())
    assert found.missing == ("dept-market", "village")


def test_a_category_without_a_row_leaves_the_town_alone_and_says_so() -> None:
    found = chart().whistle_proposal("a.b.nobody", "v1")
    assert (found.lead, found.support, found.listed) == ("t1", (), False)
    assert found.why_zh
    assert found.why_en


@pytest.mark.parametrize("place_code", ["d", "v404", "dept-market"])
def test_a_whistle_needs_a_village_or_a_town(place_code: str) -> None:
    with pytest.raises(UnknownPlace):
        chart().whistle_proposal("a.b.market", place_code)


def test_a_whistle_needs_a_category_of_the_third_level() -> None:
    with pytest.raises(UnknownCategory):
        chart().whistle_proposal("a", "v1")
