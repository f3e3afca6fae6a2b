"""What a keeper remembers of one process: how often it died, when it comes back, when that ends."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

STEADY_SECONDS: Final = 60.0  #: who ran so long has got over its last death
LONGEST_PAUSE_SECONDS: Final = 60.0
MOST_DEATHS: Final = 10  #: in a row; with the pauses between them, five minutes


@dataclass(slots=True)
class PartStanding:
    """One process. Moments are seconds of a clock that never goes back (`time.monotonic`)."""

    restarts: int = 0  #: since the keeper began
    restarted_at: datetime | None = None  #: the last of them, aware
    deaths: int = 0  #: in a row
    given_up: bool = False
    _since: float = 0.0
    _due: float | None = None

    @property
    def awaited(self) -> bool:
        """Whether its death has been seen, and it has not been started since."""
        return self._due is not None

    def died(self, now: float) -> float | None:
        """Note a death, or a start that failed; return the pause in seconds, None when given up."""
        steady = self._due is None and now - self._since >= STEADY_SECONDS
        self.deaths = 1 if steady else self.deaths + 1
        if self.deaths >= MOST_DEATHS:
            self.give_up()
            return None
        pause = min(2.0 ** (self.deaths - 1), LONGEST_PAUSE_SECONDS)
        self._due = now + pause
        return pause

    def is_due(self, now: float) -> bool:
        """Say whether it is time to start it again."""
        return not self.given_up and self._due is not None and now >= self._due

    def started(self, now: float) -> None:
        """Note that it was started, and runs."""
        self._since, self._due = now, None

    def restarted(self, now: float, at: datetime) -> None:
        """Note that it was started again."""
        self.started(now)
        self.restarts, self.restarted_at = self.restarts + 1, at

    def give_up(self) -> None:
        """Start it no more, until a person asks for it."""
        self.given_up, self._due = True, None

    def forgive(self) -> None:
        """A person asks for it: what was is forgotten, but not how often it was started."""
        self.given_up, self.deaths, self._due = False, 0, None
