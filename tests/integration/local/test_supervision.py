"""Services kept running, told apart, and found again after their keeper was killed."""

import os
import resource
import shutil
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from services.common.config import EXIT_UNUSABLE
from services.local.readiness import is_ready, not_ready
from services.local.servers import logs, ports
from services.local.servers.process import ProcessMark, ServerProcess
from services.local.service_table import Service, save
from services.local.supervisor import KEEPER, LEAVING, Supervision
from tests.support.strangers import stranger_on
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


def falling(service: Service, code: int) -> Service:
    return replace(service, environment={**service.environment, "STAND_IN_FALLS": str(code)})


def nobody_left(supervision: Supervision, services: list[Service]) -> bool:
    return not supervision.running and all(ports.is_free(service.port) for service in services)


def living(supervision: Supervision, name: str) -> ProcessMark:
    mark = supervision.process(name).mark
    assert mark is not None
    assert mark.alive
    return mark


def told(supervision: Supervision, words: str, name: str = KEEPER) -> None:
    log = supervision.log_of(name)
    eventually(lambda: words in log.read_text(encoding="utf-8"), awaited=f"{words} in {log.name}")


def test_detached_services_become_ready_and_stop_together(
    supervision: Supervision, services: list[Service]
) -> None:
    started(supervision, services)
    assert supervision.living() == ["one", "two"]
    supervision.stop()
    assert nobody_left(supervision, services)
    assert not supervision.lost_keeper


def test_one_that_was_killed_comes_back_and_the_others_never_notice(
    supervision: Supervision, services: list[Service]
) -> None:
    started(supervision, services)
    one, two = living(supervision, "one"), living(supervision, "two")
    two.signal(signal.SIGKILL)
    told(supervision, "two was killed (SIGKILL); starts again in 1 s")
    eventually(lambda: is_ready(services[1]), awaited="the second to be ready again")
    assert living(supervision, "two") != two
    assert living(supervision, "one") == one
    eventually(lambda: supervision.restarts()["two"].count == 1, awaited="the restart on record")
    assert supervision.restarts()["two"].last is not None
    assert supervision.restarts()["one"].count == 0


def test_one_that_falls_again_and_again_waits_longer_each_time(
    supervision: Supervision, services: list[Service]
) -> None:
    supervision.detach([services[0], falling(services[1], 3)])
    told(supervision, "two ended with code 3; starts again in 1 s")
    told(supervision, "two ended with code 3; starts again in 2 s")
    told(supervision, "fallen on purpose", "two")
    eventually(lambda: is_ready(services[0]), awaited="the first to be ready")


def test_one_that_can_not_work_with_its_settings_is_given_up_and_the_others_go_on(
    supervision: Supervision, services: list[Service]
) -> None:
    supervision.detach([services[0], falling(services[1], EXIT_UNUSABLE)])
    told(supervision, "two can't work with its settings")
    eventually(lambda: supervision.restarts()["two"].given_up, awaited="that it is given up")
    eventually(lambda: is_ready(services[0]), awaited="the first to be ready")


def test_one_is_restarted_on_request_also_when_it_was_given_up(
    supervision: Supervision, services: list[Service]
) -> None:
    supervision.detach([services[0], falling(services[1], EXIT_UNUSABLE)])
    eventually(
        lambda: supervision.restarts().get("two") and supervision.restarts()["two"].given_up,
        awaited="that it is given up",
    )
    eventually(lambda: is_ready(services[0]), awaited="the first to be ready")
    one = living(supervision, "one")
    for name in ("one", "two"):
        supervision.request_of(name).touch()
        eventually(
            lambda name=name: not supervision.request_of(name).exists(),  # type: ignore[misc]
            awaited=f"{name} to be restarted",
        )
    eventually(lambda: is_ready(services[0]), awaited="the first to be ready again")
    assert living(supervision, "one") != one
    log = supervision.log_of("two")
    eventually(
        lambda: log.read_text(encoding="utf-8").count("fallen on purpose") == 2,
        awaited="the second to be tried again",
    )


def test_services_outlive_a_killed_keeper_and_the_next_one_takes_them_over(
    supervision: Supervision, services: list[Service]
) -> None:
    started(supervision, services)
    marks = [living(supervision, name) for name in ("one", "two")]
    living(supervision, KEEPER).signal(signal.SIGKILL)
    eventually(lambda: supervision.lost_keeper, awaited="the keeper to be gone")
    assert not not_ready(services)

    supervision.start_keeper((), tied=False)

    eventually(lambda: supervision.keeper.running, awaited="the next keeper")
    assert [living(supervision, name) for name in ("one", "two")] == marks
    marks[0].signal(signal.SIGKILL)
    eventually(lambda: not marks[0].alive, awaited="the first to be gone")
    eventually(lambda: is_ready(services[0]), awaited="the first to be ready again")


