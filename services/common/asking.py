"""From a call over HTTP to the one who asks: the same for every command service."""

from typing import cast

from services.common.contracts.commit import Actor
from services.common.desk import Asking
from services.common.http.call import HttpCall


def asking_of(call: HttpCall, actor: Actor) -> Asking:
    """Return who sent `call`: `actor` as far as the log may know, under the call's own key."""
    return Asking(
        actor=actor,
        key=cast(str, call.key),
        correlation=call.correlation_id,
        if_match=call.if_match,
        fingerprint=call.fingerprint,
    )


def officer_in(call: HttpCall, role: str) -> Actor:
    """Return the person behind `call`, who has a token, acting in `role`."""
    if call.caller is None:
        raise LookupError(f"a route for {role} let somebody in without a token")
    return Actor(role, person=call.caller.person, unit=call.caller.unit)
