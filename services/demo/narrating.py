"""Tells the story as it happens: one line an event, read from the logs, in one language."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from services.common.chart import Chart
from services.common.clock import BEIJING
from services.common.contracts.commit import Commit, Fact
from services.common.contracts.event_types import name_of
from services.common.contracts.streams import category_of
from services.common.eventlog.ports import LogReader
from services.demo.words import EVENTS, event_in_words
from services.terminal.vocabulary_words import DETAILS, detail_in_words

WINDOW: Final = 500
#: Fields that a reader wants to see, units by name.
UNITS: Final = ("holder", "from_unit", "to_unit", "unit", "town", "to", "charged_to", "lead")
#: Fields whose values are words of closed lists, or numbers.
WORDS: Final = (*(field for field in DETAILS if field != "reason"), "step", "slot")


@dataclass(frozen=True, slots=True)
class StoryLine:
    """One event as it is told."""

    at: str  #: business time in Beijing
    said: str  #: what happened
    details: str  #: with whom and how
    event: str  #: the event's own name


class Narrator:
    """Reads what is new in the logs and yields a line for what is worth one."""

    def __init__(
        self, logs: Mapping[str, LogReader], chart_of: Callable[[], Chart], *, chinese: bool
    ) -> None:
        """Start at the beginning of every log."""
        self._logs = logs
        self._chart_of = chart_of
        self._chinese = chinese
        self._told = dict.fromkeys(logs, 0)

    def lines(self) -> Iterator[StoryLine]:
        """Yield what is new and worth a line, in order of time."""
        facts = [fact for name in self._logs for fact in self._new(name)]
        for fact in sorted(facts, key=lambda fact: fact.recorded_at):
            name = name_of(fact.event)
            if name in EVENTS:
                at = fact.recorded_at.astimezone(BEIJING).strftime("%m-%d %H:%M")
                said = event_in_words(name, chinese=self._chinese)
                details = details_of(fact.event, self._chart_of(), chinese=self._chinese)
                yield StoryLine(at, said, " · ".join(details), name)

    def _new(self, name: str) -> Iterator[Fact]:
        log = self._logs[name]
        for stamp in log.stamps(self._told[name], WINDOW):
            self._told[name] = stamp.position
            if category_of(stamp.stream) != "registry":
                yield from _commit(log, stamp.stream, stamp.version).facts


def details_of(event: Any, chart: Chart, *, chinese: bool) -> Iterator[str]:
    """Yield with whom and how an event happened, a word or a name at a time."""
    units = _values(event, UNITS, str)
    yield from dict.fromkeys(unit_in_words(code, chart, chinese=chinese) for code in units)
    if getattr(event, "lead", None) is True:  # of a call; of a blown whistle it is a unit
        yield "牵头" if chinese else "lead"
    for code in _values(event, ("category",), str):
        yield _category(code, chart, chinese=chinese)
    for field in WORDS:
        for value in _values(event, (field,), str, int):
            yield detail_in_words(field, value, chinese=chinese)


def unit_in_words(code: str, chart: Chart, *, chinese: bool) -> str:
    """Return a unit's name, or its code if the chart doesn't have it."""
    unit = chart.units.get(code)
    if unit is None:
        return code
    return unit.name_zh if chinese else unit.name_en


def _category(code: str, chart: Chart, *, chinese: bool) -> str:
    category = chart.categories.get(code)
    if category is None:
        return code
    return category.name_zh if chinese else category.name_en


def _values(event: Any, fields: tuple[str, ...], *kinds: type) -> Iterator[Any]:
    """What the event has of the fields, where it is of one of the kinds."""
    for field in fields:
        value = getattr(event, field, None)
        if value and isinstance(value, kinds):
            yield value


def _commit(log: LogReader, stream: str, version: int) -> Commit:
    return next(iter(log.read(stream, version - 1, version)))
