"""A rebuild that is killed goes on: what was saved is not done again, and all comes out right."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from services.common.running.stores import Stores
from services.metrics.projections import READ_MODELS
from services.operating.rebuilding.saving import REBUILDS, collection_of
from tests.architecture.source import ROOT
from tests.integration.operating.replicas import said
from tests.integration.operating.test_rebuild import documents, rebuilt
from tests.support.copied_history import copy_history
from tests.support.stored_story import StoredStory
from tests.support.waiting import eventually

COPIES = 40
REBUILD = ("rebuild", "metrics", "--processes", "2", "--save-every", "0")
Command = subprocess.Popen[str]


@pytest.fixture
def long(story: StoredStory, named: Stores) -> Stores:
    """Logs that take some turns to scan, and no document yet."""
    list(story.write())
    copy_history(named, COPIES)
    return named


@contextmanager
def rebuilding() -> Iterator[Command]:
    with subprocess.Popen(  # noqa: S603  our own words
        [sys.executable, "-m", "services.cli", *REBUILD],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as command:
        try:
            yield command
        finally:
            command.kill()


def children(command: Command) -> list[int]:
    tasks = Path(f"/proc/{command.pid}/task").glob("*/children")
    return [int(pid) for each in tasks for pid in each.read_text().split()]


def runs(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


def saved(stores: Stores) -> Callable[[], bool]:
    """Say whether both slices were saved on the way, and none is done."""
    rebuilds = stores.view("metrics")[REBUILDS]
    return lambda: rebuilds.count_documents({"positions": {"$exists": True}}) == 2


def stored(stores: Stores) -> int:
    """How many documents stand in the database that only a rebuild needs."""
    view = stores.view("metrics")
    names = [REBUILDS, *(collection_of(each.name) for each in READ_MODELS)]
    return sum(view[name].count_documents({}) for name in names)


def whole(stores: Stores) -> object:
    """What a rebuild without trouble makes; it is taken away again."""
    rebuilt(stores)
    found = documents(stores)
    for each in READ_MODELS:
        stores.view("metrics")[each.name].delete_many({})
    assert stored(stores) == 0
    return found


def test_a_killed_process_is_named_and_the_next_run_goes_on(long: Stores) -> None:
    expected = whole(long)
    with rebuilding() as command:
        eventually(saved(long), awaited="both processes to have saved", every=0.005)
        victim = children(command)[0]
        os.kill(victim, signal.SIGKILL)
        output, _ = command.communicate()
    assert command.returncode == 1
    assert f"process {victim} was ended by signal 9" in output
    assert stored(long) > 0
    again = said(*REBUILD)
    assert "An interrupted rebuild goes on where it was saved: 1 of 2 slices were done" in again
    assert documents(long) == expected
    assert stored(long) == 0


def test_a_killed_command_takes_its_processes_along_and_the_next_run_goes_on(long: Stores) -> None:
    expected = whole(long)
    with rebuilding() as command:
        eventually(saved(long), awaited="both processes to have saved", every=0.005)
        orphans = children(command)
        command.kill()
        command.wait()
        eventually(lambda: not any(map(runs, orphans)), awaited="the processes to end as well")
    assert documents(long) != expected
    again = said(*REBUILD)
    assert "An interrupted rebuild goes on where it was saved: 0 of 2 slices were done" in again
    assert documents(long) == expected
    assert stored(long) == 0


def test_a_rebuild_begun_anew_or_in_other_code_uses_nothing_that_was_saved(long: Stores) -> None:
    expected = whole(long)
    with rebuilding() as command:
        eventually(saved(long), awaited="both processes to have saved", every=0.005)
        command.kill()
        command.wait()
    assert stored(long) > 0
    long.view("metrics")[REBUILDS].update_one({"_id": "metrics"}, {"$set": {"release": "older"}})
    assert "interrupted" not in said("rebuild", "metrics", "--processes", "3")
    assert documents(long) == expected
    assert stored(long) == 0
    assert "interrupted" not in said("rebuild", "metrics", "--anew")
