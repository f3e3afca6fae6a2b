"""The same story ends the same, whatever is killed with SIGKILL on the way.

Every death comes at a moment that a seed chooses; between append and publish where one can be
caught. `tests/property` and `tests/unit` kill between any two steps in one process.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.local.servers.broker import Broker
from services.local.servers.database import Database
from tests.support.installation import Installation, installed
from tests.support.sabotage import Hands, Mischief, Saboteur, UnreadCalls, said_again
from tests.support.touring import play
from tests.support.verdict import verdict

pytestmark = [pytest.mark.story, pytest.mark.usefixtures("short_patrol")]


@pytest.fixture
def one_of_each(
    place: Path, private_broker: Broker, private_database: Database
) -> Iterator[Installation]:
    """An installation with one process a service."""
    with installed(place, private_broker, private_database) as installation:
        yield installation


@pytest.fixture
def two_of_each(
    place: Path, private_broker: Broker, private_database: Database
) -> Iterator[Installation]:
    """An installation with two processes a service, on one port."""
    with installed(place, private_broker, private_database, replicas=2) as installation:
        yield installation


def test_services_killed_between_append_and_publish_and_when_a_clock_is_due(
    one_of_each: Installation,
) -> None:
    hands = Hands(one_of_each, seed=1)
    saboteur = Saboteur(
        1,
        Mischief("acted", lambda: hands.kill("intake"), times=3, spread=20),
        Mischief("acted", lambda: hands.kill("dispatch"), times=3, spread=20),
        Mischief("acted", lambda: hands.kill("escalation"), times=4, spread=16),
        Mischief("acted", lambda: hands.kill("metrics"), times=1, spread=30),
        Mischief("acted", hands.kill_department, times=2, spread=20),
        Mischief("due", lambda: hands.kill_soon("escalation"), times=2, spread=2),
        Mischief("due", lambda: hands.kill("escalation"), times=1, spread=3),
    )
    play(one_of_each, saboteur)
    assert verdict(one_of_each) == []
    assert saboteur.left == []
    assert hands.in_the_middle > 0


def test_replicas_broker_and_database_killed_again_and_again(two_of_each: Installation) -> None:
    two_of_each.broker.stop()  # in order, once: a queue declared a moment before a kill is broken
    two_of_each.broker.start()
    hands = Hands(two_of_each, seed=2)
    saboteur = Saboteur(
        2,
        Mischief("acted", hands.kill_any, times=6, spread=12),
        Mischief("acted", hands.kill_broker, times=2, spread=30),
        Mischief("acted", hands.kill_database, times=2, spread=30),
        Mischief("due", hands.kill_database, times=1, spread=4),
        Mischief("due", lambda: hands.kill_soon("escalation"), times=2, spread=2),
    )
    play(two_of_each, saboteur)
    assert verdict(two_of_each) == []
    assert saboteur.left == []


def test_a_wiped_broker_loses_no_doorbell_and_brings_unread_calls_again(
    one_of_each: Installation,
) -> None:
    wipe = UnreadCalls(one_of_each)
    hands = Hands(one_of_each, seed=3)
    early = Saboteur(3, Mischief("acted", hands.wipe_broker, times=1, spread=5))

    def disturb(moment: str) -> None:
        early(moment)  # doorbells are lost: whoever looks finds what they would have told
        wipe(moment)  # calls are lost: they come again

    play(one_of_each, disturb)
    assert wipe.unread
    assert early.left == []
    assert verdict(one_of_each) == []
    again = said_again(one_of_each)
    assert {code for code, times in again.items() if times} >= wipe.unread
