"""The sample subscriber of deploy/samples, as it is shipped, over a real broker with rights."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from services.common.contracts.events.escalation import DepartmentReportedIn
from services.common.contracts.streams import call_id
from services.common.messaging.publisher import PERSISTENT
from services.common.messaging.topology import REPLIES_QUEUE, calls_queue
from services.common.messaging.wire import channel_to
from services.operating.broker.apply import Plan
from tests.integration.common.messaging.broker import Broker, publishing
from tests.support.examples import VILLAGE, at
from tests.support.following import tell
from tests.support.waiting import PATIENCE_SECONDS, eventually
from tests.unit.escalation.http.world import World

SAMPLE = Path(__file__).parents[3] / "deploy" / "samples" / "department.py"
MARKET = "dept-market"
FROM_OR_IMPORT = ("from ", "import ")
CAME = ["CallAccepted", "DepartmentReportedIn", "DepartmentProgressed", "DepartmentDone"]
ANSWERED = ["DepartmentCalled", "CallReceived", *CAME]


class Line:
    """Escalation in memory, its replies and calls on a real broker."""

    def __init__(self, broker: Broker, world: World) -> None:
        self.broker = broker
        self.world = world

    def pump(self, lose: int = 0) -> int:
        """Answer the replies that wait, save the first `lose` that get no outcome."""
        answered = 0
        with channel_to(self.broker.uri, PATIENCE_SECONDS) as channel:
            while (message := channel.basic_get(REPLIES_QUEUE)) is not None:
                assert message.properties["delivery_mode"] == PERSISTENT
                if answered >= lose:
                    key = message.delivery_info["routing_key"]
                    self.world.answers(key, message.properties["message_id"], message.body.encode())
                channel.basic_ack(message.delivery_tag)
                answered += 1
        self.world.settle()
        return answered

    def events(self, whistle: str) -> list[str]:
        self.pump()
        return self.world.events(f"call-{call_id(whistle, MARKET)}")

    def arrivals(self, whistle: str) -> list[tuple[str, bool]]:
        """Return each report-in so far: how, and whether it was the first."""
        commits = self.world.commits(f"call-{call_id(whistle, MARKET)}")
        events = [fact.event for commit in commits for fact in commit.facts]
        return [(e.mode, e.first) for e in events if isinstance(e, DepartmentReportedIn)]


@pytest.fixture
def line(broker: Broker) -> Iterator[Line]:
    """A broker on which dept-market has its queues and rights, and escalation beside it."""
    broker.users.append(MARKET)
    broker.brought_to(Plan(departments={MARKET: "secret"}))
    with publishing(broker.uri, "escalation") as publisher:
        yield Line(broker, World(publisher))


@contextmanager
def running(line: Line, *options: str) -> Iterator[None]:
    """Run the sample as its own process, with a department's rights."""
    uri = line.broker.uri_of(MARKET, "secret")
    arguments = [sys.executable, str(SAMPLE), MARKET, "--amqp", uri, *options]
    with subprocess.Popen(arguments, stdout=subprocess.DEVNULL) as process:  # noqa: S603
        try:
            yield
        finally:
            process.kill()


def called(world: World, **more: Any) -> str:
    """Return an approved whistle; other departments' queues aren't there and nobody minds."""
    whistle = {"support": [MARKET], "change_reason": "仅需市场监管", **more}
    found = world.blows(world.held_by_town(), **whistle)
    world.approves(found)
    return found


def test_it_is_short_and_knows_nothing_of_us() -> None:
    lines = SAMPLE.read_text(encoding="utf-8").splitlines()
    assert len(lines) < 80
    imported = [each.split()[1].split(".")[0] for each in lines if each.startswith(FROM_OR_IMPORT)]
    assert set(imported) == {"argparse", "json", "time", "uuid", "kombu"}


def test_it_receives_comes_is_done_and_rates(line: Line) -> None:
    found = called(line.world)
    with running(line):
        eventually(lambda: line.events(found) == ANSWERED, awaited="the call is answered")
        line.world.arrives(found, VILLAGE)
        line.world.post(f"/v1/whistles/{found}/conclusion", {"outcome": "solved"})
        ended = [*ANSWERED, "DepartmentReleased", "RatingOpened", "WhistleRated"]
        eventually(lambda: line.events(found) == ended, awaited="the whistle is rated")
        eventually(lambda: not line.broker.waiting(calls_queue(MARKET)), awaited="all acked")


def test_called_to_a_meeting_it_comes_there_and_then_on_site(line: Line) -> None:
    found = called(line.world, meeting_at=at(4))
    twice = [*ANSWERED[:4], "DepartmentReportedIn", *ANSWERED[4:]]
    with running(line):
        eventually(lambda: line.events(found) == twice, awaited="the call is answered")
    assert line.arrivals(found) == [("meeting", True), ("on_site", False)]


def test_a_call_that_comes_again_later_is_answered_with_the_same_replies(line: Line) -> None:
    found = called(line.world, meeting_at=at(4))
    with running(line):
        eventually(lambda: line.events(found) and line.arrivals(found), awaited="it arrives")
    line.world.passes(1)
    tell(line.world.notifier(), line.world.commits(f"call-{call_id(found, MARKET)}")[0])
    with running(line):
        eventually(lambda: "DepartmentDone" in line.events(found), awaited="it goes on")
        eventually(lambda: not line.broker.waiting(calls_queue(MARKET)), awaited="all acked")
    assert line.arrivals(found) == [("meeting", True), ("on_site", False)]
    assert line.events(found).count("DepartmentProgressed") == 1


def test_a_reply_without_an_outcome_is_sent_again_and_counts_once(line: Line) -> None:
    found = called(line.world)
    with running(line, "--patience", "0.5"):
        eventually(lambda: line.pump(lose=1), awaited="the first reply, whose outcome gets lost")
        eventually(lambda: line.events(found) == ANSWERED, awaited="the call is answered")


def test_killed_on_the_way_it_goes_on_with_the_same_replies(line: Line) -> None:
    found = called(line.world)
    with running(line):
        eventually(lambda: line.pump(lose=1), awaited="the first reply, then it is killed")
    with running(line):
        eventually(lambda: line.events(found) == ANSWERED, awaited="the call is answered")


def test_one_that_refuses_comes_when_the_town_insists(line: Line) -> None:
    found = called(line.world)
    refused = ["DepartmentCalled", "CallReceived", "CallRefused"]
    with running(line, "--refuse", "职责不符"):
        eventually(lambda: line.events(found) == refused, awaited="the refusal")
        line.world.post(f"/v1/calls/{call_id(found, MARKET)}/insistence")
        came = [*refused, "CallInsisted", *CAME]
        eventually(lambda: line.events(found) == came, awaited="it comes")


def test_one_that_is_silent_comes_when_its_step_is_overdue(line: Line) -> None:
    found = called(line.world)
    with running(line, "--silent-until-step", "1"):
        line.world.passes(24)
        assert "CallReceived" not in line.events(found)
        line.world.passes(4)
        eventually(lambda: line.events(found)[-1] == "DepartmentDone", awaited="it comes")
    assert line.events(found).count("DepartmentOverdue") == 2
