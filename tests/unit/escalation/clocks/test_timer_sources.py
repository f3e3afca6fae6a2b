"""Before a clock fires, all that could have met it is followed: rule 15 of the timer."""

import pytest

from services.common.contracts.commit import Cause
from services.common.contracts.event_types import UnknownEvent
from services.common.contracts.events.clocks import DeadlineMissed
from services.common.contracts.streams import clock_stream, request_stream
from services.escalation.clocks.timer import PATIENCE_SECONDS, Timer, Turn
from tests.support.examples_clock_facts import (
    A,
    C,
    R,
    W,
    acknowledged,
    dispatched,
    dispatched_order,
    forwarded,
    raise_accepted,
    raise_received,
    raised,
    received,
)
from tests.support.examples_clocks import World, moment
from tests.support.examples_clocks import events_of as only
from tests.support.following import reached, rest, stamped

DUE = moment("d2 09:12")  #: when the order that was dispatched at d1 09:12 has to be acknowledged


class Waiting:
    """A timer that waits a second a time, while others do no more than a test lets them."""

    def __init__(self, world: World, *meanwhile: str) -> None:
        """Let `meanwhile` happen, one a wait: "stamp", "follow", or "nothing"."""
        self.world = world
        self.meanwhile = list(meanwhile)
        self.waited = 0
        self.timer: Timer = world.timer_of(
            reactions=reached(world.reactions, world.logs, self.wait, self.monotonic),
            monotonic=self.monotonic,
        )

    def monotonic(self) -> float:
        return 1000.0 + self.waited

    def wait(self) -> None:
        self.waited += 1
        match self.meanwhile.pop(0) if self.meanwhile else "nothing":
            case "stamp":
                stamped(self.world.logs)
            case "follow":
                rest(self.world.reactions)

    def turn(self) -> Turn:
        return self.timer.turn(self.world.clock.now())


def due_order() -> World:
    """Return a world in which an acknowledgement is due now."""
    world = dispatched_order()
    world.time.move_to(DUE)
    return world


def missed(world: World, stream: str = C) -> list[DeadlineMissed]:
    found: list[DeadlineMissed] = only(DeadlineMissed, world.events(stream))
    return found


# -- followed to their ends ------------------------------------------------------------------------


def test_an_acknowledgement_that_nobody_announced_is_found_before_the_clock_fires() -> None:
    world = due_order()
    world.append(W, acknowledged())  # recorded at the last moment, followed by nobody
    world.tick("d2 09:20")
    assert "met a4, armed a6 contact d3 09:12" in world.story(C)
    assert missed(world) == []


def test_sources_are_followed_until_no_new_one_appears() -> None:
    world = World()
    world.say("d1 09:12", R, received())
    world.append(R, forwarded())
    world.append(W, dispatched(), cause=Cause(R, 2))
    world.append(W, acknowledged())
    world.append(W, raised())
    world.append(A, raise_received(), cause=Cause(W, 3))
    world.append(A, raise_accepted())
    world.time.move_to(moment("d1 11:12"))
    world.timer.turn(moment("d1 11:12"))  # only *forward* was known to be armed
    assert world.story(C) == [
        "armed a1 forward d1 11:12",
        "met a1, armed a2 dispatch d1 09:22, armed a3 promised d16 09:22",
        "met a2, armed a4 acknowledge d2 09:12, armed a5 resolution d16 09:12",
        "met a4, armed a6 contact d2 09:12",
        "armed a7 raise_answer d2 09:12",
        "met a7",
    ]


def test_a_source_that_appears_while_another_is_followed_is_waited_for_too() -> None:
    world = World()
    world.say("d1 09:12", R, received())
    world.append(R, forwarded())
    stamped(world.logs)
    world.append(W, dispatched(), cause=Cause(R, 2))
    world.time.move_to(moment("d1 11:12"))  # *forward* is due, and by its commit *dispatch* too
    waiting = Waiting(world, "follow", "stamp", "follow")
    assert (waiting.turn(), waiting.waited) == (Turn(), 3)
    assert world.story(C)[-1].startswith("met a2, armed a4 acknowledge")


def test_nothing_is_waited_for_where_everything_was_followed() -> None:
    waiting = Waiting(due_order())
    assert (waiting.turn(), waiting.waited) == (Turn(fired=1), 0)
    (miss,) = missed(waiting.world)
    assert miss.sources_behind == ()


def test_what_is_committed_is_waited_for_until_it_has_its_position_and_was_followed() -> None:
    waiting = Waiting(due_order(), "nothing", "stamp", "follow")
    waiting.world.append(W, acknowledged())
    assert (waiting.turn(), waiting.waited) == (Turn(), 3)
    assert waiting.world.story(C)[-1] == "met a4, armed a6 contact d3 09:12"


