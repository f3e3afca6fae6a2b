"""What a process knows of its log's streams: those folded lately, and checkpoints of long ones.

Checkpoints stand beside the work: what goes wrong with one is logged, and the stream is folded from
its beginning.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from services.common.contracts.streams import category_of
from services.common.errors import Corrupt
from services.common.eventlog.checkpoints import CheckpointStore, document_of, restored
from services.common.eventlog.edition import editions_of
from services.common.eventlog.folding import Aggregate, Loaded
from services.common.eventlog.ports import StoreAway
from services.common.eventlog.states import REMEMBERED, States

#: Commits from one checkpoint of a stream to its next: no load reads many more.
APART: Final = 500
_LOG = logging.getLogger(__name__)


class Known(States[Loaded[Any]]):
    """The last known fold of each of some streams; long streams have checkpoints, too."""

    def __init__(
        self,
        most: int = REMEMBERED,
        checkpoints: CheckpointStore | None = None,
        aggregates: Iterable[Aggregate[Any]] = (),
    ) -> None:
        """Start with nothing in memory.

        Streams of `aggregates` have checkpoints in `checkpoints`; without it, none has.
        """
        super().__init__(most)
        self._checkpoints = checkpoints
        self._rules = {each.category: each for each in aggregates}
        self._editions = editions_of(self._rules.values()) if checkpoints is not None else {}

    def keep(self, stream: str, loaded: Loaded[Any]) -> None:
        """Remember a fold, unless a newer one is known; a long way on it gets a checkpoint."""
        known = self._known.get(stream)
        last = max(loaded.checkpointed, known.checkpointed if known is not None else 0)
        due = loaded.tip.version - last >= APART
        # marked before it is written: who keeps it meanwhile doesn't write it, too; nor does
        # anybody try again at every commit if that fails
        last = loaded.tip.version if due else last
        super().keep(
            stream, loaded if last == loaded.checkpointed else replace(loaded, checkpointed=last)
        )
        if due:
            self._save(loaded)

    def checkpoints_of(self, streams: Iterable[str]) -> Mapping[str, Loaded[Any]]:
        """Return what `streams` were when their checkpoints were made, those that have one.

        Whether such a one stands on the stream as it is stored, its reader has to look.
        """
        wanted = [each for each in streams if category_of(each) in self._editions]
        if self._checkpoints is None or not wanted:
            return {}
        try:
            rows = self._checkpoints.find(wanted)
        except StoreAway as error:
            _LOG.warning("checkpoints can't be read: %s", error)
            return {}
        found = {stream: self._restored(stream, row) for stream, row in rows.items()}
        return {stream: loaded for stream, loaded in found.items() if loaded is not None}

    def _restored(self, stream: str, row: Mapping[str, Any]) -> Loaded[Any] | None:
        category = category_of(stream)
        try:
            return restored(row, stream, self._rules[category], self._editions[category])
        except Corrupt as error:
            _LOG.warning("a checkpoint is passed over: %s: %s", stream, error)
            return None

    def _save(self, loaded: Loaded[Any]) -> None:
        category = category_of(loaded.stream)
        if self._checkpoints is None or category not in self._editions:
            return
        try:
            made = document_of(loaded, self._rules[category], self._editions[category])
            self._checkpoints.save(loaded.stream, made)
        except (Corrupt, StoreAway) as error:
            _LOG.warning("no checkpoint: %s@%d: %s", loaded.stream, loaded.tip.version, error)
