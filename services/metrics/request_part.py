"""What records keep of a request: its own stream, its work order and its raises."""

from services.common.contracts.codec import time_text
from services.common.contracts.commit import Fact
from services.common.contracts.events.dispatch import (
    ReporterContacted,
    WorkOrderAcknowledged,
    WorkOrderAdvisedBack,
    WorkOrderClosed,
    WorkOrderConcluded,
    WorkOrderDispatched,
    WorkOrderHandedOver,
    WorkOrderRaised,
    WorkOrderReopened,
    WorkOrderResolved,
    WorkOrderWhistled,
)
from services.common.contracts.events.escalation import (
    RaiseAccepted,
    RaiseAdvisedBack,
    RaiseReceived,
    RaiseVoided,
)
from services.common.contracts.events.intake import (
    FollowUpLapsed,
    FollowUpOpened,
    FollowUpRecorded,
    FollowUpTried,
    RequestClassified,
    RequestClosed,
    RequestForwarded,
    RequestReceived,
    RequestReopened,
)
from services.metrics.marks import Part, mark

#: Where an order stands after an event, as far as figures tell: a hand-over counts as taken on.
STAGE_AFTER = {
    WorkOrderDispatched: "dispatched",
    WorkOrderAcknowledged: "in_hand",
    WorkOrderRaised: "raised",
    WorkOrderAdvisedBack: "in_hand",
    WorkOrderHandedOver: "in_hand",
    WorkOrderWhistled: "whistled",
    WorkOrderConcluded: "in_hand",
    WorkOrderResolved: "resolved",
    WorkOrderReopened: "dispatched",
    WorkOrderClosed: "closed",
}


def request_told(request: Part, fact: Fact) -> Part:
    """Return what is known from the request's own stream after `fact`.

    `received, forwarded, closed` are marks with what the events say; `rounds` has one entry for
    each follow-up: `round, opened, tries, answered?, lapsed?, reopened?`.
    """
    event = fact.event
    match event:
        case RequestReceived():
            place = {} if event.place_code is None else {"place_code": event.place_code}
            request["received"] = mark(fact, channel=event.channel, kind=event.kind, **place)
        case RequestClassified():
            request |= {"category": event.category, "time_class": event.time_class}
        case RequestForwarded():
            request["forwarded"] = mark(fact, promised_at=time_text(event.promised_at))
        case RequestClosed():
            request["closed"] = mark(fact, outcome=event.outcome, round=event.round)
        case _:
            _round_told(request, fact)
    return request


def _round_told(request: Part, fact: Fact) -> None:
    rounds: list[Part] = request.setdefault("rounds", [])
    event = fact.event
    match event:
        case FollowUpOpened():
            told = mark(fact, reason=event.reason, judged=event.judged_resolution)
            opened = {**told, "holder": event.holder}
            rounds.append({"round": event.round, "opened": opened, "tries": 0})
        case FollowUpTried():
            rounds[-1]["tries"] = event.try_number
        case FollowUpLapsed():
            rounds[-1]["lapsed"] = mark(fact)
        case RequestReopened():
            rounds[-1]["reopened"] = mark(fact)
        case FollowUpRecorded():
            words = {"solved": event.solved, "satisfied": event.satisfied}
            said = {name: word for name, word in words.items() if word is not None}
            rounds[-1]["answered"] = mark(fact, reached=event.reached, by=event.by, **said)


def order_told(order: Part, fact: Fact) -> Part:
    """Return what is known from the work order's stream after `fact`.

    `stream`, `stage`, `dispatched, closed` (marks), `held`: the spans `{unit, since, until?}` in
    which somebody had it, `hand_overs`, `spoken` (the handler's marks), `resolved` and `whistles`.
    """
    event = fact.event
    match event:
        case WorkOrderDispatched():
            told = mark(fact, holder=event.holder, category=event.category, rule=event.rule)
            order |= {"stream": fact.stream, "dispatched": {**told, "fallback": event.fallback}}
            _begin(order, fact, event.holder)
        case WorkOrderReopened():
            order.setdefault("reopened", []).append(mark(fact, holder=event.holder))
            _begin(order, fact, event.holder)
        case WorkOrderHandedOver():
            told = mark(fact, **{"from": event.from_unit, "to": event.to_unit}, why=event.why)
            order.setdefault("hand_overs", []).append(told)
            _end(order, fact)
            _begin(order, fact, event.to_unit)
        case WorkOrderResolved():
            told = mark(fact, holder=event.holder, path=event.path, resolution=event.resolution)
            order.setdefault("resolved", []).append(told)
            _end(order, fact)
        case WorkOrderClosed():
            order["closed"] = mark(fact, outcome=event.outcome)
            _end(order, fact)
        case _:
            _noted(order, fact)
    return _staged(order, fact)


def _noted(order: Part, fact: Fact) -> None:
    event = fact.event
    match event:
        case ReporterContacted() if event.result == "spoken":
            order.setdefault("spoken", []).append(mark(fact, unit=event.unit))
        case WorkOrderWhistled():
            order.setdefault("whistles", []).append(mark(fact, whistle_id=event.whistle_id))


def _staged(order: Part, fact: Fact) -> Part:
    stage = STAGE_AFTER.get(type(fact.event))
    taken_on = isinstance(fact.event, WorkOrderAcknowledged)
    if stage is not None and not (taken_on and order.get("stage") != "dispatched"):
        order["stage"] = stage
    return order


def _begin(order: Part, fact: Fact, unit: str) -> None:
    order.setdefault("held", []).append({"unit": unit, "since": mark(fact)})


def _end(order: Part, fact: Fact) -> None:
    held = order.get("held")
    if held and "until" not in held[-1]:
        held[-1]["until"] = mark(fact)


def raise_told(raised: Part, fact: Fact) -> Part:
    """Return what is known of one raise after `fact`: `received`, then `answered` or `voided`."""
    event = fact.event
    match event:
        case RaiseReceived():
            told = {"from": event.from_unit, "to": event.to_unit}
            raised["received"] = mark(fact, **told)
        case RaiseAccepted() | RaiseAdvisedBack():
            accepted = isinstance(event, RaiseAccepted)
            raised["answered"] = mark(fact, unit=event.unit, accepted=accepted)
        case RaiseVoided():
            raised["voided"] = mark(fact)
    return raised
