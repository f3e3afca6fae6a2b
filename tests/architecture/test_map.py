"""The README's map, from a POST to a KPI: its places are there, and each leads to the next."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from tests.architecture.source import ROOT, defined, mentioned, named

READMES: Final = (ROOT / "README.md", ROOT / "README.zh-CN.md")
#: A file of the map, and the names in it.
_PLACES: Final = re.compile(r"\((services/[\w/]+\.py)\) (`[\w.]+`(?:(?:, |，)`[\w.]+`)*)")
_HOW_MUCH: Final = re.compile(r"(\d+)(?: in all, in |\s处，在\s)(\d+)\s(?:files|个文件)")
#: How far back a step may be called from: one function asks the rules, then the log.
STEPS_BACK: Final = 4
#: How one comes to the steps that no code of a step before them names.
LEAPS: Final[Mapping[str, tuple[str, ...]]] = {
    "the edge calls it, by the table of routes": (
        "IntakeService.receive",
        "MetricsService.month",
        "HealthRoutes.metrics_exposition",
    ),
    "a route calls it, as `receive` does": (
        "blow_whistle",
        "approve_whistle",
        "record_follow_up",
    ),
    "a message comes from the broker": ("Doorbells.hear", "EscalationService.on_reply"),
    "a task: `Rounds.run` turns it": ("Following.turn", "TimerTask.turn", "FigureExport.turn"),
    "`Telling.tell` tells it, as any batch": ("NotificationBatch.handle", "ProjectionBatch.handle"),
    "`wiring.py` hands the table in which it stands to a consumer": (
        "REACTIONS",
        "REQUEST_RECORDS",
        "when_whistle_approved",
        "when_work_order_resolved",
    ),
    "`dependencies.py` calls it when the process starts": ("command_tasks",),
    "the service class hands it to `Doorbells`": ("given_ear",),
    "nameko calls it": ("Background.start",),
    "prometheus_client calls it: `dependencies.py` registers it": ("FigureCollector.collect",),
}


def places(text: str) -> list[tuple[str, str]]:
    """Return the places of the map in `text`, in order: a file, and a name in it."""
    found = _PLACES.findall(text)
    return [(file, name) for file, names in found for name in re.findall(r"[\w.]+", names)]


def on_the_map(path: Path) -> list[tuple[str, str]]:
    return places(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", READMES, ids=named)
def test_every_place_on_the_map_is_there(path: Path) -> None:
    missing = [
        f"{file} {name}" for file, name in on_the_map(path) if name not in defined(ROOT / file)
    ]
    assert missing == []


@pytest.mark.parametrize("path", READMES, ids=named)
def test_the_map_says_how_much_there_is_to_read(path: Path) -> None:
    found = on_the_map(path)
    told = _HOW_MUCH.search(path.read_text(encoding="utf-8"))
    assert told is not None
    assert told.groups() == (str(len(found)), str(len({file for file, _ in found})))


def test_both_languages_show_the_same_places() -> None:
    english, chinese = map(on_the_map, READMES)
    assert english == chinese


def test_each_step_is_named_by_the_code_of_a_step_shortly_before_it() -> None:
    """By its own name or its class's: a method is called on what is called otherwise."""
    leaps = {name for names in LEAPS.values() for name in names}
    lost = []
    for part in READMES[0].read_text(encoding="utf-8").split("\n### "):
        steps = places(part)
        for at, (file, name) in enumerate(steps):
            before = {each for each, _ in steps[max(0, at - STEPS_BACK) : at]}
            known = {each for other in before for each in mentioned(ROOT / other)}
            if name not in leaps and not known & set(name.split(".")):
                lost.append(f"{file} {name}")
    assert lost == []


def test_no_leap_is_left_over() -> None:
    assert {name for names in LEAPS.values() for name in names} <= {
        name for _, name in on_the_map(READMES[0])
    }
