"""Categories: three levels by the dots of the code."""

import pytest

from services.common.chart import InvalidEntry, UnknownCategory
from tests.unit.common.chart.small import CATALOGUE, CATEGORIES, DUTIES, call, chart, duty, leaf


def test_a_category_of_the_third_level_has_its_time_class_and_its_parent() -> None:
    found = chart().category("a.b.cover")
    assert (found.parent, found.of, found.time_class) == ("a.b", "asset", "general")
    assert (found.working_time, found.evidence_required) == (False, False)


def test_headings_are_listed_beside_the_categories() -> None:
    groups = chart().groups
    assert {code: (group.level, group.parent) for code, group in groups.items()} == {
        "a": (1, None),
        "a.b": (2, "a"),
    }


@pytest.mark.parametrize("code", ["a", "a.b", "a.b.nothing", ""])
def test_only_the_third_level_is_given_to_a_request(code: str) -> None:
    with pytest.raises(UnknownCategory):
        chart().category(code)


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        (leaf("a.x.y"), "code"),
        (leaf("a.b.c.d"), "code"),
        (leaf("a.b.market"), "code"),
        (leaf("a.b.y", "someday"), "time_class"),
        (leaf("a.b.y", of="person"), "of"),
        ({"code": "a.b.y", "name_zh": "类", "name_en": "kind"}, "of"),
        ({name: value for name, value in leaf("a.b.y").items() if name != "working_time"},
         "working_time"),
        (leaf("a.b.y", evidence_required="yes"), "evidence_required"),
    ],
)  # fmt: skip
def test_a_category_that_can_not_be_makes_the_table_unreadable(
    entry: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidEntry) as fault:
        chart(categories=[*CATEGORIES, entry])
    assert (fault.value.facts["key"], fault.value.facts["field"]) == (entry["code"], field)


def test_a_category_has_one_duty_and_one_row_of_the_catalogue() -> None:
    with pytest.raises(InvalidEntry):
        chart(duties=[*DUTIES, duty("a.b.market", "town", "again")])
    with pytest.raises(InvalidEntry):
        chart(catalogue=[*CATALOGUE, call("a.b.market", "town")])


def test_duties_and_catalogue_show_where_they_come_from() -> None:
    sourced = {**duty("a.b.unlisted", "town", "town-by-place"), "source": "a paper"}
    found = chart(duties=[*DUTIES, sourced])
    assert (found.duties["a.b.unlisted"].source, found.duties["a.b.market"].source) == (
        "a paper",
        None,
    )
    assert found.duties["a.b.market"].sample
    assert found.catalogue["a.b.market"].sample
