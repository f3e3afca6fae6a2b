"""What nobody could handle: dead letters of the broker, and streams that a consumer has parked.

Both carry an id of twelve hex digits, made from what they are, so that it stays the same.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from services.common.contracts.streams import LOG_OF_CATEGORY, SERVICES, category_of, log_of
from services.common.eventlog.mongo import answering
from services.common.following.mongo_checkpoints import FOLLOWING, MongoCheckpoints
from services.common.following.ports import Parked
from services.operating.broker.dead import DeadLetter, DeadLetters
from services.operating.reach import Reach

ID_LENGTH: Final = 12
REPLAYED: Final = "replayed by the operator"


@dataclass(frozen=True, slots=True)
class ParkedStream:
    """A stream that one consumer of `service` doesn't follow any more."""

    service: str
    consumer: str
    parked: Parked

    @property
    def id(self) -> str:
        """Return the same id as long as this consumer has this stream parked."""
        text = f"{self.consumer}\x1f{self.parked.stream}"
        return hashlib.sha256(text.encode()).hexdigest()[:ID_LENGTH]


@dataclass(frozen=True, slots=True)
class Buried:
    """A dead letter in the queue of `service`."""

    service: str
    letter: DeadLetter

    @property
    def id(self) -> str:
        """Return the key over its content."""
        return self.letter.key


Trouble = ParkedStream | Buried


def parked_streams(reach: Reach) -> list[ParkedStream]:
    """Return every parked stream of every consumer, oldest first."""
    found = [
        ParkedStream(service, consumer, parked)
        for service in SERVICES
        for consumer in _consumers(reach, service, {"parked": {"$exists": True}})
        for parked in MongoCheckpoints(consumer, reach.stores.view(service)).parked()
    ]
    return sorted(found, key=lambda each: each.parked.at)


def dead_letters(reach: Reach) -> list[Buried]:
    """Return the dead letters of every service; all stay where they are.

    Raises:
        BrokerAway: Try again.
    """
    return [
        Buried(service, letter)
        for service in SERVICES
        for letter in DeadLetters(reach.amqp_uri, service).list()
    ]


def named(reach: Reach, id_or_stream: str) -> list[Trouble]:
    """Return what has that id, or every parking of that stream; nothing found is empty."""
    parked: list[Trouble] = [
        each for each in parked_streams(reach) if id_or_stream in (each.id, each.parked.stream)
    ]
    if parked or _is_stream(id_or_stream):
        return parked
    return [each for each in dead_letters(reach) if each.id == id_or_stream]


def follow_again(reach: Reach, found: ParkedStream) -> list[str]:
    """Unpark the stream and what hangs on it; the running service catches them up in a second."""
    checkpoints = MongoCheckpoints(found.consumer, reach.stores.view(found.service))
    streams = checkpoints.unpark(found.parked.stream)
    for stream in streams:
        checkpoints.retry_at(stream, datetime.now(UTC), REPLAYED)
    return list(streams)


def follow_at_once(reach: Reach, stream: str) -> list[str]:
    """Ask everybody who ever followed `stream` to look again; return the consumers.

    For a replay that was cut short between its two writes. Looking again changes nothing that
    was done already.
    """
    asked = []
    for service in SERVICES:
        for consumer in _consumers(reach, service, {"stream": stream, "parked": None}):
            checkpoints = MongoCheckpoints(consumer, reach.stores.view(service))
            checkpoints.retry_at(stream, datetime.now(UTC), REPLAYED)
            asked.append(consumer)
    return asked


def commit_text(reach: Reach, found: ParkedStream) -> str | None:
    """Return the stored body of the commit that could not be handled, as it is; None: not there."""
    commits = reach.stores.log(log_of(found.parked.stream))["commits"]
    with answering():
        row = commits.find_one({"stream": found.parked.stream, "version": found.parked.version})
    return str(row["body"]) if row else None


def advice(found: Trouble) -> tuple[str, str]:
    """Return what to do, in English and in Chinese."""
    if isinstance(found, Buried):
        return (
            "Mend the cause, then 'dead replay' puts it into its queue; 'dead drop' removes it.",
            "排除原因后用 dead replay 重新投递；dead drop 则将其删除。",
        )
    parked = found.parked
    if parked.hangs_on is not None:
        return (
            f"It waits for {parked.hangs_on}: replay that one, and this one follows.",
            f"它在等待 {parked.hangs_on}：重放后者即可一并恢复。",
        )
    if parked.reason.startswith("UnknownEventVersion"):
        return (
            f"A newer release wrote it: upgrade {found.service}, then 'dead replay'.",
            f"该提交由更新的版本写入：先升级 {found.service}，再执行 dead replay。",
        )
    return (
        "Look at the commit ('log show', 'log verify'), mend the cause, then 'dead replay'.",
        "先检查该提交（log show、log verify）并排除原因，再执行 dead replay。",
    )


def _consumers(reach: Reach, service: str, where: dict[str, object]) -> Iterator[str]:
    with answering():
        yield from sorted(reach.stores.view(service)[FOLLOWING].distinct("consumer", where))


def _is_stream(text: str) -> bool:
    return "-" in text and category_of(text) in LOG_OF_CATEGORY
