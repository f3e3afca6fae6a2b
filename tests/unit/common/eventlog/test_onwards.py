"""Business time goes on: within a stream at all, between streams but for what clocks differ by."""

from datetime import timedelta

import pytest

from services.common.contracts.commit import Tip
from services.common.eventlog.onwards import SKEW, refuse_going_back
from services.common.eventlog.ports import ClockBehind
from tests.support.examples import at, draft

TINY = timedelta(microseconds=1)
AFTER = Tip(version=1, recorded_at=at())
NOW, EARLIER = draft(recorded_at=at()), draft(recorded_at=at() - TINY)


def test_a_commit_at_the_moment_of_the_one_before_it_is_no_step_back() -> None:
    refuse_going_back(NOW, AFTER, None, SKEW)
    with pytest.raises(ClockBehind):
        refuse_going_back(EARLIER, AFTER, None, SKEW)


def test_a_commit_may_be_behind_the_log_by_all_that_clocks_differ_by() -> None:
    refuse_going_back(NOW, Tip(), at() + SKEW, SKEW)
    with pytest.raises(ClockBehind):
        refuse_going_back(EARLIER, Tip(), at() + SKEW, SKEW)


def test_under_a_stepped_clock_only_the_commit_before_it_counts() -> None:
    refuse_going_back(NOW, AFTER, at(24), None)
    with pytest.raises(ClockBehind):
        refuse_going_back(EARLIER, AFTER, at(24), None)