def test_what_others_have_committed_meanwhile_is_not_waited_for() -> None:
    world = due_order()
    world.append(request_stream("r-2"), received())
    waiting = Waiting(world)
    assert (waiting.turn(), waiting.waited) == (Turn(fired=1), 0)


# -- not for ever ----------------------------------------------------------------------------------


def test_a_source_that_gets_no_position_in_time_silences_no_clock_and_is_named(
    caplog: pytest.LogCaptureFixture,
) -> None:
    waiting = Waiting(due_order())
    waiting.world.append(W, acknowledged())
    assert (waiting.turn(), waiting.waited) == (Turn(fired=1), PATIENCE_SECONDS)
    (miss,) = missed(waiting.world)
    assert miss.sources_behind == (W,)
    assert W in caplog.text


def test_a_source_that_has_its_position_and_is_not_followed_in_time_makes_the_clock_wait() -> None:
    world = due_order()
    world.append(W, acknowledged())
    waiting = Waiting(world, "stamp")
    assert (waiting.turn(), waiting.waited) == (Turn(stuck=(C,)), PATIENCE_SECONDS)
    assert missed(world) == []
    rest(world.reactions)
    assert (waiting.turn(), waiting.waited) == (Turn(), PATIENCE_SECONDS)
    assert world.story(C)[-1] == "met a4, armed a6 contact d3 09:12"


def test_a_source_that_is_sure_to_be_followed_is_waited_for_beside_one_without_a_position() -> None:
    world = due_order()
    world.append(W, acknowledged())
    stamped(world.logs)
    world.append(R, UnknownEvent("RequestForgotten", 1, {}))
    assert Waiting(world).turn() == Turn(stuck=(C,))
    assert missed(world) == []


def test_a_turn_waits_no_longer_for_two_clocks_than_for_one_and_others_fire() -> None:
    world = World()
    streams = [request_stream(f"r-{number}") for number in range(3)]
    for stream in streams:
        world.say("d1 09:00", stream, received())
    for stream in streams[:2]:
        world.append(stream, forwarded())
    waiting = Waiting(world, "stamp")
    world.time.move_to(moment("d1 11:00"))
    clocks = [clock_stream(f"r-{number}") for number in range(3)]
    assert waiting.turn() == Turn(fired=1, stuck=tuple(clocks[:2]))
    assert waiting.waited == PATIENCE_SECONDS
    assert [len(missed(world, clock)) for clock in clocks] == [0, 0, 1]


def test_every_turn_has_patience_of_its_own() -> None:
    world = due_order()
    world.append(W, acknowledged())
    waiting = Waiting(world, "stamp")
    for _ in range(2):
        assert waiting.turn() == Turn(stuck=(C,))
    assert waiting.waited == 2 * PATIENCE_SECONDS


# -- held sources ----------------------------------------------------------------------------------


def test_a_held_source_silences_no_clock_and_what_it_hid_withdraws_the_miss() -> None:
    world = dispatched_order()
    world.holds(W, 2)
    world.say("d1 10:30", W, acknowledged())
    world.run_until("d2 14:00")
    first, second = missed(world)
    assert first.sources_behind == second.sources_behind == (W,)
    world.reactions.replay(W)
    assert world.story(C)[-1] == "withdrawn a4, armed a6 contact d2 10:30"


def test_a_held_source_is_not_waited_for() -> None:
    world = due_order()
    world.holds(W, 2)
    world.append(W, acknowledged())
    waiting = Waiting(world)
    assert (waiting.turn(), waiting.waited) == (Turn(fired=1), 0)


def test_a_source_that_is_held_from_a_commit_on_that_is_yet_to_come_is_not_behind() -> None:
    world = due_order()
    world.holds(W, 2)
    waiting = Waiting(world)
    assert waiting.turn() == Turn(fired=1)
    (miss,) = missed(world)
    assert miss.sources_behind == ()


def test_a_held_source_and_one_without_a_position_are_both_named() -> None:
    world = due_order()
    world.holds(W, 1)
    world.append(R, UnknownEvent("RequestForgotten", 1, {}))
    assert Waiting(world).turn() == Turn(fired=1)
    (miss,) = missed(world)
    assert set(miss.sources_behind) == {R, W}


def test_a_source_that_can_t_be_read_is_held_and_named() -> None:
    world = dispatched_order()
    world.append(W, UnknownEvent("WorkOrderAcknowledged", 99, {}))
    world.tick("d2 09:12")
    (miss,) = missed(world)
    assert miss.sources_behind == (W,)
