"""Whether what is kept of the present month is what records say: looked at now and then.

Figures are promised to be the same however they are counted. So every record is read once more, a
little at a time, beside all else. What is kept otherwise is a fault of ours: it is put right,
counted and said in the log.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from services.common.following.ports import Document
from services.metrics.present_month import PresentMonth

#: Between the end of one comparison and the beginning of the next.
COMPARED_SECONDS: Final = 3600.0
#: How much of it is done at once: a hundredth of the time between two refreshes.
SLICE_SECONDS: Final = 0.05

_log = logging.getLogger(__name__)


class Comparison:
    """Goes through all records, a slice at a time, and begins anew after a while.

    `records` and `differences` count what was compared since the process began, and what of it was
    kept wrongly.
    """

    def __init__(
        self, month: PresentMonth, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """Compare what `month` keeps, the first time after a while."""
        self.records = 0
        self.differences = 0
        self._month = month
        self._monotonic = monotonic
        self._pages: Iterator[tuple[str, Sequence[Document]]] | None = None
        self._next_at = monotonic() + COMPARED_SECONDS

    def stop(self) -> None:
        """Go through nothing for a while: what was kept is gone."""
        self._pages = None
        self._next_at = self._monotonic() + COMPARED_SECONDS

    def turn(self) -> None:
        """Do a slice when it is time.

        Raises:
            StoreAway: The database is away. Next time it is begun anew.
        """
        if self._pages is None and self._monotonic() < self._next_at:
            return
        pages, self._pages = self._pages or self._month.pages(), None
        if self._goes_on(pages, self._monotonic() + SLICE_SECONDS):
            self._pages = pages
        else:
            self.stop()

    def _goes_on(self, pages: Iterator[tuple[str, Sequence[Document]]], until: float) -> bool:
        """Compare some pages; say whether there are more."""
        for model, page in pages:
            self._compare(model, page)
            if self._monotonic() >= until:
                return True
        return False

    def _compare(self, model: str, page: Sequence[Document]) -> None:
        self.records += len(page)
        for each in self._month.differences(model, page):
            self.differences += 1
            _log.error("figures kept of %s %s are not what it adds: read again", model, each)
