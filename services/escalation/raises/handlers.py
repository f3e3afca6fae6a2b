"""One function a command on raises: load, then the rules.

Each takes the desk, the id of the raise, who asks, and the fields of its body by name. The advice
is sealed before the commit.
"""

from services.common.contracts.streams import raise_stream
from services.common.desk import Desk
from services.common.errors import NotFound
from services.common.eventlog.deciding import Outcome
from services.common.eventlog.loading import load
from services.common.vault.names import request_key
from services.escalation.officers import Officer
from services.escalation.raises.rules import RAISE, AcceptRaise, AdviseBack, Raise, RaiseCommand


def accept_raise(desk: Desk, raise_id: str, officer: Officer) -> Outcome[Raise]:
    """The town takes the order over."""
    state = _raise(desk, raise_id)
    return _on_raise(desk, raise_id, state, AcceptRaise(officer.acting_for), officer)


def advise_back(desk: Desk, raise_id: str, officer: Officer, *, advice: str) -> Outcome[Raise]:
    """The town tells the village what to do."""
    state = _raise(desk, raise_id)
    key, stream = request_key(state.request_id), raise_stream(raise_id)
    ref = desk.seal(key, stream, officer.asking, "advice", advice)
    return _on_raise(desk, raise_id, state, AdviseBack(officer.acting_for, ref), officer)


def _raise(desk: Desk, raise_id: str) -> Raise:
    state = load(desk.log, RAISE, raise_stream(raise_id), desk.known).state
    if state.status == "absent":
        raise NotFound(what="raise")
    return state


def _on_raise(
    desk: Desk, raise_id: str, state: Raise, command: RaiseCommand, officer: Officer
) -> Outcome[Raise]:
    key = request_key(state.request_id)
    return desk.carry_out(RAISE, raise_stream(raise_id), command, officer.asking, key_name=key)
