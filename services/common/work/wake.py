"""A pause that ends early when somebody rings."""

from eventlet.event import Event


class Wake:
    """Wakes one task. A ring while it works is not lost: its next pause ends at once."""

    def __init__(self) -> None:
        """Start with nothing rung."""
        self._rung = Event()

    def ring(self) -> None:
        """Let the pause end; ringing twice is ringing once."""
        if not self._rung.ready():
            self._rung.send(True)

    def pause(self, seconds: float) -> None:
        """Wait until somebody rings, or for `seconds`."""
        self._rung.wait(timeout=seconds)
        if self._rung.ready():
            self._rung = Event()
