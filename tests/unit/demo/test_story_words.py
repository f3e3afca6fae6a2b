"""The story's words: every word of a closed list that an event can show has one."""

from dataclasses import fields, replace
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.common.contracts.event_types import REGISTER
from services.demo.narrating import WORDS, details_of
from services.demo.words import EVENTS, event_in_words
from services.terminal.vocabulary_words import DETAILS, detail_in_words
from tests.support.examples_clocks import chart
from tests.support.examples_contracts import any_dataclass, sample_of

TOLD = sorted(EVENTS)
CHART = chart()


def words_of(annotation: Any) -> set[Any]:
    """Return the words of a closed list, also of one that may be missing."""
    found: set[Any] = set()
    for each in get_args(annotation):
        found |= {each} if isinstance(each, str) else words_of(each)
    return found


@pytest.mark.parametrize("name", TOLD)
def test_every_word_that_a_told_event_can_show_has_its_chinese(name: str) -> None:
    shape = REGISTER[name].shape
    hints = get_type_hints(shape)
    shown = [field.name for field in fields(shape) if field.name in DETAILS]
    missing = {(field, word) for field in shown for word in words_of(hints[field])} - {
        (field, word) for field in DETAILS for word in DETAILS[field]
    }
    assert missing == set()


def test_an_event_is_told_by_its_name_in_either_language() -> None:
    assert event_in_words("WorkOrderHandedOver", chinese=False) == "Work order handed over"
    assert event_in_words("WorkOrderHandedOver", chinese=True) == "承办单位变更"


@pytest.mark.parametrize(
    ("field", "value", "en", "zh"),
    [
        ("solved", "no", "solved: no", "未解决"),
        ("mode", "on_site", "on site", "现场"),
        ("step", 3, "step 3", "第 3 级"),
        ("slot", 1, "slot 1", "第 1 次"),
    ],
)
def test_a_detail_is_told_as_a_person_says_it(field: str, value: Any, en: str, zh: str) -> None:
    assert field in WORDS
    assert detail_in_words(field, value, chinese=False) == en
    assert detail_in_words(field, value, chinese=True) == zh


@pytest.mark.parametrize("chinese", [False, True], ids=["en", "zh"])
@pytest.mark.parametrize("name", TOLD)
@settings(max_examples=25)
@given(data=st.data())
def test_every_told_event_has_its_details_in_words(
    name: str, chinese: bool, data: st.DataObject
) -> None:
    event = data.draw(any_dataclass(REGISTER[name].shape))
    assert all(isinstance(each, str) for each in details_of(event, CHART, chinese=chinese))


@pytest.mark.parametrize(("lead", "word"), [(True, ["牵头"]), (False, [])])
def test_a_call_that_leads_is_told_from_one_that_supports(lead: bool, word: list[str]) -> None:
    called = replace(sample_of(REGISTER["DepartmentCalled"].shape), lead=lead)
    assert [each for each in details_of(called, CHART, chinese=True) if each == "牵头"] == word
