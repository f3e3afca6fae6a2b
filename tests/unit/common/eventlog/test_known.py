"""Deciding on what is remembered: it may be behind, so it may lead to nothing but appends."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from services.common.contracts.events.dispatch import WorkOrderAcknowledged
from services.common.errors import Corrupt, NotFound
from services.common.eventlog.deciding import (
    Errand,
    Outcome,
    VersionMoved,
    carry_out,
    carry_out_unless_done,
)
from services.common.eventlog.folding import Loaded
from services.common.eventlog.known import Known
from services.common.eventlog.loading import load, load_until
from services.common.eventlog.ports import StoreAway
from services.common.eventlog.states import States
from services.testing.memory_log import MemoryLog
from tests.support.examples import DAY_ONE, acknowledged
from tests.unit.common.eventlog.test_deciding import errand
from tests.unit.common.eventlog.toy import (
    NOTES,
    STREAM,
    Counted,
    Full,
    Notes,
    append,
    clock,
    evolve,
    held,
    tip_of,
)


@pytest.fixture
def log() -> Counted:
    return Counted()


@pytest.fixture
def behind(log: Counted) -> Known:
    """Return what a process knows that was here when the stream held `n/a`, and nothing since."""
    known = Known()
    carry_out(log, NOTES, errand("a", key="first"), known)
    return known


# -- streams that are remembered -------------------------------------------------------------------


def test_of_a_long_stream_only_what_is_newer_is_read_once_it_was_folded(log: Counted) -> None:
    tip = append(log).tip
    for _ in range(1_999):
        tip = log.append(replace(_draft(log)), tip).tip
    known = Known()
    assert log.read_by(lambda: load(log, NOTES, STREAM, known)) == 2_000
    assert log.read_by(lambda: load(log, NOTES, STREAM, known)) == 0
    append_one = log.append(_draft(log), tip)
    assert log.read_by(lambda: load(log, NOTES, STREAM, known)) == 1
    found = known.of(STREAM)
    assert found is not None
    assert found.tip == append_one.tip


def _draft(log: MemoryLog) -> Any:
    first = log._streams[STREAM][0].draft
    return replace(first, command_id=f"c-{len(log._streams[STREAM])}")


def test_a_command_on_what_is_known_reads_nothing(log: Counted, behind: Known) -> None:
    assert log.read_by(lambda: carry_out(log, NOTES, errand("b"), behind)) == 0
    assert held(log) == ["n/a", "n/b"]


def begun(log: MemoryLog, errand_: Errand) -> Outcome[Notes]:
    return carry_out_unless_done(
        log, NOTES, STREAM, errand_.command_id, lambda: errand_.fingerprint, lambda: errand_,
        begins=True,
    )  # fmt: skip


def test_a_command_that_begins_its_stream_asks_for_nothing(log: Counted) -> None:
    assert begun(log, errand("a")).version == 1
    assert log.times_read == 0


def test_a_beginning_that_is_repeated_is_answered_from_its_commit(log: Counted) -> None:
    first = begun(log, errand("a", key="k"))
    again = begun(log, errand("a", key="k"))
    assert again.repeated
    assert (again.version, again.commit) == (first.version, first.commit)
    assert held(log) == ["n/a"]


def test_a_beginning_of_what_others_have_begun_is_decided_on_what_they_wrote(log: Counted) -> None:
    carry_out(log, NOTES, errand("a", key="first"))
    assert begun(log, errand("a", key="second")).commit is None, "there is nothing left to do"
    assert begun(log, errand("b", key="third")).version == 2


def test_what_stays_so_is_read_of_what_is_known_else_loaded(log: Counted, behind: Known) -> None:
    carry_out(log, NOTES, errand("b"))

    def noted(word: str) -> Notes:
        return load_until(log, NOTES, STREAM, behind, lambda notes: f"n/{word}" in notes.held)

    assert log.read_by(lambda: noted("a")) == 0
    assert noted("b").held == ("n/a", "n/b")
    assert noted("c").held == ("n/a", "n/b"), "as it is stored, so or not"


def test_loading_from_what_is_known_comes_to_the_same_as_from_nothing(
    log: Counted, behind: Known
) -> None:
    for word in "bc":
        carry_out(log, NOTES, errand(word, key=f"key-of-{word}"))
    assert load(log, NOTES, STREAM, behind) == load(log, NOTES, STREAM)


def test_an_older_fold_does_not_take_the_place_of_a_newer_one() -> None:
    states: States[Loaded[Any]] = States()
    old, new = (Loaded(STREAM, Notes(), replace(tip_of(MemoryLog("x", clock())), version=number))
                for number in (1, 2))  # fmt: skip
    for each in (new, old):
        states.keep(STREAM, each)
    assert states.of(STREAM) is new


def test_only_so_many_streams_are_remembered_and_the_least_used_leave() -> None:
    states: States[Loaded[Any]] = States(most=2)
    for name in ("a", "b", "a", "c"):
        if states.of(name) is None:
            states.keep(name, Loaded(name, Notes()))
    assert [states.of(name) is not None for name in "abc"] == [True, False, True]


# -- what is known is behind -----------------------------------------------------------------------


def test_who_was_overtaken_decides_again_on_what_is_stored(log: Counted, behind: Known) -> None:
    carry_out(log, NOTES, errand("b"))
    outcome = carry_out(log, NOTES, errand("b", "c"), behind)
    assert (held(log), outcome.version) == (["n/a", "n/b", "n/c"], 3)
    assert behind.of(STREAM) == load(log, NOTES, STREAM)


def _emptied(state: Notes, event: Any, at: datetime) -> Notes:
    return Notes() if isinstance(event, WorkOrderAcknowledged) else evolve(state, event, at)


def test_a_refusal_is_said_of_what_is_stored_and_not_of_what_is_known(log: Counted) -> None:
    rules, known = replace(NOTES, evolve=_emptied), Known()
    carry_out(log, rules, errand("a", "b", "c"), known)
    append(log, STREAM, acknowledged(), recorded_at=DAY_ONE)
    outcome = carry_out(log, rules, errand("d"), known)
    assert (outcome.version, outcome.state) == (3, Notes(("n/d",)))


def test_nothing_to_do_is_said_of_what_is_stored(log: Counted, behind: Known) -> None:
    carry_out(log, NOTES, errand("b"))
    outcome = carry_out(log, NOTES, errand("a"), behind)
    assert (outcome.commit, outcome.version) == (None, 2)
    assert outcome.state == Notes(("n/a", "n/b"))


def test_refused_on_what_is_stored_now_though_what_is_known_would_allow_it(
    log: Counted, behind: Known
) -> None:
    carry_out(log, NOTES, errand("b", "c"))
    with pytest.raises(Full) as caught:
        carry_out(log, NOTES, errand("d"), behind)
    assert caught.value.facts == {"held": 3}


def test_if_match_is_compared_with_what_is_stored(log: Counted, behind: Known) -> None:
    carry_out(log, NOTES, errand("b"))
    with pytest.raises(VersionMoved) as caught:
        carry_out(log, NOTES, errand("c", if_match=1), behind)
    assert caught.value.facts == {"version": 2, "if_match": 1}
    assert carry_out(log, NOTES, errand("c", if_match=2), behind).version == 3


# -- a repeated key --------------------------------------------------------------------------------


def test_a_repeated_key_is_answered_from_its_commit_though_what_is_known_is_behind(
    log: Counted, behind: Known
) -> None:
    first = carry_out(log, NOTES, errand("b", key="k"))
    again = carry_out(log, NOTES, errand("b", key="k"), behind)
    assert (again.repeated, held(log)) == (True, ["n/a", "n/b"])
    assert first.commit is not None
    assert again.commit is not None
    assert again.commit.body == first.commit.body


@pytest.mark.parametrize(
    "error", [NotFound(what="the place"), Corrupt(why="torn"), KeyError("gone")], ids=repr
)
def test_also_when_it_could_not_be_prepared_again(
    log: Counted, behind: Known, error: Exception
) -> None:
    carry_out(log, NOTES, errand("b", key="k"))

    def prepare() -> Errand:
        raise error

    def asked(key: str) -> Outcome[Notes]:
        return carry_out_unless_done(log, NOTES, STREAM, key, lambda: "mac-of-b", prepare, behind)

    assert asked("k").repeated
    with pytest.raises(type(error)):
        asked("another key")


def test_what_is_away_in_preparing_is_not_asked_twice(log: Counted, behind: Known) -> None:
    asked: list[str] = []

    def prepare() -> Errand:
        asked.append("vault")
        raise StoreAway

    with pytest.raises(StoreAway):
        carry_out_unless_done(log, NOTES, STREAM, "k", lambda: None, prepare, behind)
    assert asked == ["vault"]


def test_a_command_is_prepared_once_though_it_is_decided_twice(log: Counted, behind: Known) -> None:
    carry_out(log, NOTES, errand("b"))
    prepared: list[Errand] = []

    def prepare() -> Errand:
        prepared.append(errand("c", key="k"))
        return prepared[-1]

    carry_out_unless_done(log, NOTES, STREAM, "k", lambda: "mac-of-c", prepare, behind)
    assert (len(prepared), held(log)) == (1, ["n/a", "n/b", "n/c"])
