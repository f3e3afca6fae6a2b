"""Figures are the same however the logs were followed, and the same as a recount of the logs."""

from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.audit.ledger import Counted
from services.common.contracts.commit import Commit
from services.common.contracts.streams import category_of
from services.common.following.memory import MemoryDocuments
from services.common.following.projecting import Projector
from services.metrics.figures import board_body, charged_in, empty_board
from services.metrics.months import window_of
from services.metrics.projections import READ_MODELS
from services.metrics.whistle_shares import shares_of_whistle
from tests.support.examples import TOWN, VILLAGE
from tests.support.examples_metrics import DISTRICT, MARKET, OTHER_TOWN, MetricsWorld
from tests.support.following import tell
from tests.support.metrics_histories import play

RANDOMS = st.randoms(use_true_random=True)  # seeded: drawn choices are too tame for long histories
SHAPES = st.tuples(st.integers(1, 4), st.integers(0, 2), st.integers(1, 60))
UNITS = (VILLAGE, TOWN, OTHER_TOWN, MARKET, DISTRICT)


def _played(choose: Random, shape: tuple[int, int, int]) -> MetricsWorld:
    world = MetricsWorld()
    cases, whistles, steps = shape
    play(world, choose, cases=cases, whistles=whistles, steps=steps)
    return world


def _months(world: MetricsWorld) -> list[str]:
    now = world.clock.now()
    months = [f"2026-{number:02}" for number in range(6, 13)]
    return [month for month in months if window_of(month, now).begun]


@settings(max_examples=60, deadline=None)
@given(RANDOMS, SHAPES)
def test_every_figure_of_every_month_equals_a_recount_of_the_logs(
    choose: Random, shape: tuple[int, int, int]
) -> None:
    world = _played(choose, shape)
    for month in _months(world):
        for unit in UNITS:
            assert world.counted(unit, month) == world.recounted(unit, month), (unit, month)


@settings(max_examples=60, deadline=None)
@given(RANDOMS, SHAPES)
def test_doubled_and_shuffled_streams_give_the_records_of_following_once_in_order(
    choose: Random, shape: tuple[int, int, int]
) -> None:
    world = _played(choose, shape)
    world.follow()
    disordered = _fed(_disordered(world.commits(), choose))
    assert _records(disordered) == _records(world.documents)


@settings(max_examples=30, deadline=None)
@given(RANDOMS, SHAPES)
def test_a_rebuild_gives_the_records_of_following_step_by_step(
    choose: Random, shape: tuple[int, int, int]
) -> None:
    world = MetricsWorld()
    cases, whistles, steps = shape
    for _ in range(3):
        play(world, choose, cases=cases, whistles=whistles, steps=steps // 3)
        world.follow()
        cases = whistles = 0  # the first turn's subjects are enough
    before = _records(world.documents)
    world.rebuild()
    assert _records(world.documents) == before


@settings(max_examples=30, deadline=None)
@given(RANDOMS, SHAPES)
def test_a_town_is_its_villages_and_sections_and_itself(
    choose: Random, shape: tuple[int, int, int]
) -> None:
    """Sums add up over units; what counts a subject once can only be less than the sum."""
    world = _played(choose, shape)
    chart = world.chart_of()
    whole = world.counted(TOWN)
    alone = [_alone(world, unit) for unit in chart.subtree(TOWN)]
    for name, found in whole.items():
        parts = [each[name] for each in alone]
        assert found.excluded == sum(part.excluded for part in parts)
        if name in ("held_seconds", "hand_overs"):
            assert (found.denominator or 0) <= sum(part.denominator or 0 for part in parts)
        elif name != "escalation_depth":
            assert found.numerator == sum(part.numerator for part in parts)
            assert (found.denominator or 0) == sum(part.denominator or 0 for part in parts)


@settings(max_examples=30, deadline=None)
@given(RANDOMS, SHAPES)
def test_every_share_names_events_that_are_in_the_logs(
    choose: Random, shape: tuple[int, int, int]
) -> None:
    world = _played(choose, shape)
    world.follow()
    known = {fact.id for commit in world.commits() for fact in commit.facts}
    for month in _months(world):
        for share in world.books.shares(world.window(month)):
            assert share.events
            assert known.issuperset(share.events)


@settings(max_examples=30, deadline=None)
@given(RANDOMS, SHAPES)
def test_no_rate_is_outside_zero_and_one_and_no_data_is_none(
    choose: Random, shape: tuple[int, int, int]
) -> None:
    world = _played(choose, shape)
    for name, body in world.bodies(DISTRICT).items():
        if body["denominator"] == 0:
            assert body["value"] is None, name
        if "few_answers" in body and body["value"] is not None:
            assert 0 <= float(body["value"]) <= 1


def test_an_empty_record_adds_nothing() -> None:
    window = window_of("2026-06", MetricsWorld().clock.now())
    assert not list(shares_of_whistle({"id": "h"}, window))


def _alone(world: MetricsWorld, unit: str) -> dict[str, Counted]:
    found = empty_board()
    for share in charged_in(world.books.shares(world.window()), {unit}):
        found.add(share, "any")
    assert board_body(found, world.chart_of())
    return {
        name: Counted(each.numerator, each.denominator, each.excluded)
        for name, each in found.sums.items()
    }


def _disordered(commits: list[Commit], choose: Random) -> list[Commit]:
    """Return an order that keeps only each stream's own, with repetitions of what came before."""
    streams: dict[str, list[Commit]] = {}
    for commit in commits:
        if category_of(commit.stream) != "registry":
            streams.setdefault(commit.stream, []).append(commit)
    found: list[Commit] = []
    while streams:
        stream = choose.choice(sorted(streams))
        found.append(streams[stream].pop(0))
        if choose.random() < 0.3:
            found.append(choose.choice(found))
        if not streams[stream]:
            del streams[stream]
    return found


def _fed(commits: list[Commit]) -> MemoryDocuments:
    documents = MemoryDocuments()
    projectors = [Projector(model.name, model, documents) for model in READ_MODELS]
    for commit in commits:
        for projector in projectors:
            if category_of(commit.stream) in projector.follows:
                tell(projector, commit)
    return documents


def _records(documents: MemoryDocuments) -> dict[str, Any]:
    return {
        f"{model.name} {document.id}": dict(document.body)
        for model in READ_MODELS
        for document in documents.find(model.name, {}, limit=10_000)
    }
