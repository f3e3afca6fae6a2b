"""Who writes at the same time writes together; nobody waits for others but in a crowd."""

from collections.abc import Sequence
from threading import Event, Thread

import pytest
from greenlet import GreenletExit, greenlet

from services.common import grouping
from services.common.grouping import GroupCommit, WriterLost
from tests.support.interleaving import hand_back

PATIENCE = 30.0  #: a test that would hang fails instead


class Ended(BaseException):
    """Whoever meets it is gone."""


class Store:
    """Writes groups of words, each when it is let; the second letter is a word's key."""

    def __init__(self, most: int = 100) -> None:
        self.groups: list[list[str]] = []
        self.begun = Event()
        self.let = Event()
        self.fault: BaseException | None = None
        self.together: GroupCommit[str, str] = GroupCommit(self._write, lambda word: word[1], most)

    def _write(self, words: Sequence[str]) -> list[str]:
        self.groups.append(list(words))
        self.begun.set()
        assert self.let.wait(PATIENCE)
        fault, self.fault = self.fault, None
        if fault is not None:
            raise fault
        return [word.upper() for word in words]

    def waiting(self) -> list[str]:
        return [each.item for each in self.together._waiting]


class Writer:
    """Somebody who writes in a thread of his own."""

    def __init__(self, store: Store, *words: str) -> None:
        self.answer: list[str] = []
        self.error: BaseException | None = None
        self._store, self._words = store, words
        self._thread = Thread(target=self._run, daemon=True)

    def begins(self) -> "Writer":
        """Begin the first group, and come back when it is under way."""
        self._store.begun.clear()
        self._thread.start()
        assert self._store.begun.wait(PATIENCE)
        return self

    def comes(self) -> "Writer":
        """Come while a group is under way, and wait."""
        self._thread.start()
        while not set(self._words) <= set(self._store.waiting()):
            pass
        return self

    def done(self) -> list[str]:
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()
        return self.answer

    def _run(self) -> None:
        try:
            self.answer = self._store.together.write_all(self._words)
        except BaseException as error:  # noqa: BLE001  told to the test
            self.error = error


@pytest.fixture
def store() -> Store:
    return Store()


def test_who_finds_nobody_writing_writes_at_once_and_alone(store: Store) -> None:
    store.let.set()
    assert [store.together.write(word) for word in ("aa", "ab")] == ["AA", "AB"]
    assert store.groups == [["aa"], ["ab"]]


def test_who_comes_while_a_group_is_under_way_goes_with_the_next(store: Store) -> None:
    first = Writer(store, "aa").begins()
    others = [Writer(store, word).comes() for word in ("ab", "ac", "ad")]
    store.let.set()
    assert [each.done() for each in (first, *others)] == [["AA"], ["AB"], ["AC"], ["AD"]]
    assert store.groups == [["aa"], ["ab", "ac", "ad"]]


def test_no_two_of_one_key_are_in_a_group_and_they_keep_their_order(store: Store) -> None:
    first = Writer(store, "aa").begins()
    others = [Writer(store, word).comes() for word in ("xb", "yb", "ac", "zb")]
    store.let.set()
    assert [each.done() for each in (first, *others)] == [["AA"], ["XB"], ["YB"], ["AC"], ["ZB"]]
    assert store.groups == [["aa"], ["xb", "ac"], ["yb"], ["zb"]]


def test_a_group_has_an_end() -> None:
    store = Store(most=2)
    first = Writer(store, "aa").begins()
    others = [Writer(store, word).comes() for word in ("ab", "ac", "ad")]
    store.let.set()
    for each in (first, *others):
        each.done()
    assert store.groups == [["aa"], ["ab", "ac"], ["ad"]]


def test_several_of_one_writer_go_together_and_are_answered_in_their_order(store: Store) -> None:
    first = Writer(store, "aa", "ab", "xa").begins()
    other = Writer(store, "ac", "xb").comes()
    store.let.set()
    assert (first.done(), other.done()) == (["AA", "AB", "XA"], ["AC", "XB"])
    assert store.groups == [["aa", "ab"], ["xa", "ac", "xb"]]


def test_who_brings_nothing_leaves_nobody_waiting(store: Store) -> None:
    store.let.set()
    assert (store.together.write_all([]), store.together.write("aa")) == ([], "AA")


