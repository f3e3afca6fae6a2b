"""Messages to departments go out in groups; a full queue holds up its own call and nothing else."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from services.common.contracts.commit import Commit
from services.common.contracts.streams import call_id, call_stream, category_of
from services.common.following.cursors import Held, StreamsHeldUp
from services.common.following.memory import MemoryCursors
from services.common.following.processor import Processor
from services.common.messaging.departments import DepartmentUnreachable
from services.common.messaging.wire import BrokerAway
from services.escalation.calls.notifier import Notifier
from tests.support.examples import VILLAGE
from tests.support.following import rest, retry, tell
from tests.unit.escalation.http.world import DEPARTMENTS, World

EMERGENCY, ENFORCEMENT, MARKET = DEPARTMENTS
#: What a silent department is told, and after the last of them the commit that tells two things.
SILENT = ["called", "reminded", "overdue", "withdrawn", "concluded"]


class Queues:
    """The queues of departments, with as much room as a test leaves; and a broker."""

    def __init__(self, **room: int) -> None:
        """Leave `room`, by the code's last part, for messages; the others have no limit."""
        self.room = {f"dept-{code}": left for code, left in room.items()}
        self.sent: list[tuple[str, Mapping[str, Any]]] = []
        self.groups: list[list[str]] = []
        self.groups_until_away: int | None = None

    def send(self, code: str, message: Mapping[str, Any]) -> None:
        if self.send_many([(code, message)]) != [None]:
            raise DepartmentUnreachable(code=code)

    def send_many(self, messages: Sequence[tuple[str, Mapping[str, Any]]]) -> list[str | None]:
        if self.groups_until_away is not None and len(self.groups) >= self.groups_until_away:
            raise BrokerAway
        self.groups.append([str(message["subject"]) for _, message in messages])
        return [self._put(code, message) for code, message in messages]

    def _put(self, code: str, message: Mapping[str, Any]) -> str | None:
        if self.room.get(code, 1) < 1:
            return f"{code} is full"
        if code in self.room:
            self.room[code] -= 1
        self.sent.append((code, message))
        return None

    def told(self, code: str) -> list[str]:
        """Return the types of what a department was sent, in order."""
        return [str(message["type"]) for to, message in self.sent if to == code]

    def ids(self) -> list[str]:
        """Return the ids of everything that was sent, in order."""
        return [str(message["id"]) for _, message in self.sent]


class Story:
    """A whistle whose departments stayed silent to its end, not told to them yet."""

    def __init__(self) -> None:
        self.world = World()
        self.whistle = self.world.blows(self.world.held_by_town())
        self.world.approves(self.whistle)
        self.world.passes(25)
        self.conclude(self.whistle)
        self.cursors = MemoryCursors()

    def conclude(self, whistle: str) -> None:
        self.world.post(f"/v1/whistles/{whistle}/conclusion", {"outcome": "unsolved"})

    def blow_another(self) -> str:
        """Let the town blow again, and everybody follow but who follows by hand."""
        found = self.world.blows(self.world.held_by_town("r-2"))
        self.world.approves(found)
        return found

    def stream(self, unit: str, whistle: str | None = None) -> str:
        return call_stream(call_id(whistle or self.whistle, unit))

    def calls(self) -> list[Commit]:
        """Return the commits of all calls in the order of the log."""
        found = self.world.logs["escalation"].commits(0, 1000)
        commits = [each for each in found if isinstance(each, Commit)]
        return [each for each in commits if category_of(each.stream) == "call"]

    def version_of(self, unit: str, event: str) -> int:
        """Return which commit of a unit's call says it."""
        names = [
            [type(fact.event).__name__ for fact in commit.facts]
            for commit in self.world.commits(self.stream(unit))
        ]
        return 1 + next(number for number, each in enumerate(names) if event in each)

    def notifier(self, line: Queues) -> Notifier:
        return Notifier(self.world.desk, line)

    def processor(self, line: Queues) -> Processor:
        """Return a processor whose notifier has told nothing yet."""
        world = self.world
        return Processor(self.notifier(line), logs=world.logs, cursors=self.cursors)


@pytest.fixture(scope="module")
def silence() -> Story:
    """The story, for tests that write nothing."""
    return Story()


def held_up(story: Story, line: Queues) -> Mapping[str, int]:
    """Return which calls wait after all were told to one batch, and from where."""
    with pytest.raises(StreamsHeldUp) as raised:
        tell(story.notifier(line), *story.calls())
    return raised.value.versions


def from_where(held: Mapping[str, Held]) -> dict[str, int]:
    return {stream: each.version for stream, each in held.items()}


# -- one batch -------------------------------------------------------------------------------------


def test_each_call_is_told_in_order_and_once_in_a_group(silence: Story) -> None:
    line = Queues()
    tell(silence.notifier(line), *silence.calls())
    assert [line.told(code) for code in DEPARTMENTS] == [SILENT] * 3
    assert len(line.groups) == len(SILENT)
    assert all(len(group) == len(set(group)) == 3 for group in line.groups)


