"""`dead ...` on a real database and a real broker."""

from datetime import UTC, datetime, timedelta

import pytest

from services.common.following.cursors import Cursor, Held
from services.common.following.holding import parked_in
from services.common.following.mongo_cursors import MongoCursors
from services.common.following.processor import Processor
from services.common.messaging.publisher import Letter
from services.common.running.stores import Stores
from services.operating import trouble
from services.operating.reach import Reach, reaching
from services.operating.trouble import Trouble, dead_letters, parked_streams
from services.terminal.unprepared import Unprepared
from tests.integration.common.messaging.broker import publishing
from tests.integration.operating.replicas import CONSUMER, rest, said
from tests.support.stored_story import StoredStory


def bury(uri: str, body: bytes, queue: str = "escalation.replies") -> None:
    """Put a message where a service puts what it can't read."""
    service = queue.partition(".")[0]
    headers = {"reason": "Undecodable: no JSON", "queue": queue}
    with publishing(uri) as publisher:
        publisher.publish([Letter(f"{service}.dead", "X", "m-1", body, "text/plain", headers)])


def has_seen(stores: Stores, stream: str) -> bool:
    """Say whether the consumer has told its read model anything of `stream`."""
    model = stores.view("metrics")[CONSUMER.partition(".")[2]]
    return model.find_one({f"body.seen.{stream}": {"$gte": 1}}) is not None


@pytest.mark.usefixtures("vhost")
def test_a_parked_stream_is_listed_shown_and_followed_again_by_the_running_service(
    parked: tuple[Processor, str], named: Stores
) -> None:
    processor, stream = parked
    with reaching() as reach:
        found = parked_streams(reach)[0]
    table = said("dead", "list")
    assert found.id in table
    assert CONSUMER in table
    shown = said("dead", "show", found.id)
    assert "Undecodable" in shown
    assert "dead replay" in shown
    assert '"stream":"' + stream in shown
    with pytest.raises(Unprepared, match="the log is the truth"):
        said("dead", "drop", found.id)
    assert "follows again" in said("dead", "replay", found.id)
    assert "Nothing is dead" in said("dead", "list")
    assert not has_seen(named, stream)
    assert processor.is_overtaken_by(processor.cursors.load(CONSUMER)), "it notices by itself"
    assert processor.retry_due(datetime.now(UTC)) == 1
    assert processor.held() == {}
    assert has_seen(named, stream)


@pytest.mark.usefixtures("vhost")
def test_what_hangs_on_a_parked_stream_is_listed_and_its_replay_takes_up_both(
    parked: tuple[Processor, str], named: Stores
) -> None:
    processor, stream = parked
    waiting = [name for name, held in processor.held().items() if held.hangs_on == stream]
    shown = said("dead", "show", waiting[0])
    assert f"waits for: {stream}" in shown
    assert "which has to be mended" in shown
    table = said("dead", "list")
    assert all(f"{each}@" in table for each in [stream, *waiting])
    replayed = said("dead", "replay", waiting[0])
    assert all(each in replayed for each in [stream, *waiting])
    assert processor.retry_due(datetime.now(UTC)) == 1
    assert processor.held() == {}
    assert all(has_seen(named, each) for each in waiting)


@pytest.mark.usefixtures("vhost")
def test_what_hangs_on_a_parked_stream_can_be_replayed_here_and_now(
    parked: tuple[Processor, str],
) -> None:
    processor, stream = parked
    waiting = [name for name, held in processor.held().items() if held.hangs_on == stream]
    assert "has followed" in said("dead", "replay", waiting[0], "--here")
    assert processor.held() == {}


@pytest.mark.usefixtures("vhost")
def test_a_parked_stream_can_be_replayed_by_its_name_here_and_now(
    parked: tuple[Processor, str], named: Stores
) -> None:
    processor, stream = parked
    assert "has followed" in said("dead", "replay", stream, "--here")
    assert processor.held() == {}
    assert has_seen(named, stream)
    with pytest.raises(Unprepared, match="no dead letter or parked stream"):
        said("dead", "replay", stream)


@pytest.mark.usefixtures("vhost")
def test_what_still_cannot_be_read_is_held_again_and_says_so(
    parked: tuple[Processor, str], named: Stores
) -> None:
    processor, stream = parked
    before = set(processor.held())
    tear(named, stream)
    with pytest.raises(Unprepared, match="held again, at version 1"):
        said("dead", "replay", stream, "--here")
    assert processor.held()[stream].parked
    assert set(parked_in(processor.held())) == before
    said("dead", "replay", stream)
    assert processor.retry_due(datetime.now(UTC)) == 1
    assert set(parked_in(processor.held())) == before
    assert stream in said("dead", "list")


