"""What is kept of the present month and moved record by record is what a count of all says.

Whatever happens, in whatever order; sample by sample. Each rule that it rests on is left out once.
"""

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.common.following.cursors import Cursor
from services.metrics import present_month
from services.metrics.months import Window
from services.metrics.moves import MovedRecords, WatchedCursors
from services.metrics.present_month import PresentMonth
from services.metrics.spans import RunningSpans
from services.metrics.sums import Addend, Cell, MonthSums
from tests.support.present_months import Life, play_and_compare

RANDOMS = st.randoms(use_true_random=True)  # seeded: drawn choices are too tame for long histories
TAKE_OUT = Cell.take_out
MOMENTS = st.integers(0, 10**16)


@settings(max_examples=100, deadline=None)
@given(RANDOMS, st.integers(1, 80))
def test_what_is_kept_from_refresh_to_refresh_is_what_a_count_of_all_records_says(
    choose: Random, steps: int
) -> None:
    play_and_compare(Life(choose), steps)


@settings(max_examples=30, deadline=None)
@given(RANDOMS, st.integers(1, 60))
def test_a_comparison_finds_nothing_however_it_is_mixed_with_refreshes(
    choose: Random, steps: int
) -> None:
    life = Life(choose)
    life.refreshed()
    pages = life.month.pages()
    for _ in range(steps):
        life.go_on()
        if life.choose.random() < 0.4:
            life.refreshed()
        for model, page in pages:
            life.go_on()
            assert life.month.differences(model, page) == []
            break
        else:
            pages = life.month.pages()


@given(st.lists(MOMENTS, max_size=30), st.integers(0, 10**7))
def test_running_spans_come_to_what_each_of_them_has_run(began: list[int], more: int) -> None:
    spans, now = RunningSpans(), max(began, default=0) + more
    for each in began:
        spans.begin(each)
    assert spans.seconds(now) == sum((now - each) // 1_000_000 for each in began)
    for each in began[::2]:
        spans.end(each)
    assert spans.seconds(now) == sum((now - each) // 1_000_000 for each in began[1::2])


def _nothing(*_: Any, **__: Any) -> None:
    return None


def _counted_on(self: Cell, addend: Addend) -> None:
    TAKE_OUT(self, addend)
    self.addends += 1


def _believed(self: Any, consumer: str, found: Cursor) -> Cursor:
    self._known[consumer] = found
    return found


LEFT_OUT: dict[str, tuple[Any, str, Any]] = {
    "what was added is taken out": (Cell, "take_out", _nothing),
    "a record that has moved is looked at again": (MovedRecords, "note", _nothing),
    "moments at which time changes a record are noted": (present_month, "_due", lambda *_: []),
    "a cursor that another has moved is seen": (WatchedCursors, "_seen", _believed),
    "units are placed anew by another chart": (MonthSums, "place", _nothing),
    "a sum without records is not shown": (Cell, "take_out", _counted_on),
    "what runs is counted to the second": (
        RunningSpans, "seconds",
        lambda self, now: now // 1_000_000 * len(self._rests) - self._whole,
    ),
    "a new month is read anew": (
        PresentMonth, "_standing", lambda self, _: self._loaded,
    ),
    "a span that begins ahead doesn't run": (
        Window, "runs_from", lambda self, since, until: None if until else max(since, self.start),
    ),
}  # fmt: skip


@pytest.mark.parametrize("rule", LEFT_OUT)
def test_what_is_left_out_is_missed(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    place, name, instead = LEFT_OUT[rule]
    monkeypatch.setattr(place, name, instead)
    assert any(_differs(seed) for seed in range(60))


def _differs(seed: int) -> bool:
    try:
        play_and_compare(Life(Random(seed)), 60)  # noqa: S311  a history, no secret
    except AssertionError:
        return True
    return False
