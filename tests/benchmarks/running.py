"""Four services as in the installation of the tests, but on the real clock, and ways in."""

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from services.common.http.tokens import issue, private_key
from services.demo.cast import Person
from services.local.secret_files import KEY_ID
from services.local.service_table import Service
from tests.benchmarks.door import Door
from tests.benchmarks.machine import Processors
from tests.benchmarks.session import Bench
from tests.support.installation import Installation
from tests.support.on_the_way import OnTheWay
from tests.support.waiting import eventually

FOLLOWED_LOOK_SECONDS = 0.1


class RealTime(Installation):
    """An installation on the real clock, one process a service, without departments."""

    def _services(self) -> dict[str, Service]:
        found = super()._services()
        real = {"CLOCK": "real"}
        return {
            name: replace(each, environment={**each.environment, **real})
            for name, each in found.items()
        }

    def set_time(self) -> None:
        """Leave the time to the machine: a stepped clock would be kept for good."""

    def only(self, *services: str) -> None:
        """Stop every service but these."""
        for name, part in self.parts.items():
            if name.rpartition("-")[0] not in services:
                part.process.stop(deadline_seconds=30)

    def requests(self) -> int:
        """Return how many requests the database has got since it was started."""
        found: int = self.stores.client.admin.command("serverStatus")["network"]["numRequests"]
        return found

    def wait_until_followed(self) -> None:
        """Return when everything that was committed is followed and published."""
        look = OnTheWay(self.stores)
        eventually(
            lambda: not look.unfollowed(),
            awaited="everything is followed",
            within_seconds=600,
            every=FOLLOWED_LOOK_SECONDS,
        )

    def processors(self) -> Processors:
        """Watch the processor time of all that runs."""
        running = {name.rpartition("-")[0]: part.process for name, part in self.parts.items()}
        processes = {**running, "mongod": self.database.process, "rabbitmq": self.broker.process}
        marks = {name: process.mark for name, process in processes.items() if process.running}
        return Processors({name: [mark.pid] for name, mark in marks.items() if mark is not None})


@contextmanager
def four_services(bench: Bench) -> Iterator[RealTime]:
    """Give an installation that is ready, without what departments would answer."""
    folder = bench.place / f"b{uuid.uuid4().hex[:6]}"
    folder.mkdir()
    found = RealTime(folder, bench.broker, bench.database)
    found.departments = {}
    try:
        found.start()
        yield found
        found.stop()
    except BaseException as error:
        error.add_note(found.last_words())
        raise
    finally:
        found.kill()


class Tokens:
    """Bearer tokens of persons, made once: signing is not what is measured."""

    def __init__(self, installation: Installation) -> None:
        self._key = private_key(installation.secrets.signing_key)
        self._made: dict[Person, Mapping[str, str]] = {}

    def of(self, person: Person) -> Mapping[str, str]:
        """Return the header."""
        if person not in self._made:
            token = issue(self._key, KEY_ID, person.name, [person.role], unit=person.unit)
            self._made[person] = {"Authorization": f"Bearer {token}"}
        return self._made[person]


class Doors:
    """One client's connections to the services."""

    def __init__(self, installation: Installation, tokens: Tokens) -> None:
        self._doors = {name: Door(each.address) for name, each in installation.services.items()}
        self.tokens = tokens

    def __getitem__(self, service: str) -> Door:
        return self._doors[service]

    def close(self) -> None:
        """Hang up."""
        for door in self._doors.values():
            door.close()
