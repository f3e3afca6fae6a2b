"""Which clock may be asked for, and what is refused before anything starts."""

import pytest

from services.common.clock import ClockMode
from services.common.running.business_time import AnotherClock
from services.local.clock_choice import another_clock, asked_mode
from services.terminal.unprepared import Unprepared


@pytest.mark.parametrize(
    ("name", "rate", "asked"),
    [
        (None, None, None),
        ("real", None, ClockMode("real")),
        ("scaled", None, ClockMode("scaled", 1)),
        ("scaled", 1800, ClockMode("scaled", 1800)),
        ("stepped", None, ClockMode("stepped")),
    ],
)
def test_what_is_asked_for_is_understood(
    name: str | None, rate: int | None, asked: ClockMode | None
) -> None:
    assert asked_mode(name, rate) == asked


@pytest.mark.parametrize(
    ("name", "rate", "names"),
    [
        ("foo", None, "real, scaled, stepped"),
        ("", None, "real, scaled, stepped"),
        ("scaled", 0, "from 1 to"),
        ("scaled", -5, "from 1 to"),
        ("scaled", 10**12, "from 1 to"),
        ("real", 60, "--clock scaled"),
        ("stepped", 1, "--clock scaled"),
        (None, 60, "--clock scaled"),
    ],
)
def test_what_can_not_be_is_refused_with_what_can(
    name: str | None, rate: int | None, names: str
) -> None:
    with pytest.raises(Unprepared) as lack:
        asked_mode(name, rate)
    assert names in lack.value.en
    assert lack.value.zh


def test_another_clock_is_named_beside_the_one_that_is_kept() -> None:
    lack = another_clock(AnotherClock(kept=ClockMode("scaled", 1800), wanted=ClockMode()))
    assert "a scaled clock of rate 1800 for good" in lack.en
    assert "a real clock" in lack.en
    assert "1800 倍加速时钟" in lack.zh
    assert "真实时钟" in lack.zh