@pytest.mark.usefixtures("vhost")
def test_a_replay_can_be_given_again_and_for_what_is_tried_again_by_itself(
    parked: tuple[Processor, str], named: Stores
) -> None:
    processor, stream = parked
    assert "follows again" in said("dead", "replay", stream)
    assert "follows again" in said("dead", "replay", stream)
    assert "tried again by itself (UTC+8): -" not in said("dead", "show", stream)
    assert processor.retry_due(far_away()) == 1
    assert processor.held() == {}
    assert has_seen(named, stream)


@pytest.mark.usefixtures("vhost")
def test_a_stream_that_went_on_while_its_replay_was_asked_for_is_said_to(
    parked: tuple[Processor, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    processor, stream = parked
    asked = trouble.named

    def late(reach: Reach, which: str) -> list[Trouble]:
        found = asked(reach, which)
        processor.replay(stream)
        return found

    monkeypatch.setattr("services.cli.commands.dead.named", late)
    assert f"has followed {stream}" in said("dead", "replay", stream)
    assert processor.held() == {}


@pytest.fixture
def overtaking(
    parked: tuple[Processor, str], story: StoredStory, monkeypatch: pytest.MonkeyPatch
) -> Processor:
    """A service that moves its cursor just before whoever writes it next."""
    processor, _ = parked
    list(story.write(20))
    save = MongoCursors.save

    def late(self: MongoCursors, consumer: str, cursor: Cursor) -> Cursor:
        monkeypatch.setattr(MongoCursors, "save", save)
        rest(processor)
        return save(self, consumer, cursor)

    monkeypatch.setattr(MongoCursors, "save", late)
    return processor


@pytest.mark.usefixtures("vhost")
@pytest.mark.parametrize("where", [(), ("--here",)], ids=["by the service", "here"])
def test_a_service_that_moves_its_cursor_meanwhile_loses_nothing_and_nor_does_the_replay(
    overtaking: Processor, parked: tuple[Processor, str], named: Stores, where: tuple[str, ...]
) -> None:
    _, stream = parked
    said("dead", "replay", stream, *where)
    cursor = overtaking.cursors.load(CONSUMER)
    heads = {name: log.head() for name, log in named.readers().items()}
    assert cursor.positions == heads
    assert parked_in(cursor.held) == []
    overtaking.retry_due(datetime.now(UTC))
    assert overtaking.held() == {}
    assert has_seen(named, stream)


@pytest.mark.usefixtures("named")
def test_a_dead_letter_goes_back_to_its_queue_or_away_for_good(vhost: str) -> None:
    bury(vhost, b"not JSON \xff")
    with reaching() as reach:
        letter = dead_letters(reach)[0]
    assert letter.id in said("dead", "list")
    assert r"not JSON \xff" in said("dead", "show", letter.id)
    assert "escalation.replies again" in said("dead", "replay", letter.id)
    assert "Nothing is dead" in said("dead", "list")
    bury(vhost, b"another")
    with reaching() as reach:
        letter = dead_letters(reach)[0]
    said("dead", "drop", letter.id, typed="n\n")
    assert letter.id in said("dead", "list")
    assert "Removed" in said("dead", "drop", letter.id, "--yes")
    assert "Nothing is dead" in said("dead", "list")
    with pytest.raises(Unprepared, match="no dead letter or parked stream"):
        said("dead", "show", letter.id)


@pytest.mark.usefixtures("named")
def test_a_dead_letter_of_a_queue_that_an_older_release_read_can_only_be_dropped(
    vhost: str,
) -> None:
    bury(vhost, b"not JSON", queue="intake.inbox")
    with reaching() as reach:
        letter = dead_letters(reach)[0]
    assert "nothing is missing" in said("dead", "show", letter.id)
    with pytest.raises(Unprepared, match="nobody reads it any more"):
        said("dead", "replay", letter.id)
    assert "Removed" in said("dead", "drop", letter.id, "--yes")


@pytest.mark.usefixtures("vhost")
def test_a_consumer_that_only_another_release_has_is_named_in_one_sentence(named: Stores) -> None:
    found = Held(1, "Undecodable: no JSON", datetime.now(UTC))
    cursors = MongoCursors(named.view("metrics"))
    cursors.save("metrics.newer", Cursor(0, {"intake": 1, "nova": 2}, {"star-1": found}))
    assert "metrics.newer" in said("dead", "list")
    assert "not in the log" in said("dead", "show", "star-1")
    with pytest.raises(Unprepared, match="Only another release of metrics"):
        said("dead", "replay", "star-1", "--here")
    assert "metrics.newer" in said("status")


def far_away() -> datetime:
    """Later than any retry row's time."""
    return datetime.now(UTC) + timedelta(hours=1)


def tear(stores: Stores, stream: str) -> None:
    """Make the first commit of a stream unreadable."""
    commits = stores.log("intake")["commits"]
    commits.update_one({"_id": f"{stream}@1"}, {"$set": {"body": "{}"}})
