"""`dead ...` and `status` on a real database and a real broker."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit, urlunsplit

import pytest
from typer.testing import CliRunner

from services.cli import app as entry
from services.common.contracts.streams import LOGS
from services.common.eventlog.charts import LiveChart
from services.common.following.bell import Bell, bell_of
from services.common.following.follower import Follower
from services.common.following.mongo_documents import MongoDocuments
from services.common.messaging.declare import declare_at, restore_departments
from services.common.messaging.publisher import Letter
from services.common.running.stores import Stores
from services.metrics import wiring
from services.operating import wirings
from services.operating.broker.management import Management
from services.operating.reach import reaching
from services.operating.trouble import dead_letters, parked_streams
from services.operating.wirings import bell_of_service
from services.terminal.unprepared import Unprepared
from tests.integration.common.messaging.broker import publishing
from tests.support.stored_story import StoredStory
from tests.support.waiting import PATIENCE_SECONDS, eventually


@pytest.fixture
def vhost(
    named: Stores, amqp_uri: str, management_uri: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """An AMQP URI of a virtual host with the whole topology, named to commands."""
    name = named.prefix.strip("_")
    uri = urlunsplit(urlsplit(amqp_uri)._replace(path=f"/{name}"))
    with Management(management_uri, name, PATIENCE_SECONDS) as management:
        management.put("vhosts", name, body={})
        declare_at(uri)
        monkeypatch.setenv("AMQP_URI", uri)
        yield uri
        management.delete("vhosts", name)


def said(*words: str, typed: str = "") -> str:
    done = CliRunner().invoke(entry.app, list(words), input=typed)
    if isinstance(done.exception, Unprepared):
        raise done.exception
    assert done.exit_code in (0, 1), done.output
    return done.output


def bury(uri: str, body: bytes) -> None:
    """Put a message where a service puts what it can't read."""
    headers = {"reason": "Undecodable: no JSON", "queue": "intake.inbox"}
    with publishing(uri) as publisher:
        publisher.publish([Letter("intake.dead", "X", "m-1", body, "text/plain", headers)])


def replica(stores: Stores) -> Bell:
    logs = dict(stores.readers())
    consumers = wiring.consumers(MongoDocuments(stores.view("metrics")))
    return bell_of(logs, LiveChart(logs["dispatch"]), consumers, stores.view("metrics"))


@pytest.fixture
def parked(story: StoredStory, named: Stores) -> tuple[Follower, str]:
    """A consumer that met a commit it can't read, which has been mended since."""
    for _ in story.write(60):
        pass
    commits = named.log("intake")["commits"]
    whole = commits.find_one({"version": 1})
    assert whole is not None
    follower = replica(named).named("metrics.request_records")
    commits.update_one({"_id": whole["_id"]}, {"$set": {"body": "no JSON"}})
    follower.ring(whole["stream"])
    commits.replace_one({"_id": whole["_id"]}, whole)
    return follower, str(whole["stream"])


@pytest.mark.usefixtures("vhost")
def test_a_parked_stream_is_listed_shown_and_followed_again_by_the_running_service(
    parked: tuple[Follower, str],
) -> None:
    follower, stream = parked
    with reaching() as reach:
        found = parked_streams(reach)[0]
    table = said("dead", "list")
    assert found.id in table
    assert "metrics.request_records" in table
    shown = said("dead", "show", found.id)
    assert "Undecodable" in shown
    assert "dead replay" in shown
    assert '"stream":"' + stream in shown
    with pytest.raises(Unprepared, match="the log is the truth"):
        said("dead", "drop", found.id)
    assert "follows again" in said("dead", "replay", found.id)
    assert follower.checkpoints.parked() == []
    assert follower.retry_due(far_away()) == 1
    assert follower.checkpoints.of([stream])[stream].version > 0
    assert "Nothing is dead" in said("dead", "list")


@pytest.mark.usefixtures("vhost")
def test_a_parked_stream_can_be_replayed_by_its_name_here_and_now(
    parked: tuple[Follower, str],
) -> None:
    follower, stream = parked
    assert "has followed" in said("dead", "replay", stream, "--here")
    assert follower.checkpoints.parked() == []
    assert follower.checkpoints.of([stream])[stream].version > 0


