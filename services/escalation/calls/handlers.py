"""One function a command on calls; departments reach them by AMQP (`replies`) and by HTTP alike."""

from dataclasses import dataclass
from datetime import datetime

from services.common.contracts.streams import call_stream
from services.common.contracts.vocabulary import ReportInMode
from services.common.desk import Desk
from services.common.errors import NotFound
from services.common.eventlog.deciding import Outcome
from services.common.eventlog.loading import load
from services.common.vault.names import whistle_key
from services.escalation.calls.call import Call
from services.escalation.calls.commands import (
    AcceptCall,
    CallCommand,
    CompleteCall,
    ExcuseDepartment,
    InsistOnCall,
    NoteCallProgress,
    RateDepartment,
    RateWhistle,
    ReceiveCall,
    RefuseCall,
    ReportIn,
)
from services.escalation.calls.rules import CALL
from services.escalation.officers import Officer


@dataclass(frozen=True, slots=True)
class _File:
    """A call on somebody's desk, opened for one command."""

    desk: Desk
    officer: Officer
    stream: str
    key_name: str

    def seal(self, field: str, text: str) -> str:
        """Put a text into the vault, under the whistle's key; return its ref."""
        return self.desk.seal(self.key_name, self.stream, self.officer.asking, field, text)

    def carry_out(self, command: CallCommand) -> Outcome[Call]:
        """Let the rules decide."""
        return self.desk.carry_out(
            CALL, self.stream, command, self.officer.asking, key_name=self.key_name
        )


def call_of(desk: Desk, call_id: str) -> Call:
    """Return the call as it is now.

    Raises:
        NotFound: There is none of this id.
    """
    state = load(desk.log, CALL, call_stream(call_id), desk.known).state
    if state.status == "absent":
        raise NotFound(what="call")
    return state


def _open(desk: Desk, call_id: str, officer: Officer) -> _File:
    key = whistle_key(call_of(desk, call_id).whistle_id)
    return _File(desk, officer, call_stream(call_id), key)


# -- the called unit -------------------------------------------------------------------------------


def receive_call(
    desk: Desk, call_id: str, officer: Officer, *, external_ref: str | None = None
) -> Outcome[Call]:
    """The unit has read it."""
    file = _open(desk, call_id, officer)
    return file.carry_out(ReceiveCall(officer.acting_for, external_ref))


def accept_call(
    desk: Desk, call_id: str, officer: Officer, *, office: str | None = None
) -> Outcome[Call]:
    """The unit will come."""
    file = _open(desk, call_id, officer)
    office_ref = None if office is None else file.seal("office", office)
    return file.carry_out(AcceptCall(officer.acting_for, office_ref))


def refuse_call(desk: Desk, call_id: str, officer: Officer, *, reason: str) -> Outcome[Call]:
    """The unit says it is not theirs."""
    file = _open(desk, call_id, officer)
    return file.carry_out(RefuseCall(officer.acting_for, file.seal("reason", reason)))


def report_in(
    desk: Desk,
    call_id: str,
    officer: Officer,
    *,
    mode: ReportInMode,
    at: datetime,
    persons: int,
    office: str,
) -> Outcome[Call]:
    """The unit is there."""
    file = _open(desk, call_id, officer)
    office_ref = file.seal("office", office)
    return file.carry_out(ReportIn(officer.acting_for, mode, persons, office_ref, at))


def note_call_progress(desk: Desk, call_id: str, officer: Officer, *, note: str) -> Outcome[Call]:
    """What the unit did so far."""
    file = _open(desk, call_id, officer)
    return file.carry_out(NoteCallProgress(officer.acting_for, file.seal("note", note)))


def complete_call(desk: Desk, call_id: str, officer: Officer, *, note: str) -> Outcome[Call]:
    """The unit has done its part."""
    file = _open(desk, call_id, officer)
    return file.carry_out(CompleteCall(officer.acting_for, file.seal("note", note)))


def rate_whistle(
    desk: Desk, call_id: str, officer: Officer, *, needed: int, described: int
) -> Outcome[Call]:
    """The unit's rating of the whistle."""
    file = _open(desk, call_id, officer)
    return file.carry_out(RateWhistle(officer.acting_for, needed, described))


# -- the town --------------------------------------------------------------------------------------


def insist_on_call(desk: Desk, call_id: str, officer: Officer) -> Outcome[Call]:
    """The town insists: the call stands."""
    return _open(desk, call_id, officer).carry_out(InsistOnCall(officer.acting_for))


def excuse_department(desk: Desk, call_id: str, officer: Officer) -> Outcome[Call]:
    """The town lets the unit off."""
    return _open(desk, call_id, officer).carry_out(ExcuseDepartment(officer.acting_for))


def rate_department(
    desk: Desk, call_id: str, officer: Officer, *, speed: int, cooperation: int, result: int
) -> Outcome[Call]:
    """The town's rating of the unit."""
    file = _open(desk, call_id, officer)
    return file.carry_out(RateDepartment(officer.acting_for, speed, cooperation, result))
