"""The three rates: a hand-made month, each figure by its formula and by a recount."""

from datetime import timedelta
from typing import Any

import pytest

from services.audit.ledger import Counted
from services.common.contracts.events.dispatch import ReporterContacted
from services.common.contracts.events.intake import (
    FollowUpLapsed,
    FollowUpTried,
    RequestClosed,
    RequestReopened,
)
from services.common.contracts.streams import request_stream
from tests.support.examples import DAY_ONE, TOWN, VILLAGE
from tests.support.examples_metrics import NEIGHBOUR, OTHER_TOWN, OTHER_VILLAGE, MetricsWorld

JULY = "2026-07"
LATE_JUNE = 29 * 24  #: hours after the first morning: 30 June
IN_JULY = 31 * 24


@pytest.fixture
def world() -> MetricsWorld:
    return MetricsWorld()


def _followed_up(world: MetricsWorld, request: str, holder: str = VILLAGE, **said: Any) -> None:
    world.dispatched(request, holder)
    world.resolved(request, holder, hours=10)
    world.answered(request, RequestClosed(1, "solved"), **said)


def test_a_yes_counts_for_all_three_rates_of_the_holder_and_of_its_town(
    world: MetricsWorld,
) -> None:
    _followed_up(world, "r-1")
    for unit in (VILLAGE, TOWN):
        counted = world.counted(unit)
        for rate in ("response", "resolution", "satisfaction"):
            assert counted[rate] == Counted(1, 1, 0)
        assert counted == world.recounted(unit)
    assert world.counted(NEIGHBOUR)["response"] == Counted(0, 0, 0)


def test_a_month_without_answers_has_no_data_rather_than_zero(world: MetricsWorld) -> None:
    bodies = world.bodies()
    assert bodies["response"]["value"] is None
    assert bodies["composite"]["value"] is None
    assert bodies["whistles"]["value"] == "0", "a count without data is none"


def test_reopening_does_not_wash_a_no(world: MetricsWorld) -> None:
    world.dispatched("r-1")
    world.resolved("r-1", VILLAGE, hours=10)
    world.answered("r-1", RequestReopened(1, 1), solved="no", satisfied="dissatisfied")
    world.resolved("r-1", VILLAGE, hours=20, resolution=2)
    world.answered("r-1", RequestClosed(2, "solved"), round=2)
    assert world.counted()["resolution"] == Counted(0, 1, 0)
    assert world.counted()["satisfaction"] == Counted(0, 1, 0)
    assert world.counted() == world.recounted()


def test_of_two_opposed_reporters_one_is_solved(world: MetricsWorld) -> None:
    _followed_up(world, "r-1", OTHER_TOWN)
    world.dispatched("r-2", OTHER_TOWN)
    world.resolved("r-2", OTHER_TOWN, hours=11)
    world.answered("r-2", RequestReopened(1, 1), solved="no")
    world.resolved("r-2", OTHER_TOWN, hours=30, resolution=2)
    world.answered("r-2", RequestClosed(2, "partly"), round=2, solved="partly")
    assert world.counted(OTHER_TOWN)["resolution"] == Counted(1, 2, 0)
    assert world.bodies(OTHER_TOWN)["resolution"]["value"] == "0.5000"
    assert world.counted(OTHER_TOWN) == world.recounted(OTHER_TOWN)


def test_a_follow_up_opened_because_the_promised_date_passed_is_in_the_cohort(
    world: MetricsWorld,
) -> None:
    world.dispatched("r-1")
    world.asked("r-1", VILLAGE, judged=0)
    world.answered("r-1", RequestReopened(1, 0), reached="no", solved="no", satisfied="not_rated")
    counted = world.counted()
    assert counted["response"] == Counted(0, 1, 0)
    assert counted["satisfaction"] == Counted(0, 0, 1), "not rated is in no denominator"
    assert counted == world.recounted()


