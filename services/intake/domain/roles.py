"""Who may report through which channel, who may answer, who gets a receipt's secret."""

from collections.abc import Mapping
from typing import Final, get_args

from services.common.contracts.vocabulary import Channel
from services.intake.domain.errors import ChannelNotAllowed

REPORTER: Final = "reporter"
OPERATOR: Final = "operator"

CHANNELS_OF: Final[Mapping[str, frozenset[Channel]]] = {
    REPORTER: frozenset({"web", "miniprogram"}),
    "grid_steward": frozenset({"grid"}),
    "village_officer": frozenset({"visit"}),
    OPERATOR: frozenset(get_args(Channel)),
}
#: Whoever handles orders never evaluates one, whatever other role the same person has.
HANDLING_ROLES: Final = frozenset({
    "grid_steward", "village_officer", "section_officer", "town_officer", "town_leader",
    "town_deputy", "department_officer", "command_centre",
})  # fmt: skip


def reporting_role(roles: frozenset[str], channel: Channel) -> str:
    """Return the role of `roles` that may report through `channel`.

    Raises:
        ChannelNotAllowed: None of them may; it names the channels that are open to them.
    """
    for role, channels in CHANNELS_OF.items():
        if role in roles and channel in channels:
            return role
    own = (channels for role, channels in CHANNELS_OF.items() if role in roles)
    raise ChannelNotAllowed(channel=channel, allowed=frozenset[str]().union(*own))


def may_answer(roles: frozenset[str]) -> bool:
    """Say whether staff with these `roles` may record a reporter's answer: operators alone."""
    return OPERATOR in roles and roles.isdisjoint(HANDLING_ROLES)


def gets_secret(role: str) -> bool:
    """Say whether whoever reports in `role` is given the secret that evaluates.

    The reporter, and the operator, who passes it on. A steward or officer who reports what a
    resident told them is a handler: with the secret they could answer in the resident's name.
    """
    return role in (REPORTER, OPERATOR)
