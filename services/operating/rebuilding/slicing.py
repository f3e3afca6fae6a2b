"""Rebuilds one slice: scans, saves how far it is now and then, and settles."""

import time
from collections.abc import Callable, Sequence
from typing import Final

from services.common.eventlog.charts import LiveChart
from services.common.following.projecting import Projector
from services.common.running.stores import Stores
from services.operating.rebuilding.folding import Fold
from services.operating.rebuilding.kept import KeptDocuments
from services.operating.rebuilding.saving import SavedSlice, SliceProgress
from services.operating.rebuilding.scanning import Scan
from services.operating.rebuilding.settling import Settling
from services.operating.rebuilding.sketching import sketched
from services.operating.rebuilding.slices import Slice
from services.operating.rebuilding.tallying import Tally

#: What may be lost when a process is killed.
SAVED_EVERY_SECONDS: Final = 30.0
#: Some 10 KB each. Those that were saved are read again where they are wanted.
MOST_IN_MEMORY: Final = 100_000
#: `move(done, of)`: commits that were passed, of those in the logs.
Move = Callable[[int, int], None]


class SliceRebuild:
    """Folds and settles the documents of several read models that belong to one slice."""

    def __init__(
        self,
        models: Sequence[Projector],
        *,
        stores: Stores,
        kept: KeptDocuments,
        slice_: Slice,
        saved: SavedSlice | None = None,
        save_every_seconds: float = SAVED_EVERY_SECONDS,
        most_in_memory: int = MOST_IN_MEMORY,
    ) -> None:
        """Wire the read models of one service; without `saved`, nothing is kept of the way.

        Raises:
            Transient: The database is away.
        """
        reached = saved.take_over() if saved is not None else SliceProgress()
        documents = saved.documents if saved is not None else None
        self._saved = saved
        logs = stores.readers()
        observe = LiveChart(logs["dispatch"]).observe
        self._folds = [Fold(each, slice_, logs, observe, documents) for each in models]
        for fold in self._folds:
            fold.held = dict(reached.held.get(fold.model.name, {}))
        self._scan = Scan(self._folds, sketched(stores), reached.positions)
        self._settlings = [Settling(each, self._scan, kept, slice_) for each in self._folds]
        self._save_every = save_every_seconds
        self._most = most_in_memory

    def run(self, move: Move) -> Tally:
        """Rebuild; return what was done.

        Raises:
            Transient: Something is away, or another process has taken the slice over. What was
                written is right; another run goes on where this one was saved.
        """
        of, done = self._scan.head(), sum(self._scan.positions.values())
        saved_at = time.monotonic()
        move(min(done, of), of)
        while passed := self._scan.turn():
            done += passed
            if self._is_due(time.monotonic() - saved_at):
                self._save()
                saved_at = time.monotonic()
            move(min(done, of), of)
        return self._settled(lambda: move(of, of))

    def _settled(self, page_done: Callable[[], None]) -> Tally:
        if self._saved is not None and self._saved.documents.any:
            self._save()  # what is in memory alone would be passed over
        tally = Tally()
        for fold, settling in zip(self._folds, self._settlings, strict=True):
            settling.run(page_done)
            tally.add(fold.tally)
        if self._saved is not None:
            self._saved.finish(tally)
        return tally

    def _is_due(self, seconds: float) -> bool:
        return seconds >= self._save_every or self._in_memory() > self._most

    def _in_memory(self) -> int:
        return sum(each.in_memory for each in self._folds)

    def _save(self) -> None:
        """Save what was folded, then up to where: never the other way round."""
        if self._saved is None:
            return
        for fold in self._folds:
            fold.save()
        held = {each.model.name: each.held for each in self._folds}
        self._saved.move(SliceProgress(self._scan.positions, held))
        if self._in_memory() > self._most:
            for fold in self._folds:
                fold.forget()
