"""Services kept running, told apart, and found again after their keeper was killed."""

import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from services.cli.readiness import not_ready
from services.cli.servers import ports
from services.cli.service_table import Service
from services.cli.supervisor import Supervision
from tests.support.waiting import eventually


@pytest.fixture
def services() -> list[Service]:
    first = ports.choose(None)
    second = ports.choose(None, besides=(first,))
    return [
        Service(
            name=name,
            command=(sys.executable, "-m", "tests.support.stand_in_service"),
            environment={"HTTP_ADDRESS": f"127.0.0.1:{port}"},
            port=port,
        )
        for name, port in (("one", first), ("two", second))
    ]


@pytest.fixture
def supervision(tmp_path: Path) -> Iterator[Supervision]:
    found = Supervision(tmp_path)
    yield found
    found.stop()


def started(supervision: Supervision, services: list[Service]) -> None:
    supervision.detach(services)
    eventually(lambda: not not_ready(services), awaited="both services to be ready")


def nobody_left(supervision: Supervision, services: list[Service]) -> bool:
    return not supervision.running and all(ports.is_free(service.port) for service in services)


def test_detached_services_become_ready_and_stop_together(
    supervision: Supervision, services: list[Service]
) -> None:
    started(supervision, services)
    assert all(supervision.process(service.name).running for service in services)
    supervision.stop()
    assert nobody_left(supervision, services)


def test_when_one_falls_the_others_stop_and_the_log_names_it(
    supervision: Supervision, services: list[Service]
) -> None:
    started(supervision, services)
    supervision.process("two").kill()
    eventually(lambda: nobody_left(supervision, services), awaited="every process to be gone")
    assert "two stopped" in supervision.log_file.read_text(encoding="utf-8")


def test_services_whose_keeper_was_killed_are_found_and_stopped(
    supervision: Supervision, services: list[Service]
) -> None:
    started(supervision, services)
    supervision.keeper.kill()
    assert all(supervision.process(service.name).running for service in services)
    supervision.stop()
    assert nobody_left(supervision, services)


def test_what_a_service_says_is_in_the_log_under_its_name(
    supervision: Supervision, services: list[Service]
) -> None:
    started(supervision, services)
    eventually(
        lambda: supervision.log_file.read_text(encoding="utf-8").count("listens") == 2,
        awaited="a line of each service",
    )
    lines = supervision.log_file.read_text(encoding="utf-8").splitlines()
    [line] = [line for line in lines if f"stand-in at {services[1].port} listens" in line]
    assert line.partition("|")[0].split()[-1] == "two"


def test_a_service_that_falls_at_once_leaves_nobody_running(
    supervision: Supervision, services: list[Service]
) -> None:
    falling = {**services[1].environment, "STAND_IN_FALLS": "1"}
    supervision.detach([services[0], replace(services[1], environment=falling)])
    eventually(
        lambda: "fallen on purpose" in _log(supervision), awaited="the words of the fallen one"
    )
    eventually(lambda: nobody_left(supervision, services), awaited="every process to be gone")


def test_a_keeper_told_to_end_lets_its_services_end_first(
    supervision: Supervision, services: list[Service]
) -> None:
    started(supervision, services)
    keeper = supervision.keeper.mark
    assert keeper is not None
    keeper.signal(signal.SIGTERM)
    eventually(lambda: nobody_left(supervision, services), awaited="every process to be gone")
    assert "SIGKILL" not in _log(supervision)


def _log(supervision: Supervision) -> str:
    log = supervision.log_file
    return log.read_text(encoding="utf-8") if log.exists() else ""
