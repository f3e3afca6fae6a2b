"""What every benchmark asks for."""

from collections.abc import Iterator

import pytest

from tests.benchmarks.session import Bench, Session


@pytest.fixture(scope="session")
def bench(pytestconfig: pytest.Config) -> Iterator[Bench]:
    """The run that `python -m tests.benchmarks` started."""
    session = pytestconfig.pluginmanager.get_plugin(Session.NAME)
    if session is None:
        pytest.fail("benchmarks are run by: python -m tests.benchmarks", pytrace=False)
    with session.running() as found:
        yield found
