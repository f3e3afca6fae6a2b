"""How fast the story plays: a day in 48 seconds, slower where a machine is busy with other things.

The story's people must act before their clocks run out: at full pace a day's clock is 48 s, and
they act through processes that share the cores with whatever else runs.
"""

from typing import Final

from services.common.words import Words

FULL: Final = 1800  #: business seconds a second: 24 hours in 48 seconds, 30 minutes in one
SLOWEST: Final = 450
BUSY: Final = (
    2.0  #: processes that want each core, above which the pace is halved, and again at its double
)
STORY_SECONDS: Final = 420  #: at full pace, before the story is given up
QUIET_SECONDS: Final = (
    90  #: at full pace: longer than any pause in the story, 24 hours' clocks included
)


def pace_for(load: float, cores: int) -> int:
    """Return the clock's rate for a machine with that load (a minute's average) on its cores."""
    rate, busy = FULL, BUSY
    while load / cores > busy and rate > SLOWEST:
        rate, busy = rate // 2, busy * 2
    return rate


def seconds_at(rate: int, at_full_pace: float) -> float:
    """Return how long that lasts at `rate` which lasts `at_full_pace` at full pace."""
    return at_full_pace * FULL / rate


def why_it_may_have_gone_wrong(load: float, cores: int, rate: int) -> Words:
    """Return what a reader of a story that came out otherwise should know first."""
    minutes = rate // 60
    return Words(
        f"The story came out otherwise. One second was {minutes} min for its people: on a machine "
        f"that is busy (load {load:.1f} on {cores} cores) they miss deadlines that they would have "
        "met. Try again when less runs; if it comes out like this on a quiet machine, it is a "
        "fault of ours.",
        f"故事结果与预期不符。故事中 1 秒相当于 {minutes} 分钟："
        f"机器繁忙时（{cores} 核，负载 {load:.1f}），角色会错过本可赶上的时限。"
        "请在机器空闲时重试；若空闲时仍如此，则是本产品的缺陷。",
    )
