"""Units, the ladder above them and what lies below them."""

from datetime import UTC, date, datetime

import pytest

from services.common.chart import InvalidEntry, UnknownPlace, UnknownUnit
from tests.unit.common.chart.small import UNITS, chart, unit


def test_a_unit_tells_its_tier_its_district_and_how_it_answers() -> None:
    found = chart().unit("dept-market")
    assert (found.kind, found.tier, found.district) == ("department", "department", "d")
    assert (found.answers_by, found.parent, found.name_zh) == ("amqp", "d", "〔dept-market〕")


def test_a_unit_without_an_english_name_shows_its_chinese_one() -> None:
    assert chart().unit("v1").name_en == "〔v1〕"
    assert chart().unit("d").name_en == "District"


def test_an_unknown_unit_is_refused_with_its_code_in_both_languages() -> None:
    with pytest.raises(UnknownUnit) as refusal:
        chart().unit("v404")
    assert refusal.value.slug == "unknown-unit"
    assert refusal.value.facts == {"unit": "v404"}
    assert "v404" in refusal.value.detail_zh
    assert "v404" in refusal.value.detail_en


@pytest.mark.parametrize("code", ["v1", "t1", "d"])
def test_a_village_a_town_and_a_district_are_places(code: str) -> None:
    assert chart().place(code).code == code


@pytest.mark.parametrize("code", ["dept-market", "t1-planning", "cc-d", "v404", ""])
def test_a_unit_that_is_no_place_is_refused_as_one(code: str) -> None:
    with pytest.raises(UnknownPlace) as refusal:
        chart().place(code)
    assert refusal.value.slug == "unknown-place"
    assert refusal.value.facts == {"place_code": code}


@pytest.mark.parametrize(
    ("code", "ladder"),
    [
        ("v1", ("t1", "cc-d", "deputy-d", "leader-d")),
        ("t1-planning", ("t1", "cc-d", "deputy-d", "leader-d")),
        ("t1", ("cc-d", "deputy-d", "leader-d")),
        ("dept-market", ("cc-d", "deputy-d", "leader-d")),
        ("dept-water", ("cc-d", "deputy-d", "leader-d")),
        ("d", ("cc-d", "deputy-d", "leader-d")),
        ("cc-d", ("deputy-d", "leader-d")),
        ("deputy-d", ("leader-d",)),
        ("leader-d", ()),
    ],
)
def test_the_ladder_climbs_from_each_kind_of_unit_to_the_leader(
    code: str, ladder: tuple[str, ...]
) -> None:
    assert chart().superiors(code) == ladder


def test_a_town_is_above_its_own_villages_only() -> None:
    found = chart()
    assert found.is_superior("t1", of="v1")
    assert not found.is_superior("t1", of="v3")
    assert not found.is_superior("v1", of="t1")


def test_nobody_is_above_himself_and_no_department_above_another() -> None:
    found = chart()
    assert not any(found.is_superior(code, of=code) for code in found.units)
    assert not found.is_superior("dept-market", of="dept-water")


def test_a_command_centre_is_above_its_own_district_only() -> None:
    found = chart()
    assert found.is_superior("cc-d", of="v1")
    assert not found.is_superior("cc-e", of="v1")


@pytest.mark.parametrize("ask", ["superiors", "town_of", "district_of", "subtree"])
def test_asking_about_an_unknown_unit_is_refused(ask: str) -> None:
    with pytest.raises(UnknownUnit):
        getattr(chart(), ask)("v404")


@pytest.mark.parametrize(
    ("code", "town"),
    [("v1", "t1"), ("t1-planning", "t1"), ("t2", "t2"), ("dept-market", None), ("d", None)],
)
def test_the_town_is_that_which_the_unit_is_or_lies_in(code: str, town: str | None) -> None:
    assert chart().town_of(code) == town


def test_the_district_is_known_of_every_kind_of_unit() -> None:
    found = chart()
    assert {found.district_of(code) for code in ("d", "t1", "v1", "dept-water", "leader-d")} == {
        "d"
    }
    assert found.district_of("t9") == "e"


def test_a_subtree_holds_the_unit_and_all_below_it() -> None:
    assert chart().subtree("t1") == {"t1", "t1-planning", "v1", "v2"}
    assert chart().subtree("v1") == {"v1"}
    assert chart().subtree("dept-market") == {"dept-market"}


@pytest.mark.parametrize("code", ["cc-d", "deputy-d", "leader-d"])
def test_those_who_command_answer_for_their_whole_district(code: str) -> None:
    found = chart()
    assert found.subtree(code) == found.subtree("d")
    assert "t9" not in found.subtree(code)


def test_a_district_without_a_command_centre_says_so() -> None:
    bare = [entry for entry in UNITS if entry["code"] != "cc-d"]
    with pytest.raises(UnknownUnit):
        chart(units=bare).command_centre("d")
    with pytest.raises(UnknownUnit):
        chart().command_centre("nowhere")


def test_a_unit_is_there_from_its_first_day_in_beijing_to_the_day_it_ends() -> None:
    split = unit("t3", "town", "d", valid_from="2026-06-02", valid_until="2026-06-04")
    rows = [*UNITS, split]
    before = datetime(2026, 6, 1, 15, 59, tzinfo=UTC)  # 23:59 in Beijing
    first = datetime(2026, 6, 1, 16, 0, tzinfo=UTC)  # midnight
    last = datetime(2026, 6, 3, 15, 59, tzinfo=UTC)
    over = datetime(2026, 6, 3, 16, 0, tzinfo=UTC)
    there = ["t3" in chart(at, units=rows).units for at in (before, first, last, over)]
    assert there == [False, True, True, False]
    found = chart(first, units=rows).unit("t3")
    assert (found.valid_from, found.valid_until) == (date(2026, 6, 2), date(2026, 6, 4))


def test_a_village_may_move_to_another_town_on_a_day() -> None:
    rest = [entry for entry in UNITS if entry["code"] != "v1"]
    moved = [
        *rest,
        unit("v1", "village", "t1", valid_until="2026-06-02"),
        unit("v1", "village", "t2", valid_from="2026-06-02"),
    ]
    assert chart(datetime(2026, 6, 1, tzinfo=UTC), units=moved).town_of("v1") == "t1"
    assert chart(datetime(2026, 6, 2, tzinfo=UTC), units=moved).town_of("v1") == "t2"


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        (unit("x", "kingdom", "d"), "kind"),
        (unit("x", "town", "d", answers_by="pigeon"), "answers_by"),
        (unit("x", "town", "nowhere"), "parent"),
        (unit("x", "town"), "parent"),
        (unit("x", "village", "x"), "parent"),
        (unit("v1", "village", "t2"), "code"),
        ({"code": "x", "kind": "town", "answers_by": "http"}, "name_zh"),
        (unit("x", "town", "d", name_en=7), "name_en"),
        (unit("x", "town", "d", valid_from="tomorrow"), "valid_from"),
        (unit("x", "town", "d", valid_until="2026-6-1"), "valid_until"),
    ],
)
def test_a_unit_that_can_not_be_makes_the_table_unreadable(
    entry: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidEntry) as fault:
        chart(units=[*UNITS, entry])
    assert fault.value.facts["kind"] == "units"
    assert fault.value.facts["key"] == entry["code"]
    assert fault.value.facts["field"] == field
