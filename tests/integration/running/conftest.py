"""An installation that is laid out and not started: tests start and stop what they are about."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.local.servers.broker import Broker
from services.local.servers.database import Database
from tests.support.installation import START, Installation


@pytest.fixture
def laid_out(
    server_folder: Path, private_broker: Broker, private_database: Database
) -> Iterator[Installation]:
    """Two replicas of everything could run; nothing does yet. Both servers are up."""
    folder = server_folder / f"parts_{uuid.uuid4().hex[:8]}"
    folder.mkdir()
    private_broker.start()
    private_database.start()
    found = Installation(folder, private_broker, private_database, replicas=2)
    found.time.move_to(START)
    try:
        yield found
    except BaseException as error:
        error.add_note(found.last_words())
        raise
    finally:
        found.kill()
