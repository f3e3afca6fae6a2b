"""Which commands a state has: the state machines of all services, asked in one way.

A table `STEPS` names the commands of each state. A work order's is by events (`NEXT`), since its
states are folded by the same table; `STEP_OF` says which command leads to which event.
"""

from collections.abc import Collection

from services.common.contracts.command_names import command_name
from services.common.errors import NotAllowedNow


def check_step(
    state: str, command: type, possible: Collection[type], askable: Collection[type]
) -> None:
    """Check that `command` is one of those `possible` in `state`.

    `askable` are the commands that people give: only they are named to who was refused.

    Raises:
        NotAllowedNow: It isn't.
    """
    if command not in possible:
        raise NotAllowedNow(
            state=state, command=command_name(command), allowed=names(possible, askable)
        )


def names(possible: Collection[type], askable: Collection[type]) -> tuple[str, ...]:
    """Return the names of the commands that people may give now."""
    return tuple(sorted(command_name(each) for each in possible if each in askable))
