"""The one way in which tests wait."""

import pytest

from tests.support.waiting import eventually


def test_the_first_true_value_is_returned() -> None:
    values = iter([None, 0, "", "found"])
    assert eventually(lambda: next(values), awaited="a value", every=0) == "found"


def test_a_failing_assertion_means_not_yet() -> None:
    values = iter([1, 2, 3])

    def check() -> bool:
        value = next(values)
        assert value == 3, f"{value} is not 3"
        return True

    assert eventually(check, awaited="3", every=0)


def test_the_failure_says_what_was_awaited_and_what_was_seen() -> None:
    with pytest.raises(AssertionError, match=r"for a letter; last seen: 'none'") as failure:
        eventually(lambda: _refuse("none"), awaited="a letter", within_seconds=0, every=0)
    assert isinstance(failure.value.__cause__, AssertionError)


def _refuse(seen: str) -> bool:
    raise AssertionError(repr(seen))
