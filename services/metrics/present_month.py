"""The figures of the present month, kept in memory and moved as records move.

A record that has moved is read once more, and what it added is taken out for what it adds now. All
are read where nobody says which have moved: at the start, in a new month, after another process has
followed or written records. Time alone changes a record only at moments that its shares asked for
(`Window.has_passed`): it is read again when one comes. What runs is counted without a look at it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from services.common.chart import Chart
from services.common.contracts.codec import to_time
from services.common.following.ports import Document
from services.metrics.books import PAGE, Books, Standing, matters, standings
from services.metrics.figures import shares_of
from services.metrics.gathering import Added
from services.metrics.months import Window, present
from services.metrics.moves import MODELS, MovedRecords, WatchedCursors
from services.metrics.sums import Addends, MonthSums, addends_of


@dataclass(frozen=True, slots=True)
class Followed:
    """What this process knows of its own following, without asking the database."""

    moved: MovedRecords
    cursors: WatchedCursors
    heads: Callable[[], Mapping[str, int]]  #: where logs end, as far as was announced

    def standing(self) -> Mapping[str, Standing]:
        """Return how far the records follow each log, at least."""
        return standings(self.cursors.known, self.heads())


@dataclass(frozen=True, slots=True)
class MonthSeen:
    """A month as it was counted at `window.seen_at`."""

    window: Window
    chart: Chart
    added: Added
    standing: Mapping[str, Standing]


@dataclass(frozen=True, slots=True)
class _Loaded:
    """What holds as long as the sums do, and of what they were last brought to."""

    sums: MonthSums
    moved_by_others: int
    changes_at: dict[tuple[str, str], str]  #: (model, id) -> when time alone changes a record


class PresentMonth:
    """The sums of the present month. One greenlet moves it; others may follow meanwhile."""

    def __init__(self, books: Books, followed: Followed) -> None:
        """Know nothing; `books` reads records beside who follows."""
        self._books = books
        self._followed = followed
        self._loaded: _Loaded | None = None
        self._window: Window | None = None
        self._seen_standing: Mapping[str, Standing] = {}

    def forget(self) -> None:
        """Keep nothing: another leads, and this process doesn't hear what moves."""
        self._loaded = None
        self._followed.moved.forget()

    def has_moved(self) -> bool:
        """Say whether anything but running spans is another than at the last `refresh`."""
        window = self._now()
        loaded = self._standing(window)
        if loaded is None or self._followed.moved or _due(loaded, window):
            return True
        adopted = loaded.sums.chart is not self._books.chart_of(window)
        return adopted or self._seen_standing != self._followed.standing()

    def refresh(self) -> MonthSeen:
        """Bring the sums up to now, and return them.

        Raises:
            Transient: The database is away or the registry still on its way. Call again.
        """
        window = self._now()
        chart = self._books.chart_of(window)
        loaded = self._standing(window) or self._begun(chart)
        standing = self._followed.standing()  # before reading: what it says is in what is read
        if self._loaded is None:
            self._load(loaded, window)
        self._loaded, self._window = loaded, window
        self._look_again(loaded, window)
        if chart is not loaded.sums.chart:
            self._loaded = None  # cut short, the sums would not be whole
            loaded.sums.place(chart, self._books.pause)
            self._loaded = loaded
        self._seen_standing = standing
        return MonthSeen(window, chart, loaded.sums.added(to_time(window.seen_at)), standing)

    # -- what is to be read --------------------------------------------------------------------

    def _now(self) -> Window:
        return present(self._books.clock.now())

    def _standing(self, window: Window) -> _Loaded | None:
        """Return what can be gone on with: the same month, and nobody else has moved records."""
        loaded, before = self._loaded, self._window
        if loaded is None or before is None or before.month != window.month:
            return None
        was_set_back = window.seen_at < before.seen_at
        trusted = loaded.moved_by_others == self._followed.cursors.moved_by_others
        return loaded if trusted and not was_set_back else None

    def _begun(self, chart: Chart) -> _Loaded:
        """Begin with nothing, and with the cursors as they are: so it shows if others move them."""
        self._loaded = None
        self._followed.cursors.load_all()
        return _Loaded(MonthSums(chart), self._followed.cursors.moved_by_others, {})

    # -- reading ---------------------------------------------------------------------------------

    def _load(self, loaded: _Loaded, window: Window) -> None:
        """Read every record; those that move meanwhile are looked at again."""
        self._followed.moved.forget()
        for model in MODELS:
            for page in self._books.pages(model, window):
                _keep(loaded, model, page, window)

    def _look_again(self, loaded: _Loaded, window: Window) -> None:
        """Read what has moved, and what time has changed, a page at a time."""
        for model, record in _due(loaded, window):
            self._followed.moved.note(model, [record])
        for model, records in self._followed.moved.take(PAGE):
            self._read(loaded, model, records, window)
            self._books.pause()

    def _read(self, loaded: _Loaded, model: str, ids: Sequence[str], window: Window) -> None:
        try:
            found = self._books.documents.get_many(model, ids)
            _keep(loaded, model, list(found.values()), window)
        except BaseException:
            self._followed.moved.note(model, ids)  # whoever goes on must not miss them
            raise

    # -- comparing -------------------------------------------------------------------------------

    def pages(self) -> Iterator[tuple[str, Sequence[Document]]]:
        """Yield every record as it is stored, by model, and what is gone but still added."""
        for model in MODELS:
            met: set[str] = set()
            for page in self._books.pages(model, self._now()):
                met |= {each.id for each in page}
                yield model, page
            yield from self._unmet(model, met)

    def _unmet(self, model: str, met: set[str]) -> Iterator[tuple[str, Sequence[Document]]]:
        known = list(self._loaded.sums.ids(model)) if self._loaded is not None else []
        unmet = [each for each in known if each not in met]
        for first in range(0, len(unmet), PAGE):
            found = self._books.documents.get_many(model, unmet[first : first + PAGE])
            yield model, list(found.values())

    def differences(self, model: str, page: Sequence[Document]) -> list[str]:
        """Return the ids of records, just read, that add something else than is kept.

        They are looked at again. What moves just now is not compared, as is nothing once all is to
        be read anyway.
        """
        loaded, window = self._loaded, self._window
        if loaded is None or window is None or self._standing(self._now()) is None:
            return []
        settled = [each for each in page if not self._followed.moved.in_flux(model, each.id)]
        found = [
            document.id
            for document, addends, _ in read(model, settled, window)
            if addends != loaded.sums.of(model, document.id)
        ]
        self._followed.moved.note(model, found)
        return found


def read(
    model: str, page: Sequence[Document], window: Window
) -> Iterator[tuple[Document, Addends, str | None]]:
    """Yield each record with what it adds, and when time alone changes that; None: never."""
    ahead: list[str] = []
    noting = replace(window, noted=ahead.append)
    for document in page:
        ahead.clear()
        shares = shares_of(model, document.body, noting) if matters(document, window) else ()
        addends = addends_of(shares)
        yield document, addends, min(ahead, default=None)


def _due(loaded: _Loaded, window: Window) -> list[tuple[str, str]]:
    return [key for key, at in loaded.changes_at.items() if at <= window.seen_at]


def _keep(loaded: _Loaded, model: str, page: Sequence[Document], window: Window) -> None:
    for document, addends, changes_at in read(model, page, window):
        loaded.sums.put(model, document.id, addends)
        if changes_at is None:
            loaded.changes_at.pop((model, document.id), None)
        else:
            loaded.changes_at[model, document.id] = changes_at
