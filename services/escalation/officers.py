"""Who asks, as escalation's rules see it: a person in a role, for a unit and perhaps a section."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from services.common.asking import asking_of, officer_in
from services.common.desk import Asking
from services.common.http.call import Caller, HttpCall


@dataclass(frozen=True, slots=True)
class Officer:
    """Who asks, and the codes of the units that this person acts for."""

    asking: Asking
    acting_for: tuple[str, ...]

    @property
    def unit(self) -> str:
        """The unit itself, not the section inside it; empty if the token names none."""
        return self.asking.actor.unit or ""


def officer_of(call: HttpCall, roles: Sequence[str]) -> Officer:
    """Return who sent `call`. The first of `roles` that the caller has is the role acted in."""
    caller = cast(Caller, call.caller)
    role = next(each for each in roles if caller.has(each))
    return Officer(asking_of(call, officer_in(call, role)), units_of(caller))


def units_of(caller: Caller) -> tuple[str, ...]:
    """Return the units that `caller` acts for: its unit, and its section if it names one."""
    return tuple(each for each in (caller.unit, caller.section) if each is not None)
