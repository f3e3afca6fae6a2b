"""What the log of a process says of trouble: who, which stream, from where, and why."""

import pytest

from services.common.following.cursors import StreamHeldUp
from tests.unit.common.following.processing import Sick, W, World, torn


def test_what_is_tried_again_leaves_a_line_that_names_consumer_stream_and_reason(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.fails(StreamHeldUp(what="a queue that is full"))
    [line] = caplog.records
    assert line.message.startswith(f"scribe tries again later {W} from version 1: StreamHeldUp")
    assert "a queue that is full" in line.message
    assert line.exc_info is None


def test_parking_leaves_a_line_too(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.fails(torn())
    [line] = caplog.records
    assert line.levelname == "ERROR"
    assert line.message == f"scribe has parked {W} from version 1: Corrupt: why=torn"


def test_a_fault_of_ours_leaves_its_traceback_every_time_until_the_stream_is_parked(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    fault = Sick("oh")
    world.fails(fault)
    world.try_again(times=5)
    assert [each.exc_info[1] for each in caplog.records if each.exc_info] == [fault] * 6
    assert "Traceback" in caplog.text
    assert caplog.records[-1].message == f"scribe has parked {W} from version 1: Sick: oh"


def test_a_fault_in_writing_leaves_its_traceback_as_well(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    fault = Sick("oh")
    world.happens(W)
    world.scribe.trouble_in_flush[f"{W}@1"] = fault
    world.rest()
    assert [each.exc_info[1] for each in caplog.records if each.exc_info] == [fault]
