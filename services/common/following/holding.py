"""How streams wait that a consumer can't go on with, and in which order they are taken up again."""

import logging
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from services.common.contracts.event_types import UnknownEventVersion
from services.common.errors import Corrupt, Transient
from services.common.following.cursors import Held, StreamHeldUp, StreamsHeldUp
from services.common.following.merging import Entry

RETRY_TIERS: Final = tuple(timedelta(seconds=each) for each in (1, 2, 5, 15, 60))
#: How often a fault of ours is tried again before the stream is parked.
MOST_ATTEMPTS: Final = len(RETRY_TIERS)
#: Thousands of reasons stand in one document, which must not outgrow what MongoDB takes.
LONGEST_REASON: Final = 300

_log = logging.getLogger(__name__)


def hanging_on(stream: str, held: Mapping[str, Held]) -> list[str]:
    """Return `stream` and the held streams that hang on it, also by others."""
    return _with_all_below(stream, _below(held))


def parked_in(held: Mapping[str, Held]) -> list[str]:
    """Return the streams that wait for a person, and all that hang on them."""
    below = _below(held)
    parked = [stream for stream, each in held.items() if each.parked]
    return sorted({name for stream in parked for name in _with_all_below(stream, below)})


def root_of(stream: str, held: Mapping[str, Held]) -> str:
    """Return what has to go on so that the held `stream` can: itself, or what it hangs on."""
    met: set[str] = set()
    while stream not in met:
        met.add(stream)
        above = held[stream].hangs_on
        stream = above if above is not None and above in held else stream
    return stream


def _below(held: Mapping[str, Held]) -> Mapping[str, list[str]]:
    """Return what hangs on each stream; looked up once, as thousands may be held."""
    found: dict[str, list[str]] = {}
    for name, each in held.items():
        if each.hangs_on is not None:
            found.setdefault(each.hangs_on, []).append(name)
    return found


def _with_all_below(stream: str, below: Mapping[str, list[str]]) -> list[str]:
    found = dict.fromkeys([stream])
    waiting = [stream]
    while waiting:
        new = [name for name in below.get(waiting.pop(), ()) if name not in found]
        found |= dict.fromkeys(new)
        waiting += new
    return list(found)


def held_after(version: int, error: Exception, before: Held | None = None) -> Held:
    """Return how a stream waits after `error`; `before`: how it waited for the same commit.

    What only a newer release can read is tried again for ever: the replica that has it will do it.
    So is what is held up. What is corrupt waits for a person; so does a fault of ours that comes
    again and again.
    """
    now = datetime.now(UTC)
    reason = f"{type(error).__name__}: {error}"[:LONGEST_REASON]
    attempts = 0 if before is None else before.attempts + 1
    faults = 0 if before is None else before.faults
    patient = isinstance(error, UnknownEventVersion | StreamHeldUp | StreamsHeldUp)
    hopeless = isinstance(error, Corrupt) or faults >= MOST_ATTEMPTS
    if hopeless and not patient:
        return Held(version, reason, now, attempts=attempts, faults=faults)
    wait = RETRY_TIERS[min(attempts, len(RETRY_TIERS) - 1)]
    faults += 0 if patient else 1
    return Held(version, reason, now, retry_at=now + wait, attempts=attempts, faults=faults)


def causes_first(entries: list[Entry]) -> Iterator[Entry]:
    """Yield `entries`, each log by its positions, none before its cause if that is among them.

    Where those of older releases form a circle, the first of them is yielded all the same.
    """
    untold = {(each.stream, each.version) for each in entries}
    waiting = sorted(entries, key=lambda each: each.position)
    while waiting:
        blocked: set[str] = set()
        rest: list[Entry] = []
        for each in waiting:
            cause = each.cause
            waits = cause is not None and (cause.stream, cause.version) in untold
            if each.log in blocked or waits:
                blocked.add(each.log)
                rest.append(each)
                continue
            untold.discard((each.stream, each.version))
            yield each
        if len(rest) == len(waiting):
            untold.discard((rest[0].stream, rest[0].version))
            yield rest.pop(0)
        waiting = rest


def held_now(
    consumer: str, stream: str, version: int, error: Exception, before: Held | None = None
) -> Held:
    """Return how a stream of `consumer` waits from now on, and say so in the log."""
    held = held_after(version, error, before)
    ours = not isinstance(error, Corrupt | Transient)
    _log.log(
        logging.ERROR if ours or held.parked else logging.WARNING,
        "%s %s %s from version %d: %s",
        consumer, "has parked" if held.parked else "tries again later", stream, version,
        held.reason,
        exc_info=error if ours else None,
    )  # fmt: skip
    return held
