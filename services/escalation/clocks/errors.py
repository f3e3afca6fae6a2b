"""What a clock stream says no to. Reactions and the timer meet these; people never do."""

from services.common.errors import Refused


class DeadlineNotArmed(Refused):
    """Nothing of this kind runs for this subject: it was never armed, or has ended."""

    slug = "deadline-not-armed"
    zh = "没有正在计时的 {kind}。"
    en = "No clock of kind {kind} is running."


class ClocksAreStopped(Refused):
    """The matter is over: nothing is armed after `ClocksStopped`."""

    slug = "clocks-stopped"
    zh = "事项已了结，不再计时（{kind}）。"
    en = "The matter is over: {kind} is not timed any more."


class DeadlineNotDue(Refused):
    """It is not time yet. Ask again at `due_at`."""

    slug = "deadline-not-due"
    zh = "时限（{kind}）未到。"
    en = "The limit of {kind} has not run out."


class TimeClassUnknown(Refused):
    """The limit depends on the request's time class, and the stream has not heard of one."""

    slug = "time-class-unknown"
    zh = "不知道时限等级，无法计时（{kind}）。"
    en = "The time class is unknown: {kind} can't be timed."
