"""One function a command on standing duties: load, then the rules.

Each takes the desk, the id of the duty, who asks, and the fields of its body by name. Texts are
sealed before the commit.
"""

from services.common.contracts.streams import duty_stream
from services.common.desk import Desk
from services.common.errors import NotFound
from services.common.eventlog.deciding import Outcome
from services.common.eventlog.loading import load
from services.common.vault.names import whistle_key
from services.escalation.duties.rules import DUTY, CheckInDuty, Duty
from services.escalation.officers import Officer


def check_in_duty(
    desk: Desk, of: str, officer: Officer, *, note: str | None = None
) -> Outcome[Duty]:
    """The duty was done for the present slot."""
    stream = duty_stream(of)
    state = load(desk.log, DUTY, stream, desk.known).state
    if state.status == "absent":
        raise NotFound(what="duty")
    key = whistle_key(state.whistle_id)
    ref = None if note is None else desk.seal(key, stream, officer.asking, "note", note)
    command = CheckInDuty(officer.acting_for, ref)
    return desk.carry_out(DUTY, stream, command, officer.asking, key_name=key)
