"""A test that leaves a socket, a file or a pipe unclosed fails itself, and no other test does.

What is left open in a cycle of objects is told by the garbage collector, whenever that passes: in
the midst of an innocent test. So after a test that ends with more open than there was at its
beginning the garbage is collected at once. Most tests open nothing and cost two looks at /proc;
what was there before the first test is left out of every collection, which takes a tenth then.
"""

import gc
import tracemalloc
import warnings
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path

import pytest

DESCRIPTORS = Path("/proc/self/fd")
_BEFORE = pytest.StashKey[frozenset[tuple[str, str]]]()


def open_now() -> frozenset[tuple[str, str]]:
    """Return the number and the target of all that this process has open; nothing without /proc."""
    found = set()
    for each in DESCRIPTORS.iterdir() if DESCRIPTORS.is_dir() else ():
        with suppress(FileNotFoundError):  # the look at the folder itself is over by now
            found.add((each.name, str(each.readlink())))
    return frozenset(found)


def unclosed() -> list[str]:
    """Collect the garbage; return what in it was still open, and where that was opened if known."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", ResourceWarning)
        gc.collect()
    return [_sentence(each) for each in told if issubclass(each.category, ResourceWarning)]


def _sentence(told: warnings.WarningMessage) -> str:
    origin = None if told.source is None else tracemalloc.get_object_traceback(told.source)
    hint = ["(PYTHONTRACEMALLOC=20 shows where it was opened)"]
    return "\n".join([str(told.message), *(hint if origin is None else origin.format())])


def pytest_collection_finish() -> None:
    """Take all that was imported and collected out of the garbage collector's way."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    """Look at what is open before anything of the test was set up."""
    item.stash[_BEFORE] = open_now()
    return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    """Look again when everything of the test was torn down."""
    yield
    before = item.stash[_BEFORE]
    if open_now() - before and (found := unclosed()):
        pytest.fail("left open: " + "\n".join(found), pytrace=False)
