"""What the fields of events mean, where the contract itself says no more than their names.

By field name; `Type.field` where one type means something of its own. A `#:` comment beside the
field in the contract comes first. A test says that no field is without a meaning.
"""

from collections.abc import Mapping
from typing import Final

MEANINGS: Final[Mapping[str, str]] = {
    # ids
    "request_id": "the request; the stream is `request-<id>`",
    "work_order_id": "the work order; the stream is `workOrder-<id>`",
    "raise_id": "the raise; the stream is `raise-<id>`",
    "whistle_id": "the whistle; the stream is `whistle-<id>`",
    "call_id": "the call; the stream is `call-<id>`",
    "call_ids": "the calls of those units, in the same order",
    "duty_id": "the standing duty; the stream is `duty-<id>`",
    "cluster_id": "what requests about one matter share",
    # units and places
    "unit": "the unit that did it or that it is about",
    "units": "the units that may leave",
    "by_unit": "the unit that answered",
    "from_unit": "the holder before",
    "to_unit": "the unit asked, or the new holder",
    "holder": "the unit that answers for the order now",
    "first_receiver": "keeps the order until a transfer is accepted (首接)",
    "copied_to": "who sees the order from now on: the district's command centre",
    "district": "the district whose dispatch takes over",
    "town": "the town that blew the whistle",
    "place_code": "division code of the place",
    "charged_to": "the unit whose time runs",
    "to": "the unit that is rung now",
    "ladder": "who is rung after a miss, one step a time",
    "lead": "leads the joint action (主办)",
    "support": "is called to help (协办)",
    "present": "the units that are there",
    # the request and its follow-up
    "channel": "how it came in",
    "confidential": "hidden from everyone but the intake desk until disclosed",
    "round": "1 for the first follow-up, one more after each reopening or lapse",
    "try_number": "1, 2, 3",
    "judged_resolution": "the resolution asked about; 0 = none yet",
    "reached": "did the unit contact you in time?",
    "solved": "is it solved?",
    "satisfied": "are you satisfied?",
    "promised_at": "when the reporter was told that it would be done; hand-overs never move it",
    "category": "code of the third level",
    "time_class": "which of the four limits holds",
    # deciding and doing
    "rule": "the row of the duty list that decided, or the fallback",
    "rule_inputs": "what the rule was given",
    "runner_up": "who would have been next",
    "fallback": "no duty or place was clear: the command centre holds it (兜底)",
    "resolution": "1, 2, ...",
    "path": "by which way",
    "result": "how it went",
    "why": "how the holder changed",
    "held_seconds": "how long the holder before had it, gross",
    "outcome": "how it ended",
    "reason": "a fixed word",
    "command": "the command that was asked for",
    "by": "who it was, as the word or the person says",
    "kind": "which kind",
    "via": "how the unit is reached",
    "mode": "where it reported in",
    "first": "whether it is the first report-in of this call",
    "persons": "how many came",
    "external_ref": "the unit's own number of the matter",
    "approved_as": "in which role the leader approved",
    "call_now": "the calls that leave with this event",
    "open_calls": "the calls that end with this event",
    "to_rate": "the calls to be rated by both sides",
    "duties": "the standing duties that remain",
    "work_orders": "the orders that the whistle is about",
    # ratings
    "speed": "1-5", "cooperation": "1-5", "needed": "1-5", "described": "1-5",
    "DepartmentRated.result": "1-5",
    # standing duties
    "every_seconds": "length of a slot",
    "slot": "1, 2, ...",
    "kept_slots": "slots with a check-in",
    "missed_slots": "slots without one",
    # clocks
    "arming": "1, 2, ... within the stream",
    "subject": "the stream that is waited for",
    "step": "0 = the limit itself, 1, 2, ... = steps of the ladder",
    "limit_seconds": "how long may be waited",
    "late_by_seconds": "how long after the limit; 0 = in time",
    "met_by": "id of the event that met it",
    "sources_behind": "streams that could not be read up to their end",
    "stops_after": "call streams whose ratings are still to end before the clocks stop",
    "lifted": "the armings that ended with it",
    "repeats_until": "arms its next slot until then",
    # the registry
    "entries": "the rows of the table, with their validity",
    "sha256": "of the file that was adopted",
    # times
    "at": "a moment",
    "starts_at": "the clock began",
    "due_at": "the limit ends",
    "remind_at": "half of the limit is gone",
    "effective_at": "in force from here on",
    "meeting_at": "the meeting (专题会) begins",
    "until_at": "the duty ends",
    # texts in a vault
    "note_ref": "what was noted",
    "reason_ref": "the reason, in somebody's words",
    "advice_ref": "the town's advice",
    "result_ref": "what was done",
    "evidence_refs": "what shows it",
    "said_ref": "the reporter's words",
    "summary_ref": "what the matter is, written to be free of personal data",
    "what_ref": "what is to be done",
    "contact_office_ref": "the office to report to on site",
    "contact_office_in_clear": "the same, of a whistle blown before it was sealed",
    "office_ref": "the office that accepted, or came",
    "office_in_clear": "the same, of before it was sealed",
    "change_reason_ref": "why lead or support differ from the catalogue",
}  # fmt: skip


def meaning_of(type_name: str, field: str, comment: str | None) -> str:
    """Return what a field means.

    Raises:
        KeyError: Nobody has said it: write a `#:` comment beside the field, or a row here.
    """
    found = comment or MEANINGS.get(f"{type_name}.{field}") or MEANINGS.get(field)
    if found is None:
        raise KeyError(f"{type_name}.{field} has no meaning: say it there, or in {__name__}")
    return found