def test_unanswered_counts_in_no_numerator_and_stands_beside_the_rates(
    world: MetricsWorld,
) -> None:
    _followed_up(world, "r-1")
    world.dispatched("r-2")
    world.resolved("r-2", VILLAGE, hours=12)
    tried = [FollowUpTried(1, number, "silence") for number in (1, 2, 3)]
    world.write(request_stream("r-2"), *tried, RequestClosed(1, "unanswered"), hours=90)
    assert world.counted()["response"] == Counted(1, 1, 1)
    assert world.counted()["unanswered"] == Counted(1, 2, 0)
    assert world.counted() == world.recounted()


def test_a_lapsed_round_counts_with_the_round_that_was_answered(world: MetricsWorld) -> None:
    world.dispatched("r-1")
    world.asked("r-1", VILLAGE, judged=0)
    tried = [FollowUpTried(1, number, "operator") for number in (1, 2, 3)]
    world.write(request_stream("r-1"), *tried, FollowUpLapsed(1), hours=72)
    world.resolved("r-1", TOWN, hours=80, round=2)
    world.answered("r-1", RequestClosed(2, "solved"), round=2)
    assert world.counted(VILLAGE)["resolution"] == Counted(1, 1, 0), "charged by round 1"
    assert world.counted() == world.recounted()


def test_an_answer_in_july_counts_for_the_june_in_which_it_was_asked(world: MetricsWorld) -> None:
    world.dispatched("r-1")
    world.resolved("r-1", VILLAGE, hours=LATE_JUNE)
    world.move_to(IN_JULY)
    world.answered("r-1", RequestClosed(1, "solved"))
    assert world.counted()["response"] == Counted(1, 1, 0)
    assert world.counted(month=JULY)["response"] == Counted(0, 0, 0)
    assert world.counted() == world.recounted()
    assert world.counted(month=JULY) == world.recounted(month=JULY)


def test_the_handlers_own_mark_stands_beside_the_reporters_answer(world: MetricsWorld) -> None:
    order = world.dispatched("r-1")
    world.write(order, ReporterContacted("r-1", VILLAGE, "spoken"), hours=1)
    world.resolved("r-1", VILLAGE, hours=10)
    world.answered("r-1", RequestClosed(1, "solved"), reached="no")
    assert world.counted()["response"] == Counted(0, 1, 0)
    assert world.counted()["contact_by_handler"] == Counted(1, 1, 0)
    assert world.counted() == world.recounted()


def test_a_mark_made_the_moment_that_the_reporter_is_asked_counts(world: MetricsWorld) -> None:
    order = world.dispatched("r-1")
    world.resolved("r-1", VILLAGE, hours=10)
    (opened,) = [each for each in world.commits() if each.stream == request_stream("r-1")]
    assert opened.draft.recorded_at == DAY_ONE + timedelta(hours=10)
    world.write(order, ReporterContacted("r-1", VILLAGE, "spoken"), hours=10)
    world.answered("r-1", RequestClosed(1, "solved"))
    assert world.counted()["contact_by_handler"] == Counted(1, 1, 0)
    assert world.counted() == world.recounted()


def test_rates_are_marked_until_there_are_enough_answers(world: MetricsWorld) -> None:
    for number in range(2):
        _followed_up(world, f"r-{number}")
    assert world.bodies()["response"]["few_answers"] is True
    _followed_up(world, "r-2")
    assert world.bodies()["response"]["few_answers"] is False
    assert "few_answers" not in world.bodies()["unanswered"]


def test_the_composite_is_the_weighted_sum_of_the_three_rates(world: MetricsWorld) -> None:
    _followed_up(world, "r-1")
    _followed_up(world, "r-2", reached="no")
    _followed_up(world, "r-3", solved="no", satisfied="basically")
    # 0.3 x 2/3 + 0.35 x 2/3 + 0.35 x 3/3
    assert world.composite() == "0.7833"
    assert world.bodies()["composite"]["weights_permille"] == {
        "response": 300,
        "resolution": 350,
        "satisfaction": 350,
    }


def test_a_village_of_another_town_is_not_rolled_up(world: MetricsWorld) -> None:
    _followed_up(world, "r-1", OTHER_VILLAGE)
    assert world.counted(TOWN)["response"] == Counted(0, 0, 0)
    assert world.counted("110112")["response"] == Counted(1, 1, 0)
    assert world.counted("cc-110112")["response"] == Counted(1, 1, 0)
