"""Dispatch's table of entry points.

Closing and reopening have no route: only the request's end does that, by a reaction. Whoever
handles an order has no route to a follow-up either.
"""

from typing import Final, cast

from services.common.asking import asking_of, officer_in
from services.common.chart import UnknownUnit
from services.common.contracts.events.dispatch import WorkOrderRaised
from services.common.desk import Asking, Desk
from services.common.errors import NotFound
from services.common.http.call import Answer, Caller, HttpCall
from services.common.http.entrypoint import route
from services.common.http.headers import etag
from services.common.http.health import HealthRoutes, Vitals
from services.common.http.reference.routes import ReferenceRoutes
from services.common.http.reference.telling import tells
from services.common.messaging.doorbells import Doorbells
from services.common.running.providers import given, given_ear, given_tasks
from services.common.work.background import Background
from services.dispatch import answers, handlers, reference, views
from services.dispatch.handlers import Answered
from services.dispatch.schemas import (
    ContactBody,
    NoteBody,
    ReasonBody,
    ResolutionBody,
    TransferBody,
    UnitsQuery,
    WorkOrdersQuery,
)

#: Who acts for a unit, in the order in which the role of somebody with several is named.
OFFICERS: Final = (
    "village_officer", "section_officer", "town_officer", "department_officer", "command_centre",
)  # fmt: skip
VILLAGE: Final = frozenset({"village_officer"})
SUPERIORS: Final = frozenset({"section_officer", "town_officer", "command_centre"})
READERS: Final = frozenset(
    {*OFFICERS, "grid_steward", "town_leader", "town_deputy", "auditor", "admin"}
)
ORDER: Final = "/v1/work-orders/<work_order_id>"


