"""An installation that tests may break: four services as processes on a real bus and real stores.

Business time is stepped: nothing moves it but the test. Every part may be killed with SIGKILL and
started again; a test that fails shows the last words of each.
"""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx
from pymongo.errors import PyMongoError

from services.common.clock import ClockMode
from services.common.eventlog.mongo import client
from services.common.http.tokens import issue, private_key
from services.common.running.business_time import SteppedTime
from services.common.running.stores import Stores
from services.demo import cast
from services.demo.api import HttpApi
from services.demo.cast import Person
from services.local.readiness import is_ready
from services.local.secret_files import KEY_ID, Secrets
from services.local.servers import ports
from services.local.servers.backing import Addresses
from services.local.servers.broker import Broker
from services.local.servers.database import Database
from services.local.servers.process import ServerProcess
from services.local.service_table import Service, our_services
from services.operating.broker.apply import Plan, apply_rights
from services.operating.broker.management import Management
from services.terminal.environment import CHECKOUT, inherited
from tests.support.waiting import PATIENCE_SECONDS, eventually

START = datetime(2026, 6, 1, 1, 0, tzinfo=UTC)  #: 09:00 in Beijing
SAMPLE = CHECKOUT / "deploy" / "samples" / "department.py"
SERVICES = ("intake", "dispatch", "escalation", "metrics")
STOP_SECONDS = 30
READY_SECONDS = 90
PASSWORD = "a-department-of-a-test"
LAST_WORDS = 3000