def test_what_a_killed_keeper_left_is_found_and_stopped(
    supervision: Supervision, services: list[Service]
) -> None:
    started(supervision, services)
    supervision.keeper.kill()
    assert supervision.living() == ["one", "two"]
    supervision.stop()
    assert nobody_left(supervision, services)


@pytest.mark.parametrize("deleted", [False, True])
def test_a_folder_that_is_moved_or_deleted_takes_everything_that_runs_in_it_along(
    supervision: Supervision, services: list[Service], tmp_path: Path, deleted: bool
) -> None:
    started(supervision, services)
    marks = [living(supervision, name) for name in (KEEPER, "one", "two")]
    elsewhere = tmp_path.with_name(f"{tmp_path.name}-moved")
    tmp_path.rename(elsewhere)
    if deleted:
        shutil.rmtree(elsewhere)
    tmp_path.mkdir()  # another one under the old name changes nothing

    eventually(lambda: not any(each.alive for each in marks), awaited="all of them to go")

    assert nobody_left(supervision, services)
    assert not any(tmp_path.iterdir())
    if not deleted:
        told(Supervision(elsewhere), "was moved or deleted: what ran in it is stopped")
        assert not (Supervision(elsewhere).folder / LEAVING).exists()


def test_a_keeper_that_can_write_nothing_goes_on_keeping_and_leaves_nobody_unrecorded(
    supervision: Supervision, services: list[Service]
) -> None:
    started(supervision, services)
    keeper, pid_file = living(supervision, KEEPER), supervision.process("two").pid_file
    room = resource.prlimit(keeper.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(keeper.pid, resource.RLIMIT_FSIZE, (0, room[1]))  # as on a full disk
    living(supervision, "two").signal(signal.SIGKILL)
    eventually(lambda: pid_file.read_bytes() == b"", awaited="a start that can't be recorded")
    assert keeper.alive
    assert ports.is_free(services[1].port)

    resource.prlimit(keeper.pid, resource.RLIMIT_FSIZE, room)

    eventually(lambda: is_ready(services[1]), awaited="the second to be ready", within_seconds=60)
    assert living(supervision, KEEPER) == keeper


def test_a_stranger_on_a_port_is_named_and_waited_for(
    supervision: Supervision, services: list[Service]
) -> None:
    started(supervision, services)
    supervision.process("two").kill()
    with stranger_on(services[1].port):
        told(supervision, f"Port {services[1].port} of two is taken by process")
    eventually(lambda: is_ready(services[1]), awaited="the second to be ready", within_seconds=60)


def test_what_each_said_is_in_its_own_log_and_the_run_before_is_kept(
    supervision: Supervision, services: list[Service]
) -> None:
    started(supervision, services)
    told(supervision, f"stand-in at {services[1].port} listens", "two")
    supervision.stop()
    started(supervision, services)
    for log in (supervision.log_of("two"), logs.earlier(supervision.log_of("two"))):
        assert log.read_text(encoding="utf-8").count("listens") == 1
    assert logs.earlier(supervision.log_of(KEEPER)).exists()


@pytest.mark.parametrize("asking", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_keeper_told_to_end_lets_its_services_end_first(
    asking: signal.Signals, supervision: Supervision, services: list[Service]
) -> None:
    started(supervision, services)
    living(supervision, KEEPER).signal(asking)
    eventually(lambda: nobody_left(supervision, services), awaited="every process to be gone")
    assert not supervision.lost_keeper, "it ended in order"
    assert "killed" not in supervision.log_of(KEEPER).read_text(encoding="utf-8")


def test_a_tied_keeper_stops_everything_when_its_starter_is_killed(
    supervision: Supervision, services: list[Service], tmp_path: Path
) -> None:
    save(supervision.table_file, services)
    program = f"""
import time
from pathlib import Path
from services.local.supervisor import Supervision
found = Supervision(Path({str(tmp_path)!r}))
found.detach(found.services(), tied=True)
time.sleep(600)
"""
    starter = ServerProcess(tmp_path / "starter.pid")
    log = tmp_path / "starter.log"
    starter.spawn([sys.executable, "-c", program], env=dict(os.environ), log=log)
    eventually(lambda: not not_ready(services), awaited="both services to be ready")
    starter.kill()
    eventually(lambda: nobody_left(supervision, services), awaited="every process to be gone")
