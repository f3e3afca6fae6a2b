"""`status` on a real database, and the wirings that commands build from the environment."""

from urllib.parse import urlsplit

import pytest
from typer.testing import CliRunner

from services.cli import app as entry
from services.common.clock import RealClock
from services.common.eventlog.mongo_outbox import MongoOutbox
from services.common.following.holding import parked_in
from services.common.following.processor import Processor
from services.common.messaging.declare import restore_departments
from services.common.running.stores import Stores
from services.operating import wirings
from services.operating.broker.management import Management
from services.operating.reach import reaching
from services.operating.wirings import processors_of_service
from tests.integration.operating.replicas import CONSUMER, said
from tests.support.stored_story import StoredStory
from tests.support.waiting import PATIENCE_SECONDS, eventually


@pytest.mark.usefixtures("vhost")
def test_status_tells_what_waits_lags_and_is_parked(
    parked: tuple[Processor, str], story: StoredStory, named: Stores
) -> None:
    processor, stream = parked
    list(story.write(20))
    commits = named.log("dispatch")["commits"]
    commits.update_one({"version": 2}, {"$set": {"pending": True}})  # as an older release does
    mode = {"_id": "mode", "name": "scaled", "rate": 60}
    named.clock()["business_time"].insert_one(mode)
    before = processor.cursors.load(CONSUMER).positions
    lag = sum(log.head() - before[name] for name, log in named.readers().items())
    output = said("status")
    rows = {line.split("│")[1].strip(): line for line in output.splitlines() if "│" in line}
    assert rows[CONSUMER].split("│")[2].strip() == str(lag) != "0"
    parked_streams_of_it = parked_in(processor.held())
    assert len(parked_streams_of_it) > 1
    assert stream in parked_streams_of_it
    assert rows[CONSUMER].split("│")[3].strip() == str(len(parked_streams_of_it))
    assert int(rows["intake"].split("│")[2].strip()) > 0
    assert "scaled, not started yet" in output
    assert "Open requests without a clock: 0" in output
    assert list(named.clock()["business_time"].find({})) == [mode], "looking starts no clock"


@pytest.mark.usefixtures("vhost")
def test_status_without_a_table_of_services_fails_a_script_only_in_trouble(
    parked: tuple[Processor, str], named: Stores
) -> None:
    _, stream = parked
    assert CliRunner().invoke(entry.app, ["status"]).exit_code == 1
    said("dead", "replay", stream, "--here")
    held_up = CliRunner().invoke(entry.app, ["status"])
    assert held_up.exit_code == 1
    assert "Commits have waited long to be published: the broker doesn't take" in held_up.output
    for name, log in named.readers().items():
        outbox = MongoOutbox(name, named.log(name), RealClock())
        outbox.publish_to(log.head())
        outbox.save_published()
    assert CliRunner().invoke(entry.app, ["status"]).exit_code == 0


@pytest.mark.usefixtures("vhost", "named")
def test_every_service_s_wiring_can_be_built_from_the_environment() -> None:
    with reaching() as reach:
        for service in ("intake", "dispatch", "escalation", "metrics"):
            consumers = list(processors_of_service(reach, service))
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
