"""Why something was late: every clock of a matter, step by step, with the events behind each line.

Pure: folds the facts of the clock's stream and of the order's; says nothing that no event says.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from services.common.contracts.commit import Fact
from services.common.contracts.events.clocks import (
    ClocksStopped,
    DeadlineArmed,
    DeadlineEscalated,
    DeadlineLifted,
    DeadlineMet,
    DeadlineMissed,
    DeadlineReminded,
    MissWithdrawn,
)
from services.common.contracts.events.dispatch import WorkOrderDispatched, WorkOrderHandedOver
from services.terminal.vocabulary_words import detail_in_words
from services.terminal.wording import beijing, span

#: A unit's code to its name in the language of the account.
Naming = Callable[[str], str]
#: Event -> (zh, en); `{}` are filled by `_words`.
STEPS: Final[dict[type, tuple[str, str]]] = {
    DeadlineReminded: ("时限过半{reminded}", "half of the limit gone{reminded}"),
    DeadlineMissed: (
        "{at_step}超时：应于 {due} 前，晚 {late}记录，责任 {charged}{behind}",
        "missed{at_step}: due {due}, recorded {late} after, charged to {charged}{behind}",
    ),
    DeadlineEscalated: (
        "升级至第 {step} 级：通知 {to}，限 {due} 前",
        "climbs to step {step}: {to} is rung, until {due}",
    ),
    DeadlineMet: ("已完成，{lateness}（{met_by}）", "met, {lateness} (by {met_by})"),
    MissWithdrawn: (
        "撤销超时：事后查明按时完成（{met_by}）",
        "miss withdrawn: it was met in time (by {met_by})",
    ),
    DeadlineLifted: ("解除：{reason}", "lifted: {reason}"),
    ClocksStopped: ("事项结束，停止计时", "the matter is over, the clock stops"),
}


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One sentence and the event that it is read from."""

    at: datetime
    text: str
    event: str  #: event id
    bad: bool = False


@dataclass(frozen=True, slots=True)
class ArmingAccount:
    """One arming: its terms, then what became of it. `late` = missed, and not withdrawn."""

    terms: AccountLine
    steps: tuple[AccountLine, ...]
    late: bool


@dataclass(frozen=True, slots=True)
class Account:
    """All armings of a matter by number, and who held the order when."""

    armings: tuple[ArmingAccount, ...]
    holding: tuple[AccountLine, ...]

    @property
    def late(self) -> int:
        """How many armings were missed."""
        return sum(each.late for each in self.armings)


