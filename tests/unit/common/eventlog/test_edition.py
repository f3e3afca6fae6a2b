"""Which rules made a checkpoint is told by their source, and nobody has to think of it."""

import importlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from services.common.eventlog.edition import editions_of
from services.common.eventlog.folding import Aggregate
from services.common.eventlog.known import APART, Known
from services.common.eventlog.loading import load
from services.dispatch.wiring import AGGREGATES as OF_DISPATCH
from services.escalation.wiring import AGGREGATES as OF_ESCALATION
from services.intake.wiring import AGGREGATES as OF_INTAKE
from services.testing.memory_checkpoints import MemoryCheckpoints
from tests.unit.common.eventlog.toy import NOTES, STREAM, Counted, Notes, evolve

RULES = """
from dataclasses import replace
from services.common.eventlog.folding import Aggregate
from ruled.counting import MORE
from ruled.states import Count

def evolve(state, event, at):
    return replace(state, count=state.count + MORE)

RULES = Aggregate("workOrder", Count(), lambda state, command, at: [], evolve)
"""
STATES = """
from dataclasses import dataclass

@dataclass(frozen=True)
class Count:
    count: int = 0
"""
FILES = {
    "__init__.py": "",
    "rules.py": RULES,
    "states.py": STATES,
    "counting.py": "from ruled import deeper\n\nMORE = deeper.ONE\n",
    "deeper.py": "ONE = 1\n",
    "apart.py": "NOBODY = 'imports this'\n",
}


class Release:
    """A package of rules that can be released anew, with other sources."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for name, text in FILES.items():
            self.write(name, text)

    def write(self, name: str, text: str) -> None:
        (self._folder / name).write_text(text, encoding="utf-8")

    def started(self) -> Aggregate[Any]:
        """Return the rules as a process has them that starts now."""
        for name in [each for each in sys.modules if each.partition(".")[0] == "ruled"]:
            del sys.modules[name]
        importlib.invalidate_caches()
        rules: Aggregate[Any] = importlib.import_module("ruled.rules").RULES
        return rules


@pytest.fixture
def release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Release]:
    folder = tmp_path / "ruled"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield Release(folder)
    for name in [each for each in sys.modules if each.partition(".")[0] == "ruled"]:
        del sys.modules[name]


def edition(rules: Aggregate[Any]) -> str | None:
    return editions_of([rules]).get(rules.category)


def test_the_same_release_has_the_same_edition(release: Release) -> None:
    assert edition(release.started()) == edition(release.started()) is not None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("rules.py", RULES.replace("count + MORE", "count - MORE")),
        ("states.py", STATES.replace("count: int", "more: str = ''\n    count: int")),
        ("counting.py", "MORE = 1\n"),
        ("deeper.py", "ONE = 2\n"),
        ("__init__.py", "'''Rules.'''\n"),
    ],
    ids=lambda value: value if value.endswith(".py") else "",
)
def test_a_release_with_other_rules_finds_the_checkpoint_unread(
    release: Release, name: str, text: str
) -> None:
    log, store = Counted(), MemoryCheckpoints()
    log.grow(APART)

    def read(rules: Aggregate[Any]) -> int:
        known = Known(checkpoints=store, aggregates=[rules])
        return log.read_by(lambda: load(log, rules, STREAM, known))

    assert [read(release.started()), read(release.started())] == [APART, 1]
    release.write(name, text)
    assert [read(release.started()), read(release.started())] == [APART, 1]


def test_what_folding_does_not_run_through_changes_nothing(release: Release) -> None:
    before = edition(release.started())
    release.write("apart.py", "NOBODY = 'imports that'\n")
    assert edition(release.started()) == before


def test_a_running_process_keeps_the_edition_that_it_started_with(release: Release) -> None:
    """Else what the old rules have folded would be written as what the new ones do."""
    log, store = Counted(), MemoryCheckpoints()
    log.grow(APART)
    rules = release.started()
    known = Known(checkpoints=store, aggregates=[rules])
    release.write("rules.py", RULES.replace("count + MORE", "count - MORE"))
    load(log, rules, STREAM, known)
    newer = release.started()
    found = load(log, newer, STREAM, Known(checkpoints=store, aggregates=[newer]))
    assert found.state.count == -APART


@dataclass(frozen=True, slots=True)
class More:
    """Another state."""

    held: tuple[str, ...] = ()


def backwards(state: Notes, event: Any, at: datetime) -> Notes:
    """Return what other rules of the same module make of it."""
    found = evolve(state, event, at)
    return replace(found, held=found.held[::-1])


def test_rules_of_one_module_differ_by_what_they_are() -> None:
    rules: list[Aggregate[Any]] = [
        NOTES,
        replace(NOTES, category="request"),
        replace(NOTES, evolve=backwards),
        replace(NOTES, initial=Notes(("n/first",))),
        replace(NOTES, initial=More()),  # type: ignore[arg-type]
    ]
    assert len({edition(each) for each in rules}) == len(rules)


def test_rules_that_cannot_be_named_have_none() -> None:
    def inside(state: Notes, event: Any, at: datetime) -> Notes:
        return evolve(state, event, at)

    for each in (inside, lambda state, _event, _at: state, partial(evolve)):
        assert edition(replace(NOTES, evolve=each)) is None
    assert edition(replace(NOTES, evolve=_of_nowhere())) is None


def _of_nowhere() -> Any:
    found: dict[str, Any] = {"__name__": "nowhere"}
    exec("def evolve(state, event, at):\n    return state\n", found)  # noqa: S102  has no source
    return found["evolve"]


def test_all_rules_of_the_product_have_one_of_their_own() -> None:
    rules: list[Aggregate[Any]] = [*OF_INTAKE, *OF_DISPATCH, *OF_ESCALATION]
    found = editions_of(rules)
    assert set(found) == {each.category for each in rules}
    assert len(set(found.values())) == len(rules)
