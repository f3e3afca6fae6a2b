"""What nobody could handle: dead letters of the broker, and streams that a consumer holds.

Both carry an id of twelve hex digits, made from what they are, so that it stays the same.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from services.common.contracts.streams import LOG_OF_CATEGORY, SERVICES, category_of, log_of
from services.common.eventlog.mongo import answering
from services.common.following.cursors import CursorMoved, Held
from services.common.following.holding import hanging_on, parked_in, root_of
from services.common.following.mongo_cursors import MongoCursors
from services.common.following.processor import Processor
from services.operating.broker.dead import DeadLetter, DeadLetters
from services.operating.reach import Reach

ID_LENGTH: Final = 12
ATTEMPTS: Final = 20


@dataclass(frozen=True, slots=True)
class HeldStream:
    """A stream that one consumer of `service` doesn't follow just now."""

    service: str
    consumer: str
    stream: str
    held: Held

    @property
    def id(self) -> str:
        """Return the same id as long as this consumer has this stream held."""
        text = f"{self.consumer}\x1f{self.stream}"
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


Trouble = HeldStream | Buried


def held_streams(reach: Reach) -> list[HeldStream]:
    """Return every held stream of every consumer, oldest first."""
    found = [
        HeldStream(service, consumer, stream, held)
        for service in SERVICES
        for consumer, cursor in MongoCursors(reach.stores.view(service)).load_all().items()
        for stream, held in cursor.held.items()
    ]
    return sorted(found, key=lambda each: each.held.since)


def parked_streams(reach: Reach) -> list[HeldStream]:
    """Return the streams that wait for a person, and all that hang on them, oldest first."""
    found = held_streams(reach)
    by_consumer: dict[str, dict[str, Held]] = {}
    for each in found:
        by_consumer.setdefault(each.consumer, {})[each.stream] = each.held
    parked = {consumer: parked_in(held) for consumer, held in by_consumer.items()}
    return [each for each in found if each.stream in parked[each.consumer]]


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
    """Return what has that id, or whoever holds that stream; nothing found is empty."""
    held: list[Trouble] = [
        each for each in held_streams(reach) if id_or_stream in (each.id, each.stream)
    ]
    if held or _is_stream(id_or_stream):
        return held
    return [each for each in dead_letters(reach) if each.id == id_or_stream]


def follow_again(reach: Reach, found: HeldStream) -> list[str]:
    """Let the running service take up a stream and what hangs on it; return their names.

    One that hangs on another can't go on before that: then that one is taken up, and all below it.
    Nothing is returned if it is held no more.

    Raises:
        CursorMoved: The service was faster again and again.
    """
    cursors = MongoCursors(reach.stores.view(found.service))
    for attempts_left in reversed(range(ATTEMPTS)):
        cursor = cursors.load(found.consumer)
        if found.stream not in cursor.held:
            return []
        root = root_of(found.stream, cursor.held)
        due = replace(cursor.held[root], hangs_on=None, retry_at=datetime.now(UTC))
        try:
            cursors.save(found.consumer, replace(cursor, held={**cursor.held, root: due}))
        except CursorMoved:
            if not attempts_left:
                raise
        else:
            return hanging_on(root, cursor.held)
    return []


def follow_now(processor: Processor, stream: str) -> Held | None:
    """Take up a stream as its service would, and what it hangs on; return how it waits still.

    The service may run: whoever moves the cursor first is right, and what was done is done once.

    Raises:
        CursorMoved: The service was faster again and again.
    """
    for attempts_left in reversed(range(ATTEMPTS)):
        held = processor.held()
        if stream not in held:
            break
        try:
            processor.replay(root_of(stream, held))
        except CursorMoved:
            if not attempts_left:
                raise
        else:
            break
    return processor.held().get(stream)


def commit_text(reach: Reach, found: HeldStream) -> str | None:
    """Return the stored body of the commit that could not be handled, as it is; None: not there."""
    if not _is_stream(found.stream):
        return None  # of a newer release
    commits = reach.stores.log(log_of(found.stream))["commits"]
    with answering():
        row = commits.find_one({"stream": found.stream, "version": found.held.version})
    return str(row["body"]) if row else None


def advice(found: Trouble) -> tuple[str, str]:
    """Return what to do, in English and in Chinese."""
    if isinstance(found, Buried) and found.letter.is_retired:
        return (
            "Nobody reads its queue any more, and nothing is missing: 'dead drop' removes it.",
            "该队列已停用，无须重放；用 dead drop 删除即可。",
        )
    if isinstance(found, Buried):
        return (
            "Mend the cause, then 'dead replay' puts it into its queue; 'dead drop' removes it.",
            "排除原因后用 dead replay 重新投递；dead drop 则将其删除。",
        )
    held = found.held
    if held.hangs_on is not None:
        return (
            f"It waits for {held.hangs_on}, which has to be mended; 'dead replay' takes up both.",
            f"它在等待 {held.hangs_on}：先排除后者的原因，再执行 dead replay 即可一并恢复。",
        )
    if held.reason.startswith("UnknownEventVersion"):
        return (
            f"A newer release wrote it: upgrade {found.service}, which then follows by itself.",
            f"该提交由更新的版本写入：升级 {found.service} 后会自行恢复跟进。",
        )
    return (
        "Look at the commit ('log show', 'log verify'), mend the cause, then 'dead replay'.",
        "先检查该提交（log show、log verify）并排除原因，再执行 dead replay。",
    )


def _is_stream(text: str) -> bool:
    return "-" in text and category_of(text) in LOG_OF_CATEGORY