@pytest.mark.parametrize(
    ("room", "told", "first_unsent"),
    [
        (0, 0, "DepartmentCalled"),
        (1, 1, "DepartmentReminded"),
        (2, 2, "DepartmentOverdue"),
        (3, 3, "CallWithdrawn"),
        (4, 4, "CallWithdrawn"),  # the commit says two things, and only one was sent
    ],
)
def test_a_full_queue_holds_up_its_call_from_the_first_commit_that_was_not_sent(
    silence: Story, room: int, told: int, first_unsent: str
) -> None:
    line = Queues(market=room)
    version = silence.version_of(MARKET, first_unsent)
    assert held_up(silence, line) == {silence.stream(MARKET): version}
    assert line.told(MARKET) == SILENT[:told]
    assert [line.told(code) for code in (EMERGENCY, ENFORCEMENT)] == [SILENT] * 2
    assert len(line.ids()) == len(set(line.ids()))


def test_each_call_is_held_up_from_its_own_commit(silence: Story) -> None:
    found = held_up(silence, Queues(market=1, emergency=2))
    assert found == {
        silence.stream(MARKET): silence.version_of(MARKET, "DepartmentReminded"),
        silence.stream(EMERGENCY): silence.version_of(EMERGENCY, "DepartmentOverdue"),
    }


def test_after_what_was_not_sent_nothing_of_that_call_is_tried(silence: Story) -> None:
    line = Queues(market=1)
    held_up(silence, line)
    tried = [subject for group in line.groups for subject in group]
    assert tried.count(silence.stream(MARKET)) == 2


def test_a_batch_with_nothing_to_tell_asks_for_nothing(silence: Story) -> None:
    line = Queues()
    line.groups_until_away = 0
    of_the_village = [each for each in silence.calls() if each.stream == silence.stream(VILLAGE)]
    assert of_the_village
    tell(silence.notifier(line), *of_the_village)
    assert line.groups == []


@pytest.mark.parametrize("groups", [0, 2])
def test_a_broker_that_is_away_holds_up_no_call_by_itself(silence: Story, groups: int) -> None:
    line = Queues(market=1)
    line.groups_until_away = groups
    with pytest.raises(BrokerAway):
        tell(silence.notifier(line), *silence.calls())


# -- followed --------------------------------------------------------------------------------------


def test_nothing_else_is_sent_twice_because_a_queue_is_full() -> None:
    story, line = Story(), Queues(market=1)
    processor = story.processor(line)
    rest(processor)
    assert from_where(processor.held()) == {
        story.stream(MARKET): story.version_of(MARKET, "DepartmentReminded")
    }
    other = story.blow_another()
    rest(processor)
    assert retry(processor) == 2
    assert line.told(EMERGENCY) == line.told(ENFORCEMENT) == [*SILENT, "called"]
    assert line.told(MARKET) == ["called"]
    assert set(processor.held()) == {story.stream(MARKET), story.stream(MARKET, other)}
    assert len(line.ids()) == len(set(line.ids()))


def test_a_call_that_was_held_up_is_told_the_rest_in_order_once_there_is_room() -> None:
    story, line = Story(), Queues(market=1)
    processor = story.processor(line)
    rest(processor)
    line.room.clear()
    assert retry(processor) == 1
    assert (line.told(MARKET), processor.held()) == (SILENT, {})
    assert len(line.ids()) == len(set(line.ids()))


def test_as_much_is_told_as_there_is_room_and_the_rest_waits_on() -> None:
    story, line = Story(), Queues(market=0)
    processor = story.processor(line)
    rest(processor)
    for told, waits_from in enumerate(["DepartmentReminded", "DepartmentOverdue"], 1):
        line.room[MARKET] = 1
        retry(processor)
        assert line.told(MARKET) == SILENT[:told]
        version = story.version_of(MARKET, waits_from)
        assert from_where(processor.held()) == {story.stream(MARKET): version}


def test_a_queue_stays_full_for_any_time_and_its_call_is_never_parked() -> None:
    story, line = Story(), Queues(market=0)
    processor = story.processor(line)
    rest(processor)
    for _ in range(20):
        assert retry(processor) == 1
    (held,) = processor.held().values()
    assert (held.parked, held.attempts, held.faults) == (False, 20, 0)
    assert f"{MARKET} is full" in held.reason


def test_two_calls_of_one_unit_do_not_wait_for_each_other() -> None:
    story, line = Story(), Queues(market=2)  # one for the first call, one for the second
    other = story.blow_another()
    processor = story.processor(line)
    rest(processor)
    line.room.clear()
    story.conclude(other)
    rest(processor)
    assert line.told(MARKET) == ["called", "called", "withdrawn", "concluded"]
    assert set(processor.held()) == {story.stream(MARKET)}


def test_what_happens_in_a_held_call_meanwhile_waits_behind_it() -> None:
    story, line = Story(), Queues(market=0)
    other = story.blow_another()
    processor = story.processor(line)
    rest(processor)
    line.room.clear()
    story.conclude(other)
    rest(processor)
    assert line.told(MARKET) == []
    processor.replay(story.stream(MARKET, other))
    assert line.told(MARKET) == ["called", "withdrawn", "concluded"]


@pytest.mark.parametrize("groups", [0, 1, 4])
def test_while_the_broker_is_away_nobody_is_passed_and_what_was_sent_is_sent_again(
    groups: int,
) -> None:
    story, line = Story(), Queues()
    processor = story.processor(line)
    line.groups_until_away = groups
    with pytest.raises(BrokerAway):
        processor.turn()
    before = line.ids()
    assert (story.cursors.load(processor.consumer.name).revision, processor.held()) == (0, {})
    line.groups_until_away = None
    rest(processor)
    assert line.ids()[: 2 * len(before)] == before * 2
    assert [list(dict.fromkeys(line.told(code))) for code in DEPARTMENTS] == [SILENT] * 3
    assert processor.held() == {}
