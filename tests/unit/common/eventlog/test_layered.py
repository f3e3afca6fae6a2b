"""A mapping that grows by sharing: what is in it, what stays as it was, and what growing costs."""

from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.eventlog.layered import Layered

ENTRIES = st.lists(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(), max_size=3))


def written_anew(before: Layered, after: Layered) -> int:
    """Return how many entries are not shared with `before`."""
    kept = {id(each) for each in before.layers}
    return sum(len(each) for each in after.layers if id(each) not in kept)


@given(ENTRIES)
def test_it_is_the_mapping_that_copies_would_have_made(added: list[dict[str, int]]) -> None:
    whole: dict[str, int] = reduce(lambda found, each: {**found, **each}, added, {})
    found = reduce(Layered.with_entries, added, Layered())
    assert found == whole
    assert dict(found) == whole
    assert len(found) == len(whole)
    assert {key: found.get(key) for key in "abcdefgh"} == {
        key: whole.get(key) for key in "abcdefgh"
    }


@given(ENTRIES, ENTRIES)
def test_what_is_added_to_one_shows_in_no_other(
    first: list[dict[str, int]], second: list[dict[str, int]]
) -> None:
    start = reduce(Layered.with_entries, first, Layered())
    before = dict(start)
    one = start.with_entries({"one": 1})
    other = reduce(Layered.with_entries, second, start.with_entries({"other": 2}))
    assert dict(start) == before
    assert "other" not in one
    assert "one" not in other


def test_what_is_handed_in_may_be_changed_afterwards() -> None:
    handed_in = {"a": 1}
    found = Layered().with_entries(handed_in)
    handed_in["b"] = 2
    assert found == {"a": 1}


def test_nothing_added_is_the_same_one() -> None:
    found = Layered({"a": 1})
    assert found.with_entries({}) is found


def test_what_it_lacks_it_says() -> None:
    with pytest.raises(KeyError, match="x"):
        Layered({"a": 1})["x"]


@pytest.mark.parametrize("length", [10, 10_000])
def test_a_long_one_grows_as_cheaply_as_a_short_one(length: int) -> None:
    found = Layered({f"old-{number}": number for number in range(length)})
    written = 0
    for number in range(1_000):
        longer = found.with_entries({f"new-{number}": number})
        written += written_anew(found, longer)
        found = longer
    assert written <= 1_000 * 10 + length, "ten layers of a thousand entries, and one great merge"
    assert len(found.layers) <= 16
    assert len(found) == length + 1_000
