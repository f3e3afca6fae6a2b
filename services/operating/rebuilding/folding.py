"""The documents of one read model that belong to one slice, folded from the logs in memory."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Final

from services.common.contracts.commit import Commit
from services.common.contracts.streams import category_of, id_of, log_of
from services.common.errors import Corrupt
from services.common.eventlog.ports import LogReader
from services.common.following.cursors import Held, TooManyHeld
from services.common.following.holding import causes_first, held_after
from services.common.following.merging import Entry
from services.common.following.processor import MOST_HELD
from services.common.following.projecting import Body, Projector
from services.common.following.telling import CommitFault, guarded
from services.operating.rebuilding.saving import SavedDocuments
from services.operating.rebuilding.sketching import whole
from services.operating.rebuilding.slices import Slice
from services.operating.rebuilding.tallying import Tally

PAGE: Final = 500


class Fold:
    """What the logs say of one read model, as far as they were scanned.

    What can't be handled holds its own stream, and what hangs on that by a cause, as it does for a
    processor: the documents go on without it.
    """

    def __init__(
        self,
        projector: Projector,
        slice_: Slice,
        logs: Mapping[str, LogReader],
        observe: Callable[[Commit], None],
        saved: SavedDocuments | None = None,
    ) -> None:
        """Begin with no document but those in `saved`; `observe` is shown what is told."""
        self.projector = projector
        self.model = projector.model
        self.held: dict[str, Held] = {}
        self.tally = Tally()
        self._slice = slice_
        self._logs = logs
        self._observe = observe
        self._saved = saved
        self._bodies: dict[str, Body] = {}
        self._moved: set[str] = set()

    # -- being told -------------------------------------------------------------------------------

    def waits(self, entry: Entry) -> bool:
        """Say whether `entry` is held; what hangs on a held stream is held from here on, too."""
        if not self.held:
            return False
        own = self.held.get(entry.stream)
        if own is not None and entry.version >= own.version:
            return True
        cause = entry.cause if self.projector.in_causal_order else None
        above = self.held.get(cause.stream) if cause is not None else None
        if cause is None or above is None or cause.version < above.version:
            return False
        why = f"waits for {cause.stream}"
        self._hold(entry.stream, Held(entry.version, why, above.since, hangs_on=cause.stream))
        return True

    def expect(self, entries: Iterable[Entry]) -> None:
        """Read together the saved documents that `entries` move and that are not in memory."""
        if self._saved is None or not self._saved.any:
            return
        expected: set[str] = set()

        def expect(commit: Commit) -> None:
            subject = self.model.subject_of(commit)
            if subject is not None and self._slice.holds(subject):
                expected.add(subject)

        for entry in entries:
            if category_of(entry.stream) in self.model.of:
                with suppress(CommitFault):  # it is raised again when the commit is told
                    guarded(entry, expect)
        self.bodies(expected)

    def take(self, entry: Entry) -> None:
        """Apply a commit of a followed category to its document, once, if that is of this slice.

        Raises:
            Transient: Something is away; this fold is not to be used any more.
        """
        try:
            guarded(entry, self._apply)
        except CommitFault as fault:
            self._hold(entry.stream, held_after(entry.version, fault.error))

    def can_read(self, stream: str, upto: int, after: int) -> bool:
        """Say whether the commits after `after` of a stream can be read; if not, it is held.

        For who has seen more of it than was told here: whatever can't be read isn't of any slice.
        """
        if stream in self.held or log_of(stream) not in self._logs:
            return stream not in self.held
        try:
            for each in self._logs[log_of(stream)].read(stream, after, upto):
                after = each.version
        except Corrupt as error:
            self._hold(stream, held_after(after + 1, error))
            return False
        return True

    def _hold(self, stream: str, held: Held) -> None:
        if len(self.held) >= MOST_HELD:
            raise TooManyHeld(consumer=self.projector.name, streams=len(self.held))
        self.held[stream] = held

    def _apply(self, commit: Commit) -> None:
        subject = self.model.subject_of(commit)
        # what is nobody's is read by one all the same, to find out whether it can be
        if not self._slice.holds(subject if subject is not None else id_of(commit.stream)):
            return
        commit = whole(commit)
        if subject is not None:
            self._observe(commit)
            self.tally.commits += 1
            self.tally.events += len(commit.draft.events)
            self._move(subject, commit)

    def _move(self, subject: str, commit: Commit) -> None:
        body = self._bodies.get(subject, {})
        seen = body.get("seen", {})
        if seen.get(commit.stream, 0) >= commit.version:
            return
        try:
            body = self._after(body, commit)
        except Exception:
            self._bodies[subject] = self._again(seen)
            raise
        self._bodies[subject] = body
        self._moved.add(subject)

    def _after(self, body: Body, commit: Commit) -> Body:
        """Return a document after `commit`; the one before is used up."""
        seen = body.get("seen", {})
        for fact in commit.facts:
            body = self.model.apply(body, fact)
        seen[commit.stream] = commit.version
        body["seen"] = seen
        return body

    def _again(self, seen: Mapping[str, int]) -> Body:
        """Fold a document that a fault has left half moved anew, up to what it had seen."""
        entries = [
            Entry(log_of(stream), each.position or 0, stream, each.version, each, each.cause)
            for stream, version in seen.items()
            for each in self._logs[log_of(stream)].read(stream, 0, version)
        ]
        body: Body = {}
        for entry in causes_first(entries):
            if isinstance(entry.read, Commit):
                body = self._after(body, entry.read)
        return body

    # -- what was folded --------------------------------------------------------------------------

    def bodies(self, ids: Iterable[str]) -> Mapping[str, Body]:
        """Return the documents as folded, by id; those that there aren't are left out."""
        wanted = list(ids)
        missing = [each for each in wanted if each not in self._bodies]
        if missing and self._saved is not None and self._saved.any:
            self._bodies |= self._saved.get_many(self.model.name, missing)
        return {each: self._bodies[each] for each in wanted if each in self._bodies}

    def pages(self) -> Iterator[Sequence[str]]:
        """Yield the ids of all documents, some hundred at a time; what is saved must be all."""
        if self._saved is not None and self._saved.any:
            for page in self._saved.pages(self.model.name):
                yield page
                self.save()  # what has come meanwhile
                self.forget()
            return
        ids = list(self._bodies)
        for start in range(0, len(ids), PAGE):
            yield ids[start : start + PAGE]

    @property
    def in_memory(self) -> int:
        """How many documents are in memory."""
        return len(self._bodies)

    def save(self) -> None:
        """Save what has moved since it was last saved.

        Raises:
            RebuildOvertaken: Another process works on this slice.
        """
        if self._saved is not None and self._moved:
            moved = [(each, self._bodies[each]) for each in self._moved]
            self._saved.put_many(self.model.name, moved)
            self._moved = set()

    def forget(self) -> None:
        """Keep no documents in memory. All must be saved."""
        if self._saved is not None and not self._moved:
            self._bodies = {}
            self._saved.forget(self.model.name)