@dataclass(frozen=True, slots=True)
class Part:
    """One process: a replica of a service, or a department's subscriber."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path

    @property
    def process(self) -> ServerProcess:
        """The process, if it was started."""
        return ServerProcess(self.folder / f"{self.name}.pid")

    @property
    def log(self) -> Path:
        """What all its lives have said."""
        return self.folder / f"{self.name}.log"

    @property
    def said(self) -> str:
        """Return what it has said so far."""
        return self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""

    def start(self) -> None:
        """Start it unless it runs."""
        if not self.process.running:
            self.process.spawn(self.command, env=self.environment, log=self.log, tied=True)


class Installation:
    """Four services, `replicas` processes each, and the four departments of the story."""

    def __init__(
        self, folder: Path, broker: Broker, database: Database, *, replicas: int = 1
    ) -> None:
        """Lay out an installation whose broker and database are running."""
        self.folder = folder
        self.broker = broker
        self.database = database
        self.prefix = f"{folder.name}_"
        self.secrets = Secrets(folder / "secrets")
        self.secrets.make_missing()
        self.stores = Stores(client(database.uri), self.prefix)
        self.time = SteppedTime(self.stores.clock())
        self.services = self._services()
        self.parts = {
            f"{service.name}-{number}": self._replica(service, number)
            for service in self.services.values()
            for number in range(replicas)
        }
        self.departments = {code: self._department(code) for code in cast.DEPARTMENTS}

    # -- laying out --------------------------------------------------------------------------------

    def _services(self) -> dict[str, Service]:
        addresses = Addresses(self.broker.uri, self.database.uri, None)
        taken: list[int] = []
        found = {}
        for each in our_services(addresses, self.secrets, clock=ClockMode("stepped")):
            taken.append(ports.choose(None, besides=taken))
            environment = {
                **each.environment,
                "HTTP_ADDRESS": f"{ports.LOOPBACK}:{taken[-1]}",
                "HTTP_REUSE_PORT": "yes",
                "DATABASE_PREFIX": self.prefix,
            }
            found[each.name] = replace(each, environment=environment, port=taken[-1])
        return found

    def _replica(self, service: Service, number: int) -> Part:
        environment = {
            **service.environment_on_top_of(inherited()),
            "PYTHONPATH": str(CHECKOUT),
        }
        return Part(f"{service.name}-{number}", service.command, environment, self.folder)

    def _department(self, code: str) -> Part:
        parts = urlsplit(self.broker.uri)
        own = parts._replace(netloc=f"{code}:{PASSWORD}@{parts.hostname}:{parts.port}")
        command = [sys.executable, str(SAMPLE), code, "--amqp", urlunsplit(own), "--patience", "2"]
        if code == cast.SILENT_DEPARTMENT:
            command += ["--silent-until-step", "2"]
        environment = {**inherited(), "PYTHONUNBUFFERED": "1"}
        return Part(code, tuple(command), environment, self.folder)

    # -- running -----------------------------------------------------------------------------------

    def start(self) -> None:
        """Start everything; return when all services are ready."""
        self.set_time()
        self.apply_rights()
        self.start_missing()
        self.wait_until_ready()

    def set_time(self) -> None:
        """Give the stepped clock its first time."""
        self.time.move_to(START)

    def apply_rights(self) -> None:
        """Do what the operator does on a new or a wiped broker: policies, users and rights."""
        plan = Plan(departments=dict.fromkeys(cast.DEPARTMENTS, PASSWORD))
        with Management(self.broker.management_uri, timeout_seconds=PATIENCE_SECONDS) as management:
            apply_rights(self.broker.uri, management, plan)

    def start_missing(self) -> None:
        """Start every part that doesn't run."""
        for part in (*self.parts.values(), *self.departments.values()):
            part.start()

    def wait_until_ready(self) -> None:
        """Return when every service answers that it is ready."""
        for service in self.services.values():
            eventually(
                lambda service=service: is_ready(service),  # type: ignore[misc]
                awaited=f"{service.name} is ready",
                within_seconds=READY_SECONDS,
                every=0.2,
            )

    def stop(self) -> None:
        """Stop everything in order."""
        for part in (*self.departments.values(), *self.parts.values()):
            part.process.stop(deadline_seconds=STOP_SECONDS)

    def kill(self) -> None:
        """Kill everything that still runs and forget its data."""
        for part in (*self.departments.values(), *self.parts.values()):
            part.process.kill()
        with suppress(PyMongoError):  # the test may have left the database dead
            for name in self.stores.client.list_database_names():
                if name.startswith(self.prefix):
                    self.stores.client.drop_database(name)
        self.stores.client.close()

    def end_leases(self, service: str) -> None:
        """End every lease of `service` now, as time would: nothing is correct by a lease.

        A replica that lives goes on believing in its own, so that two do the same work at once.
        """
        self.stores.view(service)["leases"].delete_many({})

    # -- ways in -----------------------------------------------------------------------------------

    @contextmanager
    def api(self) -> Iterator[HttpApi]:
        """Give actors their way in."""
        key = private_key(self.secrets.signing_key)
        tokens: dict[Person, str] = {}

        def token_of(person: Person) -> str:
            if person not in tokens:
                tokens[person] = issue(key, KEY_ID, person.name, [person.role], unit=person.unit)
            return tokens[person]

        found = HttpApi({name: each.address for name, each in self.services.items()}, token_of)
        try:
            yield found
        finally:
            found.close()

    def metrics_of(self, service: str) -> dict[str, float]:
        """Return what a service exports, by line without its value."""
        address = self.services[service].address
        answer = httpx.get(f"{address}/metrics", timeout=PATIENCE_SECONDS, trust_env=False)
        lines = (line for line in answer.text.splitlines() if line and not line.startswith("#"))
        return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines}

    def last_words(self) -> str:
        """Return the end of every part's log."""
        parts = (*self.parts.values(), *self.departments.values())
        return "\n".join(f"--- {part.name}\n{part.said[-LAST_WORDS:]}" for part in parts)


@contextmanager
def installed(
    folder: Path, broker: Broker, database: Database, *, replicas: int = 1
) -> Iterator[Installation]:
    """Give a running installation; stop it afterwards, or kill it if the test failed."""
    folder.mkdir(parents=True)
    found = Installation(folder, broker, database, replicas=replicas)
    try:
        found.start()
        yield found
        found.stop()
    except BaseException as error:
        error.add_note(found.last_words())
        raise
    finally:
        found.kill()
