"""Which event arms, meets, lifts or stops which clock: the table. Pure; in the order of a story.

C = clock stream of a request (with its order and raises), CH = of a whistle (with its calls),
CP = of a standing duty. A clock starts when the event that begins the waiting was *recorded*.
"""

from collections.abc import Mapping
from typing import Final

from services.common.contracts.events import dispatch, escalation, intake
from services.common.following.reacting import Reaction
from services.escalation.clocks import reactions_to_orders as orders
from services.escalation.clocks import reactions_to_requests as requests
from services.escalation.clocks import reactions_to_whistles as whistles

REACTIONS: Final[Mapping[type, tuple[Reaction, ...]]] = {
    # R -> C
    intake.RequestReceived: (requests.when_request_received,),
    intake.RequestForwarded: (requests.when_request_forwarded,),
    intake.FollowUpOpened: (requests.when_follow_up_opened,),
    intake.FollowUpTried: (requests.when_follow_up_tried,),
    intake.FollowUpLapsed: (requests.when_follow_up_lapsed,),
    intake.FollowUpRecorded: (requests.when_follow_up_recorded,),
    intake.RequestClosed: (requests.when_request_closed,),
    # W -> C
    dispatch.WorkOrderDispatched: (orders.when_work_order_dispatched,),
    dispatch.WorkOrderAcknowledged: (orders.when_work_order_acknowledged,),
    dispatch.ReporterContacted: (orders.when_reporter_contacted,),
    dispatch.WorkOrderRaised: (orders.when_work_order_raised,),
    dispatch.WorkOrderTransferProposed: (orders.when_transfer_proposed,),
    dispatch.TransferDeclined: (orders.when_transfer_declined,),
    dispatch.WorkOrderHandedOver: (orders.when_work_order_handed_over,),
    dispatch.WorkOrderResolved: (orders.when_work_order_resolved,),
    dispatch.WorkOrderReopened: (orders.when_work_order_reopened,),
    dispatch.WorkOrderClosed: (orders.when_work_order_closed,),
    # A -> C
    escalation.RaiseAccepted: (orders.when_raise_answered,),
    escalation.RaiseAdvisedBack: (orders.when_raise_answered,),
    escalation.RaiseVoided: (orders.when_raise_voided,),
    # H -> CH
    escalation.WhistleBlown: (whistles.when_whistle_blown,),
    escalation.WhistleApproved: (whistles.when_whistle_approved,),
    escalation.WhistleRejected: (whistles.when_whistle_over,),
    escalation.WhistleWithdrawn: (whistles.when_whistle_over,),
    escalation.WhistleConcluded: (whistles.when_whistle_concluded,),
    # D -> CH
    escalation.DepartmentCalled: (whistles.when_department_called,),
    escalation.CallRefused: (whistles.when_call_refused,),
    escalation.CallInsisted: (whistles.when_call_insisted,),
    escalation.CallExcused: (whistles.when_call_excused,),
    escalation.DepartmentReportedIn: (whistles.when_department_reported_in,),
    escalation.CallWithdrawn: (whistles.when_call_withdrawn,),
    escalation.RatingOpened: (whistles.when_rating_opened,),
    escalation.DepartmentRated: (whistles.when_department_rated,),
    escalation.WhistleRated: (whistles.when_whistle_rated,),
    # P -> CP
    escalation.StandingDutyAssigned: (whistles.when_standing_duty_assigned,),
    escalation.DutyCheckedIn: (whistles.when_duty_checked_in,),
    escalation.StandingDutyEnded: (whistles.when_standing_duty_ended,),
}
