"""Commits as a person reads them: in the order of their logs, a line an event."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from services.common.contracts.codec import canonical, parsed, plain, time_text
from services.common.contracts.commit import Actor, Commit, Happened
from services.common.contracts.event_types import UnknownEvent, name_of
from services.common.eventlog.ports import LogReader, Unreadable
from services.common.http.fields.characters import shortened
from services.operating.naming import Naming

WINDOW: Final = 500
LONGEST_VALUE: Final = 120
#: Roles of a person in a unit (docs/glossary.md).
ROLES_ZH: Final = {
    "operator": "话务员", "grid_steward": "网格员", "village_officer": "村社区干部",
    "section_officer": "科室人员", "town_officer": "镇街人员", "town_leader": "镇街领导",
    "town_deputy": "镇街副职", "department_officer": "部门人员", "command_centre": "城指",
    "auditor": "审计", "admin": "管理员", "reporter": "诉求人",
}  # fmt: skip


def actor_text(actor: Actor, naming: Naming) -> str:
    """Return who did it: `village_officer li of Zhangwan 110112105209`, or `policy ...`."""
    if actor.policy is not None:
        return naming.said(en=f"policy {actor.policy}", zh=f"规则 {actor.policy}")
    role = naming.said(en=actor.role, zh=ROLES_ZH.get(actor.role, actor.role))
    unit = naming.unit(actor.unit) if actor.unit else ""
    if not naming.chinese:
        return " ".join(word for word in (role, actor.person, unit and f"of {unit}") if word)
    return " ".join(word for word in (unit, role, actor.person) if word)


def fields_of(happened: Happened) -> Mapping[str, Any]:
    """Return the fields of an event, also of one that this release doesn't know. Texts are refs."""
    event = happened.event
    found: Mapping[str, Any] = event.data if isinstance(event, UnknownEvent) else plain(event)
    return found


def short(value: Any, longest: int = LONGEST_VALUE) -> str:
    """Return a value on one line; a long one (a registry table) is cut and says how long it is."""
    text = value if isinstance(value, str) else canonical(value)
    if len(text) <= longest:
        return text
    return f"{shortened(text, longest)}... ({len(text)} characters)"


def event_line(commit: Commit, index: int, naming: Naming) -> str:
    """Return one event on one line: name, then its fields."""
    happened = commit.draft.events[index]
    words = (
        f"{name}={short(naming.named(value), 60)}" for name, value in fields_of(happened).items()
    )
    return " ".join((name_of(happened.event), *words))


def as_json(commit: Commit) -> dict[str, Any]:
    """Return the stored body with what stands beside it: position, stamp and hashes."""
    found: dict[str, Any] = parsed(commit.body)
    stamped_at = commit.stamped_at
    return {
        **found,
        "position": commit.position,
        "stamped_at": time_text(stamped_at) if stamped_at is not None else None,
        "hash": commit.hash,
        "previous_hash": commit.previous_hash,
    }


def last_positions(readers: Mapping[str, LogReader], back: int) -> dict[str, int]:
    """Return, for each log, the position after which its last `back` commits stand."""
    return {name: max(0, log.head() - back) for name, log in readers.items()}


def new_commits(
    readers: Mapping[str, LogReader], after: dict[str, int]
) -> Iterator[Commit | Unreadable]:
    """Yield what stands in the logs after these positions, and move them on.

    Each log in its own order; between logs by the moment of stamping, a window at a time.
    """
    while window := _window(readers, after):
        for name, position, each in window:
            yield each
            after[name] = position


def follow(
    readers: Mapping[str, LogReader], after: dict[str, int], pause: Callable[[], bool]
) -> Iterator[Commit | Unreadable]:
    """Yield what comes, until `pause()` says to stop."""
    yield from new_commits(readers, after)
    while not pause():
        yield from new_commits(readers, after)


def _window(
    readers: Mapping[str, LogReader], after: Mapping[str, int]
) -> Sequence[tuple[str, int, Commit | Unreadable]]:
    """Return what follows in each log: its name, the position, the commit."""
    found = [
        (each, name, position)
        for name, log in readers.items()
        for position, each in enumerate(
            log.commits(after.get(name, 0), WINDOW), start=after.get(name, 0) + 1
        )
    ]
    found.sort(key=lambda one: (_stamped_at(one[0]), one[1], one[2]))
    return [(name, position, each) for each, name, position in found]


def _stamped_at(each: Commit | Unreadable) -> datetime:
    at = each.stamp.stamped_at if isinstance(each, Unreadable) else each.stamped_at
    return at or datetime.max.replace(tzinfo=UTC)
