"""One slice by itself: what it saves, who may work on it, and what a fault in folding leaves."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from services.common.contracts.commit import Fact
from services.common.contracts.events.dispatch import WorkOrderAcknowledged
from services.common.following.cursors import Held
from services.common.following.memory import MemoryDocuments
from services.common.following.projecting import Body, Projector
from services.common.running.stores import Stores
from services.metrics.projections import READ_MODELS, REQUEST_RECORDS
from services.operating.rebuilding.kept import KeptDocuments
from services.operating.rebuilding.saving import RebuildOvertaken, SavedSlice, SliceProgress
from services.operating.rebuilding.slices import Slice
from services.operating.rebuilding.slicing import SliceRebuild
from services.operating.rebuilding.tallying import Tally
from tests.integration.operating.replicas import metrics_of, rest
from tests.integration.operating.test_rebuild import documents, follow, rebuilt
from tests.support.copied_history import copy_history
from tests.support.stored_story import StoredStory

WHOLE = Slice()


def slice_of(
    stores: Stores, *models: Projector, saved: SavedSlice | None = None, **how: Any
) -> SliceRebuild:
    kept = KeptDocuments(stores.view("metrics"))
    wanted = models or tuple(Projector(each.name, each, MemoryDocuments()) for each in READ_MODELS)
    return SliceRebuild(wanted, stores=stores, kept=kept, slice_=WHOLE, saved=saved, **how)


def run(work: SliceRebuild) -> Tally:
    return work.run(lambda _done, _of: None)


def saved_slice(stores: Stores) -> SavedSlice:
    return SavedSlice(stores.view("metrics"), "a", WHOLE)


def test_documents_that_memory_has_no_room_for_are_saved_and_read_again(
    story: StoredStory,
) -> None:
    list(story.write())
    copy_history(story.stores, 12)
    rebuilt(story.stores)
    expected = documents(story.stores)
    for each in READ_MODELS:
        story.stores.view("metrics")[each.name].delete_many({})
    tally = run(slice_of(story.stores, saved=saved_slice(story.stores), most_in_memory=3))
    assert documents(story.stores) == expected
    assert tally.written == tally.documents == sum(len(each) for each in expected.values())


def test_what_comes_while_a_slice_settles_from_what_it_saved_is_caught_up(
    story: StoredStory,
) -> None:
    follow(story, story.left // 2)
    work = slice_of(story.stores, saved=saved_slice(story.stores), save_every_seconds=0)
    more = iter([lambda: follow(story)])

    def meanwhile(done: int, of: int) -> None:
        if done == of:
            next(more, lambda: None)()

    work.run(meanwhile)
    expected = documents(story.stores)
    assert rebuilt(story.stores).written == 0
    assert documents(story.stores) == expected


def test_a_slice_goes_on_where_it_was_saved_with_what_it_held(stores: Stores) -> None:
    saved = saved_slice(stores)
    assert saved.take_over() == SliceProgress()
    held = Held(3, "a fault", datetime.now(UTC), hangs_on="request-1")
    saved.move(SliceProgress({"intake": 7}, {"request_records": {"workOrder-1": held}}))
    found = saved_slice(stores).take_over()
    assert found.positions == {"intake": 7}
    again = found.held["request_records"]["workOrder-1"]
    assert (again.version, again.reason, again.hangs_on) == (3, "a fault", "request-1")


def test_who_was_overtaken_saves_nothing_any_more(stores: Stores) -> None:
    older, newer = saved_slice(stores), saved_slice(stores)
    older.take_over()
    older.documents.put_many("request_records", [("1", {"seen": {}})])
    older.move(SliceProgress({"intake": 1}))
    assert newer.take_over().positions == {"intake": 1}
    assert newer.documents.get_many("request_records", ["1", "2"]) == {"1": {"seen": {}}}
    newer.documents.put_many("request_records", [("1", {"seen": {"request-1": 1}})])
    newer.move(SliceProgress({"intake": 2}))
    with pytest.raises(RebuildOvertaken):
        older.documents.put_many("request_records", [("1", {"seen": {}})])
    with pytest.raises(RebuildOvertaken):
        older.move(SliceProgress({"intake": 3}))
    with pytest.raises(RebuildOvertaken):
        older.finish(Tally())
    assert saved_slice(stores).take_over().positions == {"intake": 2}


def faulty(body: Body, fact: Fact) -> Body:
    """Spoil the document before failing: nothing of that may stay."""
    if type(fact.event) is WorkOrderAcknowledged:
        body["order"] = "spoiled"
        raise LookupError("a fault of ours")
    return REQUEST_RECORDS.apply(body, fact)


def rebuilt_with_a_fault(story: StoredStory) -> Any:
    model = replace(REQUEST_RECORDS, apply=faulty)
    work = slice_of(story.stores, Projector("metrics.request_records", model, MemoryDocuments()))
    run(work)
    [fold] = work._folds
    return fold.held


def test_a_fault_in_folding_holds_what_a_processor_would_hold_and_spoils_nothing(
    story: StoredStory,
) -> None:
    list(story.write())
    held = rebuilt_with_a_fault(story)
    ours = documents(story.stores)["request_records"]
    story.stores.view("metrics")["request_records"].delete_many({})
    processor = metrics_of(story.stores).named("metrics.request_records")
    processor.consumer.model = replace(REQUEST_RECORDS, apply=faulty)  # type: ignore[attr-defined]
    rest(processor)
    assert {name: each.version for name, each in held.items()} == {
        name: each.version for name, each in processor.held().items()
    }
    assert ours == documents(story.stores)["request_records"]
    assert "spoiled" not in str(ours)
