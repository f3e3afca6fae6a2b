"""One function a command on raises and standing duties: load, then the rules.

Each takes the desk, the id of what it is about, who asks, and the fields of its body by name.
Texts are sealed before the commit. Whistles and calls have handlers of their own.
"""

from services.common.contracts.streams import (
    duty_stream,
    raise_stream,
)
from services.common.desk import Desk
from services.common.errors import NotFound
from services.common.eventlog.deciding import Outcome, load
from services.common.vault.names import request_key, whistle_key
from services.escalation.domain.duty import DUTY, CheckInDuty, Duty
from services.escalation.domain.raising import RAISE, AcceptRaise, AdviseBack, Raise, RaiseCommand
from services.escalation.officers import Officer

# -- raises ----------------------------------------------------------------------------------------


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
    state = load(desk.log, RAISE, raise_stream(raise_id)).state
    if state.status == "absent":
        raise NotFound(what="raise")
    return state


def _on_raise(
    desk: Desk, raise_id: str, state: Raise, command: RaiseCommand, officer: Officer
) -> Outcome[Raise]:
    key = request_key(state.request_id)
    return desk.carry_out(RAISE, raise_stream(raise_id), command, officer.asking, key_name=key)


# -- standing duties -------------------------------------------------------------------------------


def check_in_duty(
    desk: Desk, of: str, officer: Officer, *, note: str | None = None
) -> Outcome[Duty]:
    """The duty was done for the present slot."""
    stream = duty_stream(of)
    state = load(desk.log, DUTY, stream).state
    if state.status == "absent":
        raise NotFound(what="duty")
    key = whistle_key(state.whistle_id)
    ref = None if note is None else desk.seal(key, stream, officer.asking, "note", note)
    command = CheckInDuty(officer.acting_for, ref)
    return desk.carry_out(DUTY, stream, command, officer.asking, key_name=key)
