"""Brings the kept documents of one read model and slice to what the logs say."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from services.common.eventlog.ports import StreamConflict
from services.common.following.ports import Document
from services.common.following.projecting import Body
from services.operating.rebuilding.folding import Fold
from services.operating.rebuilding.kept import KeptDocuments
from services.operating.rebuilding.scanning import Scan
from services.operating.rebuilding.slices import Slice

ATTEMPTS: Final = 100


class Settling:
    """Writes what was folded over what is kept, however the service moves that meanwhile."""

    def __init__(self, fold: Fold, scan: Scan, kept: KeptDocuments, slice_: Slice) -> None:
        """Settle `fold`; `scan` goes on where the service is ahead of it."""
        self._fold = fold
        self._model = fold.model.name
        self._scan = scan
        self._kept = kept
        self._slice = slice_
        self._tally = fold.tally

    def run(self, page_done: Callable[[], None]) -> None:
        """Settle every document of the slice; what is equal already isn't written.

        Raises:
            Transient: Something is away; what was written is right. Do it again.
        """
        self._can_read(self._fold.held)
        for ids in self._fold.pages():
            self._tally.documents += len(ids)
            self._write(ids)
            page_done()
        for page in self._kept.pages(self._model):
            ours = [each for each in page if self._slice.holds(each)]
            folded = self._fold.bodies(ours)
            self._strays([each for each in ours if each not in folded])
            page_done()

    def _accounts_for(self, kept: Document, folded: Body) -> bool:
        """Say whether the logs can be read as far as the service has seen them; note if not."""
        for stream in _ahead(kept.body, folded):
            self._fold.can_read(stream, _seen(kept.body)[stream], _seen(folded).get(stream, 0))
        return self._can_read(_ahead(kept.body, folded))

    def _can_read(self, streams: Iterable[str]) -> bool:
        """Say whether none of `streams` is held; note those that are."""
        held = self._fold.held
        found = {stream: held[stream].reason for stream in streams if stream in held}
        self._tally.unreadable |= found
        return not found

    def _write(self, ids: Sequence[str]) -> None:
        for _ in range(ATTEMPTS):
            kept = self._kept.get_many(self._model, ids)
            folded = self._fold.bodies(ids)
            if any(_ahead(each.body, folded[each.id]) for each in kept.values()):
                self._scan.catch_up()
            ids = self._overtaken(kept)
            if not ids:
                return
        raise StreamConflict(model=self._model, document=ids[0])

    def _overtaken(self, kept: Mapping[str, Document]) -> Sequence[str]:
        """Write what differs; return the ids of those that the service has moved meanwhile."""
        folded = self._fold.bodies(kept)
        different = [
            Document(each.id, each.revision, folded[each.id])
            for each in kept.values()
            if each.body != folded[each.id] and self._accounts_for(each, folded[each.id])
        ]
        written = self._kept.put_many(self._model, different)
        self._tally.written += sum(written)
        return [each.id for each, done in zip(different, written, strict=True) if not done]

    def _strays(self, ids: Sequence[str]) -> None:
        """Remove what the logs don't account for; what is only newer is right."""
        if not ids:
            return
        kept = self._kept.get_many(self._model, ids)
        self._scan.catch_up()
        folded = self._fold.bodies(ids)
        self._write(list(folded))
        for each in kept.values():
            if each.id in folded or not self._accounts_for(each, {}):
                continue
            if each.revision and self._kept.remove(self._model, each):
                self._tally.removed += 1


def _seen(body: Mapping[str, Any]) -> Mapping[str, int]:
    found: Mapping[str, int] = body.get("seen", {})
    return found


def _ahead(kept: Mapping[str, Any], folded: Body) -> list[str]:
    """Return the streams of which the service has seen more than was folded."""
    told = _seen(folded)
    return [stream for stream, version in _seen(kept).items() if version > told.get(stream, 0)]
