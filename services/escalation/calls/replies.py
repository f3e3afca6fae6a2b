"""What departments say by AMQP: the same commands as by HTTP, and an outcome for every reply.

A reply counts once its outcome has come; without one the department sends it again under the same
id. So every fault of a reply has an outcome too; only what is ours to mend (a database that is
away) goes through, and the reply waits.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from marshmallow import ValidationError

from services.common.contracts.command_names import command_name
from services.common.contracts.commit import Actor
from services.common.contracts.streams import derived
from services.common.desk import Asking, Desk
from services.common.errors import Corrupt, NotAllowedNow, Refused
from services.common.eventlog.deciding import Outcome
from services.common.http.bodies import canonical_json
from services.common.http.fields.codes import is_code
from services.common.http.messages import BothTongues, body_errors
from services.common.messaging.departments import (
    DepartmentLine,
    DepartmentReply,
    DepartmentUnreachable,
)
from services.escalation.calls import handlers as call_handlers
from services.escalation.calls.call import Call
from services.escalation.calls.rules import possible
from services.escalation.officers import Officer
from services.escalation.schemas import REPLIES

Result = dict[str, Any]

HANDLERS: Final[Mapping[str, Callable[..., Outcome[Call]]]] = {
    "received": call_handlers.receive_call,
    "accepted": call_handlers.accept_call,
    "refused": call_handlers.refuse_call,
    "arrived": call_handlers.report_in,
    "progress": call_handlers.note_call_progress,
    "done": call_handlers.complete_call,
    "rating": call_handlers.rate_whistle,
}
#: Which reply gives which command, to name what is possible now in the department's own words.
REPLY_OF: Final[Mapping[str, str]] = {
    "ReceiveCall": "received",
    "AcceptCall": "accepted",
    "RefuseCall": "refused",
    "ReportIn": "arrived",
    "NoteCallProgress": "progress",
    "CompleteCall": "done",
    "RateWhistle": "rating",
}

_NO_OBJECT: Final = BothTongues("data 须为对象。", "data must be an object.")
_NO_CALL: Final = BothTongues("须填写呼叫编号。", "Must be the id of a call.")
_UNSAYABLE: Final = BothTongues("含有无法保存的内容。", "Holds what can't be stored.")


class UnknownReply(Refused):
    """No reply of this name. `allowed` names those that there are."""

    slug = "unknown-reply"
    status = 422
    zh = "没有名为 {reply} 的答复。"
    en = "There is no reply named {reply}."


class ReplyNotUnderstood(Refused):
    """The fields of the reply are not what it needs. `errors`: as in a 422 over HTTP."""

    slug = "values-refused"
    status = 422
    zh = "答复内容不符合要求。"
    en = "Some values of the reply are not acceptable."


class UnknownDepartment(Corrupt):
    """A reply of somebody who is not in the chart and has no queue for outcomes. It is buried."""


def answer_and_tell(desk: Desk, line: DepartmentLine, reply: DepartmentReply) -> None:
    """Carry out a department's reply and put the outcome into its queue.

    Raises:
        UnknownDepartment: Nobody of that code can be told.
        Transient: The outcome isn't there: keep the reply. Carrying it out again changes nothing.
    """
    done = answer(desk, reply.code, reply.kind, reply.message_id, reply.body)
    try:
        line.outcome(reply.code, outcome_message(reply.code, done))
    except DepartmentUnreachable as error:
        if reply.code not in desk.chart.at(desk.clock.now()).units:
            raise UnknownDepartment(code=reply.code) from error
        raise


def answer(
    desk: Desk, code: str, reply: str, message_id: str, payload: Mapping[str, Any]
) -> Result:
    """Carry out a department's reply and return the outcome for it.

    `code` is the department, as the broker has proved it; `payload` a CloudEvent, or its data
    alone. The outcome: {in_reply_to, call, outcome, reason?, detail?, errors?, allowed}, where
    outcome is recorded, repeated (it was on record already) or refused.

    Raises:
        Transient: Something of ours is away: keep the reply.
        Corrupt: Something of ours is broken: a person has to look.
    """
    data = payload.get("data") if "specversion" in payload else payload
    begun: Result = {"in_reply_to": message_id}
    if isinstance(data, Mapping) and is_code(data.get("call")):
        begun["call"] = data["call"]
    try:
        outcome = _carried_out(desk, code, reply, message_id, data)
    except Refused as refusal:
        return {**begun, "outcome": "refused", **_why(refusal)}
    known = outcome.repeated or outcome.commit is None
    word = "repeated" if known else "recorded"
    return {**begun, "outcome": word, "allowed": _allowed_after(outcome.state)}


def _carried_out(desk: Desk, code: str, reply: str, message_id: str, data: object) -> Outcome[Call]:
    if reply not in HANDLERS:
        raise UnknownReply(reply=reply, allowed=HANDLERS)
    officer = _officer(code, message_id, _fingerprint(reply, data))
    call_id, fields = _read(reply, data)
    return HANDLERS[reply](desk, call_id, officer, **fields)


def _read(reply: str, data: object) -> tuple[str, dict[str, Any]]:
    """Return the call that is meant, and the fields of the reply.

    Raises:
        ReplyNotUnderstood: One is missing or not acceptable.
    """
    if not isinstance(data, Mapping):
        raise ReplyNotUnderstood(errors=body_errors([_NO_OBJECT]))
    call_id = data.get("call")
    if not is_code(call_id):
        raise ReplyNotUnderstood(errors=body_errors({"call": [_NO_CALL]}))
    try:
        fields: dict[str, Any] = REPLIES[reply].load(
            {name: value for name, value in data.items() if name != "call"}
        )
    except ValidationError as error:
        raise ReplyNotUnderstood(errors=body_errors(error.messages)) from error
    return call_id, fields


def _fingerprint(reply: str, data: object) -> bytes:
    """Return what the reply says, in canonical bytes.

    Raises:
        ReplyNotUnderstood: It holds what JSON in UTF-8 can't say, so it could not be sent back.
    """
    try:
        return canonical_json([reply, data])
    except ValueError as error:
        raise ReplyNotUnderstood(errors=body_errors([_UNSAYABLE])) from error


def _officer(code: str, message_id: str, fingerprint: bytes) -> Officer:
    """Return the department as the one who asks. Command ids follow from code and message id."""
    asking = Asking(
        actor=Actor(role="department_officer", unit=code),
        key=message_id,
        correlation=derived(code, message_id),
        fingerprint=fingerprint,
    )
    return Officer(asking, (code,))


def _why(refusal: Refused) -> Result:
    allowed = refusal.allowed
    if isinstance(refusal, NotAllowedNow):
        allowed = tuple(sorted(REPLY_OF[each] for each in allowed if each in REPLY_OF))
    found: Result = {"reason": refusal.slug, "allowed": list(allowed)}
    if "errors" in refusal.facts:
        found["errors"] = refusal.facts["errors"]
    return {**found, "detail": refusal.detail_en, "detail_zh": refusal.detail_zh}


def _allowed_after(state: Call) -> list[str]:
    names = (command_name(each) for each in possible(state))
    return sorted(REPLY_OF[each] for each in names if each in REPLY_OF)


def outcome_message(code: str, outcome: Result) -> dict[str, Any]:
    """Return the CloudEvent that takes an outcome to the department."""
    identity = derived("outcome", code, outcome["in_reply_to"], outcome["outcome"])
    return {
        "specversion": "1.0",
        "id": identity,
        "source": "/shaobao/escalation",
        "type": "outcome",
        "datacontenttype": "application/json",
        "data": outcome,
    }
