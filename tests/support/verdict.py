"""Whether a story on real parts ended as it must, whatever was killed on the way."""

from services.common.contracts.streams import LOGS, SERVICES
from services.common.eventlog.verify import verify
from services.common.messaging.topology import dead_queue
from services.common.messaging.wire import channel_to
from services.demo.api import Problem
from services.demo.outcome import faults
from tests.support.figures import figure_faults
from tests.support.installation import START, Installation
from tests.support.waiting import eventually


def verdict(installation: Installation) -> list[str]:
    """Return everything that is wrong at the end of the story; nothing = it came out right."""
    return [
        *faults(installation.stores.readers(), patrol_over=True),
        *_unwhole(installation),
        *_dead_letters(installation),
        *_unwatched(installation),
        *_miscounted(installation),
    ]


def _unwhole(installation: Installation) -> list[str]:
    return [
        f"log {log}: {finding}"
        for log in LOGS
        for finding in verify(installation.stores.log(log), lambda _done, _of: None)
    ]


def _dead_letters(installation: Installation) -> list[str]:
    with channel_to(installation.broker.uri) as channel:
        counts = {
            name: channel.queue_declare(name, passive=True).message_count
            for name in map(dead_queue, SERVICES)
        }
    return [f"{count} dead letters in {name}" for name, count in counts.items() if count]


def _unwatched(installation: Installation) -> list[str]:
    """Return open orders without a clock, as escalation's leader counts them."""
    found = eventually(
        lambda: _counted(installation),
        awaited="a leader that counts orphans",
        within_seconds=60,
        every=0.5,
    )
    return [f"{count:g} orphans, says {name}" for name, count in found.items() if count]


def _miscounted(installation: Installation) -> list[str]:
    """Return the figures of both towns that are not as the logs recount them."""
    (found,) = eventually(
        lambda: _figures(installation),
        awaited="metrics answers",
        within_seconds=60,
        every=0.5,
    )
    return found


def _figures(installation: Installation) -> tuple[list[str]]:
    """Ask once. Everybody has caught up, so what differs now is wrong."""
    logs, now = installation.stores.readers(), installation.time.read()
    try:
        with installation.api() as api:
            return (figure_faults(api, logs, since=START, now=now),)
    except (ConnectionError, Problem) as error:
        raise AssertionError(f"metrics does not answer: {error}") from error


def _counted(installation: Installation) -> dict[str, float]:
    shown = installation.metrics_of("escalation")
    return {name: n for name, n in shown.items() if name.startswith("shaobao_orphan")}
