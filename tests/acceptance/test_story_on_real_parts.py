"""The whole story by four services on a real bus and real stores, with departments over AMQP."""

from pathlib import Path

import pytest

from services.local.servers.broker import Broker
from services.local.servers.database import Database
from tests.support.installation import installed
from tests.support.touring import play
from tests.support.verdict import verdict


@pytest.mark.story
@pytest.mark.usefixtures("short_patrol")
def test_the_story_comes_out_as_it_must(
    place: Path, private_broker: Broker, private_database: Database
) -> None:
    with installed(place, private_broker, private_database) as installation:
        play(installation)
        assert verdict(installation) == []
