"""Following by position from what a process has in memory: the same cycle of logs comes out as if
each processor read for itself, whatever announcements are late or lost.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from random import Random
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from services.common.errors import Transient
from services.common.eventlog.ports import LogReader
from services.common.following.followed_log import FollowedLog
from tests.support.cycle import START
from tests.support.interleaving import hand_back
from tests.support.ring import Ring, assert_right

MODULE = "services.common.following.followed_log"
KEPT = 2  #: so few that the oldest are forgotten, and who is behind reads for himself
LOOKS = 4


class HandingBack:
    """A lock that lets others go on while it is taken, as one does in a service."""

    taken = False

    def __enter__(self) -> None:
        while self.taken:
            hand_back()
        self.taken = True

    def __exit__(self, *_: object) -> None:
        self.taken = False


class Remembering(Ring):
    """A ring whose processes keep what they have read, and look now and then where logs end."""

    def __init__(self, choose: Random) -> None:
        super().__init__(choose)
        self._followed: list[FollowedLog] = []

    def process(self) -> Mapping[str, LogReader]:
        found = {name: FollowedLog(log) for name, log in super().process().items()}
        self._followed = [*self._followed, *found.values()][-2 * len(found) :]
        return found

    def stamping(self) -> Iterator[Callable[[], None]]:
        yield from super().stamping()
        for each in self._followed:
            yield partial(_look, each)


def _look(followed: FollowedLog) -> None:
    for _ in range(LOOKS):
        hand_back()
        with suppress(Transient):
            followed.look()


@contextmanager
def few_kept() -> Iterator[None]:
    with patch(f"{MODULE}.KEPT_COMMITS", KEPT), patch(f"{MODULE}.Lock", HandingBack):
        yield


@settings(max_examples=40, deadline=None)
@given(START, st.randoms(use_true_random=False))
def test_everything_happens_once_and_after_its_cause(
    chosen: list[tuple[str, int, int]], choose: Random
) -> None:
    with few_kept():
        ring = Remembering(choose)
        ring.begin(chosen)
        ring.play()
    assert_right(ring)
