"""Closed loops of clients, and percentiles of what they saw. Machine time, monotonic."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Taken:
    """How long each of some acts took, and how long all together.

    `cpu_seconds`: of the process that acts. On a busy machine it says more than the wall's time.
    """

    seconds: tuple[float, ...]
    wall_seconds: float
    cpu_seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Acts a second."""
        return len(self.seconds) / self.wall_seconds if self.wall_seconds else 0.0

    @property
    def cpu_ms(self) -> float:
        """Processor time of the acting process for one act, in milliseconds."""
        return self.cpu_seconds / len(self.seconds) * 1000 if self.seconds else 0.0

    def percentile_ms(self, percent: float) -> float:
        """Return the value that `percent` of the acts did not pass, in milliseconds."""
        return percentile(self.seconds, percent) * 1000

    def __add__(self, other: "Taken") -> "Taken":
        return Taken(
            self.seconds + other.seconds,
            self.wall_seconds + other.wall_seconds,
            self.cpu_seconds + other.cpu_seconds,
        )


NOTHING = Taken((), 0.0)


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the nearest-rank percentile; 0 of nothing."""
    ranked = sorted(values)
    rank = max(1, -(-len(ranked) * percent // 100)) if ranked else 0
    return ranked[int(rank) - 1] if ranked else 0.0


def closed_loop(clients: Sequence[Callable[[], object]], seconds: float) -> Taken:
    """Let each client act again and again for `seconds`, all at once, each on a thread.

    An act that was begun is finished, so the wall time is a little longer.
    """
    started, cpu = time.monotonic(), time.process_time()
    with ThreadPoolExecutor(len(clients)) as pool:
        loops = [pool.submit(_loop, client, started + seconds) for client in clients]
        found = [took for loop in loops for took in loop.result()]
    return Taken(tuple(found), time.monotonic() - started, time.process_time() - cpu)


def once(act: Callable[[], int]) -> Taken:
    """Let one act say how many things it did, each counted as an equal part of its time."""
    started, cpu = time.monotonic(), time.process_time()
    count = act()
    wall, cpu = time.monotonic() - started, time.process_time() - cpu
    return Taken((wall / max(1, count),) * count, wall, cpu)


def _loop(act: Callable[[], object], until: float) -> list[float]:
    took: list[float] = []
    while (began := time.monotonic()) < until:
        act()
        took.append(time.monotonic() - began)
    return took


def in_turns(rounds: int, contenders: Mapping[str, Callable[[], Taken]]) -> dict[str, Taken]:
    """Let each contender act in every round: what others do on this machine hits them alike."""
    found = dict.fromkeys(contenders, NOTHING)
    for _ in range(rounds):
        for name, act in contenders.items():
            found[name] += act()
    return found
