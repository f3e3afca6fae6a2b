"""What a new table changes, said by name and code."""

import pytest

from services.common.contracts.vocabulary import RegistryKind
from services.operating.registry.changes import Names, changes, ended
from tests.unit.common.chart.small import Rows, call, duty, leaf, policy, unit

UNITS: Rows = (unit("t1", "town", "d", name_en="Town"), unit("v1", "village", "t1"))
NAMES = Names.in_tables({"units": UNITS, "categories": (leaf("a.b.c"),)})


def told(kind: RegistryKind, before: Rows, after: Rows, *, chinese: bool = False) -> list[str]:
    return [each.said(chinese=chinese) for each in changes(kind, before, after, NAMES)]


def test_the_same_entries_in_another_order_are_no_change() -> None:
    assert told("units", UNITS, UNITS[::-1]) == []


@pytest.mark.parametrize(
    ("after", "en", "zh"),
    [
        ((UNITS[0],), "unit 〔v1〕 v1: removed", "单位 〔v1〕 v1：删除"),
        ((*UNITS, unit("v2", "village", "t1")), "unit v2: new Town t1", "单位 v2：新增 〔t1〕 t1"),
        ((UNITS[0], {**UNITS[1], "name_zh": "新村"}),
         "unit 〔v1〕 v1: renamed 〔v1〕 -> 新村", "单位 〔v1〕 v1：更名 〔v1〕 -> 新村"),
        ((UNITS[0], {**UNITS[1], "valid_until": "2027-01-01"}),
         "unit 〔v1〕 v1: ends on 2027-01-01", "单位 〔v1〕 v1：于 2027-01-01 终止"),
        ((UNITS[0], {**UNITS[1], "parent": "x"}),
         "unit 〔v1〕 v1: parent Town t1 -> x", "单位 〔v1〕 v1：parent 〔t1〕 t1 -> x"),
    ],
)  # fmt: skip
def test_a_unit_begins_ends_is_renamed_or_moves(after: Rows, en: str, zh: str) -> None:
    assert told("units", UNITS, after) == [en]
    assert told("units", UNITS, after, chinese=True) == [zh]


def test_a_duty_and_a_whistle_name_units_by_name_and_roles_by_their_word() -> None:
    assert told("duties", (duty("a.b.c", "village", "r"),), (duty("a.b.c", "t1", "r"),)) == [
        "duty kind a.b.c: first_holder the village -> Town t1"
    ]
    assert told("catalogue", (call("a.b.c", "t1"),), (call("a.b.c", "t1", "v1", "section:x"),),
                chinese=True) == [
        "吹哨目录 类 a.b.c：support 无 -> 〔v1〕 v1、镇街部门 x"
    ]  # fmt: skip


def test_a_later_value_of_a_policy_is_one_that_begins_on_its_day() -> None:
    old = policy("p", 1)
    assert told("policies", (old,), (old, policy("p", 2, "2027-01-01"))) == [
        "policy p: new 2 from 2027-01-01"
    ]
    assert told("policies", (old,), (policy("p", 2),)) == ["policy p: value 1 -> 2"]


def test_units_end_when_they_are_removed_or_get_a_last_day() -> None:
    last = {**UNITS[1], "valid_until": "2027-01-01"}
    assert ended(UNITS, (UNITS[0],)) == ended(UNITS, (UNITS[0], last)) == ["v1"]
    assert ended((UNITS[0], last), (UNITS[0], last)) == ended(UNITS, UNITS) == []
    assert ended((last,), (UNITS[1],)) == []
