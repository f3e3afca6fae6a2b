"""On which ports the services answer."""

import pytest

from services.local.ports_choice import chosen_ports
from services.local.service_table import HTTP_PORTS, Service
from services.terminal.unprepared import Unprepared

LAST = [Service(name, ("true",), {}, 7000 + number) for number, name in enumerate(HTTP_PORTS)]


def test_without_a_wish_they_are_the_usual_ones() -> None:
    assert chosen_ports(None, {}, ()) == HTTP_PORTS


def test_what_was_chosen_once_stays() -> None:
    assert list(chosen_ports(None, {}, LAST).values()) == [7000, 7001, 7002, 7003]


def test_the_variables_that_compose_knows_move_single_ones() -> None:
    found = chosen_ports(None, {"intake": "9001"}, ())
    assert found == {**HTTP_PORTS, "intake": 9001}


def test_a_base_moves_all_and_goes_before_everything_else() -> None:
    found = chosen_ports(9000, {"intake": "1"}, LAST)
    assert list(found.values()) == [9001, 9002, 9003, 9004]


@pytest.mark.parametrize(
    ("base", "named", "says"),
    [
        (-5, {}, "--port-base -5: the services take"),
        (65_535, {}, "the four ports after it, so it goes from 0 to 65531"),
        (None, {"intake": "0"}, "SHAOBAO_INTAKE_PORT"),
        (None, {"metrics": "eight"}, "SHAOBAO_METRICS_PORT"),
        (None, {"metrics": "８００１"}, "SHAOBAO_METRICS_PORT"),
        (None, {"metrics": "65536"}, "a whole number from 1 to 65535"),
        (None, {"metrics": "8001"}, "can't share a port"),
    ],
)
def test_what_is_no_port_is_refused(base: int | None, named: dict[str, str], says: str) -> None:
    with pytest.raises(Unprepared) as lack:
        chosen_ports(base, named, ())
    assert says in lack.value.en
    assert lack.value.zh
