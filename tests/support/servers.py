"""Which servers a test run talks to, and what happens when there are none.

A laptop without servers skips the tests that need them; `./shaobao test` and CI set
SHAOBAO_REQUIRE_SERVERS, and there they fail.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from services.local.servers import throwaway
from services.terminal.unprepared import Unprepared


def servers_required() -> bool:
    """Whether a missing server is a failure."""
    return os.environ.get("SHAOBAO_REQUIRE_SERVERS") == "1"


@contextmanager
def skipping_without_servers() -> Iterator[None]:
    """Turn "can't be had here" into a skip, or a failure where servers are required."""
    try:
        yield
    except Unprepared as lack:
        if servers_required():
            pytest.fail(lack.en, pytrace=False)
        pytest.skip(lack.en)


@contextmanager
def set_in_environment(values: dict[str, str]) -> Iterator[None]:
    """For processes that tests start: they find the run's servers as any service does."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def broker_of_the_run() -> Iterator[None]:
    """AMQP_URI and AMQP_MANAGEMENT_URI lead to a broker: the one named, or one of this run."""
    if "AMQP_URI" in os.environ:
        yield
        return
    with (
        skipping_without_servers(),
        throwaway.running(database=False) as found,
        set_in_environment(found),
    ):
        yield


@contextmanager
def database_of_the_run() -> Iterator[None]:
    """MONGODB_URI leads to a replica set: the one named, or one of this run."""
    if "MONGODB_URI" in os.environ:
        yield
        return
    with (
        skipping_without_servers(),
        throwaway.running(broker=False) as found,
        set_in_environment(found),
    ):
        yield