def test_an_error_reaches_each_of_its_group_and_nobody_else(store: Store) -> None:
    first = Writer(store, "aa").begins()
    second = [Writer(store, word).comes() for word in ("ab", "ac")]
    third = Writer(store, "xb").comes()
    fault = OSError("full")
    given = iter([fault, None])
    write = store.together._write

    def faulty(words: Sequence[str]) -> Sequence[str]:
        store.fault = next(given)
        return write(words)

    store.together._write = faulty
    store.let.set()
    assert (first.done(), third.done()) == (["AA"], ["XB"])
    for each in second:
        each.done()
        assert each.error is fault


def test_too_few_results_are_an_error_and_nobody_waits_for_ever() -> None:
    together: GroupCommit[str, str] = GroupCommit(lambda _: [], lambda word: word)
    for _ in range(2):
        with pytest.raises(ValueError, match="shorter"):
            together.write("a")


def test_who_writes_for_others_and_is_ended_leaves_them_an_error_and_the_next_their_turn(
    store: Store,
) -> None:
    first = Writer(store, "aa", "ab").begins()
    second = Writer(store, "ac").comes()
    store.fault = Ended()
    store.let.set()
    assert second.done() == ["AC"]
    first.done()
    assert isinstance(first.error, Ended)
    assert store.together.write("ad") == "AD"


def test_who_was_in_the_group_of_one_who_was_ended_is_told_to_try_again(store: Store) -> None:
    first = Writer(store, "aa").begins()
    writes, goes_along = Writer(store, "ab").comes(), Writer(store, "ac").comes()
    write = store.together._write

    def ending(words: Sequence[str]) -> Sequence[str]:
        store.fault = Ended()
        return write(words)

    store.together._write = ending
    store.let.set()
    for each in (first, writes, goes_along):
        each.done()
    assert isinstance(writes.error, Ended)
    assert isinstance(goes_along.error, WriterLost)
    store.together._write = write
    assert store.together.write("ad") == "AD"


# -- greenlets that are ended while they wait ------------------------------------------------------


class Switching:
    """An event for greenlets: who waits hands back until it is set."""

    def __init__(self) -> None:
        self._set = False

    def set(self) -> None:
        self._set = True

    def wait(self) -> None:
        while not self._set:
            hand_back()


class Greenlets:
    """Writers that go on when the test says so."""

    def __init__(self) -> None:
        self.groups: list[list[str]] = []
        self.together: GroupCommit[str, str] = GroupCommit(self._write, lambda word: word[1])

    def _write(self, words: Sequence[str]) -> list[str]:
        self.groups.append(list(words))
        hand_back()
        return [word.upper() for word in words]

    def comes(self, *words: str) -> greenlet:
        found = greenlet(lambda: self.together.write_all(words))
        found.switch()
        return found


@pytest.fixture
def greenlets(monkeypatch: pytest.MonkeyPatch) -> Greenlets:
    waiting = grouping._Waiting
    monkeypatch.setattr(grouping, "_Waiting", lambda item: waiting(item, Switching()))  # type: ignore[arg-type]
    return Greenlets()


def test_who_is_ended_while_he_waits_is_not_written_and_holds_up_nobody(
    greenlets: Greenlets,
) -> None:
    first, ended, last = (greenlets.comes(word) for word in ("aa", "ab", "ac"))
    ended.throw(GreenletExit)
    assert first.switch() == ["AA"]
    last.switch()
    assert (last.switch(), greenlets.groups) == (["AC"], [["aa"], ["ac"]])


def test_who_is_ended_when_it_was_his_turn_to_write_gives_it_to_the_next(
    greenlets: Greenlets,
) -> None:
    first, ended, last = (greenlets.comes(word) for word in ("aa", "ab", "ac"))
    first.switch()
    ended.throw(GreenletExit)
    last.switch()
    assert (last.switch(), greenlets.groups) == (["AC"], [["aa"], ["ac"]])
    assert not greenlets.together._busy


def test_who_is_ended_between_two_of_his_groups_gives_the_turn_to_the_next(
    greenlets: Greenlets,
) -> None:
    ended, last = greenlets.comes("aa", "ba"), greenlets.comes("ac")
    ended.throw(GreenletExit)
    last.switch()
    assert (last.switch(), greenlets.groups) == (["AC"], [["aa"], ["ac"]])


def test_who_is_ended_while_another_writes_for_him_takes_nothing_with_him(
    greenlets: Greenlets,
) -> None:
    first, writes, ended = (greenlets.comes(word) for word in ("aa", "ab", "ac"))
    first.switch()
    writes.switch()
    ended.throw(GreenletExit)
    assert (writes.switch(), greenlets.groups) == (["AB"], [["aa"], ["ab", "ac"]])
    assert not greenlets.together._busy
