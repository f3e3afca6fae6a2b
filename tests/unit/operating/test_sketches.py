"""Whose a commit is, a rebuild finds out before it has read the commit."""

import json
from typing import Any, cast

import pytest

from services.common.contracts.codec import Undecodable
from services.common.contracts.commit import Commit
from services.common.contracts.event_types import UnknownEvent, UnknownEventVersion
from services.common.contracts.streams import LOGS, category_of
from services.common.eventlog.mongo import Row
from services.common.eventlog.mongo_log import _row
from services.common.following.projecting import ReadModel
from services.dispatch.projections import READ_MODELS as OF_DISPATCH
from services.escalation.wiring import READ_MODELS as OF_ESCALATION
from services.intake.projections import DESK_REQUESTS, receipt_codes
from services.metrics.projections import READ_MODELS as OF_METRICS
from services.operating.rebuilding.sketching import SketchedCommit, whole
from tests.benchmarks.history import commits_of
from tests.support.playing import play, troupe_of
from tests.support.world import World

CODES = receipt_codes(lambda request_id: f"code of {request_id}")
MODELS = (DESK_REQUESTS, CODES, *OF_DISPATCH, *OF_ESCALATION, *OF_METRICS)


@pytest.fixture(scope="module")
def story() -> list[Commit]:
    """Every commit of the whole story."""
    world = World()
    play(world, troupe_of(world))
    return [each for log in LOGS for each in commits_of(world, log)]


def stored(commit: Commit) -> Row:
    return {**_row(commit), "position": commit.position}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_a_sketch_belongs_to_the_document_of_its_commit(
    model: ReadModel, story: list[Commit]
) -> None:
    told = [each for each in story if category_of(each.stream) in model.of]
    subjects = [model.subject_of(each) for each in told]
    sketches = [cast("Commit", SketchedCommit(stored(each))) for each in told]
    assert [model.subject_of(each) for each in sketches] == subjects
    assert any(subjects)


def test_a_sketch_is_merged_like_its_commit_and_becomes_it(story: list[Commit]) -> None:
    for each in story:
        sketch = SketchedCommit(stored(each))
        assert (sketch.stream, sketch.version, sketch.position, sketch.cause) == (
            each.stream, each.version, each.position, each.cause,
        )  # fmt: skip
        assert whole(cast("Commit", sketch)).facts == each.facts
        assert sketch.draft == each.draft


def changed(commit: Commit, **event: Any) -> SketchedCommit:
    body = json.loads(commit.body)
    body["events"] = [{**body["events"][0], **event}]
    return SketchedCommit({**stored(commit), "body": json.dumps(body)})


def test_events_of_a_newer_release_are_unknown_to_a_sketch_too(story: list[Commit]) -> None:
    [fact] = changed(story[0], type="OfTomorrow").facts
    assert isinstance(fact.event, UnknownEvent)
    with pytest.raises(UnknownEventVersion):
        _ = changed(story[0], v=99).facts


@pytest.mark.parametrize(
    "body", ["no JSON", "[]", "{}", '{"stream": "request-1"}', '{"stream": 1, "version": 1}']
)
def test_what_is_no_commit_has_no_sketch(story: list[Commit], body: str) -> None:
    with pytest.raises(Undecodable):
        SketchedCommit({**stored(story[0]), "body": body})


def test_what_a_later_release_says_of_a_cause_is_passed_over(story: list[Commit]) -> None:
    caused = next(each for each in story if each.cause is not None)
    body = json.loads(caused.body)
    body["cause"]["of_a_later_release"] = 1
    assert SketchedCommit({**stored(caused), "body": json.dumps(body)}).cause == caused.cause
