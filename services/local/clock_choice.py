"""Which clock an installation is to have: what was asked for, in words, and what is refused."""

from typing import Final

from services.common.clock import ClockMode
from services.common.running.business_time import AnotherClock
from services.terminal.unprepared import Unprepared

MODES: Final = ("real", "scaled", "stepped")
FASTEST: Final = 86_400  #: a day in a second


def asked_mode(name: str | None, rate: int | None) -> ClockMode | None:
    """Return the clock that `--clock` and `--rate` ask for; None if neither was given.

    Raises:
        Unprepared: There is no such clock, or the rate doesn't go with it.
    """
    if name is None and rate is None:
        return None
    if name is not None and name not in MODES:
        raise Unprepared(
            en=f"There is no clock '{name}': --clock is one of {', '.join(MODES)}.",
            zh=f"没有名为“{name}”的时钟：--clock 可取 {'、'.join(MODES)}。",
        )
    if rate is not None and name != "scaled":
        raise Unprepared(
            en="--rate goes with '--clock scaled' and no other clock.",
            zh="--rate 只能与 --clock scaled 一起使用。",
        )
    if rate is not None and not 1 <= rate <= FASTEST:
        raise Unprepared(
            en=f"--rate is a whole number from 1 to {FASTEST}: business seconds a second.",
            zh=f"--rate 须为 1 到 {FASTEST} 的整数，即每秒对应的业务秒数。",
        )
    return ClockMode(name or "real", rate or 1)


def another_clock(error: AnotherClock) -> Unprepared:
    """Return the sentence for an installation that was to be opened with another clock."""
    kept, wanted = error.kept, error.wanted
    return Unprepared(
        en=f"This installation has {_english(kept)} for good, and business time can't jump to "
        f"{_english(wanted)}: leave out --clock and --rate, or take an empty folder "
        "(SHAOBAO_HOME) or empty databases.",
        zh=f"此处的时钟已定为{_chinese(kept)}，业务时间不能跳到{_chinese(wanted)}："
        "请去掉 --clock 和 --rate，或改用空的文件夹（SHAOBAO_HOME）或空的数据库。",
    )


def _english(mode: ClockMode) -> str:
    return (
        f"a scaled clock of rate {mode.rate}" if mode.name == "scaled" else f"a {mode.name} clock"
    )


def _chinese(mode: ClockMode) -> str:
    words = {"real": "真实时钟", "stepped": "步进时钟"}
    return words.get(mode.name, f"{mode.rate} 倍加速时钟")
