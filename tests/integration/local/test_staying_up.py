"""A whole installation as people have it: up, whatever is killed, and down when they say so."""

import json
import signal
from collections.abc import Iterator

import pytest

from services.common.clock import ClockMode
from services.common.eventlog.mongo import client
from services.common.running.business_time import recorded_mode
from services.common.running.stores import Stores
from services.local.servers import throwaway
from services.local.servers.process import ProcessMark
from tests.support.checkout import WITHIN_SECONDS, Checkout
from tests.support.servers import skipping_without_servers
from tests.support.waiting import eventually

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def checkout() -> Iterator[Checkout]:
    with throwaway.folder() as place:
        home = place / "here"
        home.mkdir()
        found = Checkout(home)
        with skipping_without_servers():
            broker = found.here.servers.broker
            assert broker is not None
            broker.packages.unpack("rabbitmq-server")
        try:
            yield found
        except BaseException as error:
            error.add_note(
                (found.home / "said").read_text(encoding="utf-8", errors="replace")[-4000:]
            )
            raise
        finally:
            found.end()


@pytest.fixture(autouse=True)
def nobody_left_running(checkout: Checkout) -> Iterator[None]:
    yield
    checkout.end()


def test_whatever_is_killed_comes_back_and_every_order_is_there(checkout: Checkout) -> None:
    up = checkout.begin("up", "--port-base", str(checkout.base))
    checkout.wait_until_up()
    second = checkout.run("up")
    assert second.returncode == 1
    assert "running already" in second.stderr

    names = list(checkout.parts)
    assert len(names) == 7
    for number, name in enumerate(names):
        checkout.report(f"before {name}")
        checkout.wait_for_orders(number + 1)
        before = checkout.mark(name)
        before.signal(signal.SIGKILL)
        eventually(
            lambda name=name, before=before: checkout.mark(name) != before,  # type: ignore[misc]
            awaited=f"another {name}",
            within_seconds=WITHIN_SECONDS,
        )
        checkout.wait_until_up()
    shown = checkout.run("status")
    assert shown.returncode == 0
    assert shown.stdout.count("restarted") >= len(names)

    keeper, intake = checkout.mark("keeper"), checkout.mark("intake")
    keeper.signal(signal.SIGKILL)
    eventually(lambda: checkout.mark("keeper") != keeper, awaited="another keeper")
    checkout.wait_until_up()
    assert checkout.mark("intake") == intake, "what ran was taken over as it was"

    checkout.report("after all of it")
    checkout.wait_for_orders(8)
    up.send_signal(signal.SIGINT)
    up.send_signal(signal.SIGINT)
    assert up.wait(timeout=WITHIN_SECONDS) == 128 + signal.SIGINT
    assert checkout.living() == []


def test_an_installation_comes_back_with_its_clock_its_ports_and_its_orders(
    checkout: Checkout,
) -> None:
    assert checkout.run("up", "--detach").returncode == 0
    assert checkout.orders() == 8
    assert {each.port - checkout.base for each in checkout.here.supervision.services()} == {
        *range(1, 5)
    }
    wrong = checkout.run("restart", "foo")
    assert wrong.returncode == 2
    assert "port-mapper, rabbitmq, mongodb, intake" in " ".join(wrong.stderr.split())
    dispatch = checkout.mark("dispatch")
    assert checkout.run("restart", "dispatch").returncode == 0
    assert checkout.mark("dispatch") != dispatch

    checkout.mark("keeper").signal(signal.SIGKILL)
    eventually(lambda: "keeper" not in checkout.living(), awaited="the keeper to be gone")
    shown = checkout.run("status")
    assert shown.returncode == 1
    assert "The keeper was killed" in shown.stdout
    refused = checkout.run("up", "--clock", "stepped")
    assert "a real clock for good" in " ".join(refused.stderr.split())

    again = checkout.run("up", "--detach")

    assert "left intake, dispatch, escalation, metrics running" in " ".join(again.stdout.split())
    assert again.returncode == 0
    assert checkout.is_up()
    assert checkout.run("down").returncode == 0
    assert checkout.living() == []


def as_the_release_before_left_it(checkout: Checkout) -> None:
    """No clock on record, no port of a port mapper; and pids that belong to strangers by now."""
    checkout.here.servers.start_database()
    with client(checkout.here.servers.addresses().mongodb_uri) as connected:
        connected.drop_database("clock")
    checkout.here.servers.stop()
    identity = checkout.home / "broker" / "identity.json"
    kept = json.loads(identity.read_text(encoding="utf-8"))
    del kept["mapper_port"]
    identity.write_text(json.dumps(kept), encoding="utf-8")
    stranger = ProcessMark.of_this_process()
    for process in (*checkout.parts.values(), checkout.here.supervision.keeper):
        process.record(ProcessMark(stranger.pid, stranger.started - 1))


def test_a_folder_of_an_earlier_release_starts_also_elsewhere_and_after_a_reboot(
    checkout: Checkout,
) -> None:
    as_the_release_before_left_it(checkout)
    checkout.live_in(checkout.home.rename(checkout.home.with_name("elsewhere")))

    assert checkout.run("up", "--detach").returncode == 0

    assert checkout.is_up()
    assert checkout.orders() == 8
    checkout.report("elsewhere")
    checkout.wait_for_orders(9)
    with client(checkout.here.servers.addresses().mongodb_uri) as connected:
        assert recorded_mode(Stores(connected)) == ClockMode("real")
    assert checkout.run("down").returncode == 0
    assert checkout.living() == []


@pytest.mark.parametrize("asking", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_start_that_is_stopped_in_its_middle_leaves_nobody_running(
    asking: signal.Signals, checkout: Checkout
) -> None:
    up = checkout.begin("up")
    broker = checkout.parts["rabbitmq"]
    eventually(lambda: broker.running, awaited="the broker to start", within_seconds=60, every=0.01)
    second = checkout.run("up", "--detach")
    assert "Another start is at work" in second.stderr
    up.send_signal(asking)
    assert up.wait(timeout=WITHIN_SECONDS) == 128 + asking
    assert checkout.living() == []


def test_a_start_that_was_killed_is_cleared_away_by_down(checkout: Checkout) -> None:
    up = checkout.begin("up")
    broker = checkout.parts["rabbitmq"]
    eventually(lambda: broker.running, awaited="the broker to start", within_seconds=60, every=0.01)
    up.kill()
    up.wait()
    assert checkout.run("down").returncode == 0
    assert checkout.living() == []
