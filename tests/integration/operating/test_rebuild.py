"""A rebuilt read model equals the one that was kept commit by commit, also while it is kept."""

import json
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from pymongo.database import Database
from typer.testing import CliRunner

from services.cli import app as entry
from services.common.contracts.codec import canonical
from services.common.eventlog.mongo import Row, client
from services.common.following.holding import parked_in
from services.common.following.memory import MemoryDocuments
from services.common.following.mongo_cursors import MongoCursors
from services.common.following.projecting import Projector
from services.common.running.stores import Stores
from services.metrics import wiring
from services.operating.rebuilding.kept import KeptDocuments
from services.operating.rebuilding.slices import Slice
from services.operating.rebuilding.slicing import SliceRebuild
from services.operating.rebuilding.tallying import Tally
from tests.integration.operating.replicas import metrics_of, rest
from tests.support.stored_story import STAMP_EVERY, StoredStory

MODELS_KEPT = [each for each in wiring.consumers(MemoryDocuments()) if isinstance(each, Projector)]
MODELS = tuple(model.name for model in wiring.READ_MODELS)


def follow(story: StoredStory, count: int | None = None) -> None:
    """Write commits and let a replica follow them as they get their positions."""
    replica = metrics_of(story.stores)
    for done, _ in enumerate(story.write(count)):
        if done % STAMP_EVERY == 0:
            for each in replica:
                rest(each)
    for each in replica:
        rest(each)


def rebuilt(stores: Stores, slices: int = 1) -> Tally:
    tally = Tally()
    for number in range(slices):
        slice_ = Slice(number, slices)
        kept = KeptDocuments(stores.view("metrics"))
        work = SliceRebuild(MODELS_KEPT, stores=stores, kept=kept, slice_=slice_)
        tally.add(work.run(lambda _done, _of: None))
    return tally


def documents(stores: Stores) -> Mapping[str, Mapping[str, str]]:
    """The canonical text of every body, by model and id."""
    view: Database[Row] = stores.view("metrics")
    return {
        model: {row["_id"]: canonical(row["body"]) for row in view[model].find({})}
        for model in MODELS
    }


@pytest.mark.parametrize("slices", [1, 2, 3])
def test_a_rebuild_of_what_is_right_writes_nothing(story: StoredStory, slices: int) -> None:
    follow(story)
    before = documents(story.stores)
    tally = rebuilt(story.stores, slices)
    assert (tally.written, tally.removed, tally.unreadable) == (0, 0, {})
    assert tally.documents == sum(len(each) for each in before.values()) > 0
    assert documents(story.stores) == before


@pytest.mark.parametrize("slices", [1, 3])
def test_lost_changed_and_invented_documents_come_out_as_the_logs_say(
    story: StoredStory, slices: int
) -> None:
    follow(story)
    before = documents(story.stores)
    view = story.stores.view("metrics")
    view["request_records"].delete_one({})
    view["whistle_records"].update_many({}, {"$set": {"body.open": "damaged"}})
    view["duty_records"].insert_one({"_id": "invented", "revision": 3, "body": {"open": True}})
    tally = rebuilt(story.stores, slices)
    assert tally.removed == 1
    assert tally.written == 1 + len(before["whistle_records"])
    assert documents(story.stores) == before


def test_a_document_that_claims_more_than_the_log_holds_is_written_anew(story: StoredStory) -> None:
    follow(story)
    before = documents(story.stores)
    row = story.stores.view("metrics")["request_records"].find_one({})
    assert row is not None
    stream = next(iter(row["body"]["seen"]))
    row["body"]["seen"][stream] = 10_000
    story.stores.view("metrics")["request_records"].replace_one({"_id": row["_id"]}, row)
    assert rebuilt(story.stores).written == 1
    assert documents(story.stores) == before


