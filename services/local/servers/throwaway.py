"""Servers for one test run: in a folder that goes with them, small, stopped with their starter.

Journal and fsync stay on: what tests learn of durability must be true of the real thing.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.local.servers.broker import Broker
from services.local.servers.database import Database
from services.local.servers.packages import Packages
from services.terminal import environment as environments

MEMORY_DISK = Path("/dev/shm")  # noqa: S108 - a folder with a random name is made in it
WANTED_BYTES = 2 * 1024**3


def broker_in(folder: Path) -> Broker:
    """A broker on ports that nobody uses."""
    environment = environments.read()
    return Broker(
        folder=folder,
        packages=Packages(environment.state_folder / "packages"),
        private_program=environment.private_packages,
        tied=True,
    )


def database_in(folder: Path) -> Database:
    """A database on a port that nobody uses."""
    return Database(
        folder=folder,
        packages=Packages(environments.read().state_folder / "packages"),
        cache_gigabytes=0.25,
        oplog_megabytes=256,
        tied=True,
    )


@contextmanager
def folder() -> Iterator[Path]:
    """A new folder, in memory if there is room: a disk that is slow to sync slows every test."""
    room = MEMORY_DISK.is_dir() and shutil.disk_usage(MEMORY_DISK).free >= WANTED_BYTES
    made = Path(tempfile.mkdtemp(prefix="shaobao-test-", dir=MEMORY_DISK if room else None))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


@contextmanager
def running(*, broker: bool = True, database: bool = True) -> Iterator[dict[str, str]]:
    """Start those wanted; give the environment that leads to them; kill and delete them after.

    Raises:
        Unprepared: One can't be had or would not start.
    """
    with folder() as place:
        wanted: list[Broker | Database] = []
        if broker:
            wanted.append(broker_in(place / "broker"))
        if database:
            wanted.append(database_in(place / "database"))
        try:
            for server in wanted:
                server.start()
            yield _environment(wanted)
        finally:
            for server in wanted:
                server.kill()


def _environment(servers: list[Broker | Database]) -> dict[str, str]:
    found: dict[str, str] = {}
    for server in servers:
        match server:
            case Broker():
                found["AMQP_URI"] = server.uri
                found["AMQP_MANAGEMENT_URI"] = server.management_uri
            case Database():
                found["MONGODB_URI"] = server.uri
    return found
