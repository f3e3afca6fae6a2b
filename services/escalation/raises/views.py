"""What may be read of raises: one from its stream, with the advice; a list."""

from collections.abc import Mapping
from typing import Any

from services.common.contracts.codec import plain
from services.common.contracts.streams import raise_stream
from services.common.desk import Desk
from services.common.errors import NotFound
from services.common.eventlog.loading import load
from services.common.http.call import Caller
from services.common.steps import names
from services.escalation.raises.projections import RAISES, raise_row
from services.escalation.raises.rules import ASKABLE, RAISE, STEPS
from services.escalation.reading import Body, check, page_for, shown


def raise_view(desk: Desk, raise_id: str, caller: Caller) -> tuple[Body, int]:
    """Return a raise, with the advice, and its version."""
    loaded = load(desk.log, RAISE, raise_stream(raise_id), desk.known)
    state = loaded.state
    if state.status == "absent":
        raise NotFound(what="raise")
    check(desk, caller, (state.from_unit, state.to_unit))
    body = shown(raise_id, raise_row(state), loaded.tip.version)
    possible = names(STEPS[state.status], ASKABLE)
    texts = {
        "advice": desk.vault.open_unless_erased(state.advice_ref),
        "void_reason": state.void_reason,
    }
    return {**body, **plain(texts), "possible": list(possible)}, loaded.tip.version


def raises_of(desk: Desk, caller: Caller, query: Mapping[str, Any]) -> Body:
    """Return a page of the raises that a unit asks or is asked, oldest first."""
    return page_for(desk, caller, RAISES, "units", query["unit"], query)
