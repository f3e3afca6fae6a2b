"""Loading a stream: folding it to its end, from as far on as possible."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import groupby
from typing import Any, TypeVar

from services.common.eventlog.folding import Aggregate, Loaded
from services.common.eventlog.known import Known
from services.common.eventlog.ports import LogReader

S = TypeVar("S")
_LOG = logging.getLogger(__name__)


def load(
    log: LogReader, aggregate: Aggregate[S], stream: str, known: Known | None = None
) -> Loaded[S]:
    """Fold `stream` to its end; a stream that doesn't exist folds to the initial state.

    From what is `known` of it, only what is newer is read; from its checkpoint, one commit more.
    """
    if known is None:
        return _from_nothing(log, aggregate, stream)
    base = known.of(stream)
    if base is not None:
        found = base.after(aggregate, *log.read(stream, base.tip.version))
    else:
        found = _from_checkpoints(log, {stream: aggregate}, known).get(stream) or _from_nothing(
            log, aggregate, stream
        )
    known.keep(stream, found)
    return found


def _from_nothing(log: LogReader, aggregate: Aggregate[S], stream: str) -> Loaded[S]:
    return Loaded(stream, aggregate.initial).after(aggregate, *log.read(stream))


def _from_checkpoints(
    log: LogReader, aggregates: Mapping[str, Aggregate[Any]], known: Known
) -> dict[str, Loaded[Any]]:
    """Fold those of several streams that have a checkpoint to go on from."""
    found = {}
    for stream, checkpoint in known.checkpoints_of(aggregates).items():
        loaded = _onwards(log, aggregates[stream], checkpoint)
        if loaded is not None:
            found[stream] = loaded
    return found


def _onwards(log: LogReader, aggregate: Aggregate[S], checkpoint: Loaded[S]) -> Loaded[S] | None:
    """Fold a stream from its `checkpoint`; None if that doesn't stand on what is stored.

    Reads the commit it stands on, too: a log that has lost its end may have got another one.
    """
    commits = log.read(checkpoint.stream, checkpoint.tip.version - 1)
    last = next(iter(commits), None)
    if last is None or last.hash != checkpoint.tip.hash:
        _LOG.warning("the log has another %s@%d", checkpoint.stream, checkpoint.tip.version)
        return None
    return replace(checkpoint, tip=last.tip).after(aggregate, *commits)


def load_until(
    log: LogReader, aggregate: Aggregate[S], stream: str, known: Known, so: Callable[[S], bool]
) -> S:
    """Return a state of `stream` that is `so`, maybe one that is behind; else as it is stored.

    Only for what stays so for good, and to be read of it: that it was begun, whose it is.
    """
    found = known.of(stream)
    return (
        found.state
        if found is not None and so(found.state)
        else load(log, aggregate, stream, known).state
    )


def load_many(
    log: LogReader, aggregates: Mapping[str, Aggregate[Any]], known: Known | None = None
) -> dict[str, Loaded[Any]]:
    """Fold several streams, read together; `aggregates`: the rules of each, by stream.

    Those that have a checkpoint are read each by itself, from there. What is found is `known` then.

    Raises:
        Corrupt: A commit of one of them can't be read.
    """
    known = Known() if known is None else known
    found = _from_checkpoints(log, aggregates, known)
    rest = [stream for stream in aggregates if stream not in found]
    found |= {stream: Loaded(stream, aggregates[stream].initial) for stream in rest}
    commits = log.read_many(rest) if rest else ()
    for stream, of_stream in groupby(commits, lambda commit: commit.stream):
        found[stream] = found[stream].after(aggregates[stream], *of_stream)
    for stream, loaded in found.items():
        if loaded.tip.version:
            known.keep(stream, loaded)
    return found