class DispatchService(HealthRoutes, ReferenceRoutes):
    """Work orders, and the chart that everybody may look at."""

    name = "dispatch"
    examples = reference.EXAMPLES
    desk: Desk = given("desk")
    vitals: Vitals = given("vitals")  # type: ignore[misc]  # a provider in the process
    tasks = Background(given_tasks)
    doorbells = Doorbells(given_ear)

    @route("POST", f"{ORDER}/acknowledgement", roles=OFFICERS)
    @tells("签收", answers.WorkOrderAfter, refuses=reference.HANDLING)
    def acknowledge(self, call: HttpCall) -> Answer:
        """AcknowledgeWorkOrder, by the holder."""
        return _told(call, handlers.acknowledge_work_order(self.desk, *_asked(call)))

    @route("POST", f"{ORDER}/contacts", body=ContactBody, roles=OFFICERS)
    @tells("记录联系", answers.WorkOrderAfter, refuses=reference.HANDLING)
    def record_contact(self, call: HttpCall) -> Answer:
        """RecordContact, by the holder."""
        result, note = call.body["result"], call.body.get("note")
        done = handlers.record_contact(self.desk, *_asked(call), result=result, note=note)
        return _told(call, done)

    @route("POST", f"{ORDER}/progress-notes", body=NoteBody, roles=OFFICERS)
    @tells("记录进展", answers.WorkOrderAfter, refuses=reference.HANDLING)
    def note_progress(self, call: HttpCall) -> Answer:
        """NoteProgress, by the holder."""
        return _told(call, handlers.note_progress(self.desk, *_asked(call), **call.body))

    @route("POST", f"{ORDER}/raise", body=ReasonBody, roles=VILLAGE)
    @tells("村上报镇", answers.WorkOrderAfter, refuses=reference.RAISING)
    def raise_to_town(self, call: HttpCall) -> Answer:
        """RaiseWorkOrder, by the village that holds it."""
        return _told(call, handlers.raise_work_order(self.desk, *_asked(call), **call.body))

    @route("POST", f"{ORDER}/transfer", body=TransferBody, roles=OFFICERS)
    @tells("提出转办", answers.WorkOrderAfter, refuses=reference.TRANSFERRING)
    def propose_transfer(self, call: HttpCall) -> Answer:
        """ProposeTransfer, by the holder."""
        return _told(call, handlers.propose_transfer(self.desk, *_asked(call), **call.body))

    @route("POST", f"{ORDER}/transfer/acceptance", roles=OFFICERS)
    @tells("接受转办", answers.WorkOrderAfter, refuses=reference.ANSWERING_TRANSFER)
    def accept_transfer(self, call: HttpCall) -> Answer:
        """AcceptTransfer, by the unit asked."""
        return _told(call, handlers.accept_transfer(self.desk, *_asked(call)))

    @route("POST", f"{ORDER}/transfer/refusal", body=ReasonBody, roles=OFFICERS)
    @tells("谢绝转办", answers.WorkOrderAfter, refuses=reference.ANSWERING_TRANSFER)
    def decline_transfer(self, call: HttpCall) -> Answer:
        """DeclineTransfer, by the unit asked."""
        return _told(call, handlers.decline_transfer(self.desk, *_asked(call), **call.body))

    @route("POST", f"{ORDER}/takeover", roles=SUPERIORS)
    @tells("接管", answers.WorkOrderAfter, refuses=reference.TAKING_OVER)
    def take_over(self, call: HttpCall) -> Answer:
        """TakeOverWorkOrder, by a superior of the holder."""
        return _told(call, handlers.take_over_work_order(self.desk, *_asked(call)))

    @route("POST", f"{ORDER}/resolution", body=ResolutionBody, roles=OFFICERS)
    @tells("办结", answers.WorkOrderAfter, refuses=reference.RESOLVING)
    def resolve(self, call: HttpCall) -> Answer:
        """ResolveWorkOrder, by the holder."""
        return _told(call, handlers.resolve_work_order(self.desk, *_asked(call), **call.body))

    @route("GET", ORDER, roles=READERS)
    @tells("工单详情", answers.WorkOrderSeen, refuses=reference.READING)
    def work_order(self, call: HttpCall) -> Answer:
        """One order, as it stands at this moment."""
        order_id = call.path["work_order_id"]
        body, version = views.work_order(self.desk, order_id, _caller(call))
        return Answer(200, body, etag(version))

    @route("GET", "/v1/work-orders", query=WorkOrdersQuery, roles=READERS)
    @tells("工单列表", answers.WorkOrdersPage, refuses=reference.LISTING)
    def work_orders(self, call: HttpCall) -> Answer:
        """The orders of a unit and of all below it."""
        return Answer(200, views.work_orders(self.desk, _caller(call), call.query))

    @route("GET", "/v1/units/<code>")
    @tells("单位", answers.UnitSeen, refuses=(NotFound,))
    def unit(self, call: HttpCall) -> Answer:
        """One unit of the chart."""
        return Answer(200, views.unit(self.desk, call.path["code"]))

    @route("GET", "/v1/units", query=UnitsQuery)
    @tells("下级单位", answers.UnitsPage, refuses=(UnknownUnit,))
    def units(self, call: HttpCall) -> Answer:
        """The units right below another."""
        return Answer(200, views.units(self.desk, call.query))

    @route("GET", "/v1/categories")
    @tells("问题分类", answers.Categories)
    def categories(self, call: HttpCall) -> Answer:  # noqa: ARG002  every route has the same shape
        """The categories that a request may be given."""
        return Answer(200, views.categories(self.desk))


def _caller(call: HttpCall) -> Caller:
    """Return who calls: every route that asks has roles, so there is somebody."""
    return cast(Caller, call.caller)


def _asked(call: HttpCall) -> tuple[str, Asking]:
    """Return the order that is meant, and who asks, in the first role that acts for a unit."""
    caller = _caller(call)
    role = next(each for each in OFFICERS if caller.has(each))
    return call.path["work_order_id"], asking_of(call, officer_in(call, role))


def _told(call: HttpCall, done: Answered) -> Answer:
    """Return the order after a command, and the id of the raise that the command began."""
    body = views.order_body(call.path["work_order_id"], done.state, done.version)
    for fact in done.commit.facts if done.commit else ():
        if isinstance(fact.event, WorkOrderRaised):
            body["raise_id"] = fact.event.raise_id
    return Answer(200, body, etag(done.version))
