"""What all players have in common: look, act, and look again when somebody was faster."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from services.demo.api import LATER, Api, Json, Problem, key_for
from services.demo.cast import Person


class Player(Protocol):
    """Somebody with lists to look at."""

    name: str

    def look(self) -> bool:
        """Do what can be done now; say whether anything was done."""
        ...


def some(done: Iterable[bool]) -> bool:
    """Say whether any of `done` is true, after all of it was done."""
    return True in list(done)


class Hands:
    """A person's hands: posts under keys that make a repetition harmless."""

    def __init__(self, api: Api, person: Person | None) -> None:
        """Act as `person`, or as nobody in particular."""
        self.api = api
        self.person = person

    def get(self, service: str, path: str) -> Json:
        """Read as this person."""
        return self.api.get(service, path, self.person)

    def act(
        self,
        service: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        nonce: str | int,
        receipt: str | None = None,
    ) -> bool:
        """Send a command; False if somebody was faster or the list was behind.

        Raises:
            Problem: The product refused for good: the story is wrong.
        """
        name = self.person.name if self.person else "resident"
        key = key_for(name, path, nonce)
        who = None if receipt is not None else self.person
        try:
            self.api.post(service, path, body, key=key, who=who, receipt=receipt)
        except Problem as problem:
            if problem.status in LATER:
                return False
            raise
        return True