@dataclass(frozen=True, slots=True)
class Accountant:
    """Words an account in one language."""

    chinese: bool
    unit: Naming

    def account(self, clock: Iterable[Fact], order: Iterable[Fact]) -> Account:
        """Return the account of one clock stream and, if there is one, its work order's stream."""
        facts = list(clock)
        armed = [fact for fact in facts if isinstance(fact.event, DeadlineArmed)]
        return Account(
            armings=tuple(self._arming(fact, facts) for fact in armed),
            holding=tuple(self._holding(order)),
        )

    def _arming(self, armed: Fact, facts: Sequence[Fact]) -> ArmingAccount:
        number = armed.event.arming
        own = [fact for fact in facts if _concerns(fact.event, number)]
        missed = any(isinstance(fact.event, DeadlineMissed) for fact in own)
        withdrawn = any(isinstance(fact.event, MissWithdrawn) for fact in own)
        met_late = any(
            isinstance(fact.event, DeadlineMet) and fact.event.late_by_seconds for fact in own
        )
        return ArmingAccount(
            terms=self._terms(armed),
            steps=tuple(self._step(fact) for fact in own),
            late=(missed and not withdrawn) or met_late,
        )

    def _terms(self, fact: Fact) -> AccountLine:
        event: DeadlineArmed = fact.event
        limit = span(event.limit_seconds, chinese=self.chinese)
        start, due = beijing(event.starts_at), beijing(event.due_at)
        who_zh = who_en = ""
        if event.charged_to is not None:  # a promise's time is no unit's
            who = self.unit(event.charged_to)
            who_zh, who_en = f"{who}，", f"{who} has "
        kind, number, subject = self._word("kind", event.kind), event.arming, event.subject
        zh = f"#{number} {kind}：{who_zh}自 {start} 起限 {limit}，{due} 到期（{subject}）"
        en = f"#{number} {kind}: {who_en}{limit} from {start}, due {due} ({subject})"
        return AccountLine(fact.recorded_at, zh if self.chinese else en, fact.id)

    def _step(self, fact: Fact) -> AccountLine:
        zh, en = STEPS[type(fact.event)]
        text = (zh if self.chinese else en).format_map(self._words(fact.event))
        late = isinstance(fact.event, DeadlineMissed | DeadlineEscalated) or bool(
            getattr(fact.event, "late_by_seconds", 0)
        )
        return AccountLine(fact.recorded_at, text, fact.id, bad=late)

    def _words(self, event: Any) -> dict[str, Any]:
        late = getattr(event, "late_by_seconds", 0)
        due = getattr(event, "due_at", None)
        charged = getattr(event, "charged_to", None)
        return {
            "charged": self._who(charged),
            "reminded": "" if charged is None else self._reminded(charged),
            "to": self._who(getattr(event, "to", None)),
            "step": getattr(event, "step", None),
            "at_step": self._at_step(getattr(event, "step", 0)),
            "due": beijing(due) if due is not None else "",
            "late": span(late, chinese=self.chinese),
            "lateness": self._lateness(late),
            "met_by": getattr(event, "met_by", ""),
            "reason": self._word("reason", getattr(event, "reason", "")),
            "behind": self._behind(getattr(event, "sources_behind", ())),
        }

    def _word(self, field: str, value: str) -> str:
        return detail_in_words(field, value, chinese=self.chinese)

    def _at_step(self, step: int) -> str:
        """The limit itself is step 0: nobody was rung yet."""
        if not step:
            return ""
        return f"第 {step} 级" if self.chinese else f" at step {step}"

    def _lateness(self, seconds: int) -> str:
        if not seconds:
            return "按时" if self.chinese else "in time"
        late = span(seconds, chinese=self.chinese)
        return f"晚 {late}" if self.chinese else f"{late} late"

    def _behind(self, streams: Sequence[str]) -> str:
        if not streams:
            return ""
        names = ", ".join(streams)
        return f"；当时尚未读全：{names}" if self.chinese else f"; not read to its end: {names}"

    def _reminded(self, unit: str) -> str:
        return f"，提醒{self.unit(unit)}" if self.chinese else f", {self.unit(unit)} reminded"

    def _who(self, unit: str | None) -> str:
        if unit is None:
            return "无责任单位" if self.chinese else "no unit"
        return self.unit(unit)

    def _holding(self, order: Iterable[Fact]) -> Iterator[AccountLine]:
        for fact in order:
            match fact.event:
                case WorkOrderDispatched(holder=holder, rule=rule):
                    zh, en = f"派至 {self.unit(holder)}（规则 {rule}）", f"rule {rule}"
                    en = f"dispatched to {self.unit(holder)} ({en})"
                case WorkOrderHandedOver() as moved:
                    why = self._word("why", moved.why)
                    held = span(moved.held_seconds, chinese=self.chinese)
                    source, target = self.unit(moved.from_unit), self.unit(moved.to_unit)
                    zh = f"由 {source} 转至 {target}（{why}；前者持有 {held}）"
                    en = f"from {source} to {target} ({why}; the former held it {held})"
                case _:
                    continue
            yield AccountLine(fact.recorded_at, zh if self.chinese else en, fact.id)


def _concerns(event: Any, number: int) -> bool:
    """Say whether `event` is a step of that arming."""
    if isinstance(event, DeadlineArmed):
        return False
    if isinstance(event, ClocksStopped):
        return number in event.lifted
    return type(event) in STEPS and event.arming == number
