"""Checkpoints of long streams: what a stream folds to, kept so that it needn't be folded again.

A checkpoint is believed only if it is whole (its sum), was made by these rules (their edition) and
stands on the stream as it is now: whoever goes on from it compares its hash with that of the commit
at its version. It can be thrown away at any time.

It holds what the rules remember and no more, which is references into the vault, codes and times,
as in the log: texts and persons are not in it, and there is nothing in it to erase.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from services.common.contracts.codec import Undecodable, canonical, parsed, plain, structured
from services.common.contracts.commit import Tip
from services.common.errors import Corrupt
from services.common.eventlog.folding import Aggregate, Loaded
from services.common.eventlog.layered import Layered

#: What a database takes in one document is 16 MiB.
MOST_BYTES: Final = 15_000_000


class NotCheckpointed(Corrupt):
    """The stream can't have a checkpoint: its state is too large, or is not what is read back."""


class CheckpointStore(Protocol):
    """Where checkpoints lie, as plain documents: texts and numbers by name, one a stream."""

    def find(self, streams: Iterable[str]) -> Mapping[str, Mapping[str, Any]]:
        """Return what lies there for `streams`, by stream; it may be anything.

        What another process has saved a moment ago may be missing.

        Raises:
            StoreAway: The database is away.
        """
        ...

    def save(self, stream: str, document: Mapping[str, Any]) -> None:
        """Put `document` in place of what lies there for `stream`. Its loss does no harm.

        Raises:
            StoreAway: The database is away.
        """
        ...


@dataclass(frozen=True, slots=True)
class _Written:
    """A checkpoint as it is written. `sum`: SHA-256 over everything else, in hex."""

    stream: str
    version: int
    hash: str
    edition: str
    body: str
    sum: str


@dataclass(frozen=True, slots=True)
class _Body:
    state: Any
    causes: dict[str, int]
    commands: tuple[str, ...]  #: the command of version n at index n - 1
    correlation: str


def document_of(loaded: Loaded[Any], aggregate: Aggregate[Any], edition: str) -> dict[str, Any]:
    """Return the checkpoint of `loaded`, which `edition` of `aggregate` has folded.

    Raises:
        NotCheckpointed: As it says.
        NotCanonical: The state holds something that our texts can't say.
        Undecodable: The state holds something that our texts can't be read as.
    """
    body = canonical(
        {
            "state": plain(loaded.state),
            "causes": dict(loaded.causes),
            "commands": sorted(loaded.commands, key=loaded.commands.__getitem__),
            "correlation": loaded.correlation,
        }
    )
    if len(body.encode()) > MOST_BYTES:
        raise NotCheckpointed(stream=loaded.stream, characters=len(body))
    stream, version, hash_ = loaded.stream, loaded.tip.version, loaded.tip.hash
    found = plain(
        _Written(stream, version, hash_, edition, body, _sum(stream, version, hash_, edition, body))
    )
    if restored(found, stream, aggregate, edition) != loaded:
        raise NotCheckpointed(stream=stream, version=version, why="it isn't what is read back")
    return dict(found)


def restored(
    document: Mapping[str, Any], stream: str, aggregate: Aggregate[Any], edition: str
) -> Loaded[Any] | None:
    """Return the fold that `document` holds, or None if another edition of the rules made it.

    The fold's `tip` says on which commit it stands: that is to be compared with the log.

    Raises:
        Undecodable: It is not whole, or not of `stream`.
    """
    written = structured(_Written, dict(document))
    parts = (written.stream, written.version, written.hash, written.edition, written.body)
    if written.sum != _sum(*parts) or written.stream != stream:
        raise Undecodable(kind="checkpoint", why="it is not what was written for this stream")
    if written.edition != edition:
        return None
    body = structured(_Body, parsed(written.body))
    commands = {command: version for version, command in enumerate(body.commands, start=1)}
    if len(commands) != written.version:
        raise Undecodable(kind="checkpoint", why="it lacks commands")
    return Loaded(
        stream, structured(type(aggregate.initial), body.state),
        Tip(written.version, written.hash), Layered(body.causes), Layered(commands),
        body.correlation, checkpointed=written.version,
    )  # fmt: skip


def _sum(*parts: str | int) -> str:
    return hashlib.sha256(canonical(parts).encode()).hexdigest()
