"""One scan of the logs, by position and causes first, that tells several folds at once."""

from collections.abc import Mapping, Sequence
from typing import Final

from services.common.contracts.streams import category_of, logs_with
from services.common.eventlog.ports import LogReader
from services.common.following.merging import Entry
from services.common.following.reading import Reading
from services.operating.rebuilding.folding import Fold

#: So many are asked for at once, and told in one turn.
SCANNED_COMMITS: Final = 2000


class Scan:
    """Reads every log that one of `folds` is made of, each commit once for all of them."""

    def __init__(
        self,
        folds: Sequence[Fold],
        logs: Mapping[str, LogReader],
        positions: Mapping[str, int],
    ) -> None:
        """Begin after `positions`, by log."""
        self._folds_of = {
            log: [each for each in folds if log in logs_with(each.model.of)]
            for log in logs_with(category for each in folds for category in each.model.of)
        }
        self.logs = {log: logs[log] for log in self._folds_of}
        self._folds = folds
        self._reading = Reading(self.logs, positions, SCANNED_COMMITS)

    @property
    def positions(self) -> Mapping[str, int]:
        """Up to where each log was told."""
        return self._reading.told

    def head(self) -> int:
        """Return how many commits there are to be told just now, with those that were."""
        return sum(log.head() for log in self.logs.values())

    def turn(self) -> int:
        """Tell what follows; return how many commits that were, 0 at the end.

        Raises:
            Transient: Something is away. Neither the scan nor its folds are to be used any more.
        """
        entries = list(self._reading.entries(SCANNED_COMMITS))
        for fold in self._folds:
            fold.expect(entries)
        for entry in entries:
            self._tell(entry)
        return len(entries)

    def catch_up(self) -> None:
        """Tell all that has come meanwhile. Raises as `turn` does."""
        while self.turn():
            pass

    def _tell(self, entry: Entry) -> None:
        category = category_of(entry.stream)
        for fold in self._folds_of[entry.log]:
            if not (fold.held and fold.waits(entry)) and category in fold.model.of:
                fold.take(entry)
