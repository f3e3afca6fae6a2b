"""The story's pace on a machine that is busy with other things."""

import pytest

from services.demo.pace import FULL, QUIET_SECONDS, SLOWEST, pace_for, seconds_at

LONGEST_CLOCK_OF_THE_STORY_SECONDS = 24 * 3600 / FULL


@pytest.mark.parametrize(
    ("load", "cores", "rate"),
    [
        (0.0, 2, FULL),
        (4.0, 2, FULL),
        (4.1, 2, 900),
        (8.1, 2, 450),
        (90.0, 2, SLOWEST),
        (8.1, 8, FULL),
    ],
)
def test_the_story_slows_down_where_every_core_is_wanted_by_many(
    load: float, cores: int, rate: int
) -> None:
    assert pace_for(load, cores) == rate


def test_what_lasts_at_half_pace_lasts_twice_as_long() -> None:
    assert seconds_at(FULL // 2, 48) == 96


def test_a_story_is_not_over_while_its_longest_clock_runs() -> None:
    assert QUIET_SECONDS > LONGEST_CLOCK_OF_THE_STORY_SECONDS
