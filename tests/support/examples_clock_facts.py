"""Events of requests, orders, raises, whistles, calls and duties, as short as clocks need them."""

from datetime import datetime
from typing import Final

from services.common.contracts.commit import Cause
from services.common.contracts.events import dispatch as w
from services.common.contracts.events import escalation as e
from services.common.contracts.events import intake as r
from services.common.contracts.streams import (
    call_id,
    call_stream,
    clock_stream,
    duty_id,
    duty_stream,
    raise_stream,
    request_stream,
    whistle_stream,
    work_order_id,
    work_order_stream,
)
from services.common.contracts.vocabulary import (
    FollowUpReason,
    HandOverWhy,
    TimeClass,
    WhistleKind,
)
from tests.support.examples_clocks import DISTRICT, TOWN, VILLAGE, World, moment

REQUEST: Final = "request-1"
WHISTLE: Final = "whistle-1"
R: Final = request_stream(REQUEST)
W: Final = work_order_stream(work_order_id(REQUEST))
A: Final = raise_stream("raise-1")
H: Final = whistle_stream(WHISTLE)
DUTY: Final = duty_id(WHISTLE, 1)
P: Final = duty_stream(DUTY)
C: Final = clock_stream(REQUEST)
CH: Final = clock_stream(WHISTLE)
CP: Final = clock_stream(DUTY)
CALLED: Final = (VILLAGE, "dept-emergency", "dept-enforcement", "dept-market")
D: Final = tuple(call_stream(call_id(WHISTLE, unit)) for unit in CALLED)

# -- R ---------------------------------------------------------------------------------------------


def received(place_code: str | None = VILLAGE) -> r.RequestReceived:
    return r.RequestReceived(
        channel="hotline",
        kind="complaint",
        reporter_ref="intake/r",
        said_ref="intake/s",
        confidential=False,
        opposed=False,
        place_code=place_code,
    )


def forwarded(
    promised_at: str = "d16 09:22", time_class: TimeClass = "complex"
) -> r.RequestForwarded:
    return r.RequestForwarded(
        category="1.1.1",
        time_class=time_class,
        district=DISTRICT,
        promised_at=moment(promised_at),
        place_code=VILLAGE,
    )


def follow_up_opened(
    round_: int = 1, reason: FollowUpReason = "resolved", judged: int = 1
) -> r.FollowUpOpened:
    return r.FollowUpOpened(round=round_, reason=reason, judged_resolution=judged, holder=TOWN)


def follow_up_tried(number: int) -> r.FollowUpTried:
    return r.FollowUpTried(round=1, try_number=number, by="silence")


def follow_up_recorded() -> r.FollowUpRecorded:
    return r.FollowUpRecorded(round=1, reached="yes", by="reporter", solved="yes")


def request_closed() -> r.RequestClosed:
    return r.RequestClosed(round=1, outcome="solved")


# -- W ---------------------------------------------------------------------------------------------


def dispatched(holder: str = VILLAGE, time_class: TimeClass = "complex") -> w.WorkOrderDispatched:
    return w.WorkOrderDispatched(
        request_id=REQUEST,
        category="1.1.1",
        time_class=time_class,
        holder=holder,
        first_receiver=holder,
        copied_to=("cc-110112",),
        rule="duty_list",
        rule_inputs={},
        fallback=False,
        promised_at=moment("d16 09:22"),
    )


def acknowledged(unit: str = VILLAGE) -> w.WorkOrderAcknowledged:
    return w.WorkOrderAcknowledged(REQUEST, unit)


def spoken(unit: str = VILLAGE) -> w.ReporterContacted:
    return w.ReporterContacted(REQUEST, unit, "spoken")


def not_reached(unit: str = VILLAGE) -> w.ReporterContacted:
    return w.ReporterContacted(REQUEST, unit, "not_reached")


def raised() -> w.WorkOrderRaised:
    return w.WorkOrderRaised(REQUEST, VILLAGE, TOWN, "raise-1", "dispatch/x")


def transfer_proposed(to_unit: str) -> w.WorkOrderTransferProposed:
    return w.WorkOrderTransferProposed(REQUEST, VILLAGE, to_unit, "dispatch/x")


def transfer_declined(by_unit: str) -> w.TransferDeclined:
    return w.TransferDeclined(REQUEST, VILLAGE, by_unit, "dispatch/x")


def handed_over(why: HandOverWhy, to_unit: str = TOWN) -> w.WorkOrderHandedOver:
    return w.WorkOrderHandedOver(REQUEST, VILLAGE, to_unit, why, 3600)


def resolved(resolution: int = 1, holder: str = TOWN) -> w.WorkOrderResolved:
    return w.WorkOrderResolved(REQUEST, holder, resolution, "whistle", "dispatch/x")


def reopened(holder: str = TOWN) -> w.WorkOrderReopened:
    return w.WorkOrderReopened(REQUEST, holder, 1)


def order_closed() -> w.WorkOrderClosed:
    return w.WorkOrderClosed(REQUEST, "solved")


# -- A ---------------------------------------------------------------------------------------------

