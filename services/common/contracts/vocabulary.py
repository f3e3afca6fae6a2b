"""The closed lists of words that events use (docs/glossary.md says what each means)."""

from typing import Literal

Channel = Literal[
    "hotline", "miniprogram", "web", "grid", "visit", "rider", "sensor", "walk_in", "upstream",
    "open311", "import",
]  # fmt: skip
RequestKind = Literal["inquiry", "assistance", "complaint", "tip_off", "suggestion"]
TimeClass = Literal["urgent", "utility", "general", "complex"]
FollowUpReason = Literal["resolved", "promised_date_passed"]
Reached = Literal["yes", "no"]
Solved = Literal["yes", "partly", "no"]
Satisfied = Literal["satisfied", "basically", "dissatisfied", "not_rated"]
RequestOutcome = Literal["solved", "partly", "unsolved", "unanswered"]
TriedBy = Literal["operator", "silence"]
AnsweredBy = Literal["reporter", "operator"]
ContactResult = Literal["spoken", "not_reached"]
HandOverWhy = Literal["raise", "transfer", "take_over"]
ResolutionPath = Literal[
    "grid", "village", "town", "whistle", "visit", "mediation", "court", "deliberation",
    "professionals", "volunteers",
]  # fmt: skip
WhistleKind = Literal["request", "key_work", "enforcement", "emergency"]
WhistleOutcome = Literal["solved", "partly", "unsolved", "action_list", "court", "mediation"]
WorkOrderConclusion = Literal[
    "solved", "partly", "unsolved", "action_list", "court", "mediation", "rejected", "withdrawn"
]
ApprovedAs = Literal["leader", "deputy"]
CalledVia = Literal["amqp", "http"]
ReportInMode = Literal["on_site", "online", "meeting"]
ClockKind = Literal[
    "forward", "dispatch", "promised", "acknowledge", "contact", "resolution", "transfer_answer",
    "raise_answer", "approval", "report_in", "refusal_answer", "conclusion", "rating_town",
    "rating_unit", "check_in", "follow_up",
]  # fmt: skip
RegistryKind = Literal["units", "categories", "duties", "catalogue", "policies"]
SecondPath = Literal["phone_list"]
