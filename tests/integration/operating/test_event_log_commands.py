"""`log show`, `log tail`, `log verify` and `explain late` on stored logs."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli import app as entry
from services.common.contracts.commit import Commit, Fact
from services.common.contracts.events.dispatch import WorkOrderWhistled
from services.common.contracts.streams import LOGS, id_of, log_of
from services.common.eventlog.ports import Unreadable
from services.common.running.stores import Stores
from services.operating.commits import follow
from services.terminal.unprepared import Unprepared
from tests.support.stored_story import StoredStory
from tests.support.waiting import PATIENCE_SECONDS

CHECKOUT = Path(__file__).resolve().parents[3]


def said(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(entry.app, list(words))
    if isinstance(done.exception, Unprepared):
        raise done.exception
    return done.exit_code, done.output


def late_request(stores: Stores) -> str:
    """A request one of whose clocks was missed."""
    row = stores.log("escalation")["commits"].find_one(
        {"stream": {"$regex": "^clock-"}, "body": {"$regex": '"DeadlineMissed".*workOrder-'}}
    )
    assert row is not None
    return id_of(row["stream"])


def dispatched(stores: Stores) -> Iterator[Fact]:
    """Yield every fact of dispatch's log."""
    log = stores.readers()["dispatch"]
    for stream in {each.stream for each in log.stamps(0, 100_000)}:
        for commit in log.read(stream):
            yield from commit.facts


@pytest.fixture
def stored(story: StoredStory, named: Stores) -> Stores:
    """The whole story in the logs, and the environment that leads there."""
    for _ in story.write():
        pass
    return named


def test_everything_about_logs_and_lateness_can_be_read_from_the_terminal(stored: Stores) -> None:
    """One test for all that only reads: the story takes seconds to be stored."""
    request = late_request(stored)
    verified = said("log", "verify")
    assert verified[0] == 0
    assert "Whole" in verified[1]
    code, output = said("log", "show", f"clock-{request}")
    assert code == 0
    assert f"clock-{request}@1" in output
    assert "DeadlineArmed" in output
    assert f"because of request-{request}@1" in output
    lines = said("log", "show", f"request-{request}", "--json")[1].splitlines()
    commits = [json.loads(line) for line in lines]
    assert [each["version"] for each in commits] == list(range(1, len(commits) + 1))
    assert all(each["hash"] and each["position"] for each in commits)
    tail = said("log", "tail", "--log", "dispatch", "--since", "5")[1].splitlines()
    positions = [int(line.split()[0]) for line in tail]
    assert positions == sorted(positions)
    assert positions[0] == 6
    assert positions[-1] == stored.readers()["dispatch"].head()
    explained = said("explain", "late", request)[1]
    assert "missed: due" in explained
    assert "Who held it" in explained
    assert f"of clock-{request}." in explained
    assert "  [@1.0]" in explained
    whistled = next(
        fact for fact in dispatched(stored) if isinstance(fact.event, WorkOrderWhistled)
    )
    explained = said("explain", "late", whistled.stream)[1]
    assert f"Beside it whistle-{whistled.event.whistle_id}: " in explained.splitlines()[1]
    assert "who held it" in explained.lower()
    bare = said("log", "show", id_of(whistled.stream))[1]
    assert bare == said("log", "show", whistled.stream)[1]


def test_a_changed_commit_is_found_and_fails_a_script(story: StoredStory, named: Stores) -> None:
    for _ in story.write(30):
        pass
    commits = named.log("dispatch")["commits"]
    row = commits.find_one({"version": 1})
    assert row is not None
    commits.update_one({"_id": row["_id"]}, {"$set": {"body": row["body"] + " "}})
    code, output = said("log", "verify", "--log", "dispatch")
    assert code == 1
    assert row["_id"] in output
    assert said("log", "verify", "--log", "intake")[0] == 0


def test_an_unreadable_commit_is_named_and_never_hides_the_next(
    story: StoredStory, named: Stores
) -> None:
    for _ in story.write(30):
        pass
    commits = named.log("dispatch")["commits"]
    commits.update_one({"_id": "registry-units@1"}, {"$set": {"body": "no JSON"}})
    tail = said("log", "tail", "--log", "dispatch", "--since", "0")[1].splitlines()
    assert len(tail) == named.readers()["dispatch"].head()
    assert sum("Undecodable" in line for line in tail) == 1
    with pytest.raises(Unprepared, match="Commit 1 of registry-units can't be read"):
        said("log", "show", "registry-units")


@pytest.mark.usefixtures("named")
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("log", "show", "request-1"), "no stream 'request-1'"),
        (("log", "show", "nothing"), "no stream 'nothing'"),
        (("log", "tail", "--log", "x"), "no log 'x'"),
        (("explain", "late", "x"), "no work order, request, whistle or duty 'x'"),
        (("rebuild", "x"), "no service 'x'"),
        (("rebuild", "metrics.x"), "There are: metrics.request_records"),
        (("dead", "list"), "AMQP_URI is not known"),
        (("apply",), "AMQP_URI is not known"),
    ],
)
def test_what_is_not_there_is_said_in_one_sentence(words: tuple[str, ...], says: str) -> None:
    with pytest.raises(Unprepared) as lack:
        said(*words)
    assert says in lack.value.en
    assert lack.value.zh


def test_following_shows_commits_as_they_come_each_log_in_its_order(story: StoredStory) -> None:
    for _ in story.write(30):
        pass
    seen: list[Commit | Unreadable] = []
    enough = threading.Event()

    def go_on() -> None:
        readers = story.stores.readers()
        after = dict.fromkeys(readers, 0)
        seen.extend(follow(readers, after, lambda: enough.wait(0.05)))

    reader = threading.Thread(target=go_on)
    reader.start()
    for _ in story.write(30):
        pass
    heads = {name: log.head() for name, log in story.stores.readers().items()}
    enough.set()
    reader.join()
    commits = [each for each in seen if isinstance(each, Commit)]
    for name in LOGS:
        positions = [each.position for each in commits if log_of(each.stream) == name]
        assert positions == list(range(1, len(positions) + 1))
    assert sum(heads.values()) == 60
    assert len(commits) >= 30


def test_a_pipe_that_follows_ends_with_the_signal_of_ctrl_c(
    story: StoredStory, named: Stores
) -> None:
    for _ in story.write(10):
        pass
    with subprocess.Popen(
        [sys.executable, "-m", "services.cli", "log", "tail", "-f"],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(named.readers()["dispatch"].head())]
        assert all(lines)
        process.send_signal(signal.SIGINT)
        _, complaints = process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == 0
        assert "Traceback" not in complaints
