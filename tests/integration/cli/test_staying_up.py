"""A whole installation as people have it: up, whatever is killed, and down when they say so."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from services.cli import environment as environments
from services.cli.environment import CHECKOUT
from services.cli.installation import Installation
from services.cli.readiness import not_ready
from services.cli.servers import ports, throwaway
from services.cli.servers.process import Mark, ServerProcess
from services.cli.story import cast
from services.cli.story.__main__ import http_api, local_addresses
from services.cli.story.cases import CASES
from services.cli.story.reporting import Reporter
from services.common.clock import ClockMode
from services.common.eventlog.mongo import client
from services.common.running.business_time import recorded_mode
from services.common.running.stores import Stores
from tests.support.servers import skipping_without_servers
from tests.support.waiting import eventually

pytestmark = pytest.mark.servers
WITHIN_SECONDS = 240.0


class Checkout:
    """The command line at work on a state folder of its own, with servers of its own."""

    def __init__(self, home: Path) -> None:
        """Begin with nothing but the unpacked packages of this checkout."""
        packages = environments.read().state_folder / "packages"
        if packages.exists():
            (home / "packages").symlink_to(packages)
        self.base = _free_base()
        self._begun: list[subprocess.Popen[bytes]] = []
        self.live_in(home)

    def live_in(self, home: Path) -> None:
        """Take `home` for the state folder from now on."""
        named = ("AMQP_URI", "AMQP_MANAGEMENT_URI", "MONGODB_URI", "LC_ALL", "LC_MESSAGES", "LANG")
        kept = {name: value for name, value in os.environ.items() if name not in named}
        self.environ = {**kept, "SHAOBAO_HOME": str(home), "PYTHONPATH": str(CHECKOUT)}
        self.here = Installation(environments.read(self.environ))
        self.home = home

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run a command to its end."""
        argv = [sys.executable, "-m", "services.cli", *words]
        return subprocess.run(  # noqa: S603
            argv, check=False, capture_output=True, text=True, env=self.environ, timeout=300
        )

    def begin(self, *words: str) -> "subprocess.Popen[bytes]":
        """Begin a command."""
        with (self.home / "said").open("ab") as said:
            begun = subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", "services.cli", *words],
                env=self.environ,
                stdout=said,
                stderr=said,
            )
        self._begun.append(begun)
        return begun

    def end(self) -> None:
        """Leave nobody running, whatever a test that failed has left."""
        for begun in self._begun:
            begun.kill()
            begun.wait()
        self._begun.clear()
        self.here.stop()

    @property
    def parts(self) -> dict[str, ServerProcess]:
        """The seven processes; of those never started there is no pid file."""
        broker, database = self.here.servers.broker, self.here.servers.database
        assert broker is not None
        assert database is not None
        services = {
            each.name: self.here.supervision.process(each.name)
            for each in self.here.supervision.services()
        }
        mapper = ServerProcess(broker.folder / "port_mapper.pid")
        servers = {
            "port-mapper": mapper,
            "rabbitmq": broker.process,
            "mongodb": database.process,
        }
        return {**servers, **services}

    def living(self) -> list[str]:
        """Return the names of those that live, the keeper too."""
        parts = {**self.parts, "keeper": self.here.supervision.keeper}
        return [name for name, process in parts.items() if process.running]

    def is_up(self) -> bool:
        """Whether all seven live under a keeper and every service is ready."""
        services = self.here.supervision.services()
        return len(self.living()) == 8 and not not_ready(services)

    def wait_until_up(self) -> None:
        eventually(self.is_up, awaited="everything up", within_seconds=WITHIN_SECONDS, every=0.2)

    def wait_until_gone(self) -> None:
        eventually(
            lambda: not self.living(), awaited="everything gone", within_seconds=WITHIN_SECONDS
        )

    def mark(self, name: str) -> Mark:
        mark = {**self.parts, "keeper": self.here.supervision.keeper}[name].mark
        assert mark is not None
        return mark

    def report(self, key: str) -> None:
        """Report a case as the hotline does; a service that is not back yet is asked again."""
        services = self.here.supervision.services()
        api = http_api(local_addresses(services), self.here.secrets)
        try:
            Reporter("hotline", api, cast.OPERATOR, [replace(CASES[0], key=key)]).look()
        finally:
            api.close()

    def orders(self) -> int:
        """Return how many work orders there are."""
        with client(self.here.servers.addresses().mongodb_uri) as connected:
            streams = connected["log_dispatch"]["commits"].distinct("stream")
        return sum(each.startswith("workOrder-") for each in streams)

    def wait_for_orders(self, orders: int) -> None:
        eventually(
            lambda: self.orders() == orders,
            awaited=f"{orders} work orders",
            within_seconds=WITHIN_SECONDS,
            every=0.5,
        )


def _free_base() -> int:
    """Return a port that is followed by four that nobody uses."""
    while True:
        base = ports.choose(None)
        if all(ports.is_free(base + number) for number in range(1, 5)):
            return base


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
    stranger = Mark.of_this_process()
    for process in (*checkout.parts.values(), checkout.here.supervision.keeper):
        process.record(Mark(stranger.pid, stranger.started - 1))


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
