"""Commits that a process hands over get their places without being looked for, if that is sure."""

from collections.abc import Sequence

import pytest

from services.common.contracts.commit import Commit, Tip
from tests.contract.both_logs import LogWithOutbox
from tests.support.examples import draft


@pytest.fixture
def begun(both: LogWithOutbox) -> LogWithOutbox:
    """A log whose outbox has begun an epoch."""
    both.outbox.stamp(10)
    assert both.outbox.epoch > 0
    return both


def append(both: LogWithOutbox, stream: str = "workOrder-a", commits: int = 1) -> list[Commit]:
    """Append to the end of a stream."""
    tip = Tip()
    for each in both.log.read(stream):
        tip = each.tip
    found: list[Commit] = []
    for _ in range(commits):
        found.append(both.log.append(draft(stream), tip))
        tip = found[-1].tip
    return found


def placed(both: LogWithOutbox, commits: Sequence[Commit]) -> list[tuple[str, int, int | None]]:
    """Hand `commits` over, which were appended in this epoch; return stream, version, position."""
    found = both.outbox.place(commits, both.outbox.epoch)
    assert found is not None
    return [(each.stream, each.version, each.position) for each in found]


def order(both: LogWithOutbox) -> list[tuple[str, int]]:
    stamps = both.log.stamps(0, 100)
    assert [each.position for each in stamps] == list(range(1, len(stamps) + 1))
    return [(each.stream, each.version) for each in stamps]


def test_what_is_handed_over_gets_the_next_places(begun: LogWithOutbox) -> None:
    handed = [*append(begun, commits=2), *append(begun, "workOrder-b")]
    found = placed(begun, handed)
    assert sorted(position or 0 for _, _, position in found) == [1, 2, 3]
    assert order(begun) == [(stream, version) for stream, version, _ in found]
    assert begun.outbox.head() == begun.log.head() == 3


def test_it_comes_back_as_everybody_reads_it(begun: LogWithOutbox) -> None:
    found = begun.outbox.place(append(begun, commits=3), begun.outbox.epoch)
    assert found is not None
    assert list(found) == list(begun.log.commits(0, 10))


def test_versions_that_are_handed_over_in_disorder_get_their_places_in_order(
    begun: LogWithOutbox,
) -> None:
    placed(begun, append(begun, commits=3)[::-1])
    assert order(begun) == [("workOrder-a", 1), ("workOrder-a", 2), ("workOrder-a", 3)]


def test_an_epoch_goes_on_through_turns(begun: LogWithOutbox) -> None:
    before = begun.outbox.epoch
    first = append(begun)
    begun.outbox.stamp(10)
    second = append(begun)
    assert begun.outbox.place([*first, *second], before) is not None
    assert order(begun) == [("workOrder-a", 1), ("workOrder-a", 2)]
    assert begun.outbox.epoch == before


def test_what_was_found_by_looking_is_not_placed_again(begun: LogWithOutbox) -> None:
    handed = append(begun, commits=2)
    begun.outbox.stamp(10)
    assert placed(begun, handed) == []
    assert order(begun) == [("workOrder-a", 1), ("workOrder-a", 2)]


def test_of_a_stream_the_rest_is_placed_if_a_part_was_found(begun: LogWithOutbox) -> None:
    first = append(begun)
    begun.outbox.stamp(10)
    assert placed(begun, [*first, *append(begun)]) == [("workOrder-a", 2, 2)]


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_nothing_is_placed_if_one_that_is_handed_over_does_not_follow(
    begun: LogWithOutbox, missing: int
) -> None:
    """*Every* one: the first of a stream may follow what has its place, and a later one not."""
    handed = append(begun, commits=4)
    del handed[missing]
    assert begun.outbox.place(handed, begun.outbox.epoch) is None
    assert order(begun) == []
    begun.outbox.stamp(10)
    assert order(begun) == [("workOrder-a", version) for version in (1, 2, 3, 4)]


def test_nothing_is_placed_if_one_of_several_streams_does_not_follow(begun: LogWithOutbox) -> None:
    _, second = append(begun, "workOrder-b", commits=2)
    assert begun.outbox.place([*append(begun), second], begun.outbox.epoch) is None
    assert order(begun) == []


def test_nothing_is_placed_that_was_appended_in_no_epoch_or_in_another(
    begun: LogWithOutbox,
) -> None:
    handed = append(begun)
    for epoch in (0, begun.outbox.epoch + 1, begun.outbox.epoch - 1):
        assert begun.outbox.place(handed, epoch) is None
    assert order(begun) == []


def test_what_is_handed_over_twice_is_placed_once(begun: LogWithOutbox) -> None:
    handed = append(begun)
    assert placed(begun, handed) == [("workOrder-a", 1, 1)]
    assert not begun.outbox.place(handed, begun.outbox.epoch)
    assert order(begun) == [("workOrder-a", 1)]


def test_nothing_handed_over_is_nothing_placed(begun: LogWithOutbox) -> None:
    assert placed(begun, []) == []