@pytest.mark.usefixtures("vhost")
def test_what_still_cannot_be_read_is_parked_again_and_says_so(
    parked: tuple[Follower, str], named: Stores
) -> None:
    follower, stream = parked
    named.log("intake")["commits"].update_one({"_id": f"{stream}@1"}, {"$set": {"body": "{}"}})
    with pytest.raises(Unprepared, match="parked again"):
        said("dead", "replay", stream, "--here")
    assert [each.stream for each in follower.checkpoints.parked()] == [stream]


@pytest.mark.usefixtures("vhost")
def test_a_replay_that_was_cut_short_can_be_given_again(parked: tuple[Follower, str]) -> None:
    follower, stream = parked
    follower.checkpoints.unpark(stream)
    assert "looks at it again" in said("dead", "replay", stream)
    assert follower.retry_due(far_away()) == 1
    assert follower.checkpoints.of([stream])[stream].version > 0


@pytest.mark.usefixtures("named")
def test_a_dead_letter_goes_back_to_its_queue_or_away_for_good(vhost: str) -> None:
    bury(vhost, b"not JSON \xff")
    with reaching() as reach:
        letter = dead_letters(reach)[0]
    assert letter.id in said("dead", "list")
    assert r"not JSON \xff" in said("dead", "show", letter.id)
    assert "intake.inbox again" in said("dead", "replay", letter.id)
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


@pytest.mark.usefixtures("vhost")
def test_status_tells_what_waits_lags_and_is_parked(
    parked: tuple[Follower, str], named: Stores
) -> None:
    follower, _ = parked
    named.log("dispatch")["commits"].update_one({"version": 2}, {"$set": {"pending": True}})
    follower.checkpoints.sweep_to("intake", 1)
    mode = {"_id": "mode", "name": "scaled", "rate": 60}
    named.clock()["business_time"].insert_one(mode)
    output = said("status")
    rows = {line.split("│")[1].strip(): line for line in output.splitlines() if "│" in line}
    assert rows["metrics.request_records"].split("│")[3].strip() == "1"
    assert int(rows["metrics.request_records"].split("│")[2].strip()) > 0
    assert int(rows["intake"].split("│")[2].strip()) > 0
    assert "scaled, not started yet" in output
    assert "Open requests without a clock: 0" in output
    assert list(named.clock()["business_time"].find({})) == [mode], "looking starts no clock"


@pytest.mark.usefixtures("vhost")
def test_status_without_a_table_of_services_fails_a_script_only_in_trouble(
    parked: tuple[Follower, str], named: Stores
) -> None:
    _, stream = parked
    assert CliRunner().invoke(entry.app, ["status"]).exit_code == 1
    said("dead", "replay", stream, "--here")
    held_up = CliRunner().invoke(entry.app, ["status"])
    assert held_up.exit_code == 1
    assert "Commits have waited long to be published: the broker doesn't take" in held_up.output
    for name in LOGS:
        named.log(name)["commits"].update_many({}, {"$unset": {"pending": ""}})
    assert CliRunner().invoke(entry.app, ["status"]).exit_code == 0


@pytest.mark.usefixtures("vhost", "named")
def test_every_service_s_wiring_can_be_built_from_the_environment() -> None:
    with reaching() as reach:
        for service in ("intake", "dispatch", "escalation", "metrics"):
            consumers = [each.consumer.name for each in bell_of_service(reach, service)]
            assert consumers
            assert all(name.startswith(service) for name in consumers)


def test_a_line_that_a_command_opened_is_closed_at_its_end(vhost: str, management_uri: str) -> None:
    restore_departments(vhost, ["dept-court"], lambda _code: None)
    name = urlsplit(vhost).path.strip("/")
    with Management(management_uri, name, PATIENCE_SECONDS) as management:

        def connections() -> int:
            return len(management.get("vhosts", name, "connections"))

        with reaching() as reach:
            line = wirings._line(reach)
            line.send("dept-court", {"id": "call-1@1.0"})
            eventually(lambda: connections() == 1, awaited="the line")
        eventually(lambda: connections() == 0, awaited="the line's end")


def far_away() -> datetime:
    """Later than any retry row's time."""
    return datetime.now(UTC) + timedelta(hours=1)