_ORDER: Final = work_order_id(REQUEST)


def raise_received() -> e.RaiseReceived:
    return e.RaiseReceived(_ORDER, REQUEST, VILLAGE, TOWN)


def raise_accepted() -> e.RaiseAccepted:
    return e.RaiseAccepted(_ORDER, REQUEST, TOWN)


def advised_back() -> e.RaiseAdvisedBack:
    return e.RaiseAdvisedBack(_ORDER, REQUEST, TOWN, "escalation/x")


def raise_voided() -> e.RaiseVoided:
    return e.RaiseVoided(_ORDER, REQUEST, "handed_over")


# -- H and D ---------------------------------------------------------------------------------------

_ORDERS: Final = (e.WhistledOrder(_ORDER, REQUEST),)


def call_to_make(unit: str, kind: WhistleKind = "request") -> e.CallToMake:
    return e.CallToMake(
        call_id=call_id(WHISTLE, unit),
        town=TOWN,
        unit=unit,
        lead=unit == VILLAGE,
        via="amqp",
        kind=kind,
        place_code=VILLAGE,
        category="1.1.1",
        summary_ref="escalation/x",
    )


def blown(kind: WhistleKind = "request") -> e.WhistleBlown:
    now = tuple(call_to_make(unit, kind) for unit in CALLED) if kind == "emergency" else ()
    return e.WhistleBlown(
        work_orders=_ORDERS,
        town=TOWN,
        kind=kind,
        place_code=VILLAGE,
        category="1.1.1",
        lead=CALLED[0],
        support=CALLED[1:],
        summary_ref="escalation/x",
        call_now=now,
    )


def approved(*, calls: bool = True) -> e.WhistleApproved:
    return e.WhistleApproved("leader", tuple(call_to_make(u) for u in CALLED) if calls else ())


def rejected() -> e.WhistleRejected:
    return e.WhistleRejected("escalation/x", (), _ORDERS)


def withdrawn() -> e.WhistleWithdrawn:
    return e.WhistleWithdrawn((), _ORDERS, reason="no_order_left")


def concluded(to_rate: tuple[str, ...]) -> e.WhistleConcluded:
    return e.WhistleConcluded("solved", (), (), to_rate, _ORDERS)


def called(unit: str, kind: WhistleKind = "request") -> e.DepartmentCalled:
    return e.DepartmentCalled(
        whistle_id=WHISTLE,
        town=TOWN,
        unit=unit,
        lead=unit == VILLAGE,
        via="amqp",
        kind=kind,
        place_code=VILLAGE,
        category="1.1.1",
        summary_ref="escalation/x",
    )


def call_refused(unit: str) -> e.CallRefused:
    return e.CallRefused(whistle_id=WHISTLE, town=TOWN, unit=unit, reason_ref="escalation/x")


def call_insisted(unit: str, kind: WhistleKind = "request") -> e.CallInsisted:
    return e.CallInsisted(whistle_id=WHISTLE, unit=unit, kind=kind, by=TOWN)


def call_excused(unit: str) -> e.CallExcused:
    return e.CallExcused(whistle_id=WHISTLE, unit=unit, by=TOWN)


def reported_in(unit: str, *, first: bool = True) -> e.DepartmentReportedIn:
    return e.DepartmentReportedIn(
        whistle_id=WHISTLE,
        unit=unit,
        mode="meeting",
        first=first,
        lead=unit == VILLAGE,
        persons=2,
        at=moment("d2 19:30"),
        office_ref="escalation/x",
    )


def released(unit: str) -> e.DepartmentReleased:
    return e.DepartmentReleased(WHISTLE, unit)


def call_withdrawn(unit: str) -> e.CallWithdrawn:
    return e.CallWithdrawn(WHISTLE, unit)


def rating_opened(unit: str) -> e.RatingOpened:
    return e.RatingOpened(WHISTLE, unit, TOWN, "solved")


def department_rated(unit: str) -> e.DepartmentRated:
    return e.DepartmentRated(WHISTLE, unit, 5, 4, 5)


def whistle_rated(unit: str) -> e.WhistleRated:
    return e.WhistleRated(WHISTLE, unit, 5, 5)


# -- P ---------------------------------------------------------------------------------------------


def duty_assigned(until_at: datetime, every_seconds: int = 86_400) -> e.StandingDutyAssigned:
    return e.StandingDutyAssigned(WHISTLE, VILLAGE, "escalation/x", every_seconds, until_at)


def checked_in(slot: int) -> e.DutyCheckedIn:
    return e.DutyCheckedIn(WHISTLE, VILLAGE, slot)


def duty_ended(kept: int, missed: int) -> e.StandingDutyEnded:
    return e.StandingDutyEnded(WHISTLE, VILLAGE, kept, missed)


# -- together --------------------------------------------------------------------------------------


def dispatched_order() -> World:
    """Return a world in which one request has come in and its order was dispatched."""
    world = World()
    world.say("d1 09:12", R, received(), forwarded())
    world.say("d1 09:12", W, dispatched(), cause=Cause(R, 1))
    return world
