"""When an installation is well, judged by its databases alone."""

from dataclasses import replace

import pytest

from services.operating.pulse import ClockPulse, ConsumerPulse, LogPulse, Pulse

BEHIND = ConsumerPulse("metrics.request_records", behind=500, parked=0)
WELL = Pulse(
    logs=(LogPulse("intake", head=9, pending=3),),
    consumers=(BEHIND,),
    orphans=0,
    clock=ClockPulse("real", None),
)


def test_what_is_behind_or_not_published_yet_is_no_trouble() -> None:
    assert WELL.well


@pytest.mark.parametrize(
    "ill",
    [
        replace(WELL, orphans=1),
        replace(WELL, consumers=(BEHIND, replace(BEHIND, parked=1))),
        replace(WELL, consumers=()),
        replace(WELL, logs=(LogPulse("intake", head=9, pending=3, waited_seconds=31),)),
    ],
    ids=["an orphan", "a parked stream", "no service was ever started", "a broker that refuses"],
)
def test_what_waits_for_a_person_is_trouble(ill: Pulse) -> None:
    assert not ill.well
