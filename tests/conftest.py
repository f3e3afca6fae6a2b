"""Servers for tests. Ask for `amqp_uri` or `mongodb_uri` and use a vhost or a database of your own;
ask for `private_broker` or `private_database` if the test kills, freezes or wipes it.
"""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from eventlet.hubs import get_hub

from services.local.servers.broker import Broker
from services.local.servers.database import Database
from services.local.servers.throwaway import broker_in, database_in, folder
from tests.support.servers import (
    broker_of_the_run,
    database_of_the_run,
    skipping_without_servers,
)
from tests.support.unclosed import (
    pytest_collection_finish,
    pytest_runtest_setup,
    pytest_runtest_teardown,
)

__all__ = ["pytest_collection_finish", "pytest_runtest_setup", "pytest_runtest_teardown"]

NEEDING_SERVERS = frozenset(
    {"amqp_uri", "mongodb_uri", "management_uri", "private_broker", "private_database"}
)


#: A job in the background of a script is born deaf to these, and so is all that it starts.
HEARD = (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP)


def pytest_configure() -> None:
    """Let what the tests start hear what a terminal would send, however this run was started."""
    for each in HEARD:
        if signal.getsignal(each) is signal.SIG_IGN:
            default = signal.default_int_handler if each == signal.SIGINT else signal.SIG_DFL
            signal.signal(each, default)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark `servers` what asks for one, so that `-m "not servers"` leaves it out."""
    for item in items:
        if NEEDING_SERVERS & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.servers)


@pytest.fixture(scope="session", autouse=True)
def hub() -> None:
    """Make the hub of this thread where it belongs, in its main greenlet.

    It hangs on whoever first asks for it. If that is a greenlet of a test, nobody can wait for
    anything in this thread when that is over.
    """
    get_hub()


@pytest.fixture(scope="session")
def amqp_uri() -> Iterator[str]:
    """A broker shared by the whole run, with an administrator's rights."""
    with broker_of_the_run():
        yield os.environ["AMQP_URI"]


@pytest.fixture(scope="session")
def mongodb_uri() -> Iterator[str]:
    """A replica set shared by the whole run."""
    with database_of_the_run():
        yield os.environ["MONGODB_URI"]


@pytest.fixture(scope="session")
def server_folder() -> Iterator[Path]:
    """Where the servers lie that tests may kill."""
    with folder() as place:
        yield place


@pytest.fixture(scope="module")
def private_broker(server_folder: Path, request: pytest.FixtureRequest) -> Iterator[Broker]:
    """A running broker that this module's tests may stop, kill, freeze and wipe."""
    broker = broker_in(server_folder / f"broker-{request.node.name}".replace("/", "-"))
    with skipping_without_servers():
        broker.start()
    yield broker
    broker.wipe()


@pytest.fixture(scope="module")
def private_database(server_folder: Path, request: pytest.FixtureRequest) -> Iterator[Database]:
    """A running database that this module's tests may stop, kill, freeze and wipe."""
    database = database_in(server_folder / f"database-{request.node.name}".replace("/", "-"))
    with skipping_without_servers():
        database.start()
    yield database
    database.wipe()
