"""python -m tests.benchmarks [--only NAME ...] [--seconds S] [--json FILE] [--place FOLDER]."""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

from tests.benchmarks.session import Session

HERE = Path(__file__).resolve().parent
#: In this order: what loads the installation least comes first.
NAMES = (
    "appends",
    "relay",
    "following",
    "rebuild",
    "calls",
    "idle",
    "lifecycles",
    "requests",
    "history",
)

OPTIONS = ("-q", "--capture=sys", "-m", "benchmark", "--tb=short")


class _Named:
    """Registers the session under a name that a fixture can ask for."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def pytest_configure(self, config: pytest.Config) -> None:
        """Called by pytest before anything is collected."""
        config.pluginmanager.register(self._session, Session.NAME)


def main(words: list[str]) -> int:
    """Run what was asked for; return pytest's exit code."""
    given = _parsed(words)
    place = Path(tempfile.mkdtemp(prefix="shaobao-bench-", dir=given.place))
    session = Session(place, given.seconds, given.json)
    files = [str(HERE / f"bench_{name}.py") for name in NAMES if name in given.only]
    try:
        code = int(pytest.main([*files, *OPTIONS], plugins=[_Named(session)]))
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return code


def _parsed(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=NAMES, default=NAMES)
    parser.add_argument("--seconds", type=float, default=6.0, help="for each contender of a case")
    parser.add_argument("--json", type=Path, help="where to write what was found")
    parser.add_argument("--place", type=Path, help="a folder on the disk to be measured")
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
