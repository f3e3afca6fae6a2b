"""Business time goes on in a log, whoever asks: both adapters refuse what would take it back.

Two replicas' machines differ by milliseconds, and a command in flight has read its clock a moment
ago. So much is `SKEW`; what is behind by more comes from a clock that was set back.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from services.common.contracts.commit import Commit, Draft, Tip
from services.common.eventlog.ports import ClockBehind

#: How far behind the log's business time a commit may be. The unit is business time: a scaled
#: clock multiplies what machines differ by.
SKEW: Final = timedelta(seconds=30)


def refuse_two_of_a_stream(commits: Sequence[Commit]) -> None:
    """Raise ValueError if two of `commits` are of one stream.

    Written in no order, the second could become version v + 1 after a v that another has written.
    """
    if len({each.stream for each in commits}) < len(commits):
        raise ValueError("a group has two commits of one stream")


def refuse_going_back(
    draft: Draft, after: Tip, latest: datetime | None, skew: timedelta | None
) -> None:
    """Compare `draft` with the commit before it, and with the `latest` time that the log knows.

    `skew`: None leaves the second comparison out: under a stepped clock everything in flight is as
    old as the last step is wide.

    Raises:
        ClockBehind: The draft would take business time back.
    """
    if after.recorded_at is not None and draft.recorded_at < after.recorded_at:
        raise ClockBehind(stream=draft.stream, at=draft.recorded_at, last=after.recorded_at)
    if latest is not None and skew is not None and draft.recorded_at < latest - skew:
        raise ClockBehind(stream=draft.stream, at=draft.recorded_at, last=latest)
