"""Ports are taken as they are found."""

import socket
from collections.abc import Iterator

import pytest

from services.cli.servers import ports
from services.cli.service_table import refuse_taken_ports
from services.cli.unprepared import Unprepared


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server((ports.LOOPBACK, 0)) as server:
        yield server.getsockname()[1]


def test_a_free_preferred_port_is_chosen() -> None:
    free = ports.choose(None)
    assert ports.choose(free) == free


def test_a_taken_port_gives_way_to_a_free_one(taken: int) -> None:
    chosen = ports.choose(taken)
    assert chosen != taken
    assert ports.is_free(chosen)


def test_a_port_chosen_for_something_else_is_not_given_twice() -> None:
    free = ports.choose(None)
    assert ports.choose(free, besides=(free,)) != free


def test_a_taken_service_port_is_refused_with_its_number_and_what_to_do(taken: int) -> None:
    with pytest.raises(Unprepared) as lack:
        refuse_taken_ports({"intake": taken})
    assert str(taken) in lack.value.en
    assert "stop" in lack.value.en
    assert str(taken) in lack.value.zh
