"""What hangs on what, and in which order passed commits are told again."""

import pytest

from services.common.contracts.commit import Cause
from services.common.following.cursors import Held
from services.common.following.holding import causes_first, root_of
from services.common.following.merging import Entry
from tests.support.examples import DAY_ONE
from tests.unit.common.following.processing import Q, R, U, V, W, torn


def hung(on: str | None = None) -> Held:
    return Held(1, "why", DAY_ONE, hangs_on=on)


@pytest.mark.parametrize(("stream", "root"), [(U, U), (V, U), (W, U), (R, R)])
def test_what_has_to_go_on_first_is_found_through_all_that_hangs_in_between(
    stream: str, root: str
) -> None:
    held = {U: hung(), V: hung(U), W: hung(V), R: hung("request-that-went-on")}
    assert root_of(stream, held) == root


def test_looking_for_what_has_to_go_on_ends_in_a_circle_too() -> None:
    assert root_of(V, {V: hung(W), W: hung(V)}) in (V, W)


def entry(log: str, position: int, stream: str, cause: str | None = None) -> Entry:
    return Entry(log, position, stream, 1, torn(), Cause(cause, 1) if cause else None)


def test_a_cause_is_told_again_before_what_stands_ahead_of_it_by_its_place() -> None:
    effect, behind = entry("dispatch", 1, W, R), entry("dispatch", 2, V)
    cause = entry("intake", 9, R)
    assert list(causes_first([behind, cause, effect])) == [cause, effect, behind]


def test_of_a_circle_the_first_is_told_all_the_same_and_nothing_is_lost() -> None:
    order, request, last = (
        entry("dispatch", 1, W, R),
        entry("intake", 2, R, W),
        entry("intake", 3, Q),
    )
    assert list(causes_first([last, request, order])) == [order, request, last]
