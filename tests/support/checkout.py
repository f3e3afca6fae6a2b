"""An installation as people have it, used by its command line, on a state folder of its own."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from services.common.eventlog.mongo import client
from services.demo import cast
from services.demo.__main__ import http_api, local_addresses
from services.demo.cases import CASES
from services.demo.reporting import Reporter
from services.local.installation import Installation
from services.local.readiness import not_ready
from services.local.servers import ports
from services.local.servers.process import ProcessMark, ServerProcess
from services.terminal import environment as environments
from services.terminal.environment import CHECKOUT
from tests.support.waiting import eventually

WITHIN_SECONDS = 240.0


class Checkout:
    """The command line at work on a state folder of its own, with servers of its own."""

    def __init__(self, home: Path) -> None:
        """Begin with nothing but the unpacked packages of this checkout."""
        packages = environments.read().state_folder / "packages"
        if packages.exists():
            (home / "packages").symlink_to(packages)
        self.base = free_base()
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

    def mark(self, name: str) -> ProcessMark:
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


def free_base() -> int:
    """Return a port that is followed by four that nobody uses."""
    while True:
        base = ports.choose(None)
        if all(ports.is_free(base + number) for number in range(1, 5)):
            return base
