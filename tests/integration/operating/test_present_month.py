"""The figures that metrics' leader keeps, on a real MongoDB: whoever writes records beside it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from typer.testing import CliRunner

from services.cli import app as entry
from services.common.clock import SteppedClock
from services.common.errors import Transient
from services.common.eventlog.charts import LiveChart
from services.common.eventlog.ports import LogReader
from services.common.following.mongo_cursors import MongoCursors
from services.common.following.mongo_documents import MongoDocuments
from services.common.following.ports import Document
from services.common.following.processor import Processor
from services.common.following.processors import CursorWatch, Following, processors_of
from services.common.running.stores import Stores
from services.common.work.lease import Leases
from services.common.work.wake import Wake
from services.metrics import wiring
from services.metrics.books import Books
from services.metrics.exporter import families_of, gathered
from services.metrics.months import Window
from services.metrics.moves import MODELS, MovedRecords, WatchedCursors
from services.metrics.present_month import Followed, PresentMonth
from tests.integration.operating.replicas import CONSUMER, metrics_of, rest
from tests.support.present_months import Sample, samples
from tests.support.stored_story import StoredStory


class Leader:
    """Metrics' leader in one process: processors, the watch over cursors, and the figures."""

    def __init__(self, story: StoredStory) -> None:
        stores = story.stores
        view = stores.view("metrics")
        self.moved = MovedRecords(MongoDocuments(view))
        self.cursors = WatchedCursors(MongoCursors(view))
        logs: dict[str, LogReader] = dict(stores.readers())
        chart = LiveChart(logs["dispatch"])
        self.processors = processors_of(
            wiring.consumers(self.moved),
            logs=logs,
            cursors=self.cursors,
            observers=(chart.observe,),
        )
        followings = [Following(each, Wake(), _leading()) for each in self.processors]
        self._watch = CursorWatch(self.cursors, followings, _leading())
        clock = SteppedClock(story.reached)
        self.books = Books(logs, MongoDocuments(view), chart, clock, MongoCursors(view))
        followed = Followed(self.moved, self.cursors, self._heads)
        self.month = PresentMonth(self.books, followed)

    def _heads(self) -> Mapping[str, int]:
        return {name: log.head() for name, log in self.books.logs.items()}

    def follow(self) -> None:
        """Look what others did to the cursors, then follow to the ends."""
        self._watch.turn()
        for each in self.processors:
            rest(each)

    def shown(self) -> Mapping[Sample, float]:
        """Return what is shown after a refresh."""
        return samples(families_of(self.month.refresh(), lambda: None))

    def counted(self) -> Mapping[Sample, float]:
        """Return what all records come to now."""
        return samples(gathered(self.books))


def _leading() -> Any:
    return Leases().lease("leader")


@pytest.fixture
def leader(story: StoredStory) -> Iterator[Leader]:
    """A leader that has followed some of the story and shown it."""
    found = Leader(story)
    list(story.write(story.left // 4))
    found.follow()
    assert found.shown() == found.counted()
    yield found
    assert found.shown() == found.counted()


def test_figures_move_with_the_story_and_all_records_are_read_once_a_month(
    leader: Leader, story: StoredStory, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[tuple[str, str]] = []
    pages = Books.pages

    def noted(books: Books, model: str, window: Window) -> Iterator[Sequence[Document]]:
        read.append((window.month, model))
        return pages(books, model, window)

    while story.left:
        list(story.write(40))
        leader.follow()
        with monkeypatch.context() as patch:
            patch.setattr(Books, "pages", noted)
            shown = leader.shown()
        assert shown == leader.counted()
    assert len(read) == len(set(read)) == len(MODELS), "July began"


def test_after_another_replica_has_followed_all_are_read_anew(
    leader: Leader, story: StoredStory
) -> None:
    list(story.write(story.left // 2))
    for each in metrics_of(story.stores):
        rest(each)
    leader.follow()
    assert leader.shown() == leader.counted()


def test_a_rebuild_beside_is_seen(leader: Leader, story: StoredStory, named: Stores) -> None:
    """Records were damaged, and figures made of them, before they are rebuilt."""
    view = named.view("metrics")
    view["request_records"].update_many({}, {"$set": {"body.open": False, "body.until": ""}})
    view["whistle_records"].delete_many({})
    for each in MongoDocuments(view).find("request_records", {}):
        leader.moved.note("request_records", [each.id])
    damaged = leader.shown()
    done = CliRunner().invoke(entry.app, ["rebuild", "metrics"])
    assert done.exit_code == 0, done.output
    list(story.write(10))
    leader.follow()
    assert leader.shown() == leader.counted() != damaged


def test_a_write_of_which_nobody_knows_whether_it_happened_is_looked_at(
    leader: Leader, story: StoredStory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It happened: when the commits are told again, there is nothing to write."""
    put = MongoDocuments.put_many

    def unanswered(self: MongoDocuments, model: str, documents: Any) -> Any:
        put(self, model, documents)
        raise Unanswered

    list(story.write(story.left // 2))
    with monkeypatch.context() as patch:
        patch.setattr(MongoDocuments, "put_many", unanswered)
        with pytest.raises(Unanswered):
            leader.processors.named(CONSUMER).turn()
    leader.follow()
    assert leader.shown() == leader.counted()


class Unanswered(Transient):
    """The answer was lost."""


def test_a_comparison_finds_what_was_changed_behind_everybodys_back(
    leader: Leader, story: StoredStory
) -> None:
    documents = MongoDocuments(story.stores.view("metrics"))
    found = documents.find("request_records", {"open": True})[0]
    order = {**found.body["order"], "stage": "somewhere"}
    changed = Document(found.id, found.revision, {**found.body, "order": order})
    assert documents.put("request_records", changed)
    told = [leader.month.differences(model, page) for model, page in leader.month.pages()]
    assert [each for differing in told for each in differing] == [found.id]


def test_a_replay_by_an_operator_is_seen(parked: tuple[Processor, str], story: StoredStory) -> None:
    """A stream was parked and can be read now; the command follows it in a process of its own."""
    leader = Leader(story)
    leader.follow()
    stuck = leader.shown()
    done = CliRunner().invoke(entry.app, ["dead", "replay", parked[1], "--here"])
    assert done.exit_code == 0, done.output
    leader.follow()
    assert leader.shown() == leader.counted() != stuck