def test_rebuilding_while_a_service_follows_equals_following_alone(
    story: StoredStory, played: Any, mongodb_uri: str
) -> None:
    """A replica follows while documents are damaged and rebuilt again and again."""
    follow(story, story.left // 2)
    story.stores.view("metrics")["request_records"].delete_many({})
    story.stores.view("metrics")["whistle_records"].update_many({}, {"$set": {"body": {}}})
    failed: list[BaseException] = []

    def go_on() -> None:
        try:
            follow(story)
        except BaseException as error:
            failed.append(error)
            raise

    replica = threading.Thread(target=go_on)
    replica.start()
    turns = 0
    while replica.is_alive() or turns == 0:
        rebuilt(story.stores, slices=1 + turns % 3)
        turns += 1
    replica.join()
    rebuilt(story.stores)
    assert failed == []
    assert turns > 1
    with client(mongodb_uri) as connected:
        alone = Stores(connected, f"{story.stores.prefix}b_")
        follow(StoredStory(played, alone))
        assert documents(story.stores) == documents(alone)


def test_after_a_rebuild_the_service_goes_on_where_it_was(story: StoredStory) -> None:
    follow(story, story.left // 2)
    story.stores.view("metrics")["request_records"].delete_many({})
    cursors = MongoCursors(story.stores.view("metrics")).load_all()
    rebuilt(story.stores)
    assert MongoCursors(story.stores.view("metrics")).load_all() == cursors
    follow(story)
    after = documents(story.stores)
    assert rebuilt(story.stores).written == 0
    assert documents(story.stores) == after


@pytest.mark.parametrize("slices", [1, 3])
@pytest.mark.parametrize("damage", ["no JSON", "no shape", "no event"])
def test_what_cannot_be_read_leaves_its_documents_alone_and_is_named(
    story: StoredStory, slices: int, damage: str
) -> None:
    follow(story)
    before = documents(story.stores)
    commits = story.stores.log("intake")["commits"]
    row = commits.find_one({"version": 2})
    assert row is not None
    body = json.loads(row["body"])
    bodies = {
        "no JSON": damage,
        "no shape": json.dumps({**body, "events": [{**body["events"][0], "occurred_at": 5}]}),
        "no event": json.dumps({**body, "events": damage}),
    }
    commits.update_one({"_id": row["_id"]}, {"$set": {"body": bodies[damage]}})
    tally = rebuilt(story.stores, slices)
    assert row["stream"] in tally.unreadable
    assert tally.written == tally.removed == 0
    assert documents(story.stores) == before


def test_the_command_rebuilds_one_model_or_a_whole_service_and_says_how_fast(
    story: StoredStory, named: Stores
) -> None:
    follow(story)
    before = documents(named)
    for what, lost in (
        ("metrics.request_records", MODELS[:1]),
        ("metrics", MODELS),
        ("dispatch", ()),
    ):
        for model in lost:
            named.view("metrics")[model].delete_many({})
        done = CliRunner().invoke(entry.app, ["rebuild", what])
        assert done.exit_code == 0, done.output + str(done.exception)
        assert "events/s" in done.output
        assert documents(named) == before
    assert len(list(named.view("dispatch")["open_work_orders"].find({}))) > 0


@pytest.mark.usefixtures("named")
def test_what_could_not_be_read_is_named_and_fails_a_script(story: StoredStory) -> None:
    """The keys of these reporters lie in another installation."""
    list(story.write(40))
    done = CliRunner().invoke(entry.app, ["rebuild", "intake.receipt_codes"])
    assert done.exit_code == 1
    assert "KeyUnknown" in done.output
    assert CliRunner().invoke(entry.app, ["rebuild", "intake.desk_requests"]).exit_code == 0


def test_what_was_held_is_followed_again_once_it_could_be_rebuilt(
    story: StoredStory, named: Stores
) -> None:
    list(story.write(story.left // 2))
    stream, whole = torn(named)
    model = metrics_of(named).named("metrics.request_records")
    rest(model)
    held = model.held()
    assert held[stream].parked
    assert {each.hangs_on for each in held.values()} > {None}, "its order hangs on it"
    named.log("intake")["commits"].replace_one({"_id": whole["_id"]}, whole)
    done = CliRunner().invoke(entry.app, ["rebuild", "metrics.request_records"])
    assert done.exit_code == 0, done.output
    assert parked_in(model.held()) == []
    before = documents(named)
    assert model.retry_due(datetime.now(UTC)) == 1
    assert model.held() == {}
    rest(model)
    assert documents(named) == before, "the rebuild had seen what the service takes up"


def test_what_still_cannot_be_read_stays_parked_and_so_does_what_hangs_on_it(
    story: StoredStory, named: Stores
) -> None:
    list(story.write(60))
    stream, _ = torn(named)
    model = metrics_of(named).named("metrics.request_records")
    rest(model)
    before = model.held()
    done = CliRunner().invoke(entry.app, ["rebuild", "metrics.request_records"])
    assert done.exit_code == 1
    assert stream in done.output
    assert model.held() == before


def test_a_table_that_cannot_be_read_ends_a_rebuild_that_names_what_was_decided_by_it(
    story: StoredStory,
) -> None:
    follow(story)
    before = documents(story.stores)
    tables = story.stores.log("dispatch")["commits"]
    tables.update_one({"_id": "registry-units@1"}, {"$set": {"body": "no JSON"}})
    tally = rebuilt(story.stores)
    assert tally.unreadable
    assert tally.removed == 0
    assert documents(story.stores) == before


def torn(stores: Stores) -> tuple[str, Row]:
    """Make the first commit of a request unreadable; return its stream, and how it was."""
    commits = stores.log("intake")["commits"]
    whole = commits.find_one({"version": 1})
    assert whole is not None
    commits.update_one({"_id": whole["_id"]}, {"$set": {"body": "no JSON"}})
    return str(whole["stream"]), whole
