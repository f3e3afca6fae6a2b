"""How long a keeper waits before it starts something again, and when it stops trying."""

from datetime import UTC, datetime

from services.local.standing import LONGEST_PAUSE_SECONDS, MOST_DEATHS, STEADY_SECONDS, PartStanding

NOON = datetime(2026, 6, 1, 4, tzinfo=UTC)


def dies_at_once(standing: PartStanding) -> list[float]:
    """Let it die as soon as it was started, until it is given up; return the pauses."""
    now, pauses = 1000.0, []
    while (pause := standing.died(now)) is not None:
        pauses.append(pause)
        assert not standing.is_due(now + pause - 0.1)
        now += pause
        assert standing.is_due(now)
        standing.restarted(now, NOON)
    return pauses


def test_pauses_grow_to_a_minute_and_then_it_is_given_up() -> None:
    standing = PartStanding()
    pauses = dies_at_once(standing)
    assert pauses == [1, 2, 4, 8, 16, 32, *[LONGEST_PAUSE_SECONDS] * 3]
    assert standing.given_up
    assert standing.restarts == MOST_DEATHS - 1
    assert not standing.is_due(1e9)


def test_one_that_ran_steadily_has_got_over_its_last_death() -> None:
    standing = PartStanding()
    standing.started(0)
    assert standing.died(1) == 1
    standing.restarted(2, NOON)
    assert standing.died(3) == 2
    standing.restarted(5, NOON)
    assert standing.died(5 + STEADY_SECONDS) == 1


def test_a_start_that_fails_counts_as_a_death_however_long_it_ran_before() -> None:
    standing = PartStanding()
    standing.started(0)
    assert standing.died(10_000) == 1
    assert standing.died(20_000) == 2, "it was not started in between"


def test_who_is_asked_for_again_begins_anew_and_keeps_its_count() -> None:
    standing = PartStanding()
    dies_at_once(standing)
    standing.forgive()
    assert not standing.given_up
    assert standing.died(1) == 1
    assert (standing.restarts, standing.restarted_at) == (MOST_DEATHS - 1, NOON)
